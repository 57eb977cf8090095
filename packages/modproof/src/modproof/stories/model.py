"""Story files: one YAML file per story, with an example and what must hold when it is applied."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, Field, model_validator

from modproof.cases.expectations import bad_tokens
from modproof.core.aws_calls import ApiCall
from modproof.core.documents import Document, InvalidDocument, Plain, Strict, read, validate
from modproof.core.errors import ConfigurationError
from modproof.core.project import Project, Seconds
from modproof.core.results import Place, Problem
from modproof.hcl.reader import module_blocks, read_folder
from modproof.stories import drift
from modproof.stories.drift import Drift
from modproof.terraform.changes import Action

__all__ = [
    "Assert",
    "Story",
    "StoryCall",
    "Update",
    "find_files",
    "load",
    "of_example",
    "read_story",
    "required_variables",
    "role_accounts",
    "schema",
]

_SUFFIXES = (".yaml", ".yml")
_ACCOUNT_OF_ROLE = re.compile(r"arn:[\w-]+:iam::(\d{12}):role/")


class StoryCall(ApiCall):
    """A call that is signed as a role, or by default with the key of the account."""

    role: str = Field("", alias="as")


def role_accounts(calls: Iterable[tuple[ApiCall, Place]]) -> frozenset[str]:
    """The account IDs in the ARNs of the roles that sign ``calls``."""
    roles = (call.role for call, _ in calls if isinstance(call, StoryCall))
    return frozenset(found.group(1) for role in roles if (found := _ACCOUNT_OF_ROLE.match(role)))


class Assert(StoryCall):
    """What a call must return after the apply: a part of the response, or an AWS error code."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["expect"]}, {"required": ["error"]}]})

    name: str
    expect: Plain = None
    error: str | None = None

    @model_validator(mode="after")
    def _one_expectation(self) -> Assert:
        if (self.expect is None) == (self.error is None):
            raise ValueError("an assert has either `expect` (a part of the response) or `error` (an AWS error code)")
        faults = bad_tokens(self.expect)
        if faults:
            raise ValueError("; ".join(faults))
        return self


class Update(Strict):
    """A change of variables, in addition to all previous ones, and the exact changes that the plan then has."""

    name: str
    variables: dict[str, Plain]
    changes: dict[str, Action]
    """By resource address. All other resources must not change."""
    asserts: list[Assert] = Field(default_factory=list)


class _StoryModel(Strict):
    example: str
    description: str = ""
    region: str = "eu-west-1"
    step_timeout: Seconds | None = None
    enforce: bool = True
    variables: dict[str, Plain] = Field(default_factory=dict)
    seed: list[StoryCall] = Field(default_factory=list)
    asserts: list[Assert] = Field(default_factory=list)
    updates: list[Update] = Field(default_factory=list)


def schema() -> dict[str, Any]:
    """The JSON schema of the story of an example."""
    return _StoryModel.model_json_schema()


@dataclass(frozen=True, slots=True)
class Story:
    """A valid story file. ``example`` is an absolute folder; ``id`` is the file name without extension."""

    id: str
    path: Path
    example: Path
    description: str
    region: str
    variables: Mapping[str, Any]
    seed: tuple[StoryCall, ...]
    asserts: tuple[Assert, ...]
    updates: tuple[Update, ...]
    drift: tuple[Drift, ...]
    """The known drift of the emulator in this story."""
    step_timeout: float
    """The time in seconds that each step may take."""
    enforce: bool
    """Whether the policies of roles decide in SageMaker."""
    place: Place
    document: Document

    @property
    def has_file(self) -> bool:
        """Whether it was read from a story file."""
        return self.path.suffix in _SUFFIXES

    def place_of(self, *pointer: str | int) -> Place:
        """Where a part of the story is written, such as ``("asserts", 2)``."""
        return self.document.place(*pointer)

    def calls(self) -> Iterator[tuple[ApiCall, Place]]:
        """Every call in the order in which the story makes it, with its place."""
        for index, call in enumerate(self.seed):
            yield call, self.place_of("seed", index, "call")
        for index, check in enumerate(self.asserts):
            yield check, self.place_of("asserts", index, "call")
        for number, update in enumerate(self.updates):
            for index, check in enumerate(update.asserts):
                yield check, self.place_of("updates", number, "asserts", index, "call")

    @property
    def accounts(self) -> frozenset[str]:
        """The IDs of the accounts that no other story may use at the same time: those of the roles it names."""
        return role_accounts(self.calls())


