"""The committed emulator coverage table is correct, and covers what the modules use."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from bench.probe import limits, page, run

from modproof.core.project import Project
from modproof.emulator import Emulator
from modproof.hcl.reader import module_blocks, read_folder

ROOT = Path(__file__).parents[2]
RENEW = f"renew it with: {page.COMMAND}"


def used_types() -> dict[str, list[str]]:
    """Return the AWS resource types that modules use, each with the modules."""
    found: dict[str, list[str]] = {}
    project = Project(ROOT)
    for name in project.module_names():
        assert not any(file.error for file in read_folder(project.module_folder(name))), name
        for block in module_blocks(project.module_folder(name), "resource"):
            if block.labels[0].startswith("aws_") and name not in found.setdefault(block.labels[0], []):
                found[block.labels[0]].append(name)
    return dict(sorted(found.items()))


USED = used_types()
SERVED = [kind for kind in USED if kind.startswith(page.SERVED)]


@pytest.fixture(scope="module")
def committed() -> page.Coverage:
    return page.Coverage.read(ROOT)


def test_the_page_follows_from_the_table(committed: page.Coverage) -> None:
    assert (ROOT / page.JSON).read_text(encoding="utf-8") == page.as_json(committed), RENEW
    assert (ROOT / page.MARKDOWN).read_text(encoding="utf-8") == page.as_markdown(committed), RENEW


def test_every_cell_that_is_not_true_has_its_reason(committed: page.Coverage) -> None:
    for kind, row in committed.resources.items():
        assert set(row.reasons) == {name for name in page.COLUMNS if row.cell(name) is not True}, kind


def test_every_argument_is_set_or_has_a_reason(committed: page.Coverage) -> None:
    assert {kind: one.missing for kind, one in committed.arguments.items() if one.missing} == {}
    reasons = {kind: one.unset for kind, one in committed.arguments.items() if one.unset}
    assert reasons == limits.load().unset, RENEW


def test_the_fixtures_are_what_the_table_is_of(committed: page.Coverage) -> None:
    assert {kind for root in run.fixtures(Project(ROOT)) for kind in root.types} == set(committed.resources), RENEW


@pytest.mark.parametrize("kind", USED)
def test_a_resource_that_modules_use_works_throughout(committed: page.Coverage, kind: str) -> None:
    users = ", ".join(USED[kind])
    row = committed.resources.get(kind)
    assert row is not None, f"{users} uses {kind}, of which {page.JSON} has no row: give it a fixture, and {RENEW}"
    assert row.green, f"{users} uses {kind}, which does not work throughout: {row.reasons}"


def test_at_least_24_of_the_30_sagemaker_resources_work_throughout(committed: page.Coverage) -> None:
    rows = [row for kind, row in committed.resources.items() if kind.startswith("aws_sagemaker_")]
    assert len(rows) == 30
    assert sum(row.green for row in rows) >= 24


BROKEN = {
    "aws_sagemaker_device.broken": """\
resource "aws_sagemaker_device" "broken" {
  device_fleet_name = "nowhere"

  device {
    device_name = "broken"
  }
}
""",
    "aws_sagemaker_hub.broken": """\
resource "aws_sagemaker_hub" "broken" {
  hub_name        = "broken"
  hub_description = aws_sagemaker_device.broken.id
}
""",
}
"""A resource that AWS rejects, because the fleet does not exist, and one that depends on it."""


@pytest.fixture(scope="module")
def fresh(emulator: Emulator) -> run.Probed:
    """A run over the plug-in's resource types that modules use, plus two resources that cannot be created.

    `python -m bench emulator --check` compares the whole table.
    """
    project = Project(ROOT)
    roots = [some for root in run.fixtures(project) if (some := root.of_types(SERVED)).blocks]
    roots[-1] = replace(roots[-1], blocks={**roots[-1].blocks, **BROKEN})
    return run.probe(project, emulator, limits.load(), roots, clocks=["fast"])


def test_a_fresh_run_sees_what_is_committed(committed: page.Coverage, fresh: run.Probed) -> None:
    broken = {address.partition(".")[0] for address in BROKEN}
    seen = {kind: row for kind, row in fresh.coverage.resources.items() if kind not in broken}
    assert set(SERVED) <= set(seen)
    assert seen == {kind: committed.resources[kind] for kind in seen}, RENEW
    assert fresh.faults == ()


def test_a_resource_that_fails_hides_nothing_but_what_needs_it(fresh: run.Probed) -> None:
    device, hub = (fresh.coverage.resources[address.partition(".")[0]] for address in BROKEN)
    assert [device.cell(column) for column in ("create", "empty_plan", "import", "destroy")] == [False] * 4
    assert "nowhere" in device.reasons["create"]
    assert hub.reasons["create"] == "not reached: aws_sagemaker_device.broken failed at create"
