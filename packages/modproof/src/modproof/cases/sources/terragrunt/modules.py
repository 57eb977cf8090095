"""Resolves a unit's ``terraform.source``, a path or the address of a repository, to a module of the project."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from pathlib import Path

from modproof.core.project import Project
from modproof.core.results import Place, Problem
from modproof.hcl.reader import Attribute, UnreadableHcl, parse
from modproof.terraform.terragrunt import CONFIG

__all__ = ["ModuleSources", "written_source"]

_REMOTE = re.compile(r"(?:[a-z0-9]+::)?(?P<address>(?:[a-z+]+://)?[^?]*?)//(?P<folder>[^?]*)")

_LIKELY = re.compile(r'^[ \t]*source\s*=\s*"([^"\n]*)"', re.MULTILINE)


def written_source(unit: Path) -> Attribute | None:
    """``terraform.source`` as written in the unit's file; without text if an include may set it.

    None if the file is not a unit that calls a module, such as a root configuration.
    """
    text = (unit / CONFIG).read_text(encoding="utf-8", errors="replace")
    try:
        top = parse(text)
    except UnreadableHcl as error:
        match = _LIKELY.search(text)  # the error is reported for that module
        return Attribute("source", match[1] if match else "", error.line)
    for block in top.all("terraform"):
        if (attribute := block.attribute("source")) is not None:
            return Attribute("source", attribute.text.strip('"'), attribute.line)
    return Attribute("source", "", 1) if any(top.all("include")) else None


class ModuleSources:
    """The modules of a project, by the sources that can refer to them.

    The address of a repository belongs to the project if some unit uses a module from there that the project has in
    the same folder. Nothing else shows that, since a checkout may have any origin.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        folders = {name: project.module_folder(name).resolve() for name in project.module_names()}
        self._modules = {folder: name for name, folder in folders.items()}

    def may_be_ours(self, unit: Path, source: str) -> bool:
        """Whether a source, as written, can refer to a module of the project, even one that does not exist."""
        if not source or "${" in source or _local(unit, source) is not None:
            return True
        remote = self._remote(source)
        return remote is not None and remote[1].parent in {folder.parent for folder in self._modules}

    def own_addresses(self, sources: Iterable[str]) -> frozenset[str]:
        """The addresses in ``sources`` that belong to the project."""
        remotes = [remote for source in sources if (remote := self._remote(source)) is not None]
        return frozenset(address for address, folder in remotes if folder in self._modules)

    def guess(self, source: str) -> str | None:
        """The module that a source most likely refers to, although parts of it may be computed."""
        name = re.split(r"[?]", source)[0].rpartition("/")[2]
        return next((module for folder, module in self._modules.items() if folder.name == name), None)

    def module(self, unit: Path, source: str, own: frozenset[str], place: Place) -> str | Problem | None:
        """The module that the unit calls, or the problem with it; None if the module is not in the project."""
        folder = _local(unit, source)
        if folder is None:
            remote = self._remote(source)
            if remote is None or remote[0] not in own:
                return None
            folder = remote[1]
        elif not folder.is_relative_to(self._project.root):
            return None
        if folder in self._modules:
            return self._modules[folder]
        if folder.is_dir() and folder.parent not in {known.parent for known in self._modules}:
            return None  # a root module
        close = difflib.get_close_matches(folder.name, self._modules.values(), 1)
        known = ", ".join(sorted(self._modules.values())) or "none"
        return Problem(
            f"the unit's source '{source}' is not a module: {self._project.relative(folder)} has no Terraform file",
            place,
            f"did you mean '{close[0]}'?" if close else f"modules: {known}",
        )

    def _remote(self, source: str) -> tuple[str, Path] | None:
        """The address of a repository and the project folder with the same path; None for other sources."""
        match = _REMOTE.match(source)
        if match is None or source.startswith("tfr:"):
            return None
        return match["address"], (self._project.root / match["folder"]).resolve()


def _local(unit: Path, source: str) -> Path | None:
    """The folder of a local path; Terragrunt copies the part before ``//`` as well."""
    if not source.startswith((".", "/")):
        return None
    return (unit / source.partition("?")[0].replace("//", "/")).resolve()
