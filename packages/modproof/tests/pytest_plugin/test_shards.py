from __future__ import annotations

import itertools
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from modproof.core.errors import ConfigurationError
from modproof.pytest_plugin.selection import Shard

from ..conftest import run_pytest

MakeProject = Callable[[dict[str, str]], Path]
IDS = [f"module/case_{number}" for number in range(300)]
MANY = "cases:\n" + "".join(f"  case_{number}:\n    variables: {{name: world}}\n" for number in range(12))


def pick(shard: str, ids: list[str]) -> list[str]:
    return Shard.parse(shard).pick(ids, str)


def test_shards_are_disjoint_complete_and_even() -> None:
    shards = [pick(f"{index}/3", IDS) for index in (1, 2, 3)]
    assert sorted(itertools.chain(*shards)) == sorted(IDS)
    assert all(80 <= len(shard) <= 120 for shard in shards)


def test_a_case_stays_in_its_shard_when_others_are_added() -> None:
    assert set(pick("2/3", IDS)) <= set(pick("2/3", [*IDS, *(f"new/{number}" for number in range(50))]))


def test_the_same_ids_give_the_same_shard_everywhere() -> None:
    assert pick("2/2", ["a/b", "c/d", "e/f", "g/h"]) == ["a/b", "c/d", "g/h"]


@pytest.mark.parametrize("text", ["0/3", "4/3", "1", "1/0", "a/b", "1/3/5", "-1/3"])
def test_an_invalid_shard_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"write INDEX/COUNT, such as 1/3"):
        Shard.parse(text)


def passed(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [line.partition(" PASSED")[0] for line in done.stdout.splitlines() if " PASSED" in line]


def test_pytest_runs_and_plans_one_shard(make_project: MakeProject) -> None:
    root = make_project({"tests/unit/greeting/cases.yaml": MANY})
    first, second = (run_pytest(root, "-v", f"--modproof-shard={index}/2") for index in (1, 2))
    assert (first.returncode, second.returncode) == (0, 0), first.stdout + second.stdout
    assert sorted(passed(first) + passed(second)) == sorted(
        [
            *(f"tests/unit/greeting/cases.yaml::case_{number}" for number in range(12)),
            "tests/unit/other/cases.yaml::nested",
        ]
    )
    assert passed(first)
    assert passed(second)
    assert f"{len(passed(first))} passed, {len(passed(second))} deselected" in first.stdout


def test_a_shard_without_a_test_passes(make_project: MakeProject) -> None:
    ids = [f"tests/unit/greeting/cases.yaml::{name}" for name in ("minimal", "rejects_short_name")]
    ids.append("tests/unit/other/cases.yaml::nested")
    empty = next(shard for shard in (f"{index}/9" for index in range(1, 10)) if not pick(shard, ids))
    done = run_pytest(make_project({}), f"--modproof-shard={empty}")
    assert done.returncode == 0
    assert "3 deselected" in done.stdout


def test_an_invalid_shard_is_a_usage_error(make_project: MakeProject) -> None:
    done = run_pytest(make_project({}), "--modproof-shard=3/2")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "--modproof-shard: '3/2' is not a shard" in done.stderr
