"""The provider packages that ``init`` chose for what the modules of a batch require, kept from run to run.

A package that has changed since is chosen anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from modproof.cache import key_of, write_json
from modproof.cases import Case
from modproof.dependencies import module_folders
from modproof.hcl import Block, read_folder

__all__ = ["ChosenProviders"]

_OF_PROVIDERS = ("resource", "data", "ephemeral", "provider")


class ChosenProviders:
    """Remembers choices in ``folder``. ``surroundings`` are the program, its version and the providers it may use."""

    def __init__(self, folder: Path, surroundings: Sequence[str]) -> None:
        self._folder = folder
        self._surroundings = list(surroundings)

    def known(self, cases: Sequence[Case]) -> dict[str, Path]:
        """The packages for ``cases``; empty where ``init`` must choose first."""
        key = self._key(cases)
        try:
            packages = json.loads(self._record(key).read_text(encoding="utf-8")) if key else {}
            if all(_state(Path(path)) == state for path, state in packages.values()):
                return {name: Path(path) for name, (path, _) in packages.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            pass  # never recorded, no longer there, or not a record
        return {}

    def learn(self, cases: Sequence[Case], packages: Mapping[str, Path]) -> None:
        """Keep what ``init`` chose for ``cases``, but for what nobody could say of another run."""
        key = self._key(cases)
        if key is not None and packages:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_json(self._record(key), {name: (str(path), _state(path)) for name, path in packages.items()})

    def _record(self, key: str) -> Path:
        return self._folder / f"providers-{key}.json"

    def _key(self, cases: Sequence[Case]) -> str | None:
        """What the choice follows from; None where a module comes from elsewhere, whose requirements nobody knows."""
        found: set[str] = set()
        for folder in sorted({folder for case in cases for folder in module_folders(case.folder)}):
            for _, blocks, _ in read_folder(folder):
                if not isinstance(blocks, Block) or _calls_elsewhere(blocks):
                    return None
                found.update(_requirements(blocks))
        return key_of([self._surroundings, sorted(found)])[:16]


def _calls_elsewhere(top: Block) -> bool:
    sources = (a.text.strip('"') for call in top.all("module") for a in call.attributes if a.name == "source")
    return any(not source.startswith(".") for source in sources)


def _requirements(top: Block) -> Iterator[str]:
    for terraform in top.all("terraform"):
        for required in terraform.all("required_providers"):
            yield from (f"{attribute.name} = {' '.join(attribute.text.split())}" for attribute in required.attributes)
    for kind in _OF_PROVIDERS:
        # a provider that nobody requires follows from the types in use
        yield from (block.labels[0].partition("_")[0] for block in top.all(kind) if block.labels)


def _state(package: Path) -> list[list[str | int]]:
    """Changes when a file of the package does."""
    files = sorted(path for path in package.iterdir() if path.is_file())
    return [[path.name, path.stat().st_size, path.stat().st_mtime_ns] for path in files]
