"""Drafts the story of an example."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from modproof.cases.sources.calls import readable
from modproof.core.errors import ConfigurationError
from modproof.core.project import Project
from modproof.hcl.module import Module, read_module
from modproof.hcl.reader import terraform_files
from modproof.hcl.types import MISSING, UNKNOWN
from modproof.run.scaffold.guesses import guesses
from modproof.run.scaffold.tfvars import AUTOMATIC
from modproof.run.scaffold.writing import GUESSED, new_file

__all__ = ["draft_story"]

_TFVARS = [f"{pattern}{syntax}" for pattern in AUTOMATIC for syntax in ("", ".json")]
_REST = """
# seed:  # AWS calls before the apply, for what must exist already
#   - call: SERVICE.METHOD
#     with: {}

# asserts:  # AWS calls after the apply, and what they must return
#   - name: WHAT THE CALL CHECKS
#     call: SERVICE.METHOD
#     with: {}
#     expect: {}
"""


def draft_story(project: Project, example: str) -> Path:
    """Write a first story for ``example``, a folder or the name of a folder in ``examples``; returns its path.

    Raises ConfigurationError if there is no such root module, or if a story of that name exists.
    """
    folder = _folder(project, example)
    path = project.stories / f"{_story_name(project, folder)}.yaml"
    if path.exists() or path.with_suffix(".yml").exists():
        raise ConfigurationError("already exists and was not changed", path=project.relative(path))
    module = read_module(folder.name, folder)
    text = (
        f"# Begun by `modproof init --story`, kept by you. Run it with `modproof apply {path.stem}`.\n"
        f"{_dumped({'example': folder.relative_to(project.root).as_posix()})}"
        f"{_dumped({'description': f'The example {folder.name} is applied and destroyed'})}"
    )
    variables = _required(module)
    if variables:
        text += "\nvariables:\n" + "".join(variables)
    new_file(path, text + _REST)
    return path


def _story_name(project: Project, folder: Path) -> str:
    """The name of a story: the folder's, or with that of the module if the example belongs to one."""
    parts = folder.relative_to(project.root).parts
    plain = [part for part in parts if part not in ("modules", "examples", "example")]
    return "-".join(readable(part).replace("_", "-") for part in plain or parts)


def _folder(project: Project, example: str) -> Path:
    candidates = [project.root / example, project.root / "examples" / example, Path(example)]
    for folder in (each.resolve() for each in candidates):
        if folder.is_dir() and folder.is_relative_to(project.root) and terraform_files(folder):
            return folder
    known = sorted({path.parent.name for path in (project.root / "examples").glob("*/*.tf")})
    raise ConfigurationError(
        f"there is no example '{example}'", hint=f"examples: {', '.join(known) or 'none'}; or the path of a root module"
    )


def _required(module: Module) -> list[str]:
    """The lines of the variables without a default; none if tfvars files set variables."""
    if any(path for pattern in _TFVARS for path in module.folder.glob(pattern)):
        return []
    lines: list[str] = []
    for variable in module.variables:
        if variable.default is MISSING:
            value = next((each for each in guesses(variable, module) if each is not UNKNOWN), None)
            dumped = _dumped({variable.name: value})
            first, _, rest = dumped.partition("\n")
            lines += [f"  {line}\n" for line in [first + GUESSED, *rest.splitlines()]]
    return lines


def _dumped(value: dict[str, Any]) -> str:
    text: str = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=10**6)
    return text
