"""The project: its settings, and where its modules, cases, stories and ledger are."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from modproof.core.documents import Strict
from modproof.core.errors import ConfigurationError, NoProject
from modproof.core.process import temporary_folder

__all__ = [
    "ROOT",
    "CoverageSettings",
    "EmulatorSettings",
    "Project",
    "Seconds",
    "Settings",
    "TimeoutSettings",
    "has_terraform",
]

ROOT = "root"
"""The name of the module in the project's own folder."""
_OTHER_FOLDERS = frozenset({"docs", "example", "examples", "node_modules", "test", "tests", "wrappers"})
"""Folders with Terraform files that are not modules."""
_ENDINGS = (".tf", ".tf.json", ".tofu", ".tofu.json")
_ROOT_CONFIGURATION = re.compile(r'^[ \t]*(backend[ \t]+"|cloud[ \t]*\{|provider[ \t]+")', re.MULTILINE)
Percent = Annotated[float, Field(ge=0, le=100, strict=False)]
Seconds = Annotated[float, Field(gt=0)]


class CoverageSettings(Strict):
    """``[tool.modproof.coverage]``: the percentage that each module must reach."""

    fail_under: Percent | None = None
    """For modules that are not in ``modules``; None sets no minimum."""
    modules: dict[str, Percent] = Field(default_factory=dict)

    def gate(self, module: str) -> float | None:
        """The percentage that ``module`` must reach; None if there is no minimum."""
        return self.modules.get(module, self.fail_under)


class TimeoutSettings(Strict):
    """``[tool.modproof.timeouts]``: limits in seconds. What exceeds one is stopped and reported as an error."""

    step: Seconds = 600.0
    """For each step of a story that does not set ``step_timeout``."""
    batch: Seconds = 900.0
    """For each Terraform command of a batch of cases."""
    scan: Seconds = 900.0
    """For each scanner."""


class EmulatorSettings(Strict):
    """``[tool.modproof.emulator]``: how to use an emulator that modproof does not start."""

    health: Annotated[str, Field(pattern="^/")] = "/_localstack/health"
    """The path that answers with a status below 400 when the emulator is ready."""
    account: Annotated[str, Field(pattern="^[0-9]{12}$")] | None = None
    """The only account, if the emulator does not isolate accounts by access key: stories then run one at a time."""
    endpoints: dict[str, str] = Field(default_factory=dict)
    """The loopback URLs of services that another server answers, by boto3's name of the service."""


