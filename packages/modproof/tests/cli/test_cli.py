"""The command line: exit codes, clear messages, and nothing left behind."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ..conftest import eventually
from .conftest import CommandLine

MakeProject = Callable[[dict[str, str]], Path]


def test_a_passing_project_exits_with_0(make_project: MakeProject, command_line: CommandLine) -> None:
    root = make_project({})
    done = command_line(root, "plan")
    assert done.code == 0
    assert "passed: 3 cases" in done.text
    report = json.loads((root / ".modproof/report/report.json").read_text())
    assert report["schema"] == 1
    assert (root / ".modproof/report/report.html").is_file()
    assert (root / ".modproof/report/report.md").is_file()


def test_verify_skips_missing_parts_and_those_left_out(make_project: MakeProject, command_line: CommandLine) -> None:
    root = make_project({"tests/integration/broken.yaml": "example: nowhere\n"})
    done = command_line(root, "verify", "--without", "stories")
    assert done.code == 0
    assert "Compliance skipped: there is no ledger compliance/ignores.yaml" in done.text
    assert json.loads((root / ".modproof/report/report.json").read_text())["stories"] is None
    assert command_line(root, "verify").code == 2


def test_json_prints_the_report_and_nothing_else(make_project: MakeProject, command_line: CommandLine) -> None:
    root = make_project({})
    done = command_line(root, "plan", "--json")
    assert done.out == (root / ".modproof/report/report.json").read_text()
    assert [case["outcome"] for case in json.loads(done.out)["cases"]] == ["passed"] * 3
    assert "passed: 3 cases" in done.err
    refused = command_line(root, "plan", "--json", "--list")
    assert (refused.code, refused.out) == (2, "")
    assert "cannot be combined with --list, --save or --explain" in refused.err


def test_only_the_selected_cases_are_planned(make_project: MakeProject, command_line: CommandLine) -> None:
    root = make_project({})
    assert "passed: 2 cases" in command_line(root, "plan", "greeting").text
    assert "passed: 1 case" in command_line(root, "plan", "greeting/minimal").text
    assert "passed: 2 cases" in command_line(root, "plan", "gr*").text
    nothing = command_line(root, "plan", "greting")
    assert nothing.code == 2
    assert "there is no case 'greting' fix: did you mean greeting" in nothing.text


def test_a_plan_can_be_saved_and_explained(make_project: MakeProject, command_line: CommandLine) -> None:
    stale = (
        "cases:\n  one:   # by hand\n    variables: {name: world}\n    expect: {outputs: {text: bye}}\n  one_more: {}\n"
    )
    root = make_project({"tests/unit/greeting/cases.yaml": stale})
    failed = command_line(root, "plan", "greeting/one")
    assert failed.code == 1
    assert "if the plan is right: modproof plan --save greeting/one" in failed.text
    saved = command_line(root, "plan", "--save", "greeting/one")
    assert (saved.code, saved.text) == (0, 'greeting/one: expect.outputs.text = "hello world"')
    assert (root / "tests/unit/greeting/cases.yaml").read_text() == stale.replace("bye", "hello world")
    refused = command_line(root, "plan", "--save", "greeting/one_more")
    assert refused.code == 2
    assert "tests/unit/greeting/cases.yaml:5: greeting/one_more has no plan to save: the case" in refused.text
    assert command_line(root, "plan", "--save").code == 2
    explained = command_line(root, "plan", "--explain", "greeting/one")
    assert explained.text == "greeting/one: comes from the cache: nothing changed"
    (root / "modules/greeting/new.tf").write_text("")
    explained = command_line(root, "plan", "--explain", "greeting/one")
    assert explained.text == "greeting/one: would be planned again: modules/greeting/new.tf is new"


DOCUMENTED = {
    "pyproject.toml": '[tool.modproof]\ndocumented = ["examples"]\n',
    "examples/hello/main.tf": 'module "hello" {\n  source = "../../modules/greeting"\n  name   = "example"\n}\n',
}


def test_a_documented_case_is_listed_and_explained_but_cannot_be_saved(
    make_project: MakeProject, command_line: CommandLine
) -> None:
    root = make_project(DOCUMENTED)
    assert "greeting/example_hello" in command_line(root, "plan", "--list").text
    hello = "greeting/example_hello"
    explained = command_line(root, "plan", "--explain", hello)
    assert explained.text == f"{hello}: would be planned again: it was not planned in this checkout before"
    before = (root / "examples/hello/main.tf").read_text()
    saved = command_line(root, "plan", "--save", "greeting/example_hello")
    assert saved.code == 2
    assert "examples/hello/main.tf:1: greeting/example_hello is a documented case" in saved.text
    assert "add a case named example_hello to the module's cases.yaml" in saved.text
    assert (root / "examples/hello/main.tf").read_text() == before


def test_a_changed_example_affects_its_case(make_project: MakeProject, command_line: CommandLine) -> None:
    root = make_project(DOCUMENTED)
    for words in (["init", "-q"], ["add", "-A"], ["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "x"]):
        subprocess.run(["git", *words], cwd=root, check=True)
    untouched = command_line(root, "plan", "--changed-since", "HEAD")
    assert "no case is affected by changes since HEAD" in untouched.text
    with (root / "examples/hello/main.tf").open("a") as sink:
        sink.write("# changed\n")
    assert "passed: 1 case" in command_line(root, "plan", "--changed-since", "HEAD").text


def test_an_unusable_file_is_an_error_of_list_explain_and_save(
    make_project: MakeProject, command_line: CommandLine
) -> None:
    root = make_project({"tests/unit/greeting/cases.yaml": "casess:\n  one: {variables: {name: world}}\n"})
    for words in (["--list"], ["--explain", "greeting"], ["--save", "greeting"]):
        done = command_line(root, "plan", *words)
        assert done.code == 2
        assert "tests/unit/greeting/cases.yaml:1: unknown key 'casess'; did you mean 'cases'?" in done.text


def test_many_plans_are_saved_from_one_run(make_project: MakeProject, command_line: CommandLine) -> None:
    two = "cases:\n  one: {variables: {name: world}}\n  two: {variables: {name: you}, expect: {outputs: {text: bye}}}\n"
    rejected = "  rejected: {variables: {name: x}, rejects: at least 3}\n"
    root = make_project({**DOCUMENTED, "tests/unit/greeting/cases.yaml": two + rejected})
    done = command_line(root, "plan", "--save", "greeting")
    assert done.code == 0
    assert re.findall(r"plan (\d) cases in one run: done", done.text) == ["2"]
    assert "expect: {outputs: {text: hello you}}" in (root / "tests/unit/greeting/cases.yaml").read_text()


def test_list_shows_the_cases(make_project: MakeProject, command_line: CommandLine) -> None:
    done = command_line(make_project({}), "plan", "--list")
    assert done.out.split() == ["greeting/minimal", "greeting/rejects_short_name", "other/nested"]


def test_a_failing_case_exits_with_1(make_project: MakeProject, command_line: CommandLine) -> None:
    wrong = {"tests/unit/other/cases.yaml": "cases:\n  nested:\n    expect:\n      outputs: {text: bye}\n"}
    done = command_line(make_project(wrong), "plan")
    assert done.code == 1
    assert 'tests/unit/other/cases.yaml:4 output text: expected "bye", found "hello inner"' in done.text.replace(
        ": output", " output"
    )
    assert "2 passed" in done.text


@pytest.mark.parametrize(
    ("files", "code", "message"),
    [
        pytest.param(
            {"tests/unit/other/cases.yaml": "cases:\n  nested: {}\n  bad:\n    expekt: {}\n"},
            2,
            "tests/unit/other/cases.yaml:4.*unknown key 'expekt'.*did you mean 'expect'?",
            id="unknown key",
        ),
        pytest.param(
            {"tests/unit/ghost/cases.yaml": "cases:\n  one: {}\n"},
            2,
            "ghost/cases.yaml:1.*the module 'ghost' does not exist in modules.*modules: greeting, other",
            id="no such module",
        ),
        pytest.param(
            {"tests/unit/other/cases.yaml": "cases:\n  nested: {}\n  bad:\n    variables: {nam: x}\n"},
            2,
            "tests/unit/other/cases.yaml:4.*the module 'other' has no variable 'nam'",
            id="no such variable",
        ),
        pytest.param(
            {"modules/bad/main.tf": "\nvariable {\n", "tests/unit/bad/cases.yaml": "cases:\n  one: {}\n"},
            1,
            "tests/unit/bad/cases.yaml:2.*modules/bad/main.tf:2",
            id="broken HCL",
        ),
        pytest.param(
            {"tests/unit/other/cases.yaml": "cases:\n  nested: {}\n  nested: {}\n"},
            2,
            "tests/unit/other/cases.yaml:3.*the key 'nested' is given twice",
            id="duplicate key",
        ),
        pytest.param(
            {"modules/untested/main.tf": ""},
            2,
            "modules/untested.*the module 'untested' has no cases.*write tests/unit/untested/cases.yaml",
            id="no case",
        ),
    ],
)
def test_bad_input_is_reported_and_the_other_cases_still_run(
    make_project: MakeProject, command_line: CommandLine, files: dict[str, str], code: int, message: str
) -> None:
    done = command_line(make_project(files), "plan")
    assert done.code == code
    assert re.search(message, done.text), done.text
    assert re.search(r"greeting +2 passed", done.out), done.out


def test_missing_terraform_is_one_message(make_project: MakeProject, command_line: CommandLine, tmp_path: Path) -> None:
    empty = tmp_path / "no-programs"
    empty.mkdir()
    environment = {**command_line.environment, "PATH": str(empty), "MODPROOF_TERRAFORM_RELEASES": "http://127.0.0.1:9"}
    done = CommandLine(command_line.temporary, environment)(make_project({}), "plan")
    assert done.code == 2
    assert "terraform 1.11.4 is missing and cannot be installed" in done.text
    assert "put terraform 1.11.4 on PATH" in done.text


def test_an_unavailable_provider_is_one_message(
    make_project: MakeProject, command_line: CommandLine, tmp_path: Path
) -> None:
    mirror = tmp_path / "mirror" / "registry.terraform.io" / "hashicorp" / "aws"
    mirror.mkdir(parents=True)
    needs_aws = 'terraform {\n  required_providers {\n    aws = { source = "hashicorp/aws" }\n  }\n}\n'
    environment = {**command_line.environment, "MODPROOF_PROVIDER_MIRROR": str(tmp_path / "mirror")}
    run = CommandLine(command_line.temporary, environment)
    done = run(make_project({"modules/greeting/versions.tf": needs_aws}), "plan")
    assert done.code == 2
    assert "the provider hashicorp/aws (any version) cannot be installed" in done.text
    assert "MODPROOF_PROVIDER_MIRROR" in done.text


@pytest.fixture
def stop(command_line: CommandLine, make_project: MakeProject, tmp_path: Path) -> Callable[..., None]:
    """Run a command until it has made the file ``waits``, stop it, and check that it ends soon without leftovers."""

    def run_and_stop(*arguments: str, number: signal.Signals = signal.SIGINT, **environment: str) -> None:
        line = CommandLine(command_line.temporary, {**command_line.environment, **environment})
        root = make_project({})
        run = line.start(root, *arguments)
        waiting = tmp_path / "waits"
        assert eventually(waiting.exists, 30)
        begun = time.monotonic()
        run.send_signal(number)
        _, err = run.communicate(timeout=30)
        assert time.monotonic() - begun < 10
        assert run.returncode == 2
        assert "interrupted: the run is incomplete" in err
        assert "Traceback" not in err
        line.assert_nothing_left(root)

    return run_and_stop


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_a_stop_leaves_nothing_behind(stop: Callable[..., None], tmp_path: Path, number: signal.Signals) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    # a slow Terraform: it prints its version, and then waits
    slow = programs / "terraform"
    waits = tmp_path / "waits"
    slow.write_text(f'#!/bin/sh\n[ "$1" = version ] && {{ echo Terraform v1.11.4; exit; }}\ntouch {waits}\nsleep 60\n')
    slow.chmod(0o755)
    stop("plan", number=number, PATH=f"{programs}:{os.environ['PATH']}")


@pytest.mark.parametrize(
    ("command", "module", "slow"),
    [
        # loaded before any command
        ("plan", "modproof.core.project", "wait()"),
        # checkov runs in this process, where no signal stops it
        ("comply", "modproof.compliance.scanners.checkov", "module.Checkov.identity = lambda self: wait()"),
    ],
    ids=["while it loads", "while it computes"],
)
def test_a_stop_works_at_any_time(
    stop: Callable[..., None], tmp_path: Path, command: str, module: str, slow: str
) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "sitecustomize.py").write_text(
        f"""\
