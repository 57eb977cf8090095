"""The project: its settings, and where its modules, cases, stories and ledger are."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from modproof.core.documents import Strict
from modproof.core.errors import ConfigurationError, NoProject
from modproof.core.process import temporary_folder

__all__ = ["ROOT", "CoverageSettings", "Project", "Settings"]

ROOT = "root"
"""The name of the module in the project's own folder."""
Percent = Annotated[float, Field(ge=0, le=100, strict=False)]


class CoverageSettings(Strict):
    """``[tool.modproof.coverage]``: the percentage that each module must reach."""

    fail_under: Percent | None = None
    """For modules that are not in ``modules``; None sets no minimum."""
    modules: dict[str, Percent] = Field(default_factory=dict)

    def gate(self, module: str) -> float | None:
        """The percentage that ``module`` must reach; None if there is no minimum."""
        return self.modules.get(module, self.fail_under)


class Settings(Strict):
    """``[tool.modproof]`` in pyproject.toml. Paths are relative to the folder of that file."""

    modules: str = "modules"
    """The folder with one sub-folder per module; the project's own folder may be a module too."""
    cases: str = "tests/unit"
    """The folder with a cases.yaml for the root module, and one sub-folder with a cases.yaml per other module."""
    stories: str = "tests/integration"
    """The folder with the stories: YAML files, each for an example."""
    drift: str = "tests/drift.yaml"
    """The file with the drift that the emulator causes: the changes of a second plan."""
    ledger: str = "compliance/ignores.yaml"
    scan: list[str] = Field(default_factory=lambda: ["modules", "examples"])
    """The folders to scan."""
    report: str = ".modproof/report"
    """The folder for reports."""
    documented: list[Literal["readme", "examples", "terragrunt"]] = Field(default_factory=list)
    """The sources of documented cases: module calls in READMEs, in example folders, in Terragrunt units."""
    units: list[str] = Field(default_factory=lambda: ["examples"])
    """The folders with Terragrunt units, if ``documented`` has terragrunt."""
    coverage: CoverageSettings = Field(default_factory=CoverageSettings)


class Project:
    """A checkout. ``root`` and all other paths are absolute."""

    def __init__(self, root: Path, settings: Settings | None = None) -> None:
        self.root = root.resolve()
        self.settings = settings or Settings()
        self.is_configured = settings is not None
        """Whether the project has a ``[tool.modproof]`` table."""

    @classmethod
    def find(cls, start: Path) -> Project:
        """The project that contains ``start``: the nearest folder with settings, else with modules, cases or ``.git``.

        Raises NoProject when there is none, and ConfigurationError when its settings are invalid.
        """
        start = start.resolve()
        folders = [start, *start.parents]
        for folder in folders:
            settings = _settings(folder / "pyproject.toml")
            if settings is not None:
                return cls(folder, settings)
        usual = Settings()
        for folder in folders:
            # a module with nested modules is not a project
            nested = folder.parent.name == usual.modules
            has_modules = any((folder / usual.modules).glob("*/*.tf"))
            if not nested and (has_modules or (folder / usual.cases).is_dir()):
                return cls(folder)
            if (folder / ".git").exists():
                return cls(folder)
        raise NoProject(
            "no project here", path=start, hint="run inside a checkout that has a modules folder or [tool.modproof]"
        )

    @property
    def modules(self) -> Path:
        return self.root / self.settings.modules

    @property
    def cases(self) -> Path:
        return self.root / self.settings.cases

    @property
    def stories(self) -> Path:
        return self.root / self.settings.stories

    @property
    def drift(self) -> Path:
        return self.root / self.settings.drift

    @property
    def ledger(self) -> Path:
        return self.root / self.settings.ledger

    @property
    def report(self) -> Path:
        return self.root / self.settings.report

    @property
    def scanned(self) -> list[Path]:
        return [self.root / folder for folder in self.settings.scan]

    @property
    def state(self) -> Path:
        """The folder for files that later runs use; it is created on access and ignored by git.

        Raises ConfigurationError when it cannot be written.
        """
        folder = self.root / ".modproof"
        ignore = folder / ".gitignore"
        try:
            folder.mkdir(exist_ok=True)
            if not ignore.exists():
                ignore.write_text("*\n", encoding="utf-8")
        except OSError as error:
            raise ConfigurationError(
                f"cannot be written: {error.strerror}", path=folder, hint="runs keep files there for the next run"
            ) from error
        return folder

    def scratch_folder(self, prefix: str) -> AbstractContextManager[Path]:
        """A temporary folder in the project, so that the relative paths to the modules are always the same."""
        return temporary_folder(prefix, parent=self.state)

    def module_folder(self, name: str) -> Path:
        """The folder of the module ``name``, which may not exist.

        A name is a path below the folder of modules. ``root`` is the project's own folder.
        """
        folder = self.modules / name
        return self.root if name == ROOT and not folder.is_dir() else folder

    def module_names(self) -> list[str]:
        """Every module, sorted: folders of modules with Terraform files, the modules in them, and ``root``."""
        found = [folder.relative_to(self.modules).as_posix() for folder in self._folders_of_modules(self.modules)]
        at_root = any(self.root.glob("*.tf")) and not (self.modules / ROOT).is_dir()
        return sorted([*found, ROOT] if at_root else found)

    def _folders_of_modules(self, parent: Path) -> Iterator[Path]:
        if not parent.is_dir():
            return
        for folder in sorted(parent.iterdir()):
            if any(folder.glob("*.tf")):
                yield folder
            yield from self._folders_of_modules(folder / Settings().modules)

    def module_of_cases(self, folder: Path) -> str:
        """The module of the cases in ``folder``: its path below the folder of cases."""
        name = folder.relative_to(self.cases).as_posix()
        return ROOT if name == "." else name

    def relative(self, path: Path | str) -> str:
        """``path`` for messages: relative to the root if it is below it."""
        absolute = Path(path) if Path(path).is_absolute() else self.root / path
        try:
            return absolute.relative_to(self.root).as_posix()
        except ValueError:
            return str(path)


def _settings(path: Path) -> Settings | None:
    if not path.is_file():
        return None
    try:
        tools = tomllib.loads(path.read_text(encoding="utf-8")).get("tool")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"is not valid TOML: {error}", path=path) from error
    except OSError as error:
        raise ConfigurationError(f"cannot be read: {error.strerror}", path=path) from error
    table = tools.get("modproof") if isinstance(tools, dict) else None
    if table is None:
        return None
    try:
        return Settings.model_validate(table)
    except ValidationError as error:
        fault = error.errors()[0]
        raise ConfigurationError(
            f"{'.'.join(map(str, ('tool', 'modproof', *fault['loc'])))}: {fault['msg'].lower()}",
            path=path,
            hint=f"known keys: {', '.join(Settings.model_fields)}",
        ) from error
