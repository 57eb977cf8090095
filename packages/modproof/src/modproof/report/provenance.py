"""What a report is about: the project, its revision, when it was proved and by which modproof."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from modproof import __version__
from modproof.core.project import Project
from modproof.core.results import RunResult
from modproof.report.revision import project_name, revision

__all__ = ["Provenance", "provenance"]


@dataclass(frozen=True, slots=True)
class Provenance:
    """``revision`` is as in :class:`modproof.core.results.RunResult`; ``started`` is aware of its time zone."""

    project: str
    revision: str
    started: datetime
    modproof: str = __version__

    @property
    def date(self) -> str:
        """``24 November 2025, 04:13 UTC``, the same everywhere: reports are compared across machines."""
        moment = self.started.astimezone(UTC)
        return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}, {moment:%H:%M} UTC"

    @property
    def revision_words(self) -> str:
        """The revision as a person reads it."""
        if not self.revision:
            return "not known: no git checkout"
        commit = self.revision.removesuffix("-dirty")
        return f"{commit[:12]}, with changes that are not committed" if commit != self.revision else commit[:12]


# strftime's month names follow the machine's locale
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def provenance(result: RunResult, project: Project) -> Provenance:
    """What ``result`` says of itself; what it does not say is asked of git and of the clock."""
    return Provenance(
        project=project_name(project),
        revision=result.revision or revision(project),
        started=result.started or datetime.now(UTC),
    )
