"""Loads the cases of a project from their files and from documented calls."""

from __future__ import annotations

from pathlib import Path

import pytest

from modproof.cases import BrokenCase, LoadedCases, load_all
from modproof.core.project import Project
from modproof.core.results import Outcome, Place
from modproof.run.services import Services
from modproof.run.verify import Selection, verify

from ..conftest import MakeProject

README = """
    ```hcl
    module "greeting" {
      source = "./greeting"
      name   = "me too"
    }
    ```
"""
DOCUMENTED = {
    "pyproject.toml": '[tool.modproof]\ndocumented = ["readme"]\n',
    "modules/greeting/README.md": README,
}


def load(root: Path) -> LoadedCases:
    return load_all(Project.find(root))


def ids(loaded: LoadedCases) -> list[str]:
    return [case.id for case in loaded.cases]


def test_a_case_id_defined_twice_is_an_error_of_the_second(make_project: MakeProject) -> None:
    other_file = "tests/unit/more/cases.yaml"
    again = "module: greeting\ncases:\n  minimal: {variables: {name: other}}\n  new: {variables: {name: world}}\n"
    loaded = load(make_project({other_file: again}))
    (broken,) = loaded.broken
    assert (broken.id, broken.place) == ("greeting/minimal", Place(other_file, 3))
    (problem,) = broken.problems
    assert problem.place == Place(other_file, 3)
    assert "is already defined at tests/unit/greeting/cases.yaml:3" in problem.message
    assert ids(loaded).count("greeting/minimal") == 1
    first = loaded.get("greeting/minimal")
    assert first is not None
    assert first.variables == {"name": "world"}
    assert loaded.get("greeting/new") is not None


def test_cases_yml_is_read_like_cases_yaml(make_project: MakeProject) -> None:
    root = make_project({"tests/unit/third/cases.yml": "cases:\n  one: {}\n", "modules/third/main.tf": ""})
    loaded = load(root)
    assert loaded.get("third/one") is not None
    assert loaded.files[root / "tests/unit/third/cases.yml"] == "third"
    assert loaded.untested_modules() == []


def test_a_case_in_a_file_overrides_the_documented_one_of_its_name(make_project: MakeProject) -> None:
    root = make_project(DOCUMENTED)
    assert [(case.id, case.source) for case in load(root).cases if case.module == "greeting"] == [
        ("greeting/minimal", "yaml"),
        ("greeting/rejects_short_name", "yaml"),
        ("greeting/readme", "readme"),
    ]
    path = root / "tests/unit/greeting/cases.yaml"
    path.write_text(f"{path.read_text()}  readme: {{variables: {{name: mine}}}}\n")
    (case,) = [case for case in load(root).cases if case.name == "readme"]
    assert (case.source, case.variables) == ("yaml", {"name": "mine"})


def test_a_broken_case_also_overrides_the_documented_one(make_project: MakeProject) -> None:
    loaded = load(make_project({**DOCUMENTED, "tests/unit/greeting/cases.yaml": "cases:\n  readme: {variable: {}}\n"}))
    assert [broken.id for broken in loaded.broken] == ["greeting/readme"]
    assert loaded.get("greeting/readme") is None


def test_a_broken_file_or_case_leaves_the_others(make_project: MakeProject) -> None:
    loaded = load(
        make_project(
            {
                "tests/unit/other/cases.yaml": "nonsense: 1\n",
                "tests/unit/greeting/cases.yaml": "cases:\n  good: {variables: {name: world}}\n  bad: {variable: {}}\n",
            }
        )
    )
    assert ids(loaded) == ["greeting/good"]
    assert [(broken.id, broken.name, str(broken.place)) for broken in loaded.broken] == [
        ("greeting/bad", "bad", "tests/unit/greeting/cases.yaml:3"),
        ("other", None, "tests/unit/other/cases.yaml:1"),
    ]
    # a module with a broken file is not reported as untested as well
    assert loaded.untested_modules() == []


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("", "tests/unit/other/cases.yaml", "contains no case"),
        ("cases: {}\n", "tests/unit/other/cases.yaml:1", "at least 1"),
        ("module: gone\ncases:\n  one: {}\n", "tests/unit/other/cases.yaml:1", "the module 'gone' does not exist"),
        ("cases: [\n", "tests/unit/other/cases.yaml:2", "is not valid YAML"),
    ],
    ids=["empty", "no case", "unknown module", "not YAML"],
)
def test_an_unusable_file_is_reported_with_its_place(
    make_project: MakeProject, text: str, place: str, message: str
) -> None:
    (broken,) = load(make_project({"tests/unit/other/cases.yaml": text})).broken
    (problem,) = broken.problems
    assert (str(problem.place), message in problem.message) == (place, True)


