"""`modproof plan --save` writes the planned values into the expectations of a case."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from modproof.cases import judge
from modproof.cases.save import save
from modproof.core.errors import ConfigurationError

from ..conftest import MakeProject, greeting_cases, load, make_planner

STALE = """\
  # kept
  stale:
    variables: {name: world, names: [a]}   # also kept
    expect:
      resources: {terraform_data: 7}
      values:
        terraform_data.this:
          input: <match ^hello>   # matches, so it is kept
          output: known
        terraform_data.gone: {input: x}
        'terraform_data.each["a"]':
          input: b
      outputs:
        text: bye
        secret: known
      absent: [terraform_data.this, terraform_data.nothing]
  none:
    variables: {name: world, names: [a], secret: pa55word}
  matching:
    variables: {name: world}
    expect: {outputs: {text: hello world}}
"""


def test_saving_changes_the_expectations_that_do_not_match_and_keeps_the_rest(make_project: MakeProject) -> None:
    root = make_project(greeting_cases(STALE))
    path = Path(root / "tests/unit/greeting/cases.yaml")
    project, found = load(root)
    planned = make_planner(project).plan(found)
    changes = {}
    for case in found:
        plan = planned[case.id].plan
        assert plan is not None
        changes[case.name] = save(case, plan)
    text = path.read_text()
    assert "  # kept\n" in text and "# also kept" in text and "input: <match ^hello>   # matches, so it is kept" in text
    assert "pa55word" not in text.replace("secret: pa55word}", "")
    read = yaml.safe_load(text)["cases"]
    assert read["stale"]["expect"] == {
        "resources": {"terraform_data": 2},
        "values": {
            "terraform_data.this": {"input": "<match ^hello>", "output": "<unknown>"},
            'terraform_data.each["a"]': {"input": "a"},
        },
        "outputs": {"text": "hello world", "secret": "<absent>"},
        "absent": ["terraform_data.nothing"],
    }
    assert read["none"]["expect"] == {
        "resources": {"terraform_data": 2},
        "values": {
            'terraform_data.each["a"]': {"input": "a"},
            "terraform_data.this": {"input": "hello world"},
        },
        "outputs": {"id": "<unknown>", "secret": "<sensitive>", "text": "hello world"},
    }
    assert changes["matching"] == changes["nested"] == []
    assert "expect.values.terraform_data.gone removed" in changes["stale"]
    assert 'expect.outputs.text = "hello world"' in changes["stale"]
    _, again = load(root)
    assert [judge(case, planned[case.id]).problems for case in again] == [()] * len(again)


def test_saving_keeps_line_breaks_and_block_scalars(make_project: MakeProject) -> None:
    text = (
        "cases:\r\n  one:\r\n    variables:\r\n      name: |-\r\n        world\r\n  two: {variables: {name: moon}}\r\n"
    )
    root = make_project({})
    path = root / "tests/unit/greeting/cases.yaml"
    path.write_text(text, encoding="utf-8", newline="")
    project, found = load(root)
    (case,) = [case for case in found if case.name == "one"]
    plan = make_planner(project).plan([case])[case.id].plan
    assert plan is not None
    save(case, plan)
    written = path.read_bytes().decode()
    assert written.startswith(text[: text.index("  two")]) and written.endswith(text[text.index("  two") :])
    assert written.count("\r\n") == written.count("\n")
    assert yaml.safe_load(written)["cases"]["one"]["expect"]["outputs"]["text"] == "hello world"


def test_a_case_that_cannot_be_saved_is_an_error_and_the_file_is_unchanged(make_project: MakeProject) -> None:
    text = "cases:\n  one: &a\n    variables: {name: world}\n  two: *a\n"
    root = make_project({})
    path = root / "tests/unit/greeting/cases.yaml"
    path.write_text(text, encoding="utf-8")
    project, found = load(root)
    (case,) = [case for case in found if case.name == "one"]
    plan = make_planner(project).plan([case])[case.id].plan
    assert plan is not None
    with pytest.raises(ConfigurationError, match="the expectations of greeting/one cannot be changed in place"):
        save(case, plan)
    assert path.read_text() == text
