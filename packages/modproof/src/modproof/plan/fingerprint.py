"""Everything that the plan of a case depends on: one key for the cache, and its parts, to explain what changed."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from modproof.cases.model import Case
from modproof.core.cache import file_digest, key_of
from modproof.emulator import endpoint, releases
from modproof.hcl.closure import closure, floating_sources
from modproof.plan.provider_lock import lock_files
from modproof.plan.seeding import seed_key

__all__ = ["Fingerprint", "Surroundings", "difference", "module_parts"]

# the workers of pytest-xdist belong to one run
_THIS_RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid.uuid4().hex
_PACKAGE = Path(__file__).parents[1]
_LOCK_FILE = "the lock file"
_ROOMS = ("core", "hcl", "terraform", "toolchain", "cases", "plan")
"""The rooms that determine a plan and how it is read."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all cases of a run share: the program, the available providers, and the lock file."""

    program: str
    version: str
    providers: tuple[str, ...]
    lock_file: Path

    def parts(self) -> dict[str, str]:
        """Digests by a readable name."""
        return {
            "modproof": _source_digest(),
            "the version of Terraform": f"{self.program} {self.version}",
            "the providers": key_of(self.providers),
            _LOCK_FILE: key_of([file_digest(file) for file in lock_files(self.lock_file)]),
        }


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """``parts`` are digests by name; ``key`` is the digest of all of them."""

    parts: Mapping[str, str]

    @property
    def key(self) -> str:
        return key_of(self.parts)

    def has_inputs_of(self, other: Fingerprint) -> bool:
        """Whether all parts but the lock file, which a first run writes, are the same."""
        return {**self.parts, _LOCK_FILE: ""} == {**other.parts, _LOCK_FILE: ""}

    @classmethod
    def of(cls, case: Case, surroundings: Mapping[str, str], module: Mapping[str, str]) -> Fingerprint:
        """All that ``case`` depends on; ``module`` is the result of :func:`module_parts`."""
        variables = {f"variables.{name}": key_of(value) for name, value in case.variables.items()}
        own = {
            "the module's folder": os.path.relpath(case.folder, case.root),
            "unknown": key_of(case.unknown),
            "providers": key_of(case.providers),
            "rejects": str(case.rejects is not None),
        }
        answers = {f"answers.{address}": key_of(value) for address, value in case.answers.items()}
        return cls({**surroundings, **own, **module, **variables, **answers, **_seed_parts(case)})


def _seed_parts(case: Case) -> dict[str, str]:
    """The seed calls and the emulator. A server that the user runs may have any state, so every run plans again."""
    if not case.seed:
        return {}
    own_server = os.environ.get(endpoint.VARIABLE)
    emulator = key_of([own_server, _THIS_RUN]) if own_server else file_digest(releases.chosen().lock)
    return {"seed": seed_key(case), "the emulator": emulator}


def module_parts(case: Case) -> dict[str, str]:
    """The digest of every file that the case's module depends on, by its path in the project: checkouts share keys.

    The content of a module source that is not pinned is unknown until it is fetched, so every run plans it again.
    """
    floating = {f"the source {source}, which is not pinned,": _THIS_RUN for source in floating_sources(case.folder)}
    return {os.path.relpath(path, case.root): file_digest(path) for path in closure(case.folder)} | floating


def difference(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """The changes between the parts of two fingerprints, as texts."""
    return [
        *(f"{name} is new" for name in now if name not in before),
        *(f"{name} is gone" for name in before if name not in now),
        *(f"{name} changed" for name in now if name in before and before[name] != now[name]),
    ]


@lru_cache(maxsize=1)
def _source_digest() -> str:
    """The digest of the code that determines a plan: a plan of another version must not be used."""
    sources = sorted(path for room in _ROOMS for path in (_PACKAGE / room).rglob("*.py"))
    return key_of(json.dumps([file_digest(path) for path in sources]))
