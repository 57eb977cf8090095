"""Units rendered by the real Terragrunt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from modproof import toolchain
from modproof.cases import load_all
from modproof.cases.model import HOLE
from modproof.cases.sources.terragrunt import Unit, units
from modproof.cases.sources.terragrunt.tree import Tree
from modproof.core.errors import ConfigurationError, ToolMissing
from modproof.core.project import Project
from modproof.run import changed
from modproof.terraform.terragrunt import Rendered, Terragrunt

MakeLive = Callable[[Mapping[str, str]], Path]


def by_name(project: Project) -> dict[str, Unit]:
    return {unit.name: unit for unit in units(project)}


def fault(root: Path, name: str) -> str:
    (found,) = by_name(Project.find(root))[name].faults
    return str(found)


def test_each_unit_has_its_module_and_inputs(live: Project) -> None:
    found = by_name(live)
    assert {name: unit.module for name, unit in found.items()} == {
        "develop/network": "network",
        "develop/server": "server",
        "production/network": "network",
        "production/server": "server",
        "staging/network": "network",
        "staging/server": "server",
    }
    assert found["develop/network"].variables == {"name": "app-develop", "cidr": "10.0.0.0/16"}
    assert found["staging/network"].variables == {"name": "app-staging", "cidr": "10.1.0.0/16"}
    assert not any(unit.faults for unit in found.values())


def test_an_output_of_a_dependency_is_unknown_and_a_mock_determines_its_structure(live: Project) -> None:
    unit = by_name(live)["develop/server"]
    assert unit.variables["subnets"]["b"] == {"id": "subnet-1", "zone": "b"}
    assert unit.variables["tags"] == {"Team": "ml", "Network": "of net-0"}
    assert set(unit.computed) == {
        ("network_id",),
        ("subnets", "a", "id"),
        ("subnets", "a", "zone"),
        ("subnets", "b", "id"),
        ("subnets", "b", "zone"),
        ("tags", "Network"),
    }


def test_a_dependency_without_mocks_is_unknown_as_a_whole(live: Project) -> None:
    unit = by_name(live)["production/server"]
    assert unit.variables == {"name": "app-production", "network_id": HOLE, "tags": HOLE}
    assert set(unit.computed) == {("network_id",), ("tags",)}


def test_source_dependency_and_inputs_can_be_in_an_included_file(live: Project) -> None:
    unit = by_name(live)["staging/server"]
    assert unit.variables["tags"] == {"Stage": "two", "Network": "net-1"}
    assert set(unit.computed) == {("network_id",), ("tags", "Network")}


# each expression with the inputs that it evaluates to, and the paths that are unknown in the plan
EXPRESSIONS: dict[str, tuple[dict[str, object], set[tuple[str, ...]]]] = {
    "{ tags = dependency.n.outputs.tags }": ({"tags": {"a": "x", "b": "y"}}, {("tags", "a"), ("tags", "b")}),
    "dependency.n.outputs": ({"tags": {"a": "x", "b": "y"}}, {("tags", "a"), ("tags", "b")}),
    'merge({ name = "n" }, dependency.n.outputs)': (
        {"name": "n", "tags": {"a": "x", "b": "y"}},
        {("tags", "a"), ("tags", "b")},
    ),
    '{ name = join(",", [for key in keys(dependency.n.outputs.tags) : key]) }': ({"name": "a,b"}, {("name",)}),
    '{ "tags" = { "k" = "${dependency.n.outputs.id}", l = "known" } }': (
        {"tags": {"k": "i", "l": "known"}},
        {("tags", "k")},
    ),
    '{ tags = { (dependency.n.outputs.id) = "v" } }': ({"tags": {"i": "v"}}, {("tags", "i")}),
    "{ tags = { k = dependency.n.outputs.gone } }": ({"tags": {"k": HOLE}}, {("tags", "k")}),
    "{ tags = dependency.n.outputs.none }": ({"tags": HOLE}, {("tags",)}),
    '{ name = "known", network_id = null }': ({"name": "known"}, set()),
}


@pytest.fixture(scope="module")
def expressions(rendered_apart: Callable[[Mapping[str, str]], dict[str, Unit]]) -> dict[str, Unit]:
    head = """
        terraform {
          source = "../../../modules/server"
        }
        dependency "n" {
          config_path  = "../gone"
          mock_outputs = { id = "i", none = {}, tags = { a = "x", b = "y" } }
        }
        inputs = """
    rendered = rendered_apart({str(n): f"{dedent(head)}{inputs}\n" for n, inputs in enumerate(EXPRESSIONS)})
    return {inputs: rendered[str(n)] for n, inputs in enumerate(EXPRESSIONS)}


@pytest.mark.parametrize("inputs", EXPRESSIONS)
def test_only_the_parts_that_depend_on_a_dependency_are_unknown(expressions: dict[str, Unit], inputs: str) -> None:
    # all outputs passed as inputs include some without a variable: that is not a fault of the unit
    assert expressions[inputs].faults == ()
    assert (expressions[inputs].variables, set(expressions[inputs].computed)) == EXPRESSIONS[inputs]


# how a value of a dependency reaches the input: files, locals, the input
BEHIND: dict[str, tuple[str, str, str]] = {
    "a dependency": ("", 'c = read_terragrunt_config("common.hcl")\n  p = local.c.dependency.d.outputs.id', "local.p"),
    "a file's inputs": ("", 'c = read_terragrunt_config("common.hcl").inputs', "local.c.id"),
    "a file by a local": ("", 'f = "common.hcl"\n  c = read_terragrunt_config(local.f)', "local.c.inputs.id"),
    "a computed file": ("", 'n = "common"\n  c = read_terragrunt_config("${local.n}.hcl")', "local.c.inputs.id"),
    "a file of a file": ("", 'c = read_terragrunt_config("outer.hcl").locals', "local.c.id"),
    "one of two files": (
        "",
        'n = "common"\n  c = [read_terragrunt_config("plain.hcl"), read_terragrunt_config("${local.n}.hcl")]',
        "local.c[1].inputs.id",
    ),
    "directly": ("", "", 'read_terragrunt_config("common.hcl").inputs.id'),
    "an include": ('include "o" {\n  path   = "./outer.hcl"\n  expose = true\n}\n', "", "include.o.locals.id"),
    "no dependency": ("", 'c = read_terragrunt_config("plain.hcl").locals', "local.c.id"),
}


@pytest.mark.parametrize("way", BEHIND)
def test_an_output_of_a_dependency_is_unknown_through_locals_and_files(make_live: MakeLive, way: str) -> None:
    head, own, given = BEHIND[way]
    dependency = 'dependency "d" {\n  config_path  = "../gone"\n  mock_outputs = { id = "mock" }\n}\n'
    files = {
        "common.hcl": dependency + "inputs = {\n  id = dependency.d.outputs.id\n}\n",
        "outer.hcl": 'locals {\n  id = read_terragrunt_config("common.hcl").inputs.id\n}\n',
        "plain.hcl": 'locals {\n  id = "mock"\n}\n',
        "terragrunt.hcl": f'{SOURCE}{head}locals {{\n  {own}\n}}\ninputs = {{\n  name = {given}\n  cidr = "c"\n}}\n',
    }
    root = make_live({f"live/develop/network/{name}": text for name, text in files.items()})
    unit = by_name(Project.find(root))["develop/network"]
    assert unit.faults == ()
    assert unit.variables == {"name": "mock", "cidr": "c"}
    assert unit.computed == (() if way == "no dependency" else (("name",),))


def test_units_that_call_no_module_of_the_project_are_ignored(make_live: MakeLive) -> None:
    call = 'terraform {\n  source = "SOURCE"\n}\ninputs = { a = 1 }\n'
    found = by_name(
        Project.find(
            make_live(
                {
                    "live/terragrunt.hcl": "inputs = { a = 1 }\n",
                    "live/develop/a/terragrunt.hcl": call.replace(
                        "SOURCE", "tfr:///org/x/aws//modules/server?version=1.0.0"
                    ),
                    "live/develop/b/terragrunt.hcl": call.replace(
                        "SOURCE", "git::https://x.example/y.git//parts/z?ref=v1"
                    ),
                    "live/develop/c/terragrunt.hcl": call.replace("SOURCE", "git::https://x.example/y.git//modules/z"),
                    "live/develop/d/terragrunt.hcl": call.replace("SOURCE", "."),
                    "live/develop/d/main.tf": 'variable "a" {\n}\n',
                }
            )
        )
    )
    assert len(found) == 6


def test_a_source_without_a_module_is_reported_with_the_closest_one(make_live: MakeLive) -> None:
    root = make_live(
        {
            "live/develop/x/terragrunt.hcl": 'terraform {\n  source = "../../../modules/sever"\n}\n',
            "live/develop/y/terragrunt.hcl": '\nterraform {\n  source = "git::https://git.example.com/org/modules.git'
            '//modules/gone?ref=v1.0.0"\n}\n',
        }
    )
    assert fault(root, "develop/x") == (
        "live/develop/x/terragrunt.hcl:2: the unit's source '../../../modules/sever' is not a module:"
        " modules/sever has no Terraform file; did you mean 'server'?"
    )
    assert fault(root, "develop/y").startswith("live/develop/y/terragrunt.hcl:3: the unit's source 'git::")
    assert "modules/gone has no Terraform file; modules: network, server" in fault(root, "develop/y")


def test_an_input_in_the_units_file_without_a_variable_is_reported(make_live: MakeLive) -> None:
    text = 'terraform {\n  source = "../../../modules/network"\n}\ninputs = {\n  cdr = "10.0.0.0/8"\n}\n'
    assert fault(make_live({"live/develop/network/terragrunt.hcl": text}), "develop/network") == (
        "live/develop/network/terragrunt.hcl:5: the module has no variable 'cdr', and Terraform would silently ignore"
        " the input; did you mean 'cidr'?"
    )


SOURCE = 'terraform {\n  source = "../../../modules/network"\n}\n'


# the text after the unit's source, from line 4 on, with the line and a part of the error
BROKEN = {
    "inputs = {\n": (5, "Missing expression"),
    "inputs = {\n  cidr = nothing(1)\n}\n": (5, 'There is no function named "nothing"'),
    'inputs = {\n  cidr = get_env("CIDR")\n}\n': (5, "CIDR - not found"),
    'inputs = {\n  cidr = run_cmd("echo", "x")\n}\n': (5, 'this one is ("echo", "x")'),
    'inputs = {\n  cidr = sops_decrypt_file("x.yaml")\n}\n': (5, "sops_decrypt_file"),
    "inputs = {\n  cidr = get_aws_account_alias()\n}\n": (
        5,
        "IAM: ListAccountAliases, https response error",
    ),
}


@pytest.fixture(scope="module")
def broken(rendered_apart: Callable[[Mapping[str, str]], dict[str, Unit]]) -> dict[str, Unit]:
    rendered = rendered_apart({"whole": SOURCE} | {str(n): f"{SOURCE}{text}" for n, text in enumerate(BROKEN)})
    assert rendered["whole"].faults == ()
    return {text: rendered[str(n)] for n, text in enumerate(BROKEN)}


@pytest.mark.parametrize("text", BROKEN)
def test_a_unit_that_cannot_be_rendered_is_reported_with_its_line(broken: dict[str, Unit], text: str) -> None:
    line, part = BROKEN[text]
    (found,) = broken[text].faults
    assert str(found).startswith(
        f"live/one/{list(BROKEN).index(text)}/terragrunt.hcl:{line}: the unit cannot be rendered: "
    )
    assert part in str(found)
    assert broken[text].module == "network"


def test_a_fault_in_an_included_file_is_reported_at_its_place(make_live: MakeLive) -> None:
    text = fault(make_live({"live/staging/env.hcl": "locals {\n  name = 1 +\n}\n"}), "staging/network")
    assert text.startswith("live/root.hcl:16: the unit cannot be rendered: ")
    assert "live/staging/env.hcl:2,13-3,1: Invalid expression" in text


def test_a_program_given_by_path_is_not_started_for_the_unit_or_its_dependents(make_live: MakeLive) -> None:
    text = f'{SOURCE}\n# run_cmd("/bin/x")\ninputs = {{\n  cidr = run_cmd("--terragrunt-quiet", "./made.sh")\n}}\n'
    root = make_live({"live/develop/network/terragrunt.hcl": text, "live/develop/network/made.sh": "touch made\n"})
    (root / "live/develop/network/made.sh").chmod(0o755)
    faults = [str(fault) for unit in by_name(Project.find(root)).values() for fault in unit.faults]
    assert faults == 2 * [
        "live/develop/network/terragrunt.hcl:7: the unit cannot be rendered: run_cmd may only run git commands"
        ' that read, with literal arguments, but this one is ("--terragrunt-quiet", "./made.sh"): take the value from a'
        " file, or leave the unit out of tool.modproof.units"
    ]
    assert not (root / "live/develop/network/made").exists()


# ways to start a program that creates a file: the expression of the input `name`, and other files
STARTING: dict[str, tuple[str, dict[str, str]]] = {
    "blank": ('run_cmd ("/bin/sh", "-c", "touch MARK")', {}),
    "comment": ('run_cmd/* ( */("/bin/sh", "-c", "touch MARK")', {}),
    "alias": ('run_cmd("git", "-c", "alias.x=!touch MARK", "x")', {}),
    "editor": ('run_cmd("git", "config", "--get", "-e")', {}),
    "written": ('run_cmd("git", "log", "--output=MARK")', {}),
    "computed": ('run_cmd(["/bin/sh", "-c", "touch MARK"]...)', {}),
    "json": (
        'read_terragrunt_config("vals.hcl.json").locals.x',
        {"vals.hcl.json": '{"locals": {"x": "${run_cmd(\\"/bin/sh\\", \\"-c\\", \\"touch MARK\\")}"}}'},
    ),
    "escaped": (
        'read_terragrunt_config("vals.json").locals.x',
        {"vals.json": '{"locals": {"x": "${run\\u005fcmd(\\"/bin/sh\\", \\"-c\\", \\"touch MARK\\")}"}}'},
    ),
    "heredoc": (
        'read_terragrunt_config("vals.yaml").locals.x',
        {"vals.yaml": 'locals {\n  x = <<-T\n    # ${run_cmd("/bin/sh", "-c", "touch MARK")}\n  T\n}\n'},
    ),
    "comment's end": (
        'read_terragrunt_config("vals.hcl").locals.x',
        {"vals.hcl": 'locals {\n/*\n# */ x = run_cmd("/bin/sh", "-c", "touch MARK")\n}\n'},
    ),
}


@pytest.mark.parametrize("way", STARTING)
def test_no_program_is_started_however_run_cmd_is_written(make_live: MakeLive, tmp_path: Path, way: str) -> None:
    expression, others = STARTING[way]
    mark = tmp_path / "mark"
    unit = "live/develop/network/"
    files = {unit + name: text for name, text in others.items()}
    text = f'{SOURCE}inputs = {{\n  name = {expression}\n  cidr = "c"\n}}\n'
    files[unit + "terragrunt.hcl"] = text
    text = fault(make_live({name: text.replace("MARK", str(mark)) for name, text in files.items()}), "develop/network")
    assert "run_cmd may only run git commands that read" in text
    assert not mark.exists()


def test_no_program_is_started_by_a_file_above_the_project(tmp_path: Path, make_live: MakeLive) -> None:
    (tmp_path / "above.hcl").write_text(f'locals {{\n  x = run_cmd("/bin/touch", "{tmp_path / "mark"}")\n}}\n')
    read = 'read_terragrunt_config(find_in_parent_folders("above.hcl")).locals.x'
    root = make_live({"live/develop/network/terragrunt.hcl": f"{SOURCE}inputs = {{\n  name = {read}\n}}\n"})
    (root / ".git").rename(tmp_path / ".git")
    text = fault(root, "develop/network")
    assert text.startswith(f"{tmp_path / 'above.hcl'}:2: the unit cannot be rendered: run_cmd may")
    assert not (tmp_path / "mark").exists()


@pytest.mark.parametrize(
    "command",
    [
        '"rev-parse", "--short", "HEAD"',
        '"describe", "--tags", local.any',
        '"config", "--get", "remote.origin.url"',
        '"remote", "get-url", "origin"',
        '"branch", "--show-current"',
        '"log", "-1", "--format=%H", "HEAD"',
    ],
)
def test_git_commands_that_read_are_allowed(tmp_path: Path, command: str) -> None:
    file = tmp_path / "terragrunt.hcl"
    file.write_text(f'locals {{\n  a = run_cmd("--terragrunt-quiet", "git", {command})\n}}\n')
    assert list(Tree(tmp_path, (), ()).commands([file])) == []


def test_run_cmd_can_start_git(make_live: MakeLive) -> None:
    text = f'{SOURCE}inputs = {{\n  name = run_cmd("git", "rev-parse", "--git-dir"), cidr = "c"\n}}\n'
    unit = by_name(Project.find(make_live({"live/develop/network/terragrunt.hcl": text})))["develop/network"]
    assert unit.faults == ()
    assert unit.variables["name"].endswith("/project/.git")


def test_a_folder_without_units_is_an_error(make_live: MakeLive) -> None:
    root = make_live({"pyproject.toml": '[tool.modproof]\ndocumented = ["terragrunt"]\n'})
    with pytest.raises(ConfigurationError, match=r"there is no terragrunt.hcl below 'examples'.*tool.modproof.units"):
        units(Project.find(root))


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The units that Terragrunt renders from here on."""
    seen: list[str] = []
    original = Terragrunt.render

    def render(self: Terragrunt, unit: Path) -> Rendered:
        seen.append(unit.parent.name + "/" + unit.name)
        return original(self, unit)

    monkeypatch.setattr(Terragrunt, "render", render)
    return seen


