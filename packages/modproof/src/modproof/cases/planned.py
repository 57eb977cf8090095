"""The planned result of a case: a plan, or the errors that prevented one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from modproof.core.results import Place

__all__ = ["CaseError", "Planned"]


@dataclass(frozen=True, slots=True)
class CaseError:
    """A Terraform error that concerns one case.

    ``stage`` is load, variables or plan. ``variable`` is the argument of the module call that caused it. ``place`` is
    the condition or expression that failed, ``kind`` the kind of condition (validation, precondition, postcondition;
    None if no condition failed) and ``owner`` what it belongs to, as in :class:`modproof.hcl.conditions.Condition`.
    ``usage`` means that the case does not fit the module, so the module was not tested.
    """

    stage: str
    text: str
    address: str | None = None
    variable: str | None = None
    place: Place | None = None
    kind: str | None = None
    owner: str | None = None
    usage: bool = False


@dataclass(frozen=True, slots=True)
class Planned:
    """``plan`` is Terraform's plan JSON relative to the module, or None with ``errors``.

    A rejecting case that Terraform accepts has neither. ``cacheable`` is False where the result depends on more than
    the inputs of the case, such as the safety rules of this version.
    """

    plan: Mapping[str, Any] | None = None
    errors: tuple[CaseError, ...] = ()
    from_cache: bool = False
    cacheable: bool = True

    def to_json(self) -> dict[str, Any]:
        """A cache entry."""
        return {"plan": self.plan, "errors": [asdict(error) for error in self.errors]}

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Planned:
        """Read a cache entry. Raises KeyError or TypeError when it has another form."""
        errors = tuple(
            CaseError(**{**error, "place": Place(**error["place"]) if error["place"] else None})
            for error in raw["errors"]
        )
        return cls(plan=raw["plan"], errors=errors, from_cache=True)
