"""report.json: the whole run as data, for programs.

Schema 1 is an object with these keys. Optional values are null; their keys are always present.

``schema``      1. It increases when a key is removed or changes its meaning. New keys do not increase it.
``modproof``    the version that wrote the report.
``project``     the name of the repository.
``revision``    the commit, 40 hexadecimal digits, then ``-dirty`` if files differed from it; "" if unknown.
``started``     ISO 8601 with offset.
``outcome``     ``passed``, ``failed`` (failures found) or ``error`` (configuration or tool error).
``exit_code``   0, 1 or 2, in the same order.
``verdict``     the last line of the summary.
``seconds``     wall time by part (``plans``, ``stories``, ``compliance``) and ``total``.
``versions``    versions by tool.
``errors``      problems that prevented the run or a part of it.
``skipped``     the reason by part for each part that the repository does not have.
``cases``       null if not requested, else a list of ``{id, outcome, problems, place, from_cache, module}``.
``coverage``    null unless all cases were requested, else a list of ``{module, covered, counted, percent, gate,
                missing, problems, outcome}``; ``missing`` is a list of problems.
``stories``     null if not requested, else a list of ``{id, outcome, steps, place, seconds, modules}``;
                a step is ``{name, outcome, seconds, problems, detail, asserted}``.
``load``        null without stories, else what the run used of the machine while they ran:
                ``{seconds, cpu_seconds, cores, busy, peak_bytes}``, see :class:`modproof.core.results.Load`.
``permissions`` null without the file of ``modproof permissions --write``, else the IAM actions by module and phase.
``compliance``  null if not requested, else ``{outcome, scans, findings, suppressed, entries, problems, errors,
                retired, undecided, fail_on, framework, controls}``; ``findings`` are those without a ledger entry.
``upgrade``     null if not requested, else ``{outcome, base, bump, required, planned, interface, examples, unapplied,
                problems, errors}``; see :class:`modproof.core.results.UpgradeResult`.
``changes``     null unless compared with a base, else ``{base, commit, opened, fixed, accepted, updated, ledger,
                cases_added, cases_removed, coverage, permissions, incomparable, findings_compared,
                known_problems}``; see :class:`modproof.core.results.Changes`.

A problem is ``{message, place, hint, mismatch}``, a place ``{path, line}``: the path is relative to the project's root,
the line counts from 1. ``mismatch`` is null unless a value differs from its expectation; then it is ``{subject, path,
expected, found, state, kind}``, and ``message`` describes it. ``path`` is a list of keys and indices; ``state`` is
``known``, ``unknown``, ``absent`` or ``sensitive``, and ``found`` is null unless it is ``known``. ``kind`` is the rule
that failed, see :class:`modproof.core.results.Mismatch`. Long strings in ``expected`` and ``found`` are truncated.
The other objects are the classes of :mod:`modproof.core.results`, key by key, without fields that are not ``reported``.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from modproof.core.errors import ConfigurationError
from modproof.core.results import Mismatch, RunResult
from modproof.report.mismatches import truncate
from modproof.report.provenance import Provenance
from modproof.report.tally import verdict

__all__ = ["SCHEMA", "read", "render"]

SCHEMA = 1


def render(result: RunResult, about: Provenance) -> str:
    """The content of report.json. ``result`` must be scrubbed."""
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
    """``value`` as JSON types. A part that has an outcome gets the key ``outcome``."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mismatch):
        value = dataclasses.replace(value, expected=_truncated(value.expected), found=_truncated(value.found))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = [field.name for field in dataclasses.fields(value) if field.metadata.get("reported", True)]
        plain = {name: _plain(getattr(value, name)) for name in fields}
        if hasattr(value, "outcome"):
            plain["outcome"] = value.outcome.value
        return plain
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for item in value]
    # an expectation can be a YAML date
    if isinstance(value, date):
        return value.isoformat()
    return value


def _truncated(value: Any) -> Any:
    """``value`` with its strings, at any depth, as long as in the message."""
    if isinstance(value, str):
        return truncate(value)
    if isinstance(value, Mapping):
        return {key: _truncated(item) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [_truncated(item) for item in value]
    return value


def read(path: Path) -> RunResult:
    """Read the result from a report.json.

    Raises ConfigurationError if the file cannot be read or has another schema.
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
            f"has report schema {found}, but this version of modproof reads schema {SCHEMA}",
            path=path,
            hint="read it with the version of modproof that wrote it",
        )
    try:
        return TypeAdapter(RunResult).validate_python(document)
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(map(str, fault["loc"]))
        raise ConfigurationError(f"is not a valid report: {where}: {fault['msg'].lower()}", path=path) from error
