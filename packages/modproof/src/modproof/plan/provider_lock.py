"""The provider packages that ``init`` selected for the requirements of a batch, kept from run to run.

``init`` computes the digest of a provider, 700 MB for AWS. What it selects from a mirror depends only on the
requirements, the mirror and the lock file, so all checkouts of a machine share it. A package that has changed since is
selected again.
"""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from modproof.cases.model import Case
from modproof.core.cache import Cache, file_digest, key_of, write_bytes, write_json
from modproof.hcl.closure import local_source, module_folders
from modproof.hcl.reader import Block, read_folder
from modproof.plan.constraints import VersionRange
from modproof.plan.requirements import address_of, ranges, requirements
from modproof.terraform.packages import locked_versions
from modproof.toolchain import cache_folder

__all__ = ["ProviderLock", "ProviderLocks", "Selections", "lock_files"]

_SUFFIX = ".lock.hcl"
_PROVIDER_TYPES = ("resource", "data", "ephemeral")
_MAX_BYTES = 1024 * 1024
_NOT_A_RECORD = (OSError, ValueError, TypeError, LookupError, AttributeError)
"""Raised where nothing was recorded, a package is no longer installed, or the record is damaged."""


class ProviderLocks:
    """Records next to ``lock_file``. ``surroundings`` are the program, its version and the available providers.

    ``lock_file`` has the versions that were selected first. Requirements that exclude one of them have another file.
    With ``mirrored``, providers come from a mirror, and what other checkouts selected from it is used.
    """

    def __init__(self, lock_file: Path, surroundings: Sequence[str], *, mirrored: bool = False) -> None:
        self.lock_file = lock_file
        self._surroundings = list(surroundings)
        shared = Cache(cache_folder() / "provider-selections", _MAX_BYTES) if mirrored else None
        self._selections = Selections(shared)

    def of(self, cases: Sequence[Case]) -> ProviderLock:
        """The lock for the requirements of ``cases``; empty if ``init`` has not selected providers for them yet."""
        folders = sorted({folder for case in cases for folder in module_folders(case.folder)})
        lock_file = self._file_for(ranges(requirements(folders)))
        found: set[str] = set()
        for folder in folders:
            for file in read_folder(folder):
                if file.top is None or any(local_source(call) is None for call in file.top.all("module")):
                    return ProviderLock(None, lock_file, self._selections)
                found.update(_requirements(file.top))
        key = key_of([self._surroundings, sorted(found)])[:16]
        return ProviderLock(self.lock_file.with_name(f"providers-{key}.json"), lock_file, self._selections)

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


class Selections:
    """The selections of all checkouts, by a key. Those that were wrong are not used again."""

    def __init__(self, cache: Cache | None) -> None:
        self._cache = cache
        self._wrong: set[str] = set()

    def get(self, key: str) -> dict[str, Any]:
        return {} if self._cache is None or key in self._wrong else self._cache.get(key) or {}

    def put(self, key: str, selection: Mapping[str, Any]) -> None:
        if self._cache is not None:
            self._cache.put(key, selection)
            self._cache.prune()

    def forget(self, key: str) -> None:
        self._wrong.add(key)
        self.put(key, {})


class ProviderLock:
    """The packages for one set of requirements. ``packages`` is empty if ``init`` must select them first.

    ``lock_file`` has their versions. ``record`` is the file to keep them in; None if the requirements cannot be
    determined, as modules are fetched. ``selections`` has what other checkouts with the same lock file selected, or
    without one: then it is copied.
    """

    def __init__(self, record: Path | None, lock_file: Path, selections: Selections | None = None) -> None:
        self._record = record
        self.lock_file = lock_file
        self._selections = selections or Selections(None)
        before = _digest(lock_file)
        self._key = key_of([record.name if record is not None else None, before])
        self._used_lock_file = before is not None
        self.packages = self._read() or self._read_shared()
        self.recalled = bool(self.packages)
        """Whether an earlier run selected the packages."""

    def set(self, packages: Mapping[str, Path], *, keep: bool) -> None:
        """Use the packages that ``init`` selected, and with ``keep`` record them and the state of the lock file."""
        self.packages, self.recalled = dict(packages), False
        if keep and self._record is not None and packages and self.lock_file.is_file():
            kept = {name: (str(path), _state(path)) for name, path in packages.items()}
            write_json(self._record, {"lock": file_digest(self.lock_file), "packages": kept})
            if self._used_lock_file:  # otherwise another batch wrote it, maybe with other versions
                text = self.lock_file.read_text(encoding="utf-8")
                self._selections.put(self._key, {"lock_file": text, "packages": kept})

    def keep_lock_file(self, made: Path) -> None:
        """Copy the lock file that ``init`` wrote, unless there is one."""
        if made.is_file() and not self.lock_file.is_file():
            self.lock_file.parent.mkdir(parents=True, exist_ok=True)
            write_bytes(self.lock_file, made.read_bytes())
            self._used_lock_file = True

    def forget(self) -> None:
        """Drop the packages: something is missing."""
        self.packages, self.recalled = {}, False
        if self._record is not None:
            self._record.unlink(missing_ok=True)
            self._selections.forget(self._key)

    def _read(self) -> dict[str, Path]:
        if self._record is None or not self.lock_file.is_file():
            return {}
        with contextlib.suppress(*_NOT_A_RECORD):
            record = json.loads(self._record.read_text(encoding="utf-8"))
            if record["lock"] == file_digest(self.lock_file):
                return _unchanged(record["packages"])
        return {}

    def _read_shared(self) -> dict[str, Path]:
        if self._record is None:
            return {}
        with contextlib.suppress(*_NOT_A_RECORD):
            selection = self._selections.get(self._key)
            text, found = selection["lock_file"], _unchanged(selection["packages"])
            if found and not self.lock_file.is_file():
                self.lock_file.parent.mkdir(parents=True, exist_ok=True)
                write_bytes(self.lock_file, text.encode())
            return found if self.lock_file.read_text(encoding="utf-8") == text else {}
        return {}


def _digest(lock_file: Path) -> str | None:
    try:
        return file_digest(lock_file)
    except OSError:  # another batch may have deleted it just now
        return None


def _unchanged(packages: Mapping[str, Any]) -> dict[str, Path]:
    """The folders of recorded packages by their address; empty if one has changed. Raises as _NOT_A_RECORD."""
    unchanged = all(_state(Path(path)) == state for path, state in packages.values())
    return {name: Path(path) for name, (path, _) in packages.items()} if unchanged else {}


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
