from __future__ import annotations

import pytest

from modproof.plan.grouping import group

from ..conftest import MakeProject, load


@pytest.mark.parametrize(
    ("count", "cores", "sizes"),
    [
        pytest.param(49, 2, [49], id="a second run costs more than it saves"),
        pytest.param(80, 2, [40, 40], id="one run per core"),
        pytest.param(110, 2, [28, 28, 27, 27], id="no core waits for a last run"),
        pytest.param(110, 1, [37, 37, 36], id="one core"),
    ],
)
def test_a_run_has_at_most_fifty_cases_and_all_cores_are_used(
    make_project: MakeProject, count: int, cores: int, sizes: list[int]
) -> None:
    cases = "".join(f"  c{n}: {{variables: {{name: x{n}}}}}\n" for n in range(count))
    _, found = load(make_project({"tests/unit/greeting/cases.yaml": f"cases:\n{cases}"}))
    groups = group([case for case in found if case.module == "greeting"], cores)
    assert [len(one.cases) for one in groups] == sizes


def test_runs_have_few_modules_and_those_at_the_same_time_the_same(make_project: MakeProject) -> None:
    lines = "".join(f"  c{n}: {{}}\n" for n in range(100))
    files = {f"tests/unit/{name}/cases.yaml": f"cases:\n{lines}" for name in ("greeting", "other")}
    _, found = load(make_project(files))
    groups = group(found, 2)
    assert [{case.module for case in one.cases} for one in groups] == [{"greeting"}] * 2 + [{"other"}] * 2
