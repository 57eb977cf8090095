"""Which resource of an example made an AWS call, and in which module it is."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from modproof.core.results import RecordedCall
from modproof.terraform.addresses import without_keys
from modproof.terraform.provider_log import ProviderLog

__all__ = ["Callers"]

_STATE = "terraform.tfstate"


@dataclass(frozen=True, slots=True)
class _Instance:
    """A resource in the state: the module call it is in, and the texts among its attributes."""

    module: str
    values: frozenset[str]

    def is_in(self, region: str) -> bool:
        """Whether it has an ARN in ``region``."""
        return any(value.startswith("arn:") and f":{region}:" in value for value in self.values)


class Callers:
    """What makes the calls of the example in ``folder``. Its state is a file there.

    The provider's log has the type of the resource, exactly. If resources of that type are in several modules, it is in
    those with the resources that have most of the call's names, IDs and ARNs as attributes, in its region.
    """

    def __init__(self, folder: Path) -> None:
        self.log = ProviderLog()
        self._state = folder / _STATE
        self._instances: dict[str, set[_Instance]] = defaultdict(set)

    def by_invocation(self) -> dict[str, str]:
        """The types of the resources that made calls since the last time, by the SDK's invocation IDs."""
        return self.log.new_callers()

    def located(self, calls: Iterable[RecordedCall]) -> list[RecordedCall]:
        """``calls`` with their modules. Resources that are no longer in the state count too."""
        self._read_state()
        return [replace(call, modules=self._modules(call)) for call in calls]

    def _modules(self, call: RecordedCall) -> tuple[str, ...]:
        named = {*call.identifiers.values(), *call.arns}
        fits = {
            instance: (len(named & instance.values), instance.is_in(call.region))
            for instance in self._instances.get(call.caller, ())
        }
        best = max(fits.values(), default=None)
        return tuple(sorted({instance.module for instance, fit in fits.items() if fit == best}))

    def _read_state(self) -> None:
        try:
            resources: list[dict[str, Any]] = json.loads(self._state.read_text(encoding="utf-8")).get("resources", [])
        except (OSError, ValueError):
            return
        for resource in resources:
            caller = resource["type"] if resource["mode"] == "managed" else f"data.{resource['type']}"
            module = without_keys(resource.get("module", ""))
            for instance in resource["instances"]:
                texts = (value for value in (instance.get("attributes") or {}).values() if isinstance(value, str))
                self._instances[caller].add(_Instance(module, frozenset(texts) - {""}))
