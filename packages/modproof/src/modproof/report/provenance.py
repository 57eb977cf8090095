"""The subject of a report: the project, its revision, the time of the run and the version of modproof."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from modproof import __version__
from modproof.core.project import Project
from modproof.core.results import Place, RunResult
from modproof.report.revision import folder_in_repository, project_name, revision

__all__ = ["Provenance", "provenance"]


@dataclass(frozen=True, slots=True)
class Provenance:
    """``revision`` is as in :class:`modproof.core.results.RunResult`; ``started`` has a time zone.

    ``folder`` is the project's folder in its repository: empty, or a relative path that ends with a slash.
    """

    project: str
    revision: str
    started: datetime
    modproof: str = __version__
    folder: str = ""

    def in_repository(self, path: str) -> str:
        """``path``, which is relative to the project, relative to the repository; absolute paths are unchanged."""
        return posixpath.normpath(posixpath.join(self.folder, path))

    def place(self, place: Place) -> str:
        """``place`` as text, relative to the repository."""
        return str(replace(place, path=self.in_repository(place.path)))

    @property
    def date(self) -> str:
        """``24 November 2025, 04:13 UTC`` on every machine, so that reports can be compared."""
        moment = self.started.astimezone(UTC)
        return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}, {moment:%H:%M} UTC"

    @property
    def revision_words(self) -> str:
        """The short commit, and whether the checkout had uncommitted changes."""
        if not self.revision:
            return "unknown: not a git checkout"
        commit = self.revision.removesuffix("-dirty")
        return f"{commit[:12]} with uncommitted changes" if commit != self.revision else commit[:12]


# strftime's month names depend on the locale
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def provenance(result: RunResult, project: Project) -> Provenance:
    """The provenance of ``result``. A missing revision is read from git, a missing start is the current time."""
    return Provenance(
        project=project_name(project),
        revision=result.revision or revision(project),
        started=result.started or datetime.now(UTC),
        folder=folder_in_repository(project),
    )
