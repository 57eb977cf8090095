from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from modproof.emulator import endpoint

from ..conftest import run_pytest

MakeProject = Callable[[dict[str, str]], Path]

WRONG = """
cases:
  minimal:
    variables: {name: world}
  wrong:
    variables: {name: world}
    expect:
      outputs: {text: bye}
"""


def test_each_case_is_an_item_with_its_own_id(make_project: MakeProject) -> None:
    done = run_pytest(make_project({}), "--collect-only", "-q")
    assert done.stdout.splitlines()[:3] == [
        "tests/unit/greeting/cases.yaml::minimal",
        "tests/unit/greeting/cases.yaml::rejects_short_name",
        "tests/unit/other/cases.yaml::nested",
    ]


def test_items_can_be_selected(make_project: MakeProject) -> None:
    done = run_pytest(make_project({}), "-v", "-k", "minimal or nested")
    assert done.returncode == 0, done.stdout
    assert "tests/unit/greeting/cases.yaml::minimal PASSED" in done.stdout
    assert "2 passed, 1 deselected" in done.stdout


def test_a_failure_shows_the_difference_and_no_traceback(make_project: MakeProject) -> None:
    done = run_pytest(make_project({"tests/unit/greeting/cases.yaml": WRONG}))
    assert done.returncode == 1
    assert 'tests/unit/greeting/cases.yaml:8: output text: expected "bye", found "hello world"' in done.stdout
    assert "Traceback" not in done.stdout
    assert "1 failed, 2 passed" in done.stdout


def test_the_junit_report_has_the_case_and_its_line(make_project: MakeProject) -> None:
    root = make_project({"tests/unit/greeting/cases.yaml": WRONG})
    run_pytest(root, "--junitxml=report.xml", "-o", "junit_family=xunit1")
    text = (root / "report.xml").read_text()
    assert re.search(r'name="wrong" file="tests/unit/greeting/cases.yaml" line="4"', text)


def test_stories_are_recorded_if_a_selected_test_compares_permissions(make_project: MakeProject) -> None:
    test = """
        from modproof.pytest_plugin.session import session_of
        def test_state(request):
            print("records:", session_of(request.config).records_calls)
        def test_permissions(permission_differences):
            pass
    """
    root = make_project({"tests/unit/test_them.py": test})
    assert "records: True" in run_pytest(root, "-s", "tests/unit/test_them.py").stdout
    assert "records: False" in run_pytest(root, "-s", "-k", "test_state", "tests/unit/test_them.py").stdout


def test_python_tests_get_the_same_plan_as_tftest_type(make_project: MakeProject) -> None:
    test = """
        import tftest
        def test_plan(planned):
            plan = planned("greeting", "minimal")
            assert isinstance(plan, tftest.TerraformPlanOutput)
            assert plan.resources["terraform_data.this"]["values"]["input"] == "hello world"
            assert plan.outputs["text"] == "hello world"
            assert plan.outputs.sensitive == ("secret",)
            assert plan.variables["name"] == "world"
            assert plan.resource_changes["terraform_data.this"]["change"]["actions"] == ["create"]
        def test_no_plan(planned):
            planned("greeting", "rejects_short_name")
        def test_no_case(planned):
            planned("greeting", "nothing")
    """
    done = run_pytest(make_project({"tests/unit/greeting/test_plan.py": test}), "tests/unit/greeting/test_plan.py")
    assert "1 passed" in done.stdout and "2 failed" in done.stdout, done.stdout
    assert "greeting/rejects_short_name has no plan: Invalid value for variable" in done.stdout
    assert "there is no case greeting/nothing; cases of the module: greeting/minimal" in done.stdout


def test_an_unusable_file_is_a_collection_error_with_its_line(make_project: MakeProject) -> None:
    done = run_pytest(make_project({"tests/unit/ghost/cases.yaml": "cases:\n  one: {}\n"}))
    assert done.returncode == 2
    assert "tests/unit/ghost/cases.yaml:1: the module 'ghost' does not exist in modules" in done.stdout


def test_invalid_settings_end_the_session(make_project: MakeProject) -> None:
    root = make_project({"pyproject.toml": "[tool.modproof]\nmodule = 'x'\n"})
    done = run_pytest(root)
    assert done.returncode == 2
    assert "pyproject.toml: tool.modproof.module: extra inputs are not permitted" in done.stdout + done.stderr


