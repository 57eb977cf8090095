"""Injected faults: make matching calls fail, matching resources fail, or matching statuses slow.

A fault has shell patterns to match (`operation`, `name`, `account`, `region`) and one `effect`:

- `error`: the call returns `code` / `message` and changes nothing;
- `throttle`: the call returns ThrottlingException;
- `fail`: the resource that the call creates, updates or deletes ends as Failed or as AWS names that, with `reason`;
- `capacity`: `fail` with AWS's reason for insufficient instance capacity;
- `rollback`: an endpoint update is rolled back silently (the endpoint is InService on the old configuration);
- `rolling_back`: the same, or a change of weights and capacities or of a cluster, with RollingBack in between;
- `propagation`: a call that passes a role is refused, as in the seconds before IAM has propagated a new role;
- `slow`: each status that the call starts takes `seconds` longer (AWS seconds: the clock scales them).

A fault expires after `times` matches (default 1; 0 means never).
"""

from __future__ import annotations

import fnmatch
import itertools
import threading
from dataclasses import asdict, dataclass, field
from typing import Any

__all__ = ["DEFAULT_REASON", "Fault", "Faults", "faults"]

DEFAULT_REASON = "injected fault"

_EFFECTS = ("error", "throttle", "fail", "capacity", "rollback", "rolling_back", "propagation", "slow")

_ids = itertools.count(1)


@dataclass(slots=True)
class Fault:
    """One fault; `used` counts its matches."""

    effect: str
    operation: str = "*"
    name: str = "*"
    account: str = "*"
    region: str = "*"
    times: int = 1
    code: str = "InternalServerException"
    message: str = "injected fault"
    reason: str = DEFAULT_REASON
    seconds: float = 0.0
    used: int = 0
    id: str = field(default_factory=lambda: f"fault-{next(_ids)}")

    @classmethod
    def parse(cls, document: Any) -> Fault:
        """Parse a fault from JSON. Raises ValueError that names the invalid key and its allowed values."""
        if not isinstance(document, dict):
            raise ValueError("a fault must be a JSON object")
        known = {name: type_ for name, type_ in cls.__annotations__.items() if name not in ("used", "id")}
        unknown = sorted(set(document) - set(known))
        if unknown:
            raise ValueError(f"unknown key {unknown[0]!r}; a fault has {', '.join(known)}")
        if document.get("effect") not in _EFFECTS:
            raise ValueError(f"effect must be one of {', '.join(_EFFECTS)}")
        times = document.get("times", 1)
        if type(times) is not int or times < 0:
            raise ValueError("times must be a non-negative integer; 0 means no limit")
        seconds = document.get("seconds", 0)
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or seconds < 0:
            raise ValueError("seconds must be a non-negative number")
        texts = [key for key in document if key not in ("times", "seconds")]
        wrong = [key for key in texts if not isinstance(document[key], str)]
        if wrong:
            raise ValueError(f"{wrong[0]} must be a string")
        return cls(**document)

    def matches(self, operation: str, name: str, account: str, region: str) -> bool:
        """Whether this fault has not expired and matches this call."""
        return (
            (self.times == 0 or self.used < self.times)
            and fnmatch.fnmatchcase(operation, self.operation)
            and fnmatch.fnmatchcase(name, self.name)
            and fnmatch.fnmatchcase(account, self.account)
            and fnmatch.fnmatchcase(region, self.region)
        )

    def describe(self) -> dict[str, Any]:
        """The response of the control API."""
        return asdict(self)


class Faults:
    """The injected faults, oldest first."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._faults: list[Fault] = []

    def __bool__(self) -> bool:
        return bool(self._faults)

    def add(self, fault: Fault) -> None:
        """Append a fault."""
        with self._guard:
            self._faults.append(fault)

    def all(self) -> list[Fault]:
        """Every fault, including expired ones."""
        with self._guard:
            return list(self._faults)

    def remove(self, fault_id: str | None = None, account: str | None = None) -> int:
        """Remove one fault, those of one account, or all; return the number removed."""
        with self._guard:
            keep = [
                fault
                for fault in self._faults
                if (fault_id is not None and fault.id != fault_id) or (account is not None and fault.account != account)
            ]
            removed = len(self._faults) - len(keep)
            self._faults = keep
            return removed

    def take(self, effects: tuple[str, ...], operation: str, name: str, account: str, region: str) -> Fault | None:
        """Return and count the first fault with one of these effects that matches, or None."""
        if not self._faults:
            return None
        with self._guard:
            for fault in self._faults:
                if fault.effect in effects and fault.matches(operation, name, account, region):
                    fault.used += 1
                    return fault
        return None


faults = Faults()
