"""What planning a case came to: a plan, or the errors that it ended with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from modproof.results import Place

__all__ = ["CaseError", "Planned"]


@dataclass(frozen=True, slots=True)
class CaseError:
    """One error of Terraform about one case.

    ``stage`` is load, variables or plan. ``variable`` is the argument of the module call that it is about. ``rule``
    is where the rule or expression stands that failed, ``kind`` says what rule it is (validation, precondition,
    postcondition; None where none was broken) and ``owner`` what it belongs to, as in :class:`Rule`. ``usage`` says
    that the case itself does not fit the module, so that nothing is known of the module.
    """

    stage: str
    text: str
    address: str | None = None
    variable: str | None = None
    rule: Place | None = None
    kind: str | None = None
    owner: str | None = None
    usage: bool = False


@dataclass(frozen=True, slots=True)
class Planned:
    """``plan`` is Terraform's plan JSON relative to the module, or None where ``errors`` say why there is none.

    A rejecting case that Terraform accepts has neither.
    """

    plan: Mapping[str, Any] | None = None
    errors: tuple[CaseError, ...] = ()
    from_cache: bool = False

    def to_json(self) -> dict[str, Any]:
        """Only what JSON holds, for the cache."""
        return {"plan": self.plan, "errors": [asdict(error) for error in self.errors]}

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Planned:
        """Build what :meth:`to_json` wrote. Raises KeyError or TypeError when it is something else."""
        errors = tuple(
            CaseError(**{**error, "rule": Place(**error["rule"]) if error["rule"] else None}) for error in raw["errors"]
        )
        return cls(plan=raw["plan"], errors=errors, from_cache=True)