def test_a_broken_case_fails_alone(make_project: MakeProject) -> None:
    broken = {"tests/unit/other/cases.yaml": "cases:\n  bad:\n    expekt: {}\n  good: {}\n"}
    done = run_pytest(make_project(broken))
    assert done.returncode == 1
    assert "tests/unit/other/cases.yaml:3: unknown key 'expekt'; did you mean 'expect'?" in done.stdout
    assert "3 passed" in done.stdout


def test_workers_plan_once(make_project: MakeProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("xdist")
    monkeypatch.setenv("MODPROOF_CACHE", str(tmp_path / "cache"))
    root = make_project({})
    done = run_pytest(root, "-n", "2", no_cache=False)
    assert "3 passed" in done.stdout, done.stdout
    assert len(list((tmp_path / "cache" / "plans").glob("??/*.json"))) == 3


def test_python_tests_share_an_emulator_that_is_stopped_at_the_end(make_project: MakeProject) -> None:
    test = """
        def test_one(emulator):
            sqs = emulator.session("111111111111", "eu-west-1").client("sqs")
            sqs.create_queue(QueueName="from-the-first")
            print(f"it listens at {emulator.endpoint_url} ")
        def test_two(emulator):
            queues = emulator.session("111111111111", "eu-west-1").client("sqs").list_queues()["QueueUrls"]
            assert [url.rpartition("/")[2] for url in queues] == ["from-the-first"]
    """
    done = run_pytest(make_project({"tests/test_emulator.py": test}), "-s", "tests/test_emulator.py")
    assert "2 passed" in done.stdout, done.stdout
    listened = re.search(r"it listens at (\S+) ", done.stdout)
    assert listened and not endpoint.listens(listened[1])


def test_the_step_limit_is_passed_to_the_stories(make_project: MakeProject) -> None:
    test = """
        def test_limit(pytestconfig):
            from modproof.pytest_plugin.session import session_of
            assert session_of(pytestconfig).services().step_seconds == 7.5
    """
    root = make_project({"tests/test_limit.py": test})
    assert run_pytest(root, "--modproof-step-timeout", "7.5", "tests/test_limit.py").returncode == 0
    for invalid in ("0", "soon", "inf"):
        done = run_pytest(root, "--modproof-step-timeout", invalid, "tests/test_limit.py")
        assert done.returncode == 4
        assert "argument --modproof-step-timeout: " in done.stderr


def test_only_selected_cases_are_planned(make_project: MakeProject) -> None:
    root = make_project({"tests/unit/greeting/cases.yaml": WRONG})

    def run(*arguments: str) -> str:
        # with the cache of pytest, which records failures
        return run_pytest(root, "-p", "cacheprovider", *arguments).stdout

    first = run("-x")
    assert "stopping after 1 failures" in first
    assert re.search(r"modproof: 3 cases in .* s \(.* cases a second\): 3 planned in 1 run; about", first), first
    again = run("--lf")
    assert "1 failed" in again and "modproof: 1 case in " in again, again
    named = run("-k", "greeting and minimal")
    assert "1 passed" in named and "modproof: 1 case in " in named, named


def test_collecting_runs_no_terraform(make_project: MakeProject, tmp_path: Path) -> None:
    done = run_pytest(make_project({}), "--collect-only", "-q", "--terraform-binary", str(tmp_path / "none"))
    assert done.returncode == 0
    assert "3 tests collected" in done.stdout
    missing = run_pytest(make_project({}), "--terraform-binary", str(tmp_path / "none"))
    assert missing.returncode == 2
    assert "none is not terraform >= 1.9" in missing.stdout + missing.stderr


def test_workers_without_a_cache_plan_once(make_project: MakeProject) -> None:
    pytest.importorskip("xdist")
    secret = "cases:\n  one: {variables: {name: world, secret: s}}\n  two: {variables: {name: world, secret: t}}\n"
    root = make_project({"tests/unit/greeting/cases.yaml": secret})
    done = run_pytest(root, "-n", "2")
    assert "3 passed" in done.stdout, done.stdout
    assert "3 planned in 1 run" in done.stdout, done.stdout


def test_workers_without_cases_report_no_plans(make_project: MakeProject) -> None:
    pytest.importorskip("xdist")
    done = run_pytest(
        make_project({"tests/test_other.py": "def test_other(): pass\n"}), "-n", "1", "tests/test_other.py"
    )
    assert "1 passed" in done.stdout, done.stdout
    assert "modproof:" not in done.stdout


def test_only_affected_cases_run(make_project: MakeProject) -> None:
    root = make_project({".gitignore": ".modproof\n"})
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "first"]):
        subprocess.run(["git", *identity, *command], cwd=root, check=True, capture_output=True)
    nothing = run_pytest(root, "--modproof-changed-since", "HEAD")
    assert (nothing.returncode, "3 deselected" in nothing.stdout) == (0, True)
    (root / "modules/other/new.tf").write_text("")
    done = run_pytest(root, "--collect-only", "-q", "--modproof-changed-since", "HEAD")
    assert "other/cases.yaml::nested" in done.stdout and "1/3 tests collected (2 deselected)" in done.stdout


