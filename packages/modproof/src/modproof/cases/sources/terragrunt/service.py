"""Renders the units of a project: the module that each calls, and its inputs."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from modproof import __version__, toolchain
from modproof.cases.sources.terragrunt.computed import Parts, lines, mark_computed, passing_on
from modproof.cases.sources.terragrunt.modules import ModuleSources, written_source
from modproof.cases.sources.terragrunt.stacks import StackUnit, from_json, is_template, stack_units, to_json
from modproof.cases.sources.terragrunt.tree import Tree, read_tree
from modproof.core import process
from modproof.core.cache import Cache, key_of
from modproof.core.counts import plural
from modproof.core.parallel import side_by_side
from modproof.core.progress import SILENT, Progress
from modproof.core.project import Project
from modproof.core.results import Place, Problem
from modproof.hcl.reader import Attribute, module_blocks
from modproof.terraform.recorder import recording
from modproof.terraform.terragrunt import CONFIG, STACK, Rendered, Terragrunt

__all__ = ["Unit", "units"]


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit that calls a module of the project.

    ``name`` is its path below the folder of units, ``path`` the file with its configuration, and ``folder`` the folder
    that it is in, or would be generated in by a stack. ``variables`` are its inputs; those at the paths in ``computed``
    depend on dependencies. ``line`` is the first line of its inputs, ``lines`` has the line of each input that its file
    sets. ``reads`` are the files that it may depend on. With ``faults`` it cannot be planned; ``module`` may then be
    None.
    """

    name: str
    path: Path
    folder: Path
    module: str | None
    variables: Mapping[str, Any] = field(default_factory=dict)
    computed: tuple[Parts, ...] = ()
    lines: Mapping[str, int] = field(default_factory=dict)
    line: int = 1
    reads: tuple[Path, ...] = ()
    faults: tuple[Problem, ...] = ()


def units(project: Project, progress: Progress = SILENT) -> list[Unit]:
    """Every unit that calls a module of ``project``, in the order of their paths.

    Terragrunt runs only for units that are not in the cache. Raises ConfigurationError when there is no unit,
    ToolMissing when Terragrunt cannot be installed, and TimedOut or CommandFailed when it fails without a message.
    """
    tree = read_tree(project)
    stacked = _stacks(tree, progress)
    # the source of a unit of a stack is a template, not a unit
    others = {folder for unit in stacked for folder in (unit.folder, unit.source)}
    plain = [unit for unit in tree.units if unit not in others and not is_template(unit, tree.text(unit / CONFIG))]
    written = {unit: source for unit in plain if (source := written_source(unit)) is not None}
    sources = ModuleSources(project)
    wanted = [unit for unit, source in written.items() if sources.may_be_ours(unit, source.text)]
    rendered = _render(tree, wanted, progress)
    own = sources.own_addresses(found.source for found in (*rendered.values(), *(unit.rendered for unit in stacked)))
    context = _Context(project, tree, sources, own)
    found = [_unit(context, _Source(unit, unit, written[unit], rendered[unit])) for unit in wanted]
    found += [_unit_of_stack(context, unit) for unit in stacked]
    return [unit for unit in found if unit is not None]


@dataclass(frozen=True, slots=True)
class _Context:
    project: Project
    tree: Tree
    sources: ModuleSources
    own: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Source:
    """``folder`` is where the unit runs, and ``origin`` has its files; they differ for a unit of a stack."""

    folder: Path
    origin: Path
    written: Attribute
    rendered: Rendered


def _unit_of_stack(context: _Context, unit: StackUnit) -> Unit | None:
    if unit.source is None:
        place = Place(context.project.relative(unit.rendered.path or unit.stack), unit.rendered.line or unit.line)
        text = unit.rendered.error.replace(f"{context.project.root}/", "")
        faults = (Problem(f"the units of the stack cannot be generated: {text}", place),)
        name = _name(context.project, unit.shown)
        return Unit(name, unit.stack, unit.shown, None, faults=faults, reads=context.tree.files_read(unit.folder))
    written = written_source(unit.source) or Attribute("source", "", 1)
    found = _unit(context, _Source(unit.folder, unit.source, written, unit.rendered))
    return None if found is None else replace(found, name=_name(context.project, unit.shown), folder=unit.shown)


