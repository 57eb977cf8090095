"""report.json: the whole run as data, for programs.

Schema 1, an object with these keys. What is optional is null, never left out.

``schema``      1. It rises when a key goes or changes its meaning; new keys may come without that.
``modproof``    the version that wrote the report.
``project``     the name of the repository.
``revision``    the commit, 40 hexadecimal digits, then ``-dirty`` if files differed from it; "" when not known.
``started``     ISO 8601 with offset.
``outcome``     ``passed``, ``failed`` (something is wrong with the modules) or ``error`` (the run could not be done).
``exit_code``   0, 1 or 2, in the order of those.
``verdict``     the run's last line.
``seconds``     wall time by part (``plans``, ``stories``, ``compliance``) and ``total``.
``versions``    by tool.
``errors``      what kept the run from being done: problems.
``cases``       null when not asked for, else ``{id, outcome, problems, place, from_cache}`` each.
``coverage``    null unless everything was asked for, else ``{module, covered, counted, percent, gate, missing,
                problems, outcome}`` each; ``missing`` are problems.
``stories``     null when not asked for, else ``{id, outcome, steps, place, seconds}`` each;
                a step is ``{name, outcome, seconds, problems, detail, asserted}``.
``compliance``  null when not asked for, else ``{outcome, scans, findings, suppressed, entries, problems, errors,
                retired}``; ``findings`` are those without a ledger entry.

A problem is ``{message, place, hint}``, a place ``{path, line}``: the path from the project's root, the line from 1.
The other objects are the classes of :mod:`modproof.core.results`, key by key.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from modproof.core.errors import ConfigurationError
from modproof.core.results import RunResult
from modproof.report.provenance import Provenance
from modproof.report.tally import verdict

__all__ = ["SCHEMA", "read", "render"]

SCHEMA = 1


def render(result: RunResult, about: Provenance) -> str:
    """``result`` as report.json holds it. ``result`` must be scrubbed."""
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "modproof": about.modproof,
        "project": about.project,
        "revision": about.revision,
        "started": about.started.isoformat(),
        "outcome": result.outcome.value,
        "exit_code": result.exit_code,
        "verdict": verdict(result),
    }
    document |= {key: value for key, value in _plain(result).items() if key not in document}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _plain(value: Any) -> Any:
    """``value`` as JSON has it; a part that has an outcome carries it."""
    if isinstance(value, Enum):
        return value.value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        plain = {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
        if hasattr(value, "outcome"):
            plain["outcome"] = value.outcome.value
        return plain
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return value


def read(path: Path) -> RunResult:
    """The result that a report.json holds.

    Raises ConfigurationError when the file cannot be read or is of another schema.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"cannot be read: {error.strerror}", path=path) from error
    except ValueError as error:
        raise ConfigurationError(f"is not JSON: {error}", path=path) from error
    found = document.get("schema") if isinstance(document, dict) else None
    if found != SCHEMA:
        raise ConfigurationError(
            f"is a report of schema {found}, and this modproof reads schema {SCHEMA}",
            path=path,
            hint="read it with the modproof that wrote it",
        )
    try:
        return TypeAdapter(RunResult).validate_python(document)
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(map(str, fault["loc"]))
        raise ConfigurationError(f"is not a report: {where}: {fault['msg'].lower()}", path=path) from error