def test_an_unchanged_tree_is_not_rendered_again(live: Project, rendered: list[str]) -> None:
    first = by_name(live)
    assert len(rendered) == 6
    rendered.clear()
    assert by_name(live) == first
    # units read neither the files of modules nor documentation
    (live.root / "modules/network/outputs.tf").write_text('output "x" {\n  value = 1\n}\n')
    (live.root / "live/README.md").write_text("words")
    assert by_name(live) == first
    assert rendered == []
    (live.root / "VERSION").write_text("v1.0.1\n")
    by_name(live)
    assert len(rendered) == 6


def test_units_can_depend_on_a_file_above_the_project(tmp_path: Path, make_live: MakeLive, rendered: list[str]) -> None:
    above = tmp_path / "above.hcl"
    above.write_text('inputs = {\n  name = "first"\n}\n')
    include = 'include "above" {\n  path = find_in_parent_folders("above.hcl")\n}\n'
    root = make_live({"live/develop/network/terragrunt.hcl": f'{SOURCE}{include}inputs = {{\n  cidr = "c"\n}}\n'})
    # the project is a folder of the repository
    (root / ".git").rename(tmp_path / ".git")
    project = Project.find(root)
    for name in ("first", "second"):
        above.write_text(f'inputs = {{\n  name = "{name}"\n}}\n')
        assert by_name(project)["develop/network"].variables["name"] == name
    rendered.clear()
    by_name(project)
    # units that use the repository's root may depend on any of its files
    assert "staging/network" in rendered
    assert "develop/network" not in rendered


