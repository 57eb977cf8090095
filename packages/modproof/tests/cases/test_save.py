"""`modproof plan --save`: what a plan has becomes what a case expects."""

from __future__ import annotations

from pathlib import Path

import yaml

from modproof.cases import verdict as judge
from modproof.cases.save import save

from .conftest import MakeProject, greeting_cases, load, make_planner

STALE = """\
  # kept
  stale:
    variables: {name: world, names: [a]}   # kept too
    expect:
      resources: {terraform_data: 7}
      values:
        terraform_data.this:
          input: <match ^hello>   # holds, so it stays
          output: known
        terraform_data.gone: {input: x}
        'terraform_data.each["a"]':
          input: b
      outputs:
        text: bye
        secret: told
      absent: [terraform_data.this, terraform_data.nothing]
  none:
    variables: {name: world, names: [a], secret: pa55word}
  held:
    variables: {name: world}
    expect: {outputs: {text: hello world}}
"""


def test_saving_makes_every_expectation_hold_and_keeps_the_rest(make_project: MakeProject) -> None:
    root = make_project(greeting_cases(STALE))
    path = Path(root / "tests/unit/greeting/cases.yaml")
    project, found = load(root)
    outcomes = make_planner(project).plan(found)
    told = {}
    for case in found:
        plan = outcomes[case.id].plan
        assert plan is not None
        told[case.name] = save(case, plan)
    text = path.read_text()
    assert "  # kept\n" in text and "# kept too" in text and "input: <match ^hello>   # holds, so it stays" in text
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
    assert told["held"] == told["nested"] == []
    assert "expect.values.terraform_data.gone removed" in told["stale"]
    assert 'expect.outputs.text = "hello world"' in told["stale"]
    _, again = load(root)
    assert [judge(case, outcomes[case.id]).problems for case in again] == [()] * len(again)
