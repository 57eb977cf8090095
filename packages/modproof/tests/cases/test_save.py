"""`modproof plan --save` writes the planned values into the expectations of a case."""

from __future__ import annotations

from pathlib import Path

import yaml

from modproof.cases import judge
from modproof.cases.save import save

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
