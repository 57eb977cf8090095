"""The provider packages that ``init`` selected for the requirements of a batch, kept from run to run.

A package that has changed since is selected again.
"""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from modproof.cases.model import Case
from modproof.core.cache import file_digest, key_of, write_json
from modproof.hcl.closure import local_source, module_folders
from modproof.hcl.reader import Block, read_folder
from modproof.plan.constraints import VersionRange
from modproof.plan.requirements import address_of, ranges, requirements
from modproof.terraform.packages import locked_versions

__all__ = ["ProviderLock", "ProviderLocks", "lock_files"]

_SUFFIX = ".lock.hcl"
_PROVIDER_TYPES = ("resource", "data", "ephemeral")


class ProviderLocks:
    """Records next to ``lock_file``. ``surroundings`` are the program, its version and the available providers.

    ``lock_file`` has the versions that were selected first. Requirements that exclude one of them have another file.
    """

    def __init__(self, lock_file: Path, surroundings: Sequence[str]) -> None:
        self.lock_file = lock_file
        self._surroundings = list(surroundings)

    def of(self, cases: Sequence[Case]) -> ProviderLock:
        """The lock for the requirements of ``cases``; empty if ``init`` has not selected providers for them yet."""
        folders = sorted({folder for case in cases for folder in module_folders(case.folder)})
        lock_file = self._file_for(ranges(requirements(folders)))
        found: set[str] = set()
        for folder in folders:
            for file in read_folder(folder):
                if file.top is None or any(local_source(call) is None for call in file.top.all("module")):
                    return ProviderLock(None, lock_file)
                found.update(_requirements(file.top))
        key = key_of([self._surroundings, sorted(found)])[:16]
        return ProviderLock(self.lock_file.with_name(f"providers-{key}.json"), lock_file)

    def _file_for(self, required: Mapping[str, VersionRange]) -> Path:
        """The first lock file with versions that meet the requirements, otherwise the name of a new one."""
        files = lock_files(self.lock_file)
        return next(
            (file for file in files if _meets(locked_versions(file), required)), _numbered(self.lock_file, len(files))
        )


def lock_files(first: Path) -> list[Path]:
    """The lock files of a checkout that exist: ``first``, and those of requirements that exclude its versions."""
    numbered = (_numbered(first, number) for number in itertools.count())
    return list(itertools.takewhile(Path.is_file, numbered))


def _numbered(first: Path, number: int) -> Path:
    return first.with_name(f"{first.name.removesuffix(_SUFFIX)}-{number}{_SUFFIX}") if number else first


def _meets(locked: Mapping[str, str], required: Mapping[str, VersionRange]) -> bool:
    versions = {address_of(address): version for address, version in locked.items()}
    return all(found.accepts(versions[name]) for name, found in required.items() if name in versions)


class ProviderLock:
    """The packages for one set of requirements. ``packages`` is empty if ``init`` must select them first.

    ``lock_file`` has their versions. ``record`` is the file to keep them in; None if the requirements cannot be
    determined, as modules are fetched.
    """

    def __init__(self, record: Path | None, lock_file: Path) -> None:
        self._record = record
        self.lock_file = lock_file
        self.packages = self._read()
        self.recalled = bool(self.packages)
        """Whether an earlier run selected the packages."""

    def set(self, packages: Mapping[str, Path], *, keep: bool) -> None:
        """Use the packages that ``init`` selected, and with ``keep`` record them and the state of the lock file."""
        self.packages, self.recalled = dict(packages), False
        if keep and self._record is not None and packages and self.lock_file.is_file():
            kept = {name: (str(path), _state(path)) for name, path in packages.items()}
            write_json(self._record, {"lock": file_digest(self.lock_file), "packages": kept})

    def keep_lock_file(self, made: Path) -> None:
        """Copy the lock file that ``init`` wrote, unless there is one."""
        if made.is_file() and not self.lock_file.is_file():
            self.lock_file.parent.mkdir(parents=True, exist_ok=True)
            aside = self.lock_file.with_name(f"{self.lock_file.name}.{made.parent.name}")
            shutil.copyfile(made, aside)
            aside.replace(self.lock_file)

    def forget(self) -> None:
        """Drop the packages: something is missing."""
        self.packages, self.recalled = {}, False
        if self._record is not None:
            self._record.unlink(missing_ok=True)

    def _read(self) -> dict[str, Path]:
        if self._record is None or not self.lock_file.is_file():
            return {}
        try:
            record = json.loads(self._record.read_text(encoding="utf-8"))
            unchanged = all(_state(Path(path)) == state for path, state in record["packages"].values())
            if unchanged and record["lock"] == file_digest(self.lock_file):
                return {name: Path(path) for name, (path, _) in record["packages"].items()}
        except (OSError, ValueError, TypeError, LookupError, AttributeError):
            pass  # never recorded, no longer installed, or not a record
        return {}


def _requirements(top: Block) -> Iterator[str]:
    for terraform in top.all("terraform"):
        for required in terraform.all("required_providers"):
            yield from (f"{attribute.name} = {' '.join(attribute.text.split())}" for attribute in required.attributes)
    for provider in top.all("provider"):
        yield " ".join(["provider", *provider.labels, provider.text("version")])
    for kind in _PROVIDER_TYPES:
        # without a requirement, Terraform infers the provider from the resource type
        yield from (block.labels[0].partition("_")[0] for block in top.all(kind) if block.labels)


def _state(package: Path) -> list[list[str | int]]:
    """Names, sizes (bytes) and modification times (ns) of the package's files."""
    files = sorted(path for path in package.iterdir() if path.is_file())
    return [[path.name, path.stat().st_size, path.stat().st_mtime_ns] for path in files]
