"""Writes first cases: drafts them, plans them, and notes in the file what the failing ones need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from modproof.cases.loader import LoadedCases
from modproof.cases.model import FILE_NAMES
from modproof.core.errors import ConfigurationError
from modproof.core.project import ROOT, Project
from modproof.hcl.module import read_module
from modproof.run.scaffold.attempts import Attempt, attempt
from modproof.run.scaffold.drafts import MINIMAL, Draft, Drafts, drafts_of
from modproof.run.scaffold.writing import add, write
from modproof.run.selection import select_names
from modproof.run.services import Services

__all__ = ["Scaffolded", "scaffold"]


@dataclass(frozen=True, slots=True)
class Scaffolded:
    """The ``path`` of a module's cases, and the cases written by name with what each still needs, if anything.

    ``blocked`` are those that need more than other values. ``untouched`` means that the file existed already and was
    not changed. ``notes`` say what was left out.
    """

    module: str
    path: Path
    cases: Mapping[str, str]
    blocked: frozenset[str] = frozenset()
    untouched: bool = False
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Work:
    """What is to be done for the modules: the files and the drafts by module."""

    files: dict[str, Path] = field(default_factory=dict)
    existing: set[str] = field(default_factory=set)
    drafts: dict[str, Drafts] = field(default_factory=dict)


def scaffold(project: Project, modules: Sequence[str], services: Services, *, update: bool = False) -> list[Scaffolded]:
    """Write a first cases.yaml for each of ``modules`` (names or globs; all by default) that has none.

    With ``update``, the calls that have no case yet are added to the existing files. All drafts of all modules are
    planned in one run, and in at most two further ones if some inputs need other values. Raises ConfigurationError for
    an unknown module, and ModproofError when nothing can be planned.
    """
    chosen = select_names(project.module_names(), modules, "module")
    if not chosen:
        raise ConfigurationError("there is no module", path=project.root, hint="modules are folders with .tf files")
    work = _work(project, chosen, services.cases(), update=update)
    attempts = attempt(project, {name: each.cases for name, each in work.drafts.items()}, work.files, services.plan)
    return [_written(work, name, attempts.get(name, [])) for name in chosen]


def _work(project: Project, chosen: Sequence[str], loaded: LoadedCases, *, update: bool) -> _Work:
    work = _Work()
    present = {module: path for path, module in loaded.files.items()}
    for name in chosen:
        path = present.get(name) or _cases_file(project, name)
        work.files[name] = path
        if path.exists():
            work.existing.add(name)
        if name in work.existing and not (update and name in present):
            continue
        drafts = drafts_of(project, read_module(name, project.module_folder(name).resolve()))
        names = {case.name for case in loaded.cases if case.module == name}
        names |= {broken.name for broken in loaded.broken if broken.module == name and broken.name}
        if name in work.existing:
            drafts.cases = [each for each in drafts.cases if each.name != MINIMAL and not names & _names_of(each)]
        work.drafts[name] = drafts
    return work


def _names_of(draft: Draft) -> set[str]:
    """The names under which a file, or the documentation, may have the case."""
    return {draft.name, f"example_{draft.name}"}


def _written(work: _Work, name: str, attempts: Sequence[Attempt]) -> Scaffolded:
    """Write the useful cases of a module."""
    path = work.files[name]
    if name not in work.drafts:
        return Scaffolded(name, path, {}, untouched=True)
    useful = [each for each in attempts if _is_useful(each, attempts)]
    drafts = work.drafts[name]
    notes = [*drafts.notes, *(_left_out(each) for each in attempts if each not in useful)]
    if useful and name in work.existing:
        add(path, useful)
    elif useful:
        write(path, name, useful, rejecting=drafts.rejecting)
    if drafts.rejecting and not (useful and name not in work.existing):
        names = ", ".join(draft.name for draft, _ in drafts.rejecting)
        notes.append(f"left out, since the file exists: {names}")
    cases = {each.draft.name: each.needs for each in useful}
    blocked = frozenset(each.draft.name for each in useful if each.blocked)
    untouched = name in work.existing and not useful
    return Scaffolded(name, path, cases, blocked, untouched=untouched, notes=tuple(notes))


def _is_useful(made: Attempt, attempts: Sequence[Attempt]) -> bool:
    """Whether a case is worth writing: guessed values must plan something, or be all that there is."""
    if made.draft.name != MINIMAL:
        return True
    others = any(not each.needs and not each.hollow for each in attempts if each is not made)
    return not made.hollow and not (made.needs and others)


def _left_out(made: Attempt) -> str:
    reason = made.needs or "its guessed values plan no resource"
    return f"{made.draft.name}: left out: {reason}"


def _cases_file(project: Project, module: str) -> Path:
    folders = [project.cases, project.cases / ROOT] if module == ROOT else [project.cases / module]
    existing = (folder / name for folder in folders for name in FILE_NAMES if (folder / name).exists())
    return next(existing, project.cases / module / FILE_NAMES[0])
