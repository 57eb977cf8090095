"""Results of cases and stories."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from modproof.core.results.basis import Outcome, Place, Problem, worst
from modproof.core.results.calls import RecordedCall

__all__ = ["CaseResult", "DeployerRole", "StepResult", "StoryResult"]


@dataclass(frozen=True, slots=True)
class CaseResult:
    """The result of a plan case.

    ``id`` is ``module/case``, or the module for a problem of a whole file or module. ``module`` is the module's path
    below the folder of modules, such as ``vpc/modules/subnet``.
    """

    id: str
    outcome: Outcome
    problems: tuple[Problem, ...] = ()
    place: Place | None = None
    from_cache: bool = False
    module: str = ""


@dataclass(frozen=True, slots=True)
class StepResult:
    """One step of a story (apply, an assert, destroy …). ``seconds`` is wall time.

    ``asserted`` marks a step that only checks the state.
    """

    name: str
    outcome: Outcome
    seconds: float
    problems: tuple[Problem, ...] = ()
    detail: str = ""
    asserted: bool = False


@dataclass(frozen=True, slots=True)
class DeployerRole:
    """The ``policies`` of a role that planned or applied a folder, by name, and the document of its boundary."""

    policies: Mapping[str, Mapping[str, Any]]
    boundary: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class RecordedUnit:
    """A unit of a Terragrunt tree: its path, the address of its module, its inputs, and its calls of each phase.

    Calls of another unit that is applied with it may be among them.
    """

    path: str
    source: str
    inputs: Mapping[str, Any]
    calls: Mapping[str, tuple[RecordedCall, ...]]


@dataclass(frozen=True, slots=True)
class StoryResult:
    """The result of a story that ran on the emulator.

    ``modules`` are the project's modules that it applies.

    ``calls`` are the AWS calls that Terraform made, if they are recorded, by folder of a Terragrunt tree (``""`` for an
    example) and by phase: ``plan``, ``apply`` (an update too) and ``destroy``. ``deployers`` are the roles that made
    them, by folder and by ``plan`` or ``apply``. ``units`` are those that an administrator applies for a deployer. The
    report has none of these three.
    """

    id: str
    steps: tuple[StepResult, ...]
    place: Place | None = None
    seconds: float = 0.0
    calls: Mapping[str, Mapping[str, tuple[RecordedCall, ...]]] = field(
        default_factory=dict, metadata={"reported": False}
    )
    deployers: Mapping[str, Mapping[str, DeployerRole]] = field(default_factory=dict, metadata={"reported": False})
    units: tuple[RecordedUnit, ...] = field(default=(), metadata={"reported": False})
    modules: tuple[str, ...] = ()

    @property
    def outcome(self) -> Outcome:
        return worst(step.outcome for step in self.steps) if self.steps else Outcome.ERROR
