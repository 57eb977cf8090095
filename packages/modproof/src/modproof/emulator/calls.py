"""Makes AWS calls with boto3, with references to values of the run in their arguments."""

from __future__ import annotations

import datetime
import difflib
import importlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from modproof.core.aws_calls import ApiCall
from modproof.core.results import Place, Problem

__all__ = ["References", "Unresolved", "boto_errors", "make_call", "unknown_calls"]

_REFERENCE = re.compile(r"\$\$\{|\$\{\s*([^}]*?)\s*\}")
_STEP = re.compile(r'\.?([\w-]+)|\["([^"]*)"\]|\[(\d+)\]')


def boto_errors() -> Any:
    """The exceptions of botocore. Imported late: boto3 is only installed with the integration extra."""
    return importlib.import_module("botocore.exceptions")


class Unresolved(LookupError):
    """A ``${…}`` that does not exist; the message lists what does."""


@dataclass(frozen=True, slots=True)
class References:
    """The values for ``${…}``: ``outputs`` (None before the apply), ``account``, ``accounts`` and ``region``."""

    account: str
    region: str
    outputs: Mapping[str, Any] | None = None
    accounts: Mapping[str, str] | None = None

    def fill(self, value: Any) -> Any:
        """``value`` with every reference resolved, at any depth. A string that is a single reference keeps its type.

        ``$${`` is an escaped ``${``. Raises Unresolved.
        """
        if isinstance(value, Mapping):
            return {self.fill(key): self.fill(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.fill(inner) for inner in value]
        if not isinstance(value, str):
            return value
        whole = _REFERENCE.fullmatch(value)
        if whole is not None and whole[1] is not None:
            return self._look_up(whole[1])
        return _REFERENCE.sub(lambda match: "${" if match[1] is None else str(self._look_up(match[1])), value)

    def _look_up(self, path: str) -> Any:
        known: dict[str, Any] = {"account": self.account, "region": self.region}
        if self.outputs is not None:
            known["outputs"] = self.outputs
        if self.accounts is not None:
            known["accounts"] = self.accounts
        found: Any = known
        at = 0
        while at < len(path):
            step = _STEP.match(path, at)
            if step is None:
                raise Unresolved(f"${{{path}}} is not a reference such as ${{outputs.name.key}}")
            key: Any = int(step[3]) if step[3] is not None else step[1] if step[1] is not None else step[2]
            if isinstance(found, list) and isinstance(key, str) and key.isdigit():
                key = int(key)
            try:
                found = found[key]
            except (KeyError, IndexError, TypeError):
                raise Unresolved(f"${{{path}}} does not exist: there is {_keys(found)}") from None
            at = step.end()
        if at == 0:
            raise Unresolved("${} is empty")
        return found


def _keys(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(map(str, value)) or "nothing"
    return f"a list of {len(value)}" if isinstance(value, list) else "one value"


def unknown_calls(calls: Iterable[tuple[ApiCall, Place]], session: Any) -> list[Problem]:
    """Those of ``calls`` that boto3 does not have, each with its place."""
    errors = boto_errors()
    problems = []
    for call, place in calls:
        try:
            client = session.client(call.service)
        except errors.UnknownServiceError as error:
            known = str(error).rpartition("names are: ")[2].split(", ")
            problems.append(Problem(f"boto3 has no service '{call.service}'", place, _nearest(call.service, known)))
            continue
        methods = client.meta.method_to_api_mapping
        if call.method not in methods:
            text = f"boto3 has no {call.service}.{call.method}"
            problems.append(Problem(text, place, _nearest(call.method, list(methods))))
    return problems


def _nearest(name: str, known: list[str]) -> str | None:
    close = difflib.get_close_matches(name, known, 1)
    return f"did you mean '{close[0]}'?" if close else None


def make_call(call: ApiCall, session: Any, references: References) -> Any:
    """Make the call. Returns the response as JSON values, without its metadata.

    Raises Unresolved, or what boto3 raises.
    """
    answer = getattr(session.client(call.service), call.method)(**references.fill(call.arguments))
    answer.pop("ResponseMetadata", None)
    return _plain(answer)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    if hasattr(value, "read"):  # the content of an S3 object
        value = value.read()
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    return value