def test_the_files_of_one_module_share_its_documented_cases_in_the_first(make_project: MakeProject) -> None:
    second = "module: greeting\ncases:\n  second: {variables: {name: world}}\n  bad: {variable: {}}\n"
    root = make_project({**DOCUMENTED, "tests/unit/zoo/cases.yaml": second})
    loaded = load(root)
    first = loaded.of_file(root / "tests/unit/greeting/cases.yaml")
    assert ids(first) == ["greeting/minimal", "greeting/rejects_short_name", "greeting/readme"]
    assert first.broken == ()
    other = loaded.of_file(root / "tests/unit/zoo/cases.yaml")
    assert ids(other) == ["greeting/second"]
    assert [broken.id for broken in other.broken] == ["greeting/bad"]


def test_a_module_without_a_file_is_untested(make_project: MakeProject) -> None:
    assert load(make_project({"modules/new/main.tf": ""})).untested_modules() == ["new"]


def test_of_program_moves_the_cases_for_the_other_program_to_excluded(make_project: MakeProject) -> None:
    cases = "cases:\n  both: {}\n  tofu: {only: tofu}\n  terraform: {only: terraform}\n"
    root = make_project({"tests/unit/other/cases.yaml": cases})
    for program, excluded in (("terraform", "tofu"), ("tofu", "terraform")):
        loaded = load(root).of_program(program)
        assert loaded.get(f"other/{program}") is not None
        assert loaded.get(f"other/{excluded}") is None
        assert [case.id for case in loaded.excluded] == [f"other/{excluded}"]
        assert [case.id for case in loaded.of_file(root / "tests/unit/other/cases.yaml").excluded] == [
            f"other/{excluded}"
        ]
        assert loaded.of_file(root / "tests/unit/greeting/cases.yaml").excluded == ()


def test_cases_of_a_module_are_found_whatever_the_folders_are_called(make_project: MakeProject) -> None:
    root = make_project(
        {
            "modules/vpc/main.tf": "",
            "tests/unit/network-small/cases.yaml": "module: vpc\ncases:\n  minimal: {}\n",
            "tests/unit/network-large/cases.yaml": "module: vpc\ncases:\n  large: {}\n",
        }
    )
    loaded = load(root)
    for name, folder in (("minimal", "network-small"), ("large", "network-large")):
        case = loaded.get(f"vpc/{name}")
        assert case is not None
        assert case.place.path == f"tests/unit/{folder}/cases.yaml"
    assert loaded.broken == ()
    assert "vpc" not in loaded.untested_modules()


def test_a_broken_case_is_an_error_of_a_run(make_project: MakeProject) -> None:
    root = make_project({"tests/unit/other/cases.yaml": "cases:\n  one: {variable: {}}\n"})
    with Services(Project.find(root)) as services:
        result = verify(services, Selection(stories=False, compliance=False))
    outcomes = {case.id: case.outcome for case in result.cases or ()}
    assert outcomes["other/one"] is Outcome.ERROR
    assert outcomes["greeting/minimal"] is Outcome.PASSED


def test_the_id_of_a_broken_file_is_its_module() -> None:
    assert BrokenCase("vpc", None, (), Place("cases.yaml")).id == "vpc"


def test_complete_cases_calls_in_examples_and_marked_cases_are_scanned(make_project: MakeProject) -> None:
    root = make_project({
        "pyproject.toml": '[tool.modproof]\ndocumented = ["readme", "examples"]\n',
        "modules/third/main.tf": "",
        "modules/third/README.md": '```hcl\nmodule "third" {\n  source = "./third"\n}\n```\n',
        "examples/use/main.tf": 'module "third" {\n  source = "../../modules/third"\n}\n',
        "tests/unit/third/cases.yaml": (
            "cases:\n  complete: {}\n  marked: {scan: true}\n  other: {}\n  wrong: {scan: true, rejects: message}\n"
        ),
        "modules/fourth/main.tf": "",
        "tests/unit/fourth/cases.yaml": "cases: {complete: {scan: false}}\n",
    })  # fmt: skip

    loaded = load(root)

    assert [case.id for case in loaded.cases if case.scanned] == [
        "third/complete",
        "third/marked",
        "third/example_use",
    ]
    assert [(broken.id, broken.problems[0].message) for broken in loaded.broken] == [
        ("third/wrong", "a rejected case has no plan to scan")
    ]
    assert ids(load_all(Project.find(root), sources=())).count("third/example_use") == 0