class Settings(Strict):
    """``[tool.modproof]`` in pyproject.toml. Paths are relative to the folder of that file."""

    modules: str = "modules"
    """The folder with the modules; the project's own folder may be a module too.

    If it is not set, other folders named modules are found too. Without any, every folder with Terraform files counts.
    """
    cases: str = "tests/unit"
    """The folder with a cases.yaml for the root module, and one sub-folder with a cases.yaml per other module."""
    stories: str = "tests/integration"
    """The folder with the stories: YAML files, each for an example."""
    drift: str = "tests/drift.yaml"
    """The file with the drift that the emulator causes: the changes of a second plan."""
    ledger: str = "compliance/ignores.yaml"
    upgrades: str = "compliance/upgrades.yaml"
    """The file with the exceptions of upgrades."""
    permissions: str = "docs/permissions.json"
    """The file that `modproof permissions --write` writes."""
    scan: list[str] | None = None
    """The folders to scan, with all folders in them; None for the modules, the root module and the examples."""
    scanners: list[str] = Field(default_factory=lambda: ["checkov", "tfsec"], min_length=1)
    """The scanners to run, of checkov, tfsec and trivy."""
    sagemaker_rules: bool = False
    """Whether modproof's own rules for SageMaker are checked."""
    report: str = ".modproof/report"
    """The folder for reports."""
    documented: list[Literal["readme", "examples", "terragrunt"]] = Field(default_factory=list)
    """The sources of documented cases: module calls in READMEs, in example folders, in Terragrunt units."""
    units: list[str] = Field(default_factory=lambda: ["examples"])
    """The folders with Terragrunt units, if ``documented`` has terragrunt."""
    protected: list[str] = Field(default_factory=list)
    """Resource types that an upgrade may not replace or destroy, in addition to modproof's own list."""
    handlers: dict[str, str] = Field(default_factory=dict)
    """What endpoints of the emulator answer: ``FILE:FUNCTION`` by a shell pattern for the model or its image."""
    coverage: CoverageSettings = Field(default_factory=CoverageSettings)
    emulator: EmulatorSettings = Field(default_factory=EmulatorSettings)
    timeouts: TimeoutSettings = Field(default_factory=TimeoutSettings)


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
        try:
            start = start.resolve()
        except FileNotFoundError as error:
            raise NoProject("the working folder does not exist any more", hint="change to another folder") from error
        folders = [start, *start.parents]
        for folder in folders:
            settings = _settings(folder / "pyproject.toml")
            if settings is not None:
                return cls(folder, settings)
        usual = Settings()
        for folder in folders:
            # a module with nested modules is not a project
            nested = folder.parent.name == usual.modules
            has_modules = any(
                map(has_terraform, [*folder.glob(f"{usual.modules}/*/"), *folder.glob(f"{usual.modules}/*/*/")])
            )
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
    def permissions(self) -> Path:
        return self.root / self.settings.permissions

    @property
    def upgrades(self) -> Path:
        return self.root / self.settings.upgrades

    @property
    def scan(self) -> list[str]:
        """The folders to scan, relative to the root. By default ``.`` is only the folder itself, if it is a module."""
        if self.settings.scan is not None:
            return self.settings.scan
        others = [folder.relative_to(self.root).as_posix() for folder in self._other_modules()]
        return [*(["."] if has_terraform(self.root) else []), self.settings.modules, *others, "examples"]

    @property
    def scanned(self) -> list[Path]:
        return [self.root / folder for folder in self.scan]

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

        A name is a path below the folder of modules, or below the root. ``root`` is the project's own folder.
        """
        folder = self.modules / name
        if folder.is_dir():
            return folder
        if name == ROOT:
            return self.root
        return self.root / name if self.root / name in self._other_modules() else folder

    def module_names(self) -> list[str]:
        """Every module, sorted: folders with Terraform files, the modules in them, and ``root``."""
        found = [folder.relative_to(self.modules).as_posix() for folder in _folders_of_modules(self.modules)]
        others = [folder.relative_to(self.root).as_posix() for folder in self._other_modules()]
        at_root = has_terraform(self.root) and not (self.modules / ROOT).is_dir()
        return sorted([*found, *others, *([ROOT] if at_root else [])])

    def _other_modules(self) -> list[Path]:
        """The modules that are not below the folder of modules, if that is not set."""
        if "modules" in self.settings.model_fields_set:
            return []
        folders = [folder for folder in _children(self.root) if folder != self.modules]
        inner = [folder for parent in folders for folder in _children(parent)]
        named = [folder / "modules" for folder in (*folders, *inner) if not has_terraform(folder)]
        found = [module for folder in named for module in _folders_of_modules(folder)]
        if found or has_terraform(self.root) or any(_folders_of_modules(self.modules)):
            return found
        flat = (module for module in _folders_of_modules(self.root) if module.name not in _OTHER_FOLDERS)
        return [module for module in flat if not _is_root_configuration(module)]

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


def has_terraform(folder: Path) -> bool:
    """Whether ``folder`` has files that Terraform or OpenTofu reads; False if it is no folder."""
    return any(path.name.endswith(_ENDINGS) for path in folder.glob("*"))


def _children(folder: Path) -> list[Path]:
    """The folders in ``folder`` that may be modules or contain modules, sorted."""
    if not folder.is_dir():
        return []
    found = [path for path in folder.iterdir() if path.name not in _OTHER_FOLDERS and not path.name.startswith(".")]
    return sorted(path for path in found if path.is_dir() and not path.is_symlink())


def _folders_of_modules(parent: Path) -> Iterator[Path]:
    """The modules below ``parent``: folders with Terraform files, in groups or directly, and the modules in them."""
    if not parent.is_dir():
        return
    grouping = set(_children(parent))
    for folder in sorted(parent.iterdir()):
        if has_terraform(folder):
            yield folder
            yield from _folders_of_modules(folder / Settings().modules)
        elif folder in grouping:
            yield from _folders_of_modules(folder)


def _is_root_configuration(folder: Path) -> bool:
    texts = (path.read_text(encoding="utf-8", errors="replace") for path in folder.glob("*.tf") if path.is_file())
    return any(_ROOT_CONFIGURATION.search(text) for text in texts)


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
