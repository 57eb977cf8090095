"""Faults on request: rules that make chosen calls fail, chosen resources fail, or chosen statuses slow.

A rule has what it matches (`operation`, `name`: shell patterns; `account`, `region`) and one `effect`:

- `error`: the call answers `code` / `message` and changes nothing;
- `throttle`: the call answers ThrottlingException;
- `fail`: the resource that the call makes or changes ends as Failed, with `reason`;
- `capacity`: `fail` with AWS's reason for a lack of instances;
- `rollback`: an endpoint update is undone after it seemed to work (the endpoint is InService on the old
  configuration);
- `slow`: each status that the call starts takes `seconds` more (AWS seconds: the clock scales them).

A rule ends after `times` matches (1 by default, 0 is for ever).
"""

from __future__ import annotations

import fnmatch
import itertools
import threading
from dataclasses import asdict, dataclass, field
from typing import Any

__all__ = ["EFFECTS", "Fault", "Faults", "faults"]

EFFECTS = ("error", "throttle", "fail", "capacity", "rollback", "slow")

_ids = itertools.count(1)


@dataclass(slots=True)
class Fault:
    """One rule; `used` counts its matches so far."""

    effect: str
    operation: str = "*"
    name: str = "*"
    account: str = "*"
    region: str = "*"
    times: int = 1
    code: str = "InternalServerException"
    message: str = "fault on request"
    reason: str = "fault on request"
    seconds: float = 0.0
    used: int = 0
    id: str = field(default_factory=lambda: f"fault-{next(_ids)}")

    @classmethod
    def parse(cls, document: Any) -> Fault:
        """Read a rule from JSON. Raises ValueError that says which key is wrong and what it may be."""
        if not isinstance(document, dict):
            raise ValueError("a fault is a JSON object")
        known = {name: type_ for name, type_ in cls.__annotations__.items() if name not in ("used", "id")}
        unknown = sorted(set(document) - set(known))
        if unknown:
            raise ValueError(f"unknown key {unknown[0]!r}; a fault has {', '.join(known)}")
        if document.get("effect") not in EFFECTS:
            raise ValueError(f"effect must be one of {', '.join(EFFECTS)}")
        times = document.get("times", 1)
        if type(times) is not int or times < 0:
            raise ValueError("times must be a whole number; 0 is for ever")
        seconds = document.get("seconds", 0)
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or seconds < 0:
            raise ValueError("seconds must be a number that is not negative")
        texts = [key for key in document if key not in ("times", "seconds")]
        wrong = [key for key in texts if not isinstance(document[key], str)]
        if wrong:
            raise ValueError(f"{wrong[0]} must be a text")
        return cls(**document)

    def matches(self, operation: str, name: str, account: str, region: str) -> bool:
        """Whether this rule is still in force and names this call."""
        return (
            (self.times == 0 or self.used < self.times)
            and fnmatch.fnmatchcase(operation, self.operation)
            and fnmatch.fnmatchcase(name, self.name)
            and fnmatch.fnmatchcase(account, self.account)
            and fnmatch.fnmatchcase(region, self.region)
        )

    def describe(self) -> dict[str, Any]:
        """What the control address answers."""
        return asdict(self)


class Faults:
    """The rules in force, oldest first."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._rules: list[Fault] = []

    def add(self, rule: Fault) -> None:
        """Put a rule behind those already there."""
        with self._guard:
            self._rules.append(rule)

    def all(self) -> list[Fault]:
        """Every rule, used up ones too."""
        with self._guard:
            return list(self._rules)

    def remove(self, known_as: str | None = None, account: str | None = None) -> int:
        """Drop one rule, or all (those of one account); return how many went."""
        with self._guard:
            keep = [
                rule
                for rule in self._rules
                if (known_as is not None and rule.id != known_as) or (account is not None and rule.account != account)
            ]
            removed = len(self._rules) - len(keep)
            self._rules = keep
            return removed

    def take(self, effects: tuple[str, ...], operation: str, name: str, account: str, region: str) -> Fault | None:
        """Return and count the first rule with one of these effects that matches, if there is one."""
        if not self._rules:
            return None
        with self._guard:
            for rule in self._rules:
                if rule.effect in effects and rule.matches(operation, name, account, region):
                    rule.used += 1
                    return rule
        return None


faults = Faults()
