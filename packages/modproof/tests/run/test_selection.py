from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from modproof.cases import load_all
from modproof.core.errors import ConfigurationError
from modproof.core.project import Project
from modproof.run.selection import select, select_cases, select_names

MakeProject = Callable[[dict[str, str]], Path]

CASES = [("a", "a/one"), ("a", "a/two"), ("ab", "ab/one"), ("a/modules/sub", "a/modules/sub/one")]


def ids(*names: str) -> list[str]:
    return [case for _, case in select(CASES, names, lambda case: case, "case")]


@pytest.mark.parametrize(
    ("names", "selected"),
    [
        ((), ["a/one", "a/two", "ab/one", "a/modules/sub/one"]),
        (("a",), ["a/one", "a/two"]),
        (("a/one",), ["a/one"]),
        (("a/*",), ["a/one", "a/two", "a/modules/sub/one"]),
        (("a*",), ["a/one", "a/two", "ab/one", "a/modules/sub/one"]),
        (("*/one", "a/two"), ["a/one", "a/two", "ab/one", "a/modules/sub/one"]),
        (("a/modules/sub",), ["a/modules/sub/one"]),
    ],
)
def test_a_name_is_exact_or_a_glob(names: tuple[str, ...], selected: list[str]) -> None:
    assert ids(*names) == selected


def test_a_story_name_does_not_select_longer_names() -> None:
    stories = ["notebook-stack", "notebook-stack-private"]
    assert select_names(stories, ["notebook-stack"], "story") == ["notebook-stack"]
    assert select_names(stories, ["notebook-*"], "story") == stories


@pytest.mark.parametrize(
    ("name", "hint"),
    [("a/onee", "did you mean a/one"), ("zzz*", "`modproof plan --list` shows all names")],
)
def test_a_name_that_selects_nothing_is_an_error_with_near_matches(name: str, hint: str) -> None:
    with pytest.raises(ConfigurationError, match=r"there is no case '") as error:
        ids("a", name)
    assert error.value.hint is not None
    assert error.value.hint.startswith(hint)


@pytest.mark.parametrize(
    ("kind", "hint"),
    [("module", "modules here: key, vpc"), ("story", "stories here: key, vpc"), ("example", "examples here: key, vpc")],
)
def test_an_unknown_name_lists_the_names_of_its_kind(kind: str, hint: str) -> None:
    with pytest.raises(ConfigurationError, match=f"there is no {kind} 'zzz'") as error:
        select_names(["vpc", "key"], ["zzz"], kind)
    assert error.value.hint == hint


def test_a_name_with_brackets_selects_itself() -> None:
    assert select_names(["s[1]", "s1"], ["s[1]"], "story") == ["s[1]", "s1"]


MIXED = {
    "tests/unit/other/cases.yaml": "cases:\n  nested: {only: tofu}\n  bad: {expekt: {}}\n",
    "tests/unit/ghost/cases.yaml": "cases: [\n",
}


@pytest.mark.parametrize(
    ("names", "cases", "broken"),
    [
        ((), ["greeting/minimal", "greeting/rejects_short_name"], ["ghost", "other/bad"]),
        (("greeting/minimal",), ["greeting/minimal"], []),
        (("other",), [], ["other/bad"]),
        (("other/bad",), [], ["other/bad"]),
        (("ghost/one",), [], ["ghost"]),
    ],
)
def test_broken_cases_are_selected_like_others(
    make_project: MakeProject, names: tuple[str, ...], cases: list[str], broken: list[str]
) -> None:
    loaded = load_all(Project(make_project(MIXED))).of_program("terraform")
    found, unusable = select_cases(loaded, names)
    assert [case.id for case in found] == cases
    assert sorted(case.id for case in unusable) == broken


@pytest.mark.parametrize("name", ["other/nested", "other/n*"])
def test_a_case_for_another_program_is_named_as_such(make_project: MakeProject, name: str) -> None:
    loaded = load_all(Project(make_project(MIXED))).of_program("terraform")
    with pytest.raises(ConfigurationError, match="other/nested is only for tofu") as error:
        select_cases(loaded, [name])
    assert str(error.value.path) == "tests/unit/other/cases.yaml"