def test_a_case_for_the_other_program_is_skipped(make_project: MakeProject) -> None:
    both = """
        cases:
          one: {variables: {name: world}, only: tofu}
          two: {variables: {name: world}, only: terraform}
    """
    done = run_pytest(make_project({"tests/unit/greeting/cases.yaml": both}), "tests/unit/greeting", "-v")
    assert "cases.yaml::two PASSED" in done.stdout and "cases.yaml::one" not in done.stdout
    assert "modproof: 1 cases skipped because they are for another program" in done.stdout


def test_stories_run_in_parallel(make_project: MakeProject, tmp_path: Path) -> None:
    def example(own: str, other: str) -> str:
        # ends only when the apply of the other story has started too
        wait = f"for i in $(seq 300); do [ -e {tmp_path}/{other} ] && exit; sleep 0.1; done; exit 1"
        command = f"touch {tmp_path}/{own}; {wait}"
        provisioner = f'provisioner "local-exec" {{\n    command = {json.dumps(command)}\n  }}'
        return f'resource "terraform_data" "this" {{\n  {provisioner}\n}}\n'

    root = make_project(
        {
            "examples/one/main.tf": example("one", "two"),
            "examples/two/main.tf": example("two", "one"),
            "tests/integration/one.yaml": "example: examples/one\n",
            "tests/integration/two.yaml": "example: examples/two\n",
        }
    )
    done = run_pytest(root, "-v", "tests/integration")
    assert "one.yaml::one PASSED" in done.stdout, done.stdout
    assert "two.yaml::two PASSED" in done.stdout, done.stdout


def test_a_readme_call_is_a_case_if_the_settings_say_so(make_project: MakeProject) -> None:
    readme = """
        # greeting
        ```hcl
        module "key" {
          source = "../key"
        }
        module "hello" {
          source = "git::https://example.org/modules.git//modules/greeting?ref=v1"
          name   = module.key.name
          nmaes  = ["a"]
        }
        ```
        Another:
        ```hcl
        module "hello" {
          source = "git::https://example.org/modules.git//modules/greeting?ref=v1"
          name   = "you"
          names  = ["a", "b"]
        }
        ```
    """
    settings = '[tool.modproof]\ndocumented = ["readme"]\n'
    root = make_project({"pyproject.toml": settings, "modules/greeting/README.md": readme})
    done = run_pytest(root, "-v", "-k", "readme")
    assert "cases.yaml::readme FAILED" in done.stdout and "cases.yaml::readme_2 PASSED" in done.stdout, done.stdout
    assert "the module 'greeting' has no variable 'nmaes'; did you mean 'names'?" in done.stdout


def test_two_projects_with_the_same_case_id_are_judged_on_their_own_plans(
    make_project: MakeProject, tmp_path: Path
) -> None:
    first = make_project({})
    both = tmp_path / "both"
    both.mkdir()
    for name, text in (("one", "hello"), ("two", "bye")):
        root = both / name
        shutil.copytree(first, root)
        module = root / "modules/greeting/main.tf"
        module.write_text(module.read_text().replace("hello", text))
        cases = root / "tests/unit/greeting/cases.yaml"
        cases.write_text(cases.read_text().replace("hello", text))
        (root / f"tests/unit/greeting/test_plan_of_{name}.py").write_text(
            f"def test_plan(planned):\n    assert planned('greeting', 'minimal').outputs['text'] == '{text} world'\n"
        )
    done = run_pytest(both, "-v", "-k", "minimal or test_plan")
    assert "4 passed" in done.stdout, done.stdout
    assert "one/tests/unit/greeting/cases.yaml::minimal PASSED" in done.stdout
    assert "two/tests/unit/greeting/cases.yaml::minimal PASSED" in done.stdout


