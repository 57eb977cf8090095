from __future__ import annotations

from modproof.plan import Work, summary


def test_processes_of_one_project_share_its_cases() -> None:
    text = summary([Work(3, 0, 1, 2.0, project="/p"), Work(0, 3, 0, 2.0, project="/p")])
    assert text.startswith("3 cases in 2.0 s (2 cases a second): 3 planned in 1 run;")


def test_cases_of_several_projects_are_added_up() -> None:
    text = summary([Work(1, 0, 1, 1.0, project="/p"), Work(1, 0, 1, 1.0, project="/q")])
    assert text.startswith("2 cases in 2.0 s (1 cases a second): 2 planned in 2 runs;")
