"""Story files of Terragrunt trees: one or more folders of units, each applied in its account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from modproof.core.aws_calls import ApiCall
from modproof.core.documents import Document, InvalidDocument, Plain, Strict, validate
from modproof.core.project import Project, Seconds
from modproof.core.results import Place, Problem
from modproof.stories.model import Assert, Story, StoryCall, role_accounts
from modproof.terraform.changes import Action

__all__ = [
    "WHOLE",
    "Deployer",
    "FolderAssert",
    "FolderCall",
    "FolderCommand",
    "Pointer",
    "TreeFolder",
    "TreeStory",
    "TreeUpdate",
    "load",
    "schema",
]

WHOLE = "."
"""The name of the only folder of a story without ``folders``."""

_Account = Annotated[str, Field(pattern=r"^[0-9]{12}$")]
Pointer = tuple[str | int, ...]


class FolderCall(StoryCall):
    """A call in the account of the folder ``in``; by default the folder that the call is written for."""

    folder: str = Field("", alias="in")


class FolderAssert(Assert):
    """An assert in the account of the folder ``in``."""

    folder: str = Field("", alias="in")


class FolderCommand(Strict):
    """A program and its arguments. It runs in the tree's folder, with credentials for the account of the folder ``in``.

    It must exit with 0.
    """

    run: list[str] = Field(min_length=1)
    folder: str = Field("", alias="in")


class TreeUpdate(Strict):
    """What runs before the plan (``files``, ``calls`` and ``commands``, in this order), and the changes that it has.

    ``changes`` are by unit and address.
    ``meanwhile`` are calls that are repeated, without retries, until the apply has ended: none may fail.
    """

    name: str
    files: dict[str, Plain] = Field(default_factory=dict)
    calls: list[FolderCall] = Field(default_factory=list)
    commands: list[FolderCommand] = Field(default_factory=list)
    meanwhile: list[FolderCall] = Field(default_factory=list)
    changes: dict[str, dict[str, Action]]
    asserts: list[FolderAssert] = Field(default_factory=list)


class Deployer(Strict):
    """The roles that plan and apply a folder instead of the account's key, as CI does.

    ``units`` are applied first, with the account's key as an administrator would, and destroyed last. ``plan_role`` and
    ``apply_role`` are ARNs, usually outputs of these units. ``permissions`` is the file of the tree that has the roles'
    policies; in it, ``placeholders`` are names for values of the tree.
    """

    units: list[str] = Field(min_length=1)
    plan_role: str
    apply_role: str
    permissions: str
    placeholders: dict[str, str] = Field(default_factory=dict)


class _Folder(Strict):
    account: _Account
    parallel: bool = False
    deployer: Deployer | None = None
    units: list[str] = Field(default_factory=list)
    files: dict[str, Plain] = Field(default_factory=dict)
    calls: list[FolderCall] = Field(default_factory=list)
    asserts: list[FolderAssert] = Field(default_factory=list)


class _TreeModel(Strict):
    terragrunt: str
    description: str = ""
    region: str = "eu-west-1"
    step_timeout: Seconds | None = None
    enforce: bool = True
    account: _Account | None = None
    seed: list[FolderCall] = Field(default_factory=list)
    asserts: list[FolderAssert] = Field(default_factory=list)
    folders: dict[str, _Folder] = Field(default_factory=dict)
    updates: list[TreeUpdate] = Field(default_factory=list)
    cleanup: list[FolderCall] = Field(default_factory=list)


def schema() -> dict[str, Any]:
    """The JSON schema of the story of a tree."""
    return _TreeModel.model_json_schema()


@dataclass(frozen=True, slots=True)
class TreeFolder:
    """A folder that is applied as a whole, or only ``units`` and what they depend on; the calls come before that.

    A ``parallel`` folder is applied at the same time as the one before it.
    ``pointer`` is where it is written in the story file, and ``calls_key`` is the key of its calls there.
    """

    name: str
    path: Path
    account: str
    parallel: bool
    units: tuple[str, ...]
    files: Mapping[str, Any]
    calls: tuple[FolderCall, ...]
    asserts: tuple[FolderAssert, ...]
    pointer: Pointer
    calls_key: str
    deployer: Deployer | None = None


@dataclass(frozen=True, slots=True)
class TreeStory(Story):
    """A valid story of a Terragrunt tree. ``example`` is the folder ``terragrunt``, an absolute path."""

    folders: tuple[TreeFolder, ...]
    """In the order of the first apply."""
    tree_updates: tuple[TreeUpdate, ...]
    cleanup: tuple[FolderCall, ...]

    def calls(self) -> Iterator[tuple[ApiCall, Place]]:
        """Every call in the order in which the story makes it, with its place."""
        for folder in self.folders:
            yield from self._placed(folder.calls, *folder.pointer, folder.calls_key)
            yield from self._placed(folder.asserts, *folder.pointer, "asserts")
        for number, update in enumerate(self.tree_updates):
            yield from self._placed(update.calls, "updates", number, "calls")
            yield from self._placed(update.meanwhile, "updates", number, "meanwhile")
            yield from self._placed(update.asserts, "updates", number, "asserts")
        yield from self._placed(self.cleanup, "cleanup")

    @property
    def accounts(self) -> frozenset[str]:
        """The IDs of the accounts of its folders, and of the roles it names."""
        return role_accounts(self.calls()) | {folder.account for folder in self.folders}

    def _placed(self, calls: tuple[ApiCall, ...] | list[Any], *pointer: str | int) -> Iterator[tuple[ApiCall, Place]]:
        for index, call in enumerate(calls):
            yield call, self.place_of(*pointer, index, "call")


def load(path: Path, project: Project, document: Document) -> TreeStory:
    """The story in ``document``. Raises InvalidDocument with every fault and its line."""
    model = validate(document, (), _TreeModel)
    if isinstance(model, list):
        raise InvalidDocument(model)
    top = (project.root / model.terragrunt).resolve()
    problems = list(_problems(document, model, top))
    if problems:
        raise InvalidDocument(problems)
    return TreeStory(
        id=path.stem,
        path=path,
        example=top,
        description=model.description,
        region=model.region,
        variables={},
        seed=(),
        asserts=(),
        updates=(),
        drift=(),
        step_timeout=model.step_timeout or project.settings.timeouts.step,
        enforce=model.enforce,
        place=document.place(),
        document=document,
        folders=_folders(model, top),
        tree_updates=tuple(model.updates),
        cleanup=tuple(model.cleanup),
    )


def _folders(model: _TreeModel, top: Path) -> tuple[TreeFolder, ...]:
    if model.account is not None:
        return (
            TreeFolder(
                name=WHOLE,
                path=top,
                account=model.account,
                parallel=False,
                units=(),
                files={},
                calls=tuple(model.seed),
                asserts=tuple(model.asserts),
                pointer=(),
                calls_key="seed",
            ),
        )
    return tuple(
        TreeFolder(
            name,
            top / name,
            folder.account,
            folder.parallel,
            tuple(folder.units),
            folder.files,
            tuple(folder.calls),
            tuple(folder.asserts),
            pointer=("folders", name),
            calls_key="calls",
            deployer=folder.deployer,
        )
        for name, folder in model.folders.items()
    )


def _problems(document: Document, model: _TreeModel, top: Path) -> Iterator[Problem]:
    if not top.is_dir():
        yield Problem(f"the folder {model.terragrunt} does not exist", document.place("terragrunt"))
        return
    if (model.account is None) == (not model.folders):
        yield Problem("a story of a Terragrunt tree has either `account` or `folders`", document.place("terragrunt"))
    for key in ("seed", "asserts"):
        if model.folders and getattr(model, key):
            yield Problem(f"with `folders`, `{key}` is written in a folder", document.place(key))
    for name in model.folders:
        if not (top / name).is_dir():
            yield Problem(f"the folder {model.terragrunt}/{name} does not exist", document.place("folders", name))
    yield from _call_problems(document, model)
    yield from _file_problems(document, model, top)


def _call_problems(document: Document, model: _TreeModel) -> Iterator[Problem]:
    known = ", ".join(model.folders)
    located: list[tuple[FolderCall | FolderAssert | FolderCommand, Pointer, bool]] = []
    for name, folder in model.folders.items():
        located += [(call, ("folders", name, "calls", index), False) for index, call in enumerate(folder.calls)]
        located += [(check, ("folders", name, "asserts", index), False) for index, check in enumerate(folder.asserts)]
    for number, update in enumerate(model.updates):
        for key in ("calls", "commands", "meanwhile", "asserts"):
            located += [(call, ("updates", number, key, i), True) for i, call in enumerate(getattr(update, key))]
    located += [(call, ("cleanup", index), True) for index, call in enumerate(model.cleanup)]
    for call, pointer, needed in located:
        if call.folder and call.folder not in model.folders:
            yield Problem(
                f"the story has no folder '{call.folder}'", document.place(*pointer, "in"), f"folders: {known}"
            )
        elif needed and model.folders and not call.folder:
            yield Problem("`in` is missing: the folder of the call", document.place(*pointer), f"folders: {known}")


def _file_problems(document: Document, model: _TreeModel, top: Path) -> Iterator[Problem]:
    located: list[tuple[Pointer, dict[str, Any]]] = [
        (("folders", name, "files"), folder.files) for name, folder in model.folders.items()
    ]
    located += [(("updates", number, "files"), update.files) for number, update in enumerate(model.updates)]
    for pointer, files in located:
        for name in files:
            if not (top / name).resolve().is_relative_to(top):
                yield Problem(f"{name} is outside {model.terragrunt}", document.place(*pointer, name))
    for name, folder in model.folders.items():
        if folder.deployer and not (top / folder.deployer.permissions).resolve().is_relative_to(top):
            text = f"{folder.deployer.permissions} is outside {model.terragrunt}"
            yield Problem(text, document.place("folders", name, "deployer", "permissions"))
