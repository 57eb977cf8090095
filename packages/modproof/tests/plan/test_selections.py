"""Checkouts of one machine share the providers that init selected from a mirror."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from modproof.cases import Case
from modproof.plan import provider_lock
from modproof.plan.provider_lock import ProviderLocks

from ..conftest import MakeProject, load
from .test_provider_lock import TOPIC, lock_file_of, plan


@pytest.fixture(autouse=True)
def selections(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No other checkout has selected providers yet."""
    monkeypatch.setattr(provider_lock, "cache_folder", lambda: tmp_path / "cache")


@pytest.fixture
def root(make_project: MakeProject) -> Path:
    return make_project({"modules/topic/main.tf": TOPIC, "tests/unit/topic/cases.yaml": "cases:\n  one: {}\n"})


@pytest.fixture
def other(root: Path, tmp_path: Path) -> Path:
    """Another checkout of the project in ``root``."""
    return Path(shutil.copytree(root, tmp_path / "other"))


def test_another_checkout_uses_the_same_providers_and_lock_file(root: Path, other: Path, runs: list[str]) -> None:
    plan(root)
    plan(other)
    assert runs == ["init", "plan", "show", "get", "plan", "show"]
    assert lock_file_of(other).read_text() == lock_file_of(root).read_text()


def test_a_checkout_with_another_lock_file_selects_its_own_providers(root: Path, other: Path, runs: list[str]) -> None:
    plan(root)
    own = other / lock_file_of(root).relative_to(root)
    own.parent.mkdir(parents=True)
    own.write_text(f"{lock_file_of(root).read_text()}# by hand\n")
    plan(other)
    assert runs == ["init", "plan", "show"] * 2
    assert own.read_text().endswith("# by hand\n")


def test_a_lock_file_that_was_edited_is_not_copied_to_other_checkouts(root: Path, other: Path, runs: list[str]) -> None:
    plan(root)
    made = lock_file_of(root).read_text()
    lock_file_of(root).write_text(f"{made}# by hand\n")
    plan(root)
    plan(other)
    assert runs == ["init", "plan", "show"] * 2 + ["get", "plan", "show"]
    assert lock_file_of(other).read_text() == made


def select(locks: ProviderLocks, cases: Sequence[Case], package: Path) -> None:
    """What a batch does after ``init``."""
    package.mkdir(exist_ok=True)
    made = package / "made.hcl"
    made.write_text("")
    lock = locks.of(cases)
    lock.keep_lock_file(made)
    lock.set({"aws": package}, keep=True)


@pytest.mark.parametrize("mirrored", [True, False])
def test_only_providers_of_a_mirror_are_selected_for_other_checkouts(
    root: Path, other: Path, tmp_path: Path, mirrored: bool
) -> None:
    _, cases = load(root)
    locks, others = (ProviderLocks(at / "x.lock.hcl", ["1"], mirrored=mirrored) for at in (root, other))
    select(locks, cases, tmp_path / "package")
    assert others.of(cases).packages == ({"aws": tmp_path / "package"} if mirrored else {})


def test_a_selection_that_was_wrong_is_not_used_again(root: Path, other: Path, tmp_path: Path) -> None:
    _, cases = load(root)
    locks, others = (ProviderLocks(at / "x.lock.hcl", ["1"], mirrored=True) for at in (root, other))
    others.of(cases).forget()
    select(locks, cases, tmp_path / "package")
    assert others.of(cases).packages == {}


def test_a_selection_without_the_lock_file_that_another_batch_wrote_is_not_shared(
    root: Path, other: Path, tmp_path: Path
) -> None:
    _, cases = load(root)
    locks, others = (ProviderLocks(at / "x.lock.hcl", ["1"], mirrored=True) for at in (root, other))
    lock = locks.of(cases)
    lock.lock_file.write_text("# other versions\n")
    made = tmp_path / "made.hcl"
    made.write_text("")
    lock.keep_lock_file(made)
    lock.set({"aws": tmp_path}, keep=True)
    assert others.of(cases).packages == {}
