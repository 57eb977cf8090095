"""Plan cases as people write them: ``cases.yaml``, one file a module. This module parses; it runs nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator

from modproof import safety
from modproof.documents import Document, InvalidDocument, Plain, Strict, read, validate
from modproof.errors import ConfigurationError
from modproof.expectations import bad_tokens
from modproof.project import Project
from modproof.results import Place, Problem

__all__ = ["FILE_NAME", "HOLE", "Case", "CaseFile", "Expect", "Rejects", "find_files", "load"]

FILE_NAME = "cases.yaml"
HOLE = "<hole>"
"""Stands for a part of a value whose type nobody knows, because an example computes it."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_PROVIDER = re.compile(r"[a-z][\w-]*(\.[A-Za-z_][\w-]*)?")


class Expect(Strict):
    """What a plan must hold. Everything is partial: what is not named is free."""

    resources: dict[str, int] = Field(default_factory=dict)
    """How many managed resources of a type are planned."""
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
    """The message that a rejecting case must end with: a part of it, or a regular expression."""

    message: str | None = None
    match: str | None = None
    by: str | None = None
    """What the rule must belong to: ``var.name``, ``output.name`` or a resource address; any where it is None."""

    @field_validator("match")
    @classmethod
    def _pattern(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                re.compile(value)
            except re.error as error:
                raise ValueError(f"{value!r} is no regular expression: {error}") from error
        return value

    def holds(self, text: str) -> bool:
        """Whether ``text``, a diagnostic's summary and detail, has the message. White space is folded."""
        text = " ".join(text.split())
        if self.match is not None:
            return re.search(self.match, text) is not None
        return " ".join((self.message or "").split()) in text

    def __str__(self) -> str:
        text = f"a message that matches {self.match}" if self.match is not None else f"the message {self.message!r}"
        return text if self.by is None else f"{text} by a rule of {self.by}"


Providers = dict[str, dict[str, Plain]]
"""Settings by provider (``aws``) or alias (``aws.replica``)."""


class _CaseModel(Strict):
    description: str = ""
    variables: dict[str, Plain] = Field(default_factory=dict)
    unknown: list[str] = Field(default_factory=list)
    providers: Providers | None = None
    only: Literal["terraform", "tofu"] | None = None
    expect: Expect = Field(default_factory=Expect)
    rejects: str | Rejects | None = None

    @field_validator("providers")
    @classmethod
    def _safe(cls, value: Providers | None) -> Providers | None:
        return _safe_providers(value)


class _Defaults(Strict):
    variables: dict[str, Plain] = Field(default_factory=dict)
    providers: Providers = Field(default_factory=dict)

    @field_validator("providers")
    @classmethod
    def _safe(cls, value: Providers) -> Providers:
        return _safe_providers(value) or {}


def _safe_providers(value: Providers | None) -> Providers | None:
    for name, settings in (value or {}).items():
        if not _PROVIDER.fullmatch(name):
            raise ValueError(f"{name!r} is no provider; write its name, or NAME.ALIAS")
        for setting in settings:
            what = safety.forbidden(setting)
            if what:
                raise ValueError(f"{name} may not have {what}: {setting}")
    return value


class _Top(Strict):
    module: str | None = None
    defaults: _Defaults = Field(default_factory=_Defaults)
    cases: dict[str, Any] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Case:
    """A module, its variables and what is expected of the plan.

    ``unknown`` names inputs that the plan must not know: dotted paths into ``variables``. Exactly one of ``expect``
    and ``rejects`` is judged; a case with neither must plan. ``providers`` has the settings of each provider that is
    not the default one. ``only`` names the program that the case is for, where it is not for both. ``root`` is the
    project's folder. ``faults`` say why a case that comes from elsewhere cannot be planned; ``follows`` are the files,
    besides the module's and its own, that it may follow from.
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
    only: Literal["terraform", "tofu"] | None = None
    faults: tuple[Problem, ...] = ()
    follows: tuple[Path, ...] = ()

    @property
    def documented(self) -> bool:
        """Whether the case is a call that stands elsewhere than in a file of cases."""
        return Path(self.place.path).name != FILE_NAME

    @property
    def id(self) -> str:
        return f"{self.module}/{self.name}"

    def place_of(self, *pointer: str | int) -> Place:
        """Where a part of the case stands, such as ``("variables", "name")``."""
        line = self.document.line("cases", self.name, *pointer)
        return Place(self.place.path, line)


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A read file: the cases that can run, and by name the faults of those that cannot."""

    path: Path
    module: str
    cases: tuple[Case, ...]
    broken: Mapping[str, tuple[Problem, ...]]


def find_files(project: Project) -> list[Path]:
    """Every cases.yaml of the project, sorted."""
    return sorted(project.cases.rglob(FILE_NAME))


def load(path: Path, project: Project) -> CaseFile:
    """Read one file; a fault in one case leaves the others usable.

    Raises ConfigurationError, with file and line, when the file as a whole cannot be used: it is not YAML, has an
    unknown key at the top, no case, or names a module that does not exist.
    """
    shown = project.relative(path)
    document = read(path, shown)
    if document.data is None:
        raise ConfigurationError("holds no case", path=shown, hint="write `cases:` with at least one case below it")
    top = validate(document, (), _Top)
    if isinstance(top, list):
        raise InvalidDocument(top)
    module = top.module or project.module_of_cases(path.parent)
    folder = project.module_folder(module)
    if not folder.is_dir():
        known = ", ".join(project.module_names()) or "none"
        raise ConfigurationError(
            f"the module '{module}' does not exist in {project.settings.modules}",
            path=shown,
            line=document.line("module"),
            hint=f"modules there: {known}; the folder's name, or the key `module`, says which one is meant",
        )
    cases: list[Case] = []
    broken: dict[str, tuple[Problem, ...]] = {}
    for name in top.cases:
        result = _case(document, name, module, folder, project.root, top.defaults)
        if isinstance(result, Case):
            cases.append(result)
        else:
            broken[name] = tuple(result)
    return CaseFile(path, module, tuple(cases), broken)


def _case(
    document: Document, name: str, module: str, folder: Path, root: Path, defaults: _Defaults
) -> Case | list[Problem]:
    place = document.place("cases", name)
    if not _NAME.fullmatch(name):
        return [Problem(f"the case name {name!r} has a character that is not a letter, digit, dot, - or _", place)]
    model = validate(document, ("cases", name), _CaseModel)
    if isinstance(model, list):
        return model
    rejects = Rejects(message=model.rejects) if isinstance(model.rejects, str) else model.rejects
    if rejects is not None and (rejects.message is None) == (rejects.match is None):
        return [Problem("rejects takes one of message and match", document.place("cases", name, "rejects"))]
    if rejects is not None and model.expect != Expect():
        return [
            Problem(
                "a case that is rejected has no plan to expect anything of",
                document.place("cases", name, "expect"),
                "keep `expect` or `rejects`",
            )
        ]
    return Case(
        module=module,
        name=name,
        folder=folder,
        variables={**defaults.variables, **model.variables},
        unknown=tuple(model.unknown),
        expect=model.expect,
        rejects=rejects,
        place=place,
        document=document,
        root=root,
        description=model.description,
        providers={**defaults.providers, **(model.providers or {})},
        only=model.only,
    )