def test_planned_finds_the_case_of_a_module_that_a_file_elsewhere_names(make_project: MakeProject) -> None:
    files = {
        "tests/unit/of-people/cases.yaml": "module: other\ncases:\n  elsewhere: {}\n",
        "tests/unit/test_plan.py": "def test_plan(planned):\n    assert planned('other', 'elsewhere')\n",
    }
    done = run_pytest(make_project(files), "tests/unit/test_plan.py")
    assert "1 passed" in done.stdout, done.stdout


def test_planned_finds_a_documented_case_whatever_is_selected(make_project: MakeProject) -> None:
    files = {
        "pyproject.toml": '[tool.modproof]\ndocumented = ["examples"]\n',
        "examples/hello/main.tf": 'module "hello" {\n  source = "../../modules/greeting"\n  name   = "you"\n}\n',
        "tests/unit/test_plan.py": "def test_plan(planned):\n"
        "    assert planned('greeting', 'example_hello').outputs['text'] == 'hello you'\n",
    }
    done = run_pytest(make_project(files), "tests/unit/test_plan.py")
    assert "1 passed" in done.stdout, done.stdout


def test_stories_in_yml_files_are_collected(make_project: MakeProject) -> None:
    files = {"examples/x/main.tf": "", "tests/integration/x.yml": "example: examples/x\n"}
    done = run_pytest(make_project(files), "--collect-only", "-q", "tests/integration")
    assert done.stdout.splitlines()[0] == "tests/integration/x.yml::x"


def test_yaml_files_of_an_unrelated_project_are_left_alone(tmp_path: Path) -> None:
    files = {
        "tests/unit/cases.yaml": "- [1, 2]\n- [3, 4]\n",
        "tests/integration/docker.yaml": "services: {}\n",
        "tests/integration/broken.yml": "{{ not yaml }}\n",
        "tests/unit/test_sum.py": "def test_sum(): assert 1 + 1 == 2\n",
    }
    (tmp_path / ".git").mkdir()
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    done = run_pytest(tmp_path)
    assert (done.returncode, "1 passed" in done.stdout) == (0, True), done.stdout


def test_files_of_a_project_without_settings_are_recognised_by_their_key(make_project: MakeProject) -> None:
    root = make_project({"examples/x/main.tf": "", "tests/integration/x.yml": "example: examples/x\n"})
    (root / "pyproject.toml").unlink()
    done = run_pytest(root, "--collect-only", "-q")
    assert "4 tests collected" in done.stdout, done.stdout


def two_projects(make_project: MakeProject, folder: Path) -> Path:
    """A folder with the projects p (two modules, three cases) and q (one module, one case)."""
    both = folder / "both"
    for name in ("p", "q"):
        shutil.copytree(make_project({}), both / name)
    for part in ("modules/other", "tests/unit/other"):
        shutil.rmtree(both / "q" / part)
    (both / "q/tests/unit/greeting/cases.yaml").write_text("cases:\n  only_q: {variables: {name: world}}\n")
    return both


def test_the_coverage_is_that_of_the_project_around_the_test(make_project: MakeProject, tmp_path: Path) -> None:
    both = two_projects(make_project, tmp_path)
    for name, modules in (("p", ["greeting", "other"]), ("q", ["greeting"])):
        (both / name / f"tests/test_coverage_of_{name}.py").write_text(
            "def test_modules(module_coverage):\n"
            f"    assert [each.module for each in module_coverage.modules] == {modules}\n"
        )
    done = run_pytest(both, "p/tests/test_coverage_of_p.py", "q/tests/test_coverage_of_q.py")
    assert "2 passed" in done.stdout, done.stdout


def test_the_summary_counts_the_cases_of_all_projects(make_project: MakeProject, tmp_path: Path) -> None:
    done = run_pytest(two_projects(make_project, tmp_path), "-k", "minimal or only_q")
    assert re.search(r"modproof: 2 cases in .*: 2 planned in 2 runs", done.stdout), done.stdout


