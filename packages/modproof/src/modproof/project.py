"""Where a project keeps its modules, cases, stories and ledger."""

from __future__ import annotations

import tomllib
from contextlib import AbstractContextManager
from pathlib import Path

from pydantic import Field, ValidationError

from modproof.documents import Strict
from modproof.errors import ConfigurationError
from modproof.process import temporary_folder

__all__ = ["Project", "Settings"]


class Settings(Strict):
    """``[tool.modproof]`` in pyproject.toml. Paths are relative to the folder of that file."""

    modules: str = "modules"
    """The folder whose sub-folders are the modules."""
    cases: str = "tests/unit"
    """The folder with one sub-folder a module, each with a cases.yaml."""
    stories: str = "tests/integration"
    """The folder with the stories: YAML files that name an example."""
    ledger: str = "compliance/ignores.yaml"
    scan: list[str] = Field(default_factory=lambda: ["modules", "examples"])
    """The folders that the scanners read."""
    report: str = ".modproof/report"
    """The folder that reports are written to."""


class Project:
    """A checkout. ``root`` is absolute; every property is an absolute path."""

    def __init__(self, root: Path, settings: Settings | None = None) -> None:
        self.root = root.resolve()
        self.settings = settings or Settings()

    @classmethod
    def find(cls, start: Path) -> Project:
        """The project around ``start``: the nearest folder up with ``[tool.modproof]``, else with modules or git.

        Raises ConfigurationError when there is none, or when its settings are wrong.
        """
        start = start.resolve()
        folders = [start, *start.parents]
        for folder in folders:
            settings = _settings(folder / "pyproject.toml")
            if settings is not None:
                return cls(folder, settings)
        for folder in folders:
            if (folder / Settings().modules).is_dir() or (folder / ".git").exists():
                return cls(folder)
        raise ConfigurationError(
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
        """The folder for what runs leave between them; made when it is asked for, and never committed."""
        folder = self.root / ".modproof"
        folder.mkdir(exist_ok=True)
        ignore = folder / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
        return folder

    def scratch_folder(self, prefix: str) -> AbstractContextManager[Path]:
        """A temporary folder in the project, so that relative paths from it to the modules are always the same."""
        return temporary_folder(prefix, parent=self.state)

    def module_folder(self, name: str) -> Path:
        """The folder of the module ``name``, whether it exists or not."""
        return self.modules / name

    def module_names(self) -> list[str]:
        """Every folder of modules that holds Terraform files, sorted."""
        if not self.modules.is_dir():
            return []
        return sorted(folder.name for folder in self.modules.iterdir() if any(folder.glob("*.tf")))

    def relative(self, path: Path | str) -> str:
        """``path`` as people see it: from the root where it lies below it."""
        absolute = Path(path) if Path(path).is_absolute() else self.root / path
        try:
            return absolute.relative_to(self.root).as_posix()
        except ValueError:
            return str(path)


def _settings(path: Path) -> Settings | None:
    if not path.is_file():
        return None
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {}).get("modproof")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"is not valid TOML: {error}", path=path) from error
    if table is None:
        return None
    try:
        return Settings.model_validate(table)
    except ValidationError as error:
        fault = error.errors()[0]
        raise ConfigurationError(
            f"tool.modproof.{'.'.join(map(str, fault['loc']))}: {fault['msg'].lower()}",
            path=path,
            hint=f"known keys: {', '.join(Settings.model_fields)}",
        ) from error
