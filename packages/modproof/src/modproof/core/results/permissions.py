"""The permissions that a deployer needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from modproof.core.results.basis import Outcome, Place, Problem

__all__ = ["PermissionsResult"]


@dataclass(frozen=True, slots=True)
class PermissionsResult:
    """The IAM policies that a deployer of a story's example, or of a module, needs.

    ``policies`` has the policy documents to ``plan``, and to ``apply``, which includes update and destroy. They contain
    ``${account_id}``, ``${region}`` and ``${name}`` for each input ``name`` of the example. ``problems`` are calls that
    map to no action, and differences between the policies and the simulator's decisions; ``errors`` are reasons why
    there is no policy. ``calls`` is the number of different calls. ``story`` is the name of the story or module, and
    ``notes`` are the calls that may be of another module too, and what an estimate does not know.
    """

    story: str
    place: Place | None
    policies: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)
    calls: int = 0
    problems: tuple[Problem, ...] = ()
    errors: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def outcome(self) -> Outcome:
        return Outcome.FAILED if self.problems else Outcome.ERROR if self.errors else Outcome.PASSED
