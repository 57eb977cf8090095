"""Writes the report files atomically."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from modproof.core.errors import ConfigurationError
from modproof.core.project import Project
from modproof.core.results import RunResult
from modproof.report import document, junit, markdown, oscal, page, pull_request, sarif
from modproof.report.provenance import provenance
from modproof.report.scrub import scrub

__all__ = ["replace_file", "write"]


def write(result: RunResult, project: Project, folder: Path) -> list[Path]:
    """Write the report in all formats into ``folder``, which is created if missing.

    All reports are rendered before the first is written, and each replaces the previous one atomically, so that
    neither a reader nor an interrupted run leaves half a report. Raises ConfigurationError if ``folder`` is not
    writable.
    """
    result = scrub(result)
    about = scrub(provenance(result, project))
    reports = {
        "report.md": markdown.render(result, about),
        "report.json": document.render(result, about),
        "report.html": page.render(result, about, project),
        "report.junit.xml": junit.render(result, about),
        "report.sarif": sarif.render(result, about),
        "report.upload.sarif": sarif.render(result, about, open_only=True),
        "report.oscal.json": oscal.render(result, about),
        "pull-request.md": pull_request.render(result, result.changes, about) if result.changes is not None else None,
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in reports.items():
            if text is None:
                # that of an earlier run
                (folder / name).unlink(missing_ok=True)
        return [replace_file(folder / name, text) for name, text in reports.items() if text is not None]
    except OSError as error:
        raise ConfigurationError(
            f"the report cannot be written: {error.strerror}",
            path=error.filename or folder,
            hint="use a writable folder, or free disk space",
        ) from error


def replace_file(path: Path, text: str) -> Path:
    """Write ``text`` to ``path`` atomically and return ``path``. Raises OSError."""
    aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with aside.open("x", encoding="utf-8", newline="\n") as sink:
            sink.write(text)
            sink.flush()
            os.fsync(sink.fileno())
        aside.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            aside.unlink()
        raise
    return path