def required_variables(example: Path) -> set[str]:
    """The names of the variables of an example that have no default."""
    blocks = module_blocks(example, "variable")
    return {label for block in blocks if block.attribute("default") is None for label in block.labels}


def find_files(project: Project) -> list[Path]:
    """Every story file of the project, sorted."""
    return sorted(path for suffix in _SUFFIXES for path in project.stories.glob(f"*{suffix}"))


def read_story(path: Path, project: Project) -> Document:
    """Read the YAML of a story file. Raises InvalidDocument, also for an id that another file has too."""
    shown = project.relative(path)
    first = path.with_suffix(_SUFFIXES[0])
    if path.suffix == _SUFFIXES[1] and first.is_file():
        # the results of both would have the same id
        text = f"the story {path.stem} is already defined in {project.relative(first)}"
        raise InvalidDocument([Problem(text, Place(shown, 1), "rename one of the files")])
    document = read(path, shown)
    if document.data is None:
        raise ConfigurationError("contains no story", path=shown, hint="write at least `example:`")
    return document


def load(path: Path, project: Project, document: Document) -> Story:
    """The story of an example in ``document``.

    Raises InvalidDocument with every fault and its line: an unknown key, an example that does not exist, a variable
    that the example does not declare; or with the faults of the project's drift list.
    """
    model = validate(document, (), _StoryModel)
    if isinstance(model, list):
        raise InvalidDocument(model)
    example = (project.root / model.example).resolve()
    problems = list(_example_problems(document, model, example))
    if problems:
        raise InvalidDocument(problems)
    return Story(
        id=path.stem,
        path=path,
        example=example,
        description=model.description,
        region=model.region,
        variables=model.variables,
        seed=tuple(model.seed),
        asserts=tuple(model.asserts),
        updates=tuple(model.updates),
        drift=drift.seen_in(path, project),
        step_timeout=model.step_timeout or project.settings.timeouts.step,
        enforce=model.enforce,
        place=document.place(),
        document=document,
    )


def of_example(example: Path, project: Project) -> Story:
    """A story without a file, for an example with default values. Its place is the example's first file."""
    first = next(file.path for file in read_folder(example))
    document = Document(Path(project.relative(first)), {}, {})
    return Story(
        id=example.name,
        path=first,
        example=example.resolve(),
        description="",
        region=_StoryModel.model_fields["region"].default,
        variables={},
        seed=(),
        asserts=(),
        updates=(),
        drift=(),
        step_timeout=project.settings.timeouts.step,
        enforce=_StoryModel.model_fields["enforce"].default,
        place=document.place(),
        document=document,
    )


def _example_problems(document: Document, model: _StoryModel, example: Path) -> Iterator[Problem]:
    if not example.is_dir():
        yield Problem(f"the example {model.example} does not exist", document.place("example"))
        return
    files = read_folder(example)
    if not files:
        yield Problem(f"the example {model.example} has no Terraform files", document.place("example"))
    if any(file.error for file in files):
        return  # Terraform reports syntax errors better
    declared = {label for variable in module_blocks(example, "variable") for label in variable.labels}
    yield from _variable_problems(document, ("variables",), model.variables, declared)
    for index, update in enumerate(model.updates):
        yield from _variable_problems(document, ("updates", index, "variables"), update.variables, declared)


def _variable_problems(
    document: Document, pointer: tuple[str | int, ...], variables: Mapping[str, Any], declared: set[str]
) -> Iterator[Problem]:
    for name in variables:
        if name not in declared:
            close = difflib.get_close_matches(name, sorted(declared), 1)
            known = f"variables: {', '.join(sorted(declared)) or 'none'}"
            hint = f"did you mean '{close[0]}'?" if close else known
            yield Problem(f"the example has no variable '{name}'", document.place(*pointer, name), hint)
