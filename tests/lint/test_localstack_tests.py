"""The command that tests localstack-sagemaker with each LocalStack."""

from __future__ import annotations

from pathlib import Path

import pytest
from tools import localstack_tests

from modproof.emulator.releases import Release

EVERYTHING = "tests"


@pytest.fixture
def releases(tmp_path: Path) -> list[Release]:
    """The newest and an older release."""
    found = []
    for version in ("2.0.0", "1.0.0"):
        lock = tmp_path / f"{version}.txt"
        lock.write_text(f"localstack-core=={version}\n")
        found.append(Release(lock, Path("/usr/bin/python"), "3.13.0", "/usr"))
    return found


def _tests(only: str | None, found: list[Release]) -> dict[str, list[str]]:
    return {release.version: [Path(one).name for one in tests] for release, tests in localstack_tests.runs(only, found)}


def test_the_newest_release_runs_all_tests_and_the_other_those_that_depend_on_it(releases: list[Release]) -> None:
    part = [f"test_{name}.py" for name in localstack_tests.BY_RELEASE]
    assert _tests(None, releases) == {"2.0.0": [EVERYTHING], "1.0.0": part}
    assert _tests(None, releases[1:]) == {"1.0.0": [EVERYTHING]}


def test_one_release_runs_all_tests(releases: list[Release]) -> None:
    assert _tests("newest", releases) == {"2.0.0": [EVERYTHING]}
    assert _tests("oldest", releases) == {"1.0.0": [EVERYTHING]}
    assert _tests("newest", releases[1:]) == {}


def test_the_tests_of_each_release_exist() -> None:
    folder = localstack_tests._PACKAGE / "tests"
    assert [name for name in localstack_tests.BY_RELEASE if not (folder / f"test_{name}.py").is_file()] == []
    assert (folder / "conftest.py").is_file()


def test_an_environment_has_the_lock_and_the_python_of_its_release(releases: list[Release]) -> None:
    words = localstack_tests.command("uv", releases[1], ["tests"], ["-q"])
    assert words[words.index("--with-requirements") + 1] == str(releases[1].lock)
    assert words[words.index("--python") + 1] == "/usr/bin/python"
    assert words[-2:] == ["tests", "-q"]
