"""What the outcome of a case follows from: as one key for the cache, and in parts that say what changed."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from modproof.cache import file_digest, key_of
from modproof.cases import Case
from modproof.dependencies import closure, floating_sources

__all__ = ["Fingerprint", "Surroundings", "difference", "module_parts"]

# pytest-xdist's workers are processes of one run
_THIS_RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid.uuid4().hex
_PACKAGE = Path(__file__).parent
_BESIDE = ("cases", "dependencies", "environment", "hcl", "recorder", "terraform", "toolchain/packages")
"""Modules outside this package that have a part in a plan."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all cases of a run have in common: the program, the providers that it may use, and the lock file."""

    program: str
    version: str
    providers: tuple[str, ...]
    lock_file: Path

    def parts(self) -> dict[str, str]:
        """Everything by a name that a person understands."""
        return {
            "the harness": _harness(),
            "the version of Terraform": f"{self.program} {self.version}",
            "the providers": key_of(self.providers),
            "the lock file": file_digest(self.lock_file) if self.lock_file.is_file() else "",
        }


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """``parts`` are digests by what they are of; ``key`` is the digest of them all."""

    parts: Mapping[str, str]

    @property
    def key(self) -> str:
        return key_of(self.parts)

    @classmethod
    def of(cls, case: Case, surroundings: Mapping[str, str], module: Mapping[str, str]) -> Fingerprint:
        """All that ``case`` depends on; ``module`` is what :func:`module_parts` found."""
        variables = {f"variables.{name}": key_of(value) for name, value in case.variables.items()}
        own = {
            "the module's folder": os.path.relpath(case.folder, case.root),
            "unknown": key_of(case.unknown),
            "providers": key_of(case.providers),
            "rejects": str(case.rejects is not None),
        }
        return cls({**surroundings, **own, **module, **variables})


def module_parts(case: Case) -> dict[str, str]:
    """The digest of every file that the case's module is made of, by its path in the project: checkouts share keys.

    What a source that is not pinned holds is known only once it is fetched, so that every run plans anew.
    """
    floating = {f"the source {source}, which is not pinned,": _THIS_RUN for source in floating_sources(case.folder)}
    return {os.path.relpath(path, case.root): file_digest(path) for path in closure(case.folder)} | floating


def difference(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """What changed between two fingerprints' parts, as texts; empty when nothing did."""
    return [
        *(f"{name} is new" for name in now if name not in before),
        *(f"{name} is gone" for name in before if name not in now),
        *(f"{name} changed" for name in now if name in before and before[name] != now[name]),
    ]


@lru_cache(maxsize=1)
def _harness() -> str:
    """The text of all that makes a plan and takes it apart: an edit there must not meet plans from before it."""
    sources = [*_PACKAGE.glob("*.py"), *(_PACKAGE.parent / f"{name}.py" for name in _BESIDE)]
    return key_of(json.dumps([file_digest(path) for path in sorted(sources)]))
