"""Cases in ``cases.yaml``, one file per module."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator

from modproof.cases.model import FILE_NAMES, Answers, BrokenCase, Case, Expect, Providers, Rejects
from modproof.core.aws_calls import ApiCall
from modproof.core.documents import Document, InvalidDocument, Plain, Strict, read, validate
from modproof.core.errors import ConfigurationError
from modproof.core.project import Project
from modproof.core.results import Place, Problem
from modproof.terraform import safety

__all__ = ["case_files", "load_file", "schema"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_PROVIDER = re.compile(r"[a-z][\w-]*(\.[A-Za-z_][\w-]*)?")


class _CaseModel(Strict):
    description: str = ""
    variables: dict[str, Plain] = Field(default_factory=dict)
    unknown: list[str] = Field(default_factory=list)
    providers: Providers | None = None
    answers: Answers = Field(default_factory=dict)
    seed: list[ApiCall] | None = None
    only: Literal["terraform", "tofu"] | None = None
    expect: Expect = Field(default_factory=Expect)
    rejects: str | Rejects | None = None
    scan: bool | None = None

    @field_validator("providers")
    @classmethod
    def _safe(cls, value: Providers | None) -> Providers | None:
        return _safe_providers(value)


class _Defaults(Strict):
    variables: dict[str, Plain] = Field(default_factory=dict)
    providers: Providers = Field(default_factory=dict)
    answers: Answers = Field(default_factory=dict)
    seed: list[ApiCall] = Field(default_factory=list)

    @field_validator("providers")
    @classmethod
    def _safe(cls, value: Providers) -> Providers:
        return _safe_providers(value) or {}


def _safe_providers(value: Providers | None) -> Providers | None:
    for name, settings in (value or {}).items():
        if not _PROVIDER.fullmatch(name):
            raise ValueError(f"{name!r} is not a provider; write its name, or NAME.ALIAS")
        for setting in settings:
            what = safety.forbidden(setting)
            if what:
                raise ValueError(f"{name} may not have {what}: {setting}")
    return value


class _Top(Strict):
    module: str | None = None
    defaults: _Defaults = Field(default_factory=_Defaults)
    cases: dict[str, Any] = Field(min_length=1)


class _File(_Top):
    cases: dict[str, _CaseModel] = Field(min_length=1)


def schema() -> dict[str, Any]:
    """The JSON schema of a file of cases."""
    return _File.model_json_schema()


def case_files(project: Project) -> list[Path]:
    """Every file of cases in the project, sorted."""
    return sorted(path for name in FILE_NAMES for path in project.cases.rglob(name))


def load_file(path: Path, project: Project) -> tuple[str, list[Case | BrokenCase]]:
    """The module of a file, and its cases in order. An error in one case leaves the others usable.

    Raises ConfigurationError, with file and line, when the whole file is unusable: it is not YAML, has an unknown
    top-level key, no case, or names a module that does not exist.
    """
    shown = project.relative(path)
    document = read(path, shown)
    if document.data is None:
        raise ConfigurationError("contains no case", path=shown, hint="add `cases:` with at least one case")
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
            hint=f"modules: {known}; the module is named by the file's folder, or by the key `module`",
        )
    return module, list(_cases(document, top, module, folder, project.root))


def _cases(document: Document, top: _Top, module: str, folder: Path, root: Path) -> Iterator[Case | BrokenCase]:
    for name in top.cases:
        result = _case(document, name, module, folder, root, top.defaults)
        if isinstance(result, Case):
            yield result
        else:
            place = result[0].place or Place(str(document.path))
            yield BrokenCase(module, name, tuple(result), place)


def _case(
    document: Document, name: str, module: str, folder: Path, root: Path, defaults: _Defaults
) -> Case | list[Problem]:
    place = document.place("cases", name)
    if not _NAME.fullmatch(name):
        return [Problem(f"the case name {name!r} may only have letters, digits, dot, - and _", place)]
    model = validate(document, ("cases", name), _CaseModel)
    if isinstance(model, list):
        return model
    rejects = Rejects(message=model.rejects) if isinstance(model.rejects, str) else model.rejects
    if rejects is not None and (rejects.message is None) == (rejects.match is None):
        return [Problem("rejects takes either message or match", document.place("cases", name, "rejects"))]
    if rejects is not None and model.expect != Expect():
        return [
            Problem(
                "a rejected case has no plan, so it cannot have `expect`",
                document.place("cases", name, "expect"),
                "keep `expect` or `rejects`",
            )
        ]
    if rejects is not None and model.scan:
        return [Problem("a rejected case has no plan to scan", document.place("cases", name, "scan"), "delete `scan`")]
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
        answers={**defaults.answers, **model.answers},
        seed=tuple(defaults.seed if model.seed is None else model.seed),
        only=model.only,
        scan=model.scan,
    )
