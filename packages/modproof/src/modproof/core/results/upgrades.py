"""Results of an upgrade from an earlier release to the checkout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from modproof.core.results.basis import Outcome, Place, Problem, worst

__all__ = ["BUMPS", "Bump", "ExampleUpgrade", "InterfaceChange", "PermissionChange", "ResourceUpgrade", "UpgradeResult"]

Bump = Literal["none", "patch", "minor", "major"]
BUMPS: tuple[Bump, ...] = ("none", "patch", "minor", "major")
"""In rising order."""


@dataclass(frozen=True, slots=True)
class ResourceUpgrade:
    """What the upgrade does to a resource instance.

    ``action`` is ``unchanged``, ``moved``, ``created``, ``updated``, ``replaced``, ``destroyed``, ``forgotten`` or
    ``orphaned``: no unit has its state any more. ``unit`` is the path of the Terragrunt unit, empty for other examples.
    ``details`` are the changed attributes, for a replacement those that force it. ``moved_from`` is the previous
    address. ``protected`` marks a resource that holds data or serves requests. ``reason`` is that of an exception.
    ``place`` is the block of a replaced or destroyed one: in the release if it is destroyed, else in the checkout.
    """

    address: str
    action: str
    details: tuple[str, ...] = ()
    moved_from: str = ""
    protected: bool = False
    reason: str = ""
    place: Place | None = None
    unit: str = ""

    @property
    def name(self) -> str:
        """The address, after the unit if there is one."""
        return f"{self.unit}: {self.address}" if self.unit else self.address


@dataclass(frozen=True, slots=True)
class ExampleUpgrade:
    """An example that was applied at the release and planned from the checkout. ``seconds`` is wall time.

    ``note`` is the reason if it was not applied. ``errors`` prevented the plan; ``problems`` are failures. ``place`` is
    that of its story, or of its first file.
    """

    id: str
    resources: tuple[ResourceUpgrade, ...] = ()
    problems: tuple[Problem, ...] = ()
    errors: tuple[Problem, ...] = ()
    note: str = ""
    place: Place | None = None
    seconds: float = 0.0

    @property
    def outcome(self) -> Outcome:
        if self.problems:
            return Outcome.FAILED
        return Outcome.ERROR if self.errors else Outcome.PASSED


@dataclass(frozen=True, slots=True)
class InterfaceChange:
    """A change of a module's inputs, outputs or requirements, and the bump that it implies.

    ``subject`` is ``var.NAME`` with the path of an attribute, ``output.NAME``, ``module`` or ``provider.NAME``.
    ``reason`` is that of an exception, with which the change implies a patch.
    """

    module: str
    subject: str
    what: str
    bump: Bump
    place: Place | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PermissionChange:
    """The IAM actions that a deployer of ``module`` needs in addition, and no longer, to ``plan`` or to ``apply``.

    Updates and destroys are part of ``apply``.
    """

    module: str
    phase: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def __str__(self) -> str:
        texts = [f"also {', '.join(self.added)}"] if self.added else []
        texts += [f"no longer {', '.join(self.removed)}"] if self.removed else []
        return f"to {self.phase} {'; '.join(texts)}"


@dataclass(frozen=True, slots=True)
class UpgradeResult:
    """The upgrade from ``base`` (a tag or a commit) to the checkout.

    ``bump`` is implied by all changes. ``required`` is the lowest next version, empty if ``base`` is not a release.
    ``planned`` is the version of the tag or of CHANGELOG.md, empty if there is none. ``problems`` are exceptions that
    do not apply, and a version or changelog that does not match the changes. ``errors`` are files that could not be
    compared. ``unapplied`` are changed modules of which no example was applied.
    """

    base: str
    bump: Bump = "none"
    required: str = ""
    planned: str = ""
    interface: tuple[InterfaceChange, ...] = ()
    examples: tuple[ExampleUpgrade, ...] | None = None
    """None if only interfaces were compared."""
    unapplied: tuple[str, ...] = ()
    permissions: tuple[PermissionChange, ...] = ()
    """Empty if the release or the checkout has no file of permissions."""
    problems: tuple[Problem, ...] = ()
    errors: tuple[Problem, ...] = ()

    @property
    def outcome(self) -> Outcome:
        own = [Outcome.FAILED] if self.problems else [Outcome.ERROR] if self.errors else []
        return worst([*own, *(example.outcome for example in self.examples or ())])