import importlib.machinery, importlib.util, pathlib, sys, time
def wait():
    pathlib.Path({str(tmp_path / "waits")!r}).touch()
    time.sleep(60)
class Slow:
    def find_spec(self, name, path, target=None):
        if name != {module!r}:
            return None
        found = importlib.machinery.PathFinder.find_spec(name, path)
        load = found.loader.exec_module
        def exec_module(module):
            load(module)
            {slow}
        found.loader.exec_module = exec_module
        return found
sys.meta_path.insert(0, Slow())
"""
    )
    stop(command, PYTHONPATH=str(broken))


def test_a_closed_pipe_is_not_an_internal_error(make_project: MakeProject, command_line: CommandLine) -> None:
    many = "".join(f"  case_{number}: {{description: {'x' * 200}}}\n" for number in range(2000))
    root = make_project({"tests/unit/greeting/cases.yaml": f"cases:\n{many}"})
    run = command_line.start(root, "plan", "--list")
    assert run.stdout is not None and run.stderr is not None
    assert run.stdout.readline().startswith("greeting/case_0")
    run.stdout.close()
    assert run.stderr.read() == ""
    run.stderr.close()
    assert run.wait(30) == 2
    command_line.assert_nothing_left(root)


@pytest.mark.parametrize(
    "command", [("apply", "one"), ("coverage", "greting"), ("init", "greting"), ("plan", "--save", "x")]
)
def test_an_unknown_name_is_an_error_in_every_command(
    make_project: MakeProject, command_line: CommandLine, command: tuple[str, ...]
) -> None:
    done = command_line(make_project({}), *command)
    assert done.code == 2
    assert (
        f"there is no {'story' if command[0] == 'apply' else 'case' if command[0] == 'plan' else 'module'}" in done.text
    )


def test_no_project_is_one_message(command_line: CommandLine, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    bare.mkdir()
    done = command_line(bare, "plan")
    assert done.code == 2
    assert "no project here" in done.text


def test_a_missing_project_folder_is_a_usage_error(make_project: MakeProject, command_line: CommandLine) -> None:
    done = command_line(make_project({}), "plan", "--list", "-C", "modules/typo")
    assert done.code == 2
    assert re.search("'modules/typo' does not exist", done.text)


def test_invalid_settings_name_the_key(make_project: MakeProject, command_line: CommandLine) -> None:
    done = command_line(make_project({"pyproject.toml": "[tool.modproof]\nmodule = 'x'\n"}), "plan")
    assert done.code == 2
    assert "tool.modproof.module: extra inputs are not permitted; known keys: modules, cases" in done.text


def test_an_unknown_option_is_a_usage_error(make_project: MakeProject, command_line: CommandLine) -> None:
    done = command_line(make_project({}), "plan", "--nothing")
    assert done.code == 2
    assert "No such option" in done.text


def test_an_unwritable_report_folder_is_one_message(make_project: MakeProject, command_line: CommandLine) -> None:
    root = make_project({"file": ""})
    done = command_line(root, "plan", "--report", "file/report")
    assert done.code == 2
    assert "the report cannot be written" in done.text


def broken_verify(tmp_path: Path, error: str) -> str:
    """A PYTHONPATH that makes ``verify`` raise ``error``."""
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "sitecustomize.py").write_text(
        f"import modproof.run.verify\ndef fail(*_, **__): raise {error}\nmodproof.run.verify.verify = fail\n"
    )
    return str(broken)


def test_an_internal_error_exits_with_70_and_keeps_the_traceback_in_a_file(
    make_project: MakeProject, command_line: CommandLine, tmp_path: Path
) -> None:
    environment = {**command_line.environment, "PYTHONPATH": broken_verify(tmp_path, "KeyError('a bug')")}
    run = CommandLine(command_line.temporary, environment).start(make_project({}), "plan")
    _, err = run.communicate(timeout=60)
    assert run.returncode == 70
    (kept,) = command_line.temporary.glob("modproof-bug-*.txt")
    assert kept.name in err
    assert "KeyError: 'a bug'" in kept.read_text()


def test_a_full_disk_is_not_an_internal_error(
    make_project: MakeProject, command_line: CommandLine, tmp_path: Path
) -> None:
    full = "OSError(28, 'No space left on device', '/somewhere')"
    environment = {**command_line.environment, "PYTHONPATH": broken_verify(tmp_path, full)}
    done = CommandLine(command_line.temporary, environment)(make_project({}), "plan")
    assert (done.code, done.text) == (
        2,
        "modproof: /somewhere: No space left on device; free disk space in the project and in the folder for temporary"
        " files (TMPDIR), and run again",
    )


@pytest.mark.parametrize("command", [["apply"], ["up"]], ids=lambda command: command[0])
def test_without_the_integration_extra_the_message_says_what_to_install(
    make_project: MakeProject, command_line: CommandLine, tmp_path: Path, command: list[str]
) -> None:
    without = tmp_path / "without"
    without.mkdir()
    blocked = (
        "import sys\nfor name in ('boto3', 'botocore', 'localstack_client', 'uv'):\n    sys.modules[name] = None\n"
    )
    (without / "sitecustomize.py").write_text(blocked)
    lacking = replace(command_line, environment={**command_line.environment, "PYTHONPATH": str(without)})
    story = {"examples/x/main.tf": "", "tests/integration/x.yaml": "example: examples/x\n"}
    done = lacking(make_project(story), *command)
    assert done.code == 2
    assert 'pip install "modproof[integration]"' in done.text
    assert "not installed" in done.text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ledger", "--check", "import"], "cannot be combined with import"),
        (["ledger", "import", "--review", "2020-01-31"], "must be in the future"),
        *(
            (["comply", "--compare", "tfsec", "trivy", *more], "cannot be combined with --fail-on, --framework")
            for more in (
                ["--fail-on", "high"],
                ["--framework", "cis"],
                ["--base", "HEAD"],
                ["--base-report", "report.json"],
                ["--report", "out"],
            )
        ),
    ],
)
def test_commands_refuse_options_that_make_no_sense(
    make_project: MakeProject, command_line: CommandLine, arguments: list[str], message: str
) -> None:
    done = command_line(make_project({}), *arguments)
    assert (done.code, message in done.text) == (2, True)
