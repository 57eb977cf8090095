from __future__ import annotations

import pytest

from modproof.core.errors import ConfigurationError
from modproof.run.selection import select, select_names

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


def test_an_unknown_module_lists_the_modules() -> None:
    with pytest.raises(ConfigurationError, match="there is no module 'zzz'") as error:
        select_names(["vpc", "key"], ["zzz"], "module")
    assert error.value.hint == "modules here: key, vpc"
