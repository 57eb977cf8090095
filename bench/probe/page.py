"""Read and write the table: docs/emulator-coverage.json, and docs/emulator-coverage.md, which is generated from it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import ConfigDict, Field

from modproof.core.documents import Strict

__all__ = ["COLUMNS", "COMMAND", "JSON", "MARKDOWN", "SERVED", "Arguments", "Coverage", "Row", "as_json", "as_markdown"]

JSON = Path("docs/emulator-coverage.json")
MARKDOWN = Path("docs/emulator-coverage.md")
COLUMNS = ("create", "empty_plan", "update", "import", "tags", "destroy")

SERVED = ("aws_sagemaker_", "aws_appautoscaling_", "aws_ecr_", "aws_budgets_")
"""Prefixes of the resource types that localstack-sagemaker serves; LocalStack itself serves the rest."""

COMMAND = "python -m bench emulator"
_SIGNS = {True: "yes", False: "**no**", None: "-"}


class Row(Strict):
    """One resource type. Null means that AWS or the provider does not support it."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)

    create: bool | None
    empty_plan: bool | None
    update: bool | None
    import_: bool | None = Field(alias="import")
    tags: bool | None
    destroy: bool | None
    reasons: dict[str, str] = Field(default_factory=dict)
    """Reasons by column, for each that is not true."""
    notes: list[str] = Field(default_factory=list)

    def cell(self, column: str) -> bool | None:
        """Return the value of a column."""
        value: bool | None = getattr(self, "import_" if column == "import" else column)
        return value

    @property
    def green(self) -> bool:
        """Whether every supported operation works."""
        return all(self.cell(column) is not False for column in COLUMNS)


class Arguments(Strict):
    """The arguments of a resource type in the provider's schema: how many, and those that no fixture sets."""

    count: int
    unset: dict[str, str] = Field(default_factory=dict)
    """Those that cannot be set, each with the reason and its source."""
    missing: list[str]
    """Those without a reason."""

    @property
    def unset_count(self) -> int:
        """How many are not set, for any reason."""
        return len(self.unset) + len(self.missing)

    @property
    def ratio(self) -> str:
        """Such as ``9 of 11``."""
        return f"{self.count - self.unset_count} of {self.count}"


class Coverage(Strict):
    """The table, and the versions that it was created with."""

    generated_with: str = COMMAND
    provider: str
    localstack: str
    clocks: list[str]
    """The emulator's clock modes that every SageMaker resource was tested with."""
    arguments: dict[str, Arguments] = Field(default_factory=dict)
    """Those of each SageMaker resource type."""
    resources: dict[str, Row]

    @classmethod
    def read(cls, root: Path) -> Coverage:
        """Read the committed table. Raises OSError or pydantic's ValidationError."""
        return cls.model_validate_json((root / JSON).read_text(encoding="utf-8"))


def as_json(coverage: Coverage) -> str:
    """Return the content of the JSON file, which depends on the table only."""
    return json.dumps(coverage.model_dump(by_alias=True), indent=2, ensure_ascii=False) + "\n"


def as_markdown(coverage: Coverage) -> str:
    """Return the content of the Markdown file."""
    sagemaker = {kind: row for kind, row in coverage.resources.items() if kind.startswith("aws_sagemaker_")}
    others = {
        kind: row for kind, row in coverage.resources.items() if kind.startswith(SERVED) and kind not in sagemaker
    }
    rest = {kind: row for kind, row in coverage.resources.items() if not kind.startswith(SERVED)}
    lines = [
        f"<!-- generated with `{coverage.generated_with}`; do not edit -->",
        "",
        "# Terraform support of the emulator",
        "",
        f"Each resource was tested with `{coverage.provider}` on LocalStack {coverage.localstack} with"
        " `localstack-sagemaker`: create, and an empty second plan; update in place, and an empty next plan; import"
        " into an empty state, and an empty next plan; update of tags; destroy, after which the provider must not find"
        f" it. The plug-in's resources were tested with each of these clocks: {', '.join(coverage.clocks)}."
        " A dash means that AWS or the provider does not support it.",
        "",
        f"Update this page and [emulator-coverage.json]({JSON.name}) with `{coverage.generated_with}` (a few minutes).",
        "",
        *_table("SageMaker", sagemaker, coverage.arguments),
        *_table("Other services of the plug-in", others),
        *_table("LocalStack's own services, as far as the modules use them", rest),
    ]
    return "\n".join(lines).rstrip("\n") + "\n"


def _table(title: str, resources: dict[str, Row], arguments: Mapping[str, Arguments] | None = None) -> Iterable[str]:
    if not resources:
        return
    green = sum(row.green for row in resources.values())
    yield from (f"## {title}", "", f"{green} of {len(resources)} support every operation.", "")
    if arguments:
        count = sum(one.count for one in arguments.values())
        absent = sum(one.unset_count for one in arguments.values())
        yield f"The configurations set {count - absent} of {count} arguments in the schema. {_unset(arguments)}"
        yield ""
    titles = [*(column.replace("_", " ") for column in COLUMNS), *(["arguments set"] if arguments else [])]
    yield "| resource | " + " | ".join(titles) + " |"
    yield "|---" * (len(titles) + 1) + "|"
    for kind, row in resources.items():
        cells = [_SIGNS[row.cell(column)] for column in COLUMNS]
        cells += [arguments[kind].ratio] if arguments else []
        yield f"| `{kind}` | " + " | ".join(cells) + " |"
    yield ""
    reasons = [
        f"- `{kind}`, {column.replace('_', ' ')}: {reason}"
        for kind, row in resources.items()
        for column, reason in row.reasons.items()
        if reason not in _OBVIOUS
    ]
    reasons += [f"- `{kind}`: {note}" for kind, row in resources.items() for note in row.notes]
    if reasons:
        yield from (*reasons, "")
    yield from _not_set(arguments or {})


def _unset(arguments: Mapping[str, Arguments]) -> str:
    missing = sum(len(one.missing) for one in arguments.values())
    others = "The others cannot be set; the reasons are below the table."
    return f"{missing} are missing, as listed in the JSON file. {others}" if missing else others


def _not_set(arguments: Mapping[str, Arguments]) -> Iterable[str]:
    """List the arguments that cannot be set by their reason."""
    by_reason: dict[tuple[str, str], list[str]] = {}
    for kind, one in arguments.items():
        for path, reason in one.unset.items():
            by_reason.setdefault((kind, reason), []).append(path)
    if by_reason:
        yield from ("Arguments that are not set:", "")
    for (kind, reason), paths in by_reason.items():
        yield f"- `{kind}`, {', '.join(f'`{path}`' for path in paths)}: {reason}"
    if by_reason:
        yield ""


_OBVIOUS = frozenset({"the provider's resource has no tags"})
"""Common reasons that the dash already expresses. The JSON file has all reasons."""
