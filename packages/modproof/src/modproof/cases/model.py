"""The model of a plan case: a module, its inputs, and what is expected of the plan."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, Field, field_validator

from modproof.cases.expectations import bad_tokens
from modproof.core.aws_calls import ApiCall
from modproof.core.documents import Document, Plain, Strict
from modproof.core.results import Place, Problem

__all__ = [
    "FILE_NAMES",
    "HOLE",
    "SCANNED_SOURCES",
    "TEXT",
    "Answers",
    "BrokenCase",
    "Case",
    "Expect",
    "Providers",
    "Rejects",
    "sourced_case",
]

FILE_NAMES = ("cases.yaml", "cases.yml")
HOLE = "<hole>"
"""A placeholder for a part of an input that an example computes, so that its type is not known."""
TEXT = "<text>"
"""A placeholder for a string that an example computes."""

SCANNED_SOURCES = ("examples",)
"""The sources of documented cases that scanners check."""
_COMPLETE = "complete"
"""The name of the case that sets everything that a module has."""
Providers = dict[str, dict[str, Plain]]
"""Settings by provider (``aws``) or alias (``aws.replica``)."""

Answers = dict[str, dict[str, Plain]]
"""Attributes by the address of a data source, relative to the module."""


class Expect(Strict):
    """What a plan must contain. All parts are partial: anything not listed is ignored."""

    resources: dict[str, int] = Field(default_factory=dict)
    """The number of planned managed resources by type."""
    values: dict[str, Plain] = Field(default_factory=dict)
    """Planned values by resource address, relative to the module."""
    outputs: dict[str, Plain] = Field(default_factory=dict)
    absent: list[str] = Field(default_factory=list)
    """Resource addresses that are not planned."""

    @field_validator("values", "outputs")
    @classmethod
    def _tokens(cls, value: dict[str, Any]) -> dict[str, Any]:
        faults = bad_tokens(value)
        if faults:
            raise ValueError("; ".join(faults))
        return value


class Rejects(Strict):
    """The error message of a rejecting case: a part of it, or a regular expression."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["message"]}, {"required": ["match"]}]})

    message: str | None = None
    match: str | None = None
    by: str | None = None
    """The owner of the condition: ``var.name``, ``output.name`` or a resource address; any if None."""

    @field_validator("match")
    @classmethod
    def _pattern(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                re.compile(value)
            except re.error as error:
                raise ValueError(f"{value!r} is not a regular expression: {error}") from error
        return value

    def matches(self, text: str) -> bool:
        """Whether ``text``, the summary and detail of a diagnostic, has the message. White space is folded."""
        text = " ".join(text.split())
        if self.match is not None:
            return re.search(self.match, text) is not None
        return " ".join((self.message or "").split()) in text

    def __str__(self) -> str:
        text = f"a message that matches {self.match}" if self.match is not None else f"the message {self.message!r}"
        return text if self.by is None else f"{text} from a condition of {self.by}"


@dataclass(frozen=True, slots=True)
class Case:
    """A module, its variables and the expected plan.

    ``unknown`` names inputs that are unknown until apply: dotted paths into ``variables``. Either ``expect`` or
    ``rejects`` is checked; a case with neither must plan. ``providers`` has the settings of each provider that differs
    from the default. ``answers`` has what data sources return instead of reading AWS. A case with ``seed`` is planned
    against the emulator after these calls. ``only`` names the program that the case is for, None for both. ``root`` is
    the project's folder.

    ``place`` and ``document`` are the origin of the case: where it is written. ``source`` names the kind of origin, one
    of :data:`modproof.cases.sources.SOURCES`. ``faults`` say why a case cannot be planned; ``reads`` are the files that
    it depends on besides the module's and its own. ``scan`` says whether scanners check the plan.
    """

    module: str
    name: str
    folder: Path
    variables: Mapping[str, Any]
    unknown: tuple[str, ...]
    expect: Expect
    rejects: Rejects | None
    place: Place
    document: Document
    root: Path
    description: str = ""
    providers: Providers = field(default_factory=dict)
    answers: Answers = field(default_factory=dict)
    seed: tuple[ApiCall, ...] = ()
    only: Literal["terraform", "tofu"] | None = None
    source: str = "yaml"
    faults: tuple[Problem, ...] = ()
    reads: tuple[Path, ...] = ()
    scan: bool | None = None

    @property
    def scanned(self) -> bool:
        """Whether scanners check its plan: as it says, by default a case ``complete`` and the calls in examples."""
        if self.rejects is not None:
            return False
        default = self.source in SCANNED_SOURCES or (self.source == "yaml" and self.name == _COMPLETE)
        return default if self.scan is None else self.scan

    @property
    def id(self) -> str:
        """``module/name``, unique in its project."""
        return f"{self.module}/{self.name}"

    @property
    def key(self) -> tuple[Path, str]:
        """Project root and id, unique in a run over several projects."""
        return self.root, self.id

    def place_of(self, *pointer: str | int) -> Place:
        """Where a part of the case is written, such as ``("variables", "name")``."""
        line = self.document.line("cases", self.name, *pointer)
        return Place(self.place.path, line)

    def place_of_default(self, *pointer: str | int) -> Place:
        """As :meth:`place_of`, for a part that the case may have from the defaults of its file."""
        own, default = ("cases", self.name, *pointer[:2]), ("defaults", *pointer[:2])
        if own not in self.document.lines and default in self.document.lines:
            return Place(self.place.path, self.document.line("defaults", *pointer))
        return self.place_of(*pointer)


@dataclass(frozen=True, slots=True)
class BrokenCase:
    """A case, or a whole file of cases, that cannot be used. ``name`` is None for a file."""

    module: str
    name: str | None
    problems: tuple[Problem, ...]
    place: Place

    @property
    def id(self) -> str:
        """``module/name``, or the module for a file."""
        return self.module if self.name is None else f"{self.module}/{self.name}"


def sourced_case(
    root: Path, module: str, folder: Path, name: str, place: Place, lines: Mapping[str, int], source: str
) -> Case:
    """A case that is not from a cases.yaml. ``lines`` has the line of each variable in the file of ``place``."""
    places: dict[tuple[str | int, ...], int] = {("cases", name): place.line or 1}
    places |= {("cases", name, "variables", variable): line for variable, line in lines.items()}
    return Case(
        module=module,
        name=name,
        folder=folder,
        variables={},
        unknown=(),
        expect=Expect(),
        rejects=None,
        place=place,
        document=Document(Path(place.path), {}, places),
        root=root,
        source=source,
    )
