"""The provider packages that ``init`` chose for what the modules of a batch require, kept from run to run.

A package that has changed since is chosen anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from modproof.cache import file_digest, key_of, write_json
from modproof.cases import Case
from modproof.dependencies import module_folders
from modproof.hcl import Block, read_folder

__all__ = ["Choice", "ChosenProviders"]

_OF_PROVIDERS = ("resource", "data", "ephemeral")


class ChosenProviders:
    """Keeps choices beside ``lock_file``. ``surroundings`` are the program, its version and the providers at hand."""

    def __init__(self, lock_file: Path, surroundings: Sequence[str]) -> None:
        self._lock_file = lock_file
        self._surroundings = list(surroundings)

    def of(self, cases: Sequence[Case]) -> Choice:
        """The choice for ``cases``, as their modules are now: made already, or still to be made."""
        found: set[str] = set()
        for folder in sorted({folder for case in cases for folder in module_folders(case.folder)}):
            for _, blocks, _ in read_folder(folder):
                if not isinstance(blocks, Block) or _calls_elsewhere(blocks):
                    return Choice(None, self._lock_file)
                found.update(_requirements(blocks))
        key = key_of([self._surroundings, sorted(found)])[:16]
        return Choice(self._lock_file.with_name(f"providers-{key}.json"), self._lock_file)


class Choice:
    """The packages for the same requirements. ``packages`` is empty where ``init`` must choose first.

    ``record`` is None where nobody can say of another run that it wants the same.
    """

    def __init__(self, record: Path | None, lock_file: Path) -> None:
        self._record = record
        self._lock_file = lock_file
        self.packages = self._read()
        self.recalled = bool(self.packages)
        """Whether an earlier run made the choice."""

    def make(self, packages: Mapping[str, Path], *, keep: bool) -> None:
        """Take what ``init`` chose, and with ``keep`` remember it, with the lock file as that left it."""
        self.packages, self.recalled = dict(packages), False
        if keep and self._record is not None and packages and self._lock_file.is_file():
            kept = {name: (str(path), _state(path)) for name, path in packages.items()}
            write_json(self._record, {"lock": file_digest(self._lock_file), "packages": kept})

    def forget(self) -> None:
        """Take the choice back: it lacks something."""
        self.packages, self.recalled = {}, False
        if self._record is not None:
            self._record.unlink(missing_ok=True)

    def _read(self) -> dict[str, Path]:
        if self._record is None or not self._lock_file.is_file():
            return {}
        try:
            record = json.loads(self._record.read_text(encoding="utf-8"))
            unchanged = all(_state(Path(path)) == state for path, state in record["packages"].values())
            if unchanged and record["lock"] == file_digest(self._lock_file):
                return {name: Path(path) for name, (path, _) in record["packages"].items()}
        except (OSError, ValueError, TypeError, LookupError, AttributeError):
            pass  # never recorded, no longer there, or not a record
        return {}


def _calls_elsewhere(top: Block) -> bool:
    sources = (a.text.strip('"') for call in top.all("module") for a in call.attributes if a.name == "source")
    return any(not source.startswith(".") or "${" in source for source in sources)


def _requirements(top: Block) -> Iterator[str]:
    for terraform in top.all("terraform"):
        for required in terraform.all("required_providers"):
            yield from (f"{attribute.name} = {' '.join(attribute.text.split())}" for attribute in required.attributes)
    for provider in top.all("provider"):
        versions = [attribute.text for attribute in provider.attributes if attribute.name == "version"]
        yield " ".join(["provider", *provider.labels, *versions])
    for kind in _OF_PROVIDERS:
        # a provider that nobody requires follows from the types in use
        yield from (block.labels[0].partition("_")[0] for block in top.all(kind) if block.labels)


def _state(package: Path) -> list[list[str | int]]:
    """Changes when a file of the package does."""
    files = sorted(path for path in package.iterdir() if path.is_file())
    return [[path.name, path.stat().st_size, path.stat().st_mtime_ns] for path in files]
