"""Says which case a diagnostic of a batch is about."""

from __future__ import annotations

import re
from pathlib import Path

from modproof.dependencies import closure
from modproof.planner.outcome import CaseError
from modproof.planner.root import BatchRoot
from modproof.project import Project
from modproof.results import Place
from modproof.terraform import Diagnostic

__all__ = ["attribute", "broken_files"]

_MODULE = re.compile(r"^module\.([A-Za-z0-9_-]+)")
_RULE = re.compile(r"\s*This was checked by the validation rule at (?P<file>\S+?):(?P<line>\d+),[\d,-]+\.?")
_UNSUPPORTED = re.compile(r'No argument or block type is named "([^"]+)"\.(?: Did you mean "([^"]+)"\?)?')
_REQUIRED = re.compile(r'The argument "([^"]+)" is required')


def attribute(diagnostic: Diagnostic, root: BatchRoot, project: Project, stage: str) -> dict[str, CaseError]:
    """The cases that ``diagnostic`` is about, by key; empty when that cannot be told from this run."""
    key = None
    if diagnostic.address:
        match = _MODULE.match(diagnostic.address)
        key = match[1] if match and match[1] in root.cases else None
    if key is None and diagnostic.filename:
        key = root.key_of_file(diagnostic.filename)
    if key is None:
        return {}
    return {key: _error(diagnostic, root, project, stage, key)}


def broken_files(diagnostic: Diagnostic, root: BatchRoot, project: Project) -> dict[str, CaseError]:
    """The cases whose modules read the file that ``diagnostic`` (of the load stage) is about, by key."""
    if not diagnostic.filename:
        return {}
    path = root.source_path(diagnostic.filename)
    return {
        key: _error(diagnostic, root, project, "load", key)
        for key, case in root.cases.items()
        if path in closure(case.folder)
    }


def _error(diagnostic: Diagnostic, root: BatchRoot, project: Project, stage: str, key: str) -> CaseError:
    detail = diagnostic.detail
    rule = None
    match = _RULE.search(detail)
    if match:
        rule = Place(project.relative(root.source_path(match["file"])), int(match["line"]))
        detail = detail[: match.start()] + detail[match.end() :]
    own_file = diagnostic.filename == root.file_name(key)
    variable = root.lines[key].get(diagnostic.line or 0) if own_file else None
    if rule is None and diagnostic.filename and not own_file:
        rule = Place(project.relative(root.source_path(diagnostic.filename)), diagnostic.line)
    unsupported = _UNSUPPORTED.search(detail) if own_file else None
    required = _REQUIRED.search(detail) if own_file else None
    module = root.cases[key].module
    if unsupported:
        text = f"the module '{module}' has no variable '{unsupported[1]}'"
        if unsupported[2]:
            text = f"{text}; did you mean '{unsupported[2]}'?"
        variable = unsupported[1]
    elif required:
        text = f"the module '{module}' requires the variable '{required[1]}', which the case does not give"
        variable = None
    else:
        text = " ".join(f"{diagnostic.summary}: {detail}".split()) if detail.strip() else diagnostic.summary
        text = _relative_paths(text, root, project)
    address = diagnostic.address
    prefix = f"module.{key}."
    if address is not None:
        address = address.removeprefix(prefix) if address.startswith(prefix) else None
    return CaseError(
        stage=stage,
        text=text,
        address=address,
        variable=variable,
        rule=rule,
        usage=bool(unsupported or required),
    )


def _relative_paths(text: str, root: BatchRoot, project: Project) -> str:
    """Put the project's own paths in place of paths seen from the generated root."""

    def shown(match: re.Match[str]) -> str:
        return project.relative(root.source_path(match[0]))

    text = re.sub(r"(?:\.\./)+[\w./-]+\.tf(?:\.json)?|copies/[\w./-]+\.tf(?:\.json)?", shown, text)
    return text.replace(str(Path(root.folder)), "the batch")