TYPOS = "exclud: []\nexclude:\n  - {item: x, raeson: y}\n"


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["one process", "workers"])
def test_an_invalid_coverage_file_fails_only_the_tests_of_the_coverage(
    make_project: MakeProject, workers: tuple[str, ...]
) -> None:
    if workers:
        pytest.importorskip("xdist")
    test = """
        def test_gates(module_coverage): pass
        def test_other(): pass
    """
    root = make_project({"tests/unit/greeting/coverage.yaml": TYPOS, "tests/test_gates.py": test})
    done = run_pytest(root, *workers, "tests/test_gates.py")
    assert done.returncode == pytest.ExitCode.TESTS_FAILED, done.stdout
    assert "1 passed, 1 error" in done.stdout, done.stdout
    shown = done.stdout.partition("short test summary")[0]
    assert "tests/unit/greeting/coverage.yaml:1: unknown key 'exclud'; did you mean 'exclude'?" in shown
    assert "tests/unit/greeting/coverage.yaml:3: unknown key 'exclude.0.raeson'; did you mean 'reason'?" in shown
    assert "Traceback" not in shown and "fixtures.py" not in shown


def test_planned_shows_why_a_case_cannot_be_used(make_project: MakeProject) -> None:
    files = {
        "tests/unit/greeting/cases.yaml": """
            cases:
              bad:
                expekt: {}
              elsewhere: {only: tofu}
        """,
        "tests/unit/other/cases.yaml": "casess: {}\n",
        "tests/unit/test_plan.py": """
            def test_broken(planned): planned("greeting", "bad")
            def test_excluded(planned): planned("greeting", "elsewhere")
            def test_file(planned): planned("other", "nested")
        """,
    }
    done = run_pytest(make_project(files), "tests/unit/test_plan.py")
    lines = done.stdout.splitlines()
    assert "3 failed" in lines[-1], done.stdout
    assert "tests/unit/greeting/cases.yaml:4: unknown key 'expekt'; did you mean 'expect'?" in lines
    assert "tests/unit/greeting/cases.yaml:5: greeting/elsewhere is only for tofu, which this run does not use" in lines
    assert "there is no case other/nested; cases of the module: none" in lines
    assert "tests/unit/other/cases.yaml:1: unknown key 'casess'; did you mean 'cases'?" in lines


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("casess: {one: {}}\n", "tests/unit/greeting/cases.yaml:1: unknown key 'casess'; did you mean 'cases'?"),
        ("\ufeffcases: {one: {}}\n", "tests/unit/greeting/cases.yaml::one"),
        ('"cases": {one: {}}\n', "tests/unit/greeting/cases.yaml::one"),
        ("{{ not yaml }}\n", "tests/unit/greeting/cases.yaml:1: is not valid YAML"),
    ],
    ids=["typo", "byte order mark", "quoted key", "not YAML"],
)
def test_the_file_of_a_module_is_collected_without_settings(make_project: MakeProject, text: str, shown: str) -> None:
    root = make_project({"tests/unit/greeting/cases.yaml": text})
    (root / "pyproject.toml").unlink()
    assert shown in run_pytest(root, "--collect-only", "-q").stdout


@pytest.mark.parametrize("first", ["\ufeffcases", "'cases'", '"cases"'])
def test_the_key_cases_is_recognised_in_every_spelling(make_project: MakeProject, first: str) -> None:
    root = make_project({"tests/unit/elsewhere/cases.yaml": f"{first}: {{one: {{}}}}\nmodule: other\n"})
    (root / "pyproject.toml").unlink()
    assert "tests/unit/elsewhere/cases.yaml::one" in run_pytest(root, "--collect-only", "-q").stdout


@pytest.mark.parametrize("name", ["tests/unit/elsewhere/cases.yaml", "tests/integration/x.yaml"])
def test_a_file_that_cannot_be_read_is_a_collection_error(make_project: MakeProject, name: str) -> None:
    # root can read every file, so that a mode would not do
    refusing = f"""
        from pathlib import Path
        opened = Path.open
        def refuse(self, *a, **kw):
            if self.as_posix().endswith("{name}"):
                raise PermissionError(13, "Permission denied")
            return opened(self, *a, **kw)
        Path.open = refuse
    """
    root = make_project({name: "", "conftest.py": refusing})
    (root / "pyproject.toml").unlink()
    done = run_pytest(root, "--collect-only", "-q")
    assert done.returncode == pytest.ExitCode.INTERRUPTED, done.stdout
    assert f"{name}: cannot be read: Permission denied" in done.stdout
    assert "INTERNALERROR" not in done.stdout + done.stderr