def _unit(context: _Context, unit_source: _Source) -> Unit | None:
    project, tree, folder = context.project, context.tree, unit_source.folder
    written, found, path = unit_source.written, unit_source.rendered, unit_source.origin / CONFIG
    reads = tuple(dict.fromkeys((*tree.files_read(folder), *tree.files_in(unit_source.origin))))
    unit = partial(Unit, _name(project, folder), path, folder, reads=reads)
    place = Place(project.relative(path), written.line)
    if found.error:
        place = Place(project.relative(found.path), found.line) if found.path else place
        text = found.error.replace(f"{project.root}/", "")
        module = context.sources.guess(written.text)
        return unit(module, faults=(Problem(f"the unit cannot be rendered: {text}", place),))
    module_or_problem = context.sources.module(folder, found.source, context.own, place)
    if module_or_problem is None:
        return None
    if isinstance(module_or_problem, Problem):
        return unit(None, faults=(module_or_problem,))
    declared = _variables(project.module_folder(module_or_problem))
    own_lines = lines(path)
    # Terragrunt passes inputs as TF_VAR_…, which Terraform ignores without such a variable. Inputs of an include are
    # for many units, but those in the unit's file are meant for this module
    faults = list(_superfluous(project, path, found, declared, own_lines)) if declared else []
    # Terragrunt does not pass null
    given = {name: value for name, value in found.inputs.items() if name in declared and value is not None}
    found_in = {name: found.found_in[name] for name in given}
    passing = passing_on({file: tree.text(file) for file in reads if file != path})
    variables, computed = mark_computed(given, found_in, passing)
    line = min(own_lines.values(), default=1)
    return unit(module_or_problem, variables, tuple(computed), own_lines, line, faults=tuple(faults))


def _superfluous(
    project: Project, path: Path, found: Rendered, declared: Sequence[str], own_lines: Mapping[str, int]
) -> Iterator[Problem]:
    for name, line in own_lines.items():
        if name in found.inputs and name not in declared:
            close = difflib.get_close_matches(name, declared, 1)
            yield Problem(
                f"the module has no variable '{name}', and Terraform would silently ignore the input",
                Place(project.relative(path), line),
                f"did you mean '{close[0]}'?" if close else f"variables: {', '.join(declared) or 'none'}",
            )


def _variables(module: Path) -> list[str]:
    return sorted(block.labels[0] for block in module_blocks(module, "variable") if block.labels)


def _name(project: Project, unit: Path) -> str:
    """The unit's path below the innermost folder of units that contains it, or that folder's name."""
    parents = [
        folder for name in project.settings.units if unit.is_relative_to(folder := (project.root / name).resolve())
    ]
    parent = max(parents, key=lambda folder: len(folder.parts))
    return (unit.relative_to(parent) if unit != parent else Path(unit.name)).as_posix()


def _stacks(tree: Tree, progress: Progress) -> list[StackUnit]:
    """The units of all stacks, from the cache if no file of the project changed."""
    if not tree.stacks:
        return []
    refusals = [
        StackUnit(stack / STACK, 1, stack, None, refusal)
        for stack in tree.stacks
        if (refusal := _refusal(tree, stack)) is not None
    ]
    if refusals:
        return refusals
    program = toolchain.ensure("terragrunt", progress)
    cache = Cache(toolchain.cache_folder() / "units")
    key = key_of([__version__, _version(), tree.digest, "stacks"])
    # of several processes that collect the same tests, one renders
    with toolchain.exclusively(f"stacks-{key[:16]}"):
        entry = cache.get(key)
        if entry is not None:
            return from_json(entry)
        with _terragrunt(program, progress, plural(len(tree.stacks), "Terragrunt stack")) as (terragrunt, home):
            (home / "copy").mkdir()
            units = stack_units(tree, terragrunt, home / "copy")
        files = {file for unit in units for file in (*tree.files_read(unit.folder), *tree.files_in(unit.source))}
        if not any(unit.rendered.error for unit in units) and tree.lasting(sorted(files)):
            cache.put(key, to_json(units))
    return units