def test_a_unit_with_a_timestamp_is_rendered_in_each_run(make_live: MakeLive, rendered: list[str]) -> None:
    text = f'{SOURCE}inputs = {{\n  name = timestamp(), cidr = "c"\n}}\n'
    project = Project.find(make_live({"live/develop/network/terragrunt.hcl": text}))
    by_name(project)
    rendered.clear()
    by_name(project)
    # the server reads the file of its dependency
    assert sorted(rendered) == ["develop/network", "develop/server"]


def test_a_change_affects_the_units_of_its_environment_and_a_shared_file_all_of_them(
    live: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = [case for case in load_all(live).cases if case.source == "terragrunt"]

    def affected(file: str) -> list[str]:
        monkeypatch.setattr(changed, "changed_files", lambda *_: frozenset({live.root / file}))
        return [case.name for case in changed.affected(live, cases, "HEAD")]

    both = ["unit_develop_network", "unit_develop_server"]
    assert affected("live/develop/env.hcl") == both
    assert affected("live/develop/server/terragrunt.hcl") == both  # `_shared/server.hcl` names its folder
    assert affected("live/develop/other/terragrunt.hcl") == []
    assert len(affected("live/root.hcl")) == len(affected("live/_shared/server.hcl")) == len(affected("VERSION")) == 6
    assert affected("live/develop/gone.yaml") == both
    assert {name.rpartition("_")[2] for name in affected("modules/network/gone.tf")} == {"network"}


def test_terragrunt_is_only_looked_for_when_units_are_cases_and_its_absence_fails_every_module(
    live: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def ensure(name: str, *_: object) -> Path:
        asked.append(name)
        raise ToolMissing(f"{name} is not there", hint="install Go")

    monkeypatch.setattr(toolchain, "ensure", ensure)
    off = Project(live.root, live.settings.model_copy(update={"documented": ["readme", "examples"]}))
    assert {case.source for case in load_all(off).cases} == {"yaml"}
    assert asked == []
    faults = [(case.id, *map(str, case.faults)) for case in load_all(live).cases if case.source == "terragrunt"]
    assert faults == [
        ("network/units", "pyproject.toml: terragrunt is not there; install Go"),
        ("server/units", "pyproject.toml: terragrunt is not there; install Go"),
    ]
    assert asked == ["terragrunt"]
