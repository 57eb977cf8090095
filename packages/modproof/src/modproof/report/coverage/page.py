"""coverage.html: the annotated sources of the modules, as one self-contained page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

from modproof.core.errors import ConfigurationError
from modproof.core.project import Project
from modproof.core.results import (
    COVERAGE_KINDS,
    NOTHING_TO_COVER,
    CoverageItem,
    CoverageResult,
    ModuleCoverage,
    percent_covered,
)
from modproof.report.coverage.data import count
from modproof.report.files import replace_file
from modproof.report.page import environment
from modproof.report.revision import project_name, revision
from modproof.report.scrub import clean, scrub

__all__ = ["write_page"]

_NAME = "coverage.html"


@dataclass(slots=True)
class _Line:
    """``state`` is ``covered``, ``partial``, ``missing``, ``excluded``, or empty if the line does not count."""

    number: int
    text: str
    state: str = ""
    remarks: list[str] = field(default_factory=list)


def write_page(result: CoverageResult, project: Project, folder: Path) -> Path:
    """Write coverage.html into ``folder`` atomically and return its path.

    Raises ConfigurationError if ``folder`` is not writable.
    """
    result = scrub(result)
    style = resources.files("modproof.report").joinpath("templates")
    page = (
        environment()
        .get_template("coverage.html")
        .render(
            result=result,
            project=clean(project_name(project)),
            revision=revision(project),
            style="".join(style.joinpath(name).read_text(encoding="utf-8") for name in ("report.css", "coverage.css")),
            percent=percent_covered(result.items),
            kinds=COVERAGE_KINDS,
            nothing=NOTHING_TO_COVER,
            counts={
                module.module: {kind: count(module.items, kind) for kind in COVERAGE_KINDS} for module in result.modules
            },
            sources={module.module: dict(_sources(module, project)) for module in result.modules},
        )
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return replace_file(folder / _NAME, page)
    except OSError as error:
        raise ConfigurationError(
            f"the page cannot be written: {error.strerror}",
            path=error.filename or folder,
            hint="use a writable folder, or free disk space",
        ) from error


def _sources(module: ModuleCoverage, project: Project) -> Iterator[tuple[str, list[_Line]]]:
    for path in module.files:
        text = clean((project.root / path).read_text(encoding="utf-8-sig", errors="replace"))
        lines = [_Line(number, content) for number, content in enumerate(text.splitlines(), 1)]
        spans = [
            (end - (place.line or 1), place.line or 1, end, item)
            for item in module.items
            for place, end in item.spans
            if place.path == path
        ]
        # inner items override the block that contains them
        for _, first, last, item in sorted(spans, key=lambda span: (-span[0], span[1])):
            state = _state(item)
            for line in lines[first - 1 : last]:
                line.state = state if _counts(line.text) else ""
            if item.gaps and first <= len(lines):
                lines[first - 1].remarks += _remarks(item)
        yield path, lines


def _counts(text: str) -> bool:
    return not (text == "" or text.isspace() or text.lstrip().startswith(("#", "//")))


def _state(item: CoverageItem) -> str:
    if item.covered:
        return "covered"
    if item.excluded:
        return "excluded"
    two_states = item.kind in ("conditionals", "validations")
    return "partial" if two_states and len(item.missing) < 2 else "missing"


def _remarks(item: CoverageItem) -> list[str]:
    return [
        f"{item.name} ({gap.state}): " + (f"excluded: {gap.reason}" if gap.reason else gap.missing) for gap in item.gaps
    ]