def _version() -> str:
    found = toolchain.find("terragrunt")
    return found.version if found is not None else ""


def _render(tree: Tree, wanted: Sequence[Path], progress: Progress) -> dict[Path, Rendered]:
    if not wanted:
        return {}
    program = toolchain.ensure("terragrunt", progress)
    cache = Cache(toolchain.cache_folder() / "units")
    keys = {unit: key_of([__version__, _version(), tree.digest, str(unit)]) for unit in wanted}
    rendered = _cached(cache, keys)
    missing = [unit for unit in wanted if unit not in rendered]
    if not missing:
        return {unit: rendered[unit] for unit in wanted}
    # of several processes that collect the same tests, one renders
    with toolchain.exclusively(f"units-{key_of(sorted(keys.values()))[:16]}"):
        rendered |= _cached(cache, {unit: keys[unit] for unit in missing})
        missing = [unit for unit in wanted if unit not in rendered]
        for unit in missing:
            refusal = _refusal(tree, unit)
            if refusal is not None:
                rendered[unit] = refusal
        rendered |= _run(program, [unit for unit in missing if unit not in rendered], progress)
        for unit in missing:
            if not rendered[unit].error and tree.lasting(tree.files_read(unit)):
                cache.put(keys[unit], _to_json(rendered[unit]))
        cache.prune()
    return {unit: rendered[unit] for unit in wanted}


def _run(program: Path, wanted: Sequence[Path], progress: Progress) -> dict[Path, Rendered]:
    if not wanted:
        return {}
    with _terragrunt(program, progress, plural(len(wanted), "Terragrunt unit")) as (terragrunt, _):
        results = side_by_side([partial(terragrunt.render, unit) for unit in wanted], at_once=os.cpu_count())
    rendered: dict[Path, Rendered] = {}
    for unit, result in zip(wanted, results, strict=True):
        if isinstance(result, Exception):
            raise result
        rendered[unit] = result
    return rendered


@contextmanager
def _terragrunt(program: Path, progress: Progress, what: str) -> Iterator[tuple[Terragrunt, Path]]:
    """Terragrunt and its home folder, which is deleted afterwards."""
    git = toolchain.find("git")
    with (
        progress.task(f"render {what}"),
        recording() as recorder,
        process.temporary_folder("terragrunt") as home,
    ):
        yield (
            Terragrunt(
                program, home=home, endpoint_url=recorder.endpoint_url, git=git.path if git is not None else None
            ),
            home,
        )


def _refusal(tree: Tree, unit: Path) -> Rendered | None:
    """The error of a unit that starts a program: only git is allowed, which Terragrunt's own functions need."""
    for path, line, program in tree.commands(tree.files_read(unit)):
        return Rendered(
            {},
            {},
            error=f"run_cmd may only run git commands that read, with literal arguments, but this one is {program}:"
            " take the value from a file, or leave the unit out of tool.modproof.units",
            path=path,
            line=line,
        )
    return None


def _cached(cache: Cache, keys: Mapping[Path, str]) -> dict[Path, Rendered]:
    found: dict[Path, Rendered] = {}
    for unit, key in keys.items():
        entry = cache.get(key)
        if entry is not None and entry.keys() == {"inputs", "found_in", "source"}:
            found_in = {name: Path(path) for name, path in entry["found_in"].items()}
            found[unit] = Rendered(entry["inputs"], found_in, entry["source"])
    return found


def _to_json(unit: Rendered) -> dict[str, Any]:
    found_in = {name: str(path) for name, path in unit.found_in.items()}
    return {"inputs": unit.inputs, "found_in": found_in, "source": unit.source}
