"""Upgrades from a tag in a scratch repository to its checkout, on the real LocalStack with the real Terraform."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest

from modproof.core.errors import ConfigurationError
from modproof.core.project import Project
from modproof.core.results import Outcome, UpgradeResult
from modproof.emulator import Emulator
from modproof.run.emulators import Emulators
from modproof.run.services import Services
from modproof.run.upgrade import UpgradeSelection, upgrade
from modproof.stories import upgrading

from ..conftest import Repository, git, write

TODAY = date(2026, 6, 1)
CHANGELOG = "# Changelog\n\n## Unreleased\n\n- breaking: something\n\n## 1.2.0\n\n- first\n"
MODULE = """\
variable "name" {
  type    = string
  default = "demo"
}
resource "terraform_data" "kept" {
  input            = var.name
  triggers_replace = "one"
}
output "name" { value = terraform_data.kept.output }
"""
EXAMPLE = """\
module "store" {
  source = "../../modules/store"
}
"""
RELEASED = {
    "pyproject.toml": '[tool.modproof]\nprotected = ["terraform_data"]\n',
    "CHANGELOG.md": CHANGELOG,
    "modules/store/main.tf": MODULE,
    "examples/store/main.tf": EXAMPLE,
    "tests/integration/store.yaml": "example: examples/store\n",
}
RENAMED = MODULE.replace(".kept", ".stored").replace('"kept"', '"stored"')
MOVED = "moved {\n  from = terraform_data.kept\n  to   = terraform_data.stored\n}\n"
REPLACED = MODULE.replace('"one"', '"two"')


def run(root: Path, localstack: Emulator | None = None, **selected: object) -> UpgradeResult:
    endpoint = localstack.endpoint_url if localstack else None
    selection = UpgradeSelection(interface_only=localstack is None, **selected)  # type: ignore[arg-type]
    with Services(Project.find(root), endpoint_url=endpoint) as services:
        return upgrade(services, selection, today=TODAY)


def actions(result: UpgradeResult) -> dict[str, str]:
    [example] = result.examples or ()
    assert example.errors == ()
    return {
        resource.address.removeprefix("module.store.terraform_data."): resource.action for resource in example.resources
    }


def interface(result: UpgradeResult) -> set[tuple[str, str, str]]:
    return {(change.subject, change.what, change.bump) for change in result.interface}


def problems(result: UpgradeResult) -> list[str]:
    return [str(p) for p in (*result.problems, *(p for example in result.examples or () for p in example.problems))]


# -- examples


def test_no_other_upgrade_uses_the_account_of_a_role_that_a_seed_call_acts_as(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[frozenset[str]] = []

    @contextlib.contextmanager
    def with_accounts(_: Emulators, accounts: frozenset[str]) -> Iterator[object]:
        used.append(accounts)
        yield SimpleNamespace(turn=contextlib.nullcontext, new_account=lambda: "123456789012")

    monkeypatch.setattr(Emulators, "with_accounts", with_accounts)
    monkeypatch.setattr(upgrading, "plan_upgrade", lambda *_, **__: upgrading.UpgradePlan())
    seed = "seed:\n  - call: sts.get_caller_identity\n    as: arn:aws:iam::511111111111:role/deployer\n"
    story = {"tests/integration/store.yaml": RELEASED["tests/integration/store.yaml"] + seed}
    root = repository({**RELEASED, **story}, {"modules/store/main.tf": RENAMED})
    with Services(Project.find(root)) as services:
        upgrade(services, UpgradeSelection(), today=TODAY)
    assert used == [{"511111111111"}]


def test_a_rename_without_moved_fails(repository: Repository, localstack: Emulator) -> None:
    result = run(repository(RELEASED, {"modules/store/main.tf": RENAMED}), localstack)
    assert actions(result) == {"kept": "destroyed", "stored": "created"}
    assert (result.outcome, result.bump) == (Outcome.FAILED, "major")
    [problem] = problems(result)
    assert problem.startswith("tests/integration/store.yaml:1: module.store.terraform_data.kept (declared in")
    assert " in modules/store/main.tf:5 at v1.2.0) is destroyed" in problem


def test_a_rename_with_moved_passes(repository: Repository, localstack: Emulator) -> None:
    result = run(repository(RELEASED, {"modules/store/main.tf": RENAMED + MOVED}), localstack)
    assert actions(result) == {"stored": "moved"}
    assert (result.outcome, result.bump, result.required) == (Outcome.PASSED, "patch", "1.2.1")


def test_a_replacement_names_what_forces_it(repository: Repository, localstack: Emulator) -> None:
    result = run(repository(RELEASED, {"modules/store/main.tf": REPLACED}), localstack)
    assert actions(result) == {"kept": "replaced"}
    [problem] = problems(result)
    assert problem.startswith("modules/store/main.tf:5: module.store.terraform_data.kept is replaced")
    assert 'triggers_replace: "one" → "two"' in problem


def exception(expires: str, what: str = "replaced") -> dict[str, str]:
    return {
        "compliance/upgrades.yaml": f"""\
        exceptions:
          - example: store
            address: module.store.terraform_data.*
            what: {what}
            reason: It is a cache.
            expires: {expires}
        """
    }


def test_an_exception_with_a_date_in_the_future_passes(repository: Repository, localstack: Emulator) -> None:
    result = run(repository(RELEASED, {"modules/store/main.tf": REPLACED} | exception("2026-06-02")), localstack)
    [example] = result.examples or ()
    assert [resource.reason for resource in example.resources] == ["It is a cache."]
    assert (result.outcome, result.bump) == (Outcome.PASSED, "major")


def test_an_expired_exception_fails_twice(repository: Repository, localstack: Emulator) -> None:
    result = run(repository(RELEASED, {"modules/store/main.tf": REPLACED} | exception("2026-06-01")), localstack)
    assert problems(result)[0].startswith("compliance/upgrades.yaml:2: the exception for store")
    assert "expired on 2026-06-01" in problems(result)[0]
    assert len(problems(result)) == 2


def test_an_unused_exception_fails(repository: Repository, localstack: Emulator) -> None:
    changed = {"modules/store/main.tf": RENAMED + MOVED} | exception("2027-01-01")
    [problem] = problems(run(repository(RELEASED, changed), localstack))
    assert "covers nothing" in problem


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("example: a\n    module: b\n    address: x\n    what: replaced", "either `example` or `module`"),
        ("example: a\n    address: x\n    what: changed default", "replaced, destroyed, orphaned"),
        ("module: a\n    address: x", "what"),
    ],
)
def test_an_invalid_exception_is_an_error_with_its_line(repository: Repository, entry: str, message: str) -> None:
    text = f"exceptions:\n  - {entry}\n    reason: r\n    expires: 2027-01-01\n"
    root = repository(RELEASED, {"compliance/upgrades.yaml": text})
    with pytest.raises(ConfigurationError, match=message) as raised:
        run(root)
    assert (raised.value.path, raised.value.line) == ("compliance/upgrades.yaml", 2)


def test_an_example_without_differing_files_is_not_applied(repository: Repository) -> None:
    with Services(Project.find(repository(RELEASED, {}))) as services:  # without an emulator
        result = upgrade(services, UpgradeSelection(), today=TODAY)
    [example] = result.examples or ()
    assert example.note == "not applied: no file differs from v1.2.0"
    assert (result.outcome, result.bump) == (Outcome.PASSED, "none")


def test_changed_modules_without_an_applied_example_are_listed(repository: Repository) -> None:
    released = {**RELEASED, "modules/other/main.tf": "locals {}\n"}
    with Services(Project.find(repository(released, {"modules/other/main.tf": "locals {}\n\n"}))) as services:
        result = upgrade(services, UpgradeSelection(), today=TODAY)
    assert (result.unapplied, result.bump) == (("other",), "patch")


def test_a_new_example_is_not_applied(repository: Repository) -> None:
    added = {"tests/integration/store.yaml": "", "examples/store/main.tf": ""}
    released = {name: text for name, text in RELEASED.items() if name not in added}
    root = repository(released, {name: RELEASED[name] for name in added})
    with Services(Project.find(root)) as services:
        result = upgrade(services, UpgradeSelection(), today=TODAY)
    assert [example.note for example in result.examples or ()] == ["not applied: new since v1.2.0"]


def test_a_removed_example_is_listed(repository: Repository) -> None:
    root = repository(RELEASED, {"examples/store/main.tf": "", "tests/integration/store.yaml": ""})
    with Services(Project.find(root)) as services:  # without an emulator
        result = upgrade(services, UpgradeSelection(), today=TODAY)
    assert [(example.id, example.note) for example in result.examples or ()] == [
        ("store", "not applied: removed since v1.2.0")
    ]


def test_a_plan_that_fails_is_a_failure_with_its_place(repository: Repository, localstack: Emulator) -> None:
    required = MODULE.replace('  default = "demo"\n', "")
    result = run(repository(RELEASED, {"modules/store/main.tf": required}), localstack)
    assert result.outcome is Outcome.FAILED
    assert any(
        problem.startswith("examples/store/main.tf:1: plan the checkout: Missing required argument")
        for problem in problems(result)
    )


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", 'terraform {\n  backend "local" {\n    path = "state/demo.tfstate"\n  }\n}\n', {"kept": "replaced"}),
        ('terraform {\n  backend "local" {\n    path = "old.tfstate"\n  }\n}\n', "", {"kept": "replaced"}),
    ],
    ids=["to another path", "from another path"],
)
def test_the_state_is_found_wherever_an_example_has_it(
    repository: Repository, localstack: Emulator, old: str, new: str, expected: dict[str, str]
) -> None:
    released = {**RELEASED, "examples/store/main.tf": EXAMPLE + old}
    changed = {"examples/store/main.tf": EXAMPLE + new, "modules/store/main.tf": REPLACED}
    assert actions(run(repository(released, changed), localstack)) == expected


def test_a_release_without_resources_is_upgraded(repository: Repository, localstack: Emulator) -> None:
    result = run(
        repository({**RELEASED, "modules/store/main.tf": "locals {}\n"}, {"modules/store/main.tf": MODULE}), localstack
    )
    assert actions(result) == {"kept": "created"}


def test_an_aws_resource_is_upgraded(repository: Repository, localstack: Emulator) -> None:
    module = 'resource "aws_cloudwatch_log_group" "kept" {\n  name = "kept"\n  retention_in_days = 7\n}\n'
    provider = (
        'terraform {\n  required_providers {\n    aws = { source = "hashicorp/aws" }\n  }\n}\nprovider "aws" {}\n'
    )
    released = {**RELEASED, "modules/store/main.tf": module, "examples/store/main.tf": provider + EXAMPLE}
    longer = module.replace("7", "14") + 'resource "aws_cloudwatch_log_group" "new" {\n  name = "new"\n}\n'
    result = run(repository(released, {"modules/store/main.tf": longer}), localstack)
    [example] = result.examples or ()
    found = {resource.address.rpartition(".")[2]: (resource.action, resource.details) for resource in example.resources}
    assert found == {"kept": ("updated", ("retention_in_days: 7 → 14",)), "new": ("created", ())}
    assert (result.outcome, result.bump, result.required) == (Outcome.PASSED, "minor", "1.3.0")


GIT = "git::https://git.example.invalid/team/store.git//modules/store?ref="
REGISTRY = 'team/store/demo//modules/store"\n  version = "~> 1.2'


@pytest.mark.parametrize(("before", "after"), [(f"{GIT}v1.2.0", f"{GIT}v1.3.0"), (REGISTRY, REGISTRY)])
def test_an_example_that_names_its_repository_gets_the_modules_of_each_side(
    repository: Repository, localstack: Emulator, before: str, after: str
) -> None:
    changed = {
        "modules/store/main.tf": REPLACED,
        "examples/store/main.tf": EXAMPLE.replace("../../modules/store", after),
    }
    released = {**RELEASED, "examples/store/main.tf": EXAMPLE.replace("../../modules/store", before)}
    root = repository(released, changed)
    address = "git@git.example.invalid:team/store.git" if before != after else "https://h/team/terraform-demo-store"
    git(root, "remote", "add", "origin", address)
    assert actions(run(root, localstack)) == {"kept": "replaced"}


def test_an_example_without_a_story_is_upgraded(repository: Repository, localstack: Emulator) -> None:
    released = {name: text for name, text in RELEASED.items() if not name.startswith("tests/")}
    result = run(repository(released, {"modules/store/main.tf": REPLACED}), localstack, examples=["store"])
    assert actions(result) == {"kept": "replaced"}
    assert problems(result)[0].startswith("modules/store/main.tf:5: module.store.terraform_data.kept is replaced")


def test_an_example_whose_variables_are_not_set_is_an_error(repository: Repository) -> None:
    released = {name: text for name, text in RELEASED.items() if not name.startswith("tests/")}
    released["examples/store/main.tf"] = EXAMPLE + 'variable "size" {}\n'
    root = repository(released, {"modules/store/main.tf": REPLACED})
    with Services(Project.find(root)) as services:  # without an emulator
        result = upgrade(services, UpgradeSelection(), today=TODAY)
    [example] = result.examples or ()
    assert [str(error.message) for error in example.errors] == ["the example requires size at v1.2.0"]
    assert example.outcome is Outcome.ERROR


# -- interfaces


BLOCKS = {
    "removed variable": ('variable "a" {}', "", "var.a", "major"),
    "new optional variable": ("", 'variable "a" { default = 1 }', "var.a", "minor"),
    "new required variable": ("", 'variable "a" {}', "var.a", "major"),
    "changed default: 2, before 1": ('variable "a" { default = 1 }', 'variable "a" { default = 2 }', "var.a", "major"),
    "newly required: the default was 1": ('variable "a" { default = 1 }', 'variable "a" {}', "var.a", "major"),
    "is now optional": ('variable "a" {}', 'variable "a" { default = 1 }', "var.a", "minor"),
    "narrower type: null means the default or is rejected": (
        'variable "a" {}', 'variable "a" { nullable = false }', "var.a", "major",
    ),
    "removed output": ('output "a" { value = 1 }', "", "output.a", "major"),
    "new output": ("", 'output "a" { value = 1 }', "output.a", "minor"),
    "is now sensitive": (
        'output "a" { value = 1 }', 'output "a" {\n  value = 1\n  sensitive = true\n}', "output.a", "major",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", BLOCKS)
def test_a_change_of_the_interface_implies_a_bump(repository: Repository, what: str) -> None:
    old, new, subject, bump = BLOCKS[what]
    files = {**RELEASED, "modules/store/main.tf": "locals {}\n" + old}
    result = run(repository(files, {"modules/store/main.tf": "locals {}\n" + new}))
    assert interface(result) == {(subject, what, bump)}
    assert result.bump == bump


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("string", "number", ("", "narrower type: number, before string", "major")),
        ("number", "string", ("", "accepts string, before number; values are converted", "minor")),
        ("any", "list(string)", ("", "narrower type: accepts list(string), before any type", "major")),
        ("list(string)", "any", ("", "accepts any type, before list(string)", "minor")),
        ("list(string)", "set(string)", ("", "set(string), before list(string); values are converted", "minor")),
        ("map(string)", "list(string)", ("", "type changed: list(string), before map(string)", "major")),
        ("tuple([string])", "tuple([bool])", ("", "type changed: tuple([bool]), before tuple([string])", "major")),
        ("list(string)", "tuple([string])", ("", "type changed: tuple([string]), before list(string)", "major")),
        ("any", "tuple([string])", ("", "narrower type: accepts tuple([string]), before any type", "major")),
        ("tuple([string])", "any", ("", "accepts any type, before tuple([string])", "minor")),
        (
            "object({ b = tuple([string]) })",
            "object({ b = tuple([bool]) })",
            (".b", "type changed: tuple([bool]), before tuple([string])", "major"),
        ),
        (
            "object({ b = optional(list(string), []) })",
            'object({ b = optional(list(string), ["x"]) })',
            (".b", 'changed default: ["x"], before []', "major"),
        ),
        ("object({})", "object({ b = string })", (".b", "new required attribute", "major")),
        ("object({})", "object({ b = optional(string) })", (".b", "new optional attribute", "minor")),
        ("object({ b = string })", "object({})", (".b", "removed attribute", "major")),
        ("object({ b = optional(bool) })", "object({ b = bool })", (".b", "newly required attribute", "major")),
        ("object({ b = bool })", "object({ b = optional(bool) })", (".b", "attribute is now optional", "minor")),
        (
            "map(object({ b = optional(string, 1) }))",
            "map(object({ b = optional(string, 2) }))",
            ("[*].b", "changed default: 2, before 1", "major"),
        ),
    ],
)
def test_a_narrower_type_is_breaking(
    repository: Repository, old: str, new: str, expected: tuple[str, str, str]
) -> None:
    files = [{"modules/store/main.tf": f'variable "a" {{ type = {kind} }}\n'} for kind in (old, new)]
    result = run(repository(RELEASED | files[0], files[1]))
    path, what, bump = expected
    assert interface(result) == {(f"var.a{path}", what, bump)}


def test_formatting_is_no_change_of_the_interface(repository: Repository) -> None:
    kind = "object({ b = optional(number, 1), c = string, d = optional(tuple([bool])) })"
    old = f'variable "a" {{\n  type = {kind}\n  default = {{ c = "x" }}\n}}\n'
    kind = "object({\n    b = optional(number, 1.0) # one\n    c = string\n    d = optional(tuple([bool]))\n  })"
    new = f'variable "a" {{\n  type = {kind}\n  default = {{ "c" : "x" }}\n}}\n'
    assert (
        interface(run(repository(RELEASED | {"modules/store/main.tf": old}, {"modules/store/main.tf": new}))) == set()
    )


VALIDATED = 'variable "a" {\n  validation {\n    condition = var.a > %s\n    error_message = "%s"\n  }\n}\n'


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('variable "a" {}', VALIDATED % (1, "x"), {("var.a", "new or changed validation", "major")}),
        (VALIDATED % (1, "x"), VALIDATED % (2, "x"), {("var.a", "new or changed validation", "major")}),
        (VALIDATED % (1, "x"), 'variable "a" {}', {("var.a", "removed validation", "minor")}),
        (VALIDATED % (1, "x"), VALIDATED % ("  1 # comment", "other"), set()),
        (VALIDATED % ('"a b"', "x"), VALIDATED % ('"ab"', "x"), {("var.a", "new or changed validation", "major")}),
        (
            VALIDATED % ("local.most", "x") + "locals {\n  most = local.all\n  all = 5\n}\n",
            VALIDATED % ("local.most", "x") + "locals {\n  most = local.all\n  all = 6\n}\n",
            {("var.a", "new or changed validation", "major")},
        ),
        (VALIDATED % (2, "x"), VALIDATED % (1, "x"), {("var.a", "wider validation", "minor")}),
        (
            VALIDATED % ("local.most", "x") + "locals {\n  most = 5\n}\n",
            VALIDATED % ("local.most", "x") + "locals {\n  most = 4\n}\n",
            {("var.a", "wider validation", "minor")},
        ),
    ],
)
def test_a_narrower_validation_is_breaking(
    repository: Repository, old: str, new: str, expected: set[tuple[str, str, str]]
) -> None:
    root = repository({**RELEASED, "modules/store/main.tf": old}, {"modules/store/main.tf": new})
    assert interface(run(root)) == expected


PRECONDITION = """\
variable "a" {}
variable "b" { default = 1 }
resource "terraform_data" "x" {
  lifecycle {
    precondition {
      condition     = %s
      error_message = "x"
    }
  }
}
"""


@pytest.mark.parametrize(
    ("old", "new", "breaks"),
    [
        ("var.a > 1", "var.a > 2", True),
        ("var.a > 2", "var.a > 1", False),
        ("var.a > 1", "var.a  >  1", False),
        ("var.b > 1", "var.b > 2", False),  # the release has no b
    ],
)
def test_a_narrower_precondition_is_breaking(repository: Repository, old: str, new: str, breaks: bool) -> None:
    released = (PRECONDITION % old).replace('variable "b" { default = 1 }\n', "")
    result = run(
        repository(RELEASED | {"modules/store/main.tf": released}, {"modules/store/main.tf": PRECONDITION % new})
    )
    found = {(change.subject, str(change.place)) for change in result.interface if change.bump == "major"}
    assert found == ({("terraform_data.x", "modules/store/main.tf:5")} if breaks else set())


def test_modules_and_provider_requirements_are_compared(repository: Repository) -> None:
    def requires(version: str) -> str:
        aws = f'aws = {{ source = "hashicorp/aws", version = "{version}" }}'
        return f"terraform {{\n  required_providers {{\n    {aws}\n  }}\n}}\n"

    released = {**RELEASED, "modules/store/versions.tf": requires(">= 5.0"), "modules/old/main.tf": "locals {}\n"}
    changed = {
        "modules/store/versions.tf": requires(">= 5.88"),
        "modules/old/main.tf": "",
        "modules/new/main.tf": MODULE,
    }
    assert interface(run(repository(released, changed))) == {
        ("module", "removed module", "major"),
        ("module", "new module", "minor"),
        ("provider.aws", "requires >= 5.88, before >= 5.0", "minor"),
    }


@pytest.mark.parametrize(
    ("old", "new", "bump"),
    [
        ("~> 5.0", ">= 6.0, < 8.0", "major"),
        (">= 5.0", ">= 5, < 7", "minor"),
        ("", ">= 6.0", "minor"),
        (">= 5.0, < 7.0", "~> 5.9", "major"),
        (">= 5.0, <= 6.4", ">= 5.0, < 6.0.0", "major"),
        (">= 5.0, < 6.2", ">= 5.1, != 5.3.0, < 6.1", "minor"),
        ("~> 5", ">= 5.1, < 6", "minor"),
        ("5.1.0", "= 5.2.0", "minor"),
    ],
)
def test_a_major_version_of_a_provider_that_is_no_longer_allowed_is_breaking(
    repository: Repository, old: str, new: str, bump: str
) -> None:
    files = [
        {"modules/store/versions.tf": f'terraform {{\n  required_providers {{\n    aws = "{text}"\n  }}\n}}\n'}
        for text in (old, new)
    ]
    assert run(repository(RELEASED | files[0], files[1])).bump == bump


AWS = "terraform {\n  required_providers {\n    aws = { %s }\n  }\n}\n"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", 'source = "registry.terraform.io/hashicorp/aws"', set()),
        ("", 'source = "acme/aws"', {("provider.aws", "is acme/aws, before hashicorp/aws", "major")}),
        (
            "configuration_aliases = [aws.replica, aws.audit]",
            "configuration_aliases = [ aws.audit, aws.archive ]",
            {
                ("provider.aws", "callers must pass the configuration aws.archive", "major"),
                ("provider.aws", "callers can no longer pass the configuration aws.replica", "major"),
            },
        ),
    ],
)
def test_another_provider_or_other_configurations_are_breaking(
    repository: Repository, old: str, new: str, expected: set[tuple[str, str, str]]
) -> None:
    files = [{"modules/store/versions.tf": AWS % text} for text in (old, new)]
    assert interface(run(repository(RELEASED | files[0], files[1]))) == expected


def test_a_reviewed_change_of_the_interface_is_a_patch(repository: Repository) -> None:
    reviewed = """\
    exceptions:
      - module: store
        address: var.name
        what: changed default
        reason: The old default never worked.
        expires: 2027-01-01
    """
    changed = {"modules/store/main.tf": MODULE.replace('"demo"', '"other"'), "compliance/upgrades.yaml": reviewed}
    result = run(repository(RELEASED, changed))
    assert [(change.bump, change.reason) for change in result.interface] == [("patch", "The old default never worked.")]
    assert (result.outcome, result.bump) == (Outcome.PASSED, "patch")


def test_places_are_in_the_checkout(repository: Repository) -> None:
    changed = {"modules/store/main.tf": "\n\n" + MODULE.replace('"demo"', '"other"')}
    [change] = run(repository(RELEASED, changed)).interface
    assert str(change.place) == "modules/store/main.tf:3"


def test_an_unreadable_file_is_an_error(repository: Repository) -> None:
    result = run(repository(RELEASED, {"modules/store/main.tf": "variable {{\n"}))
    assert result.outcome is Outcome.ERROR
    assert [str(error.place) for error in result.errors] == ["modules/store/main.tf:1"]


# -- releases

ADDED = {"modules/store/more.tf": 'variable "more" { default = 1 }\n'}
REMOVED = {"modules/store/main.tf": MODULE.replace("var.name", '"demo"').partition("}\n")[2]}


def changelog(text: str) -> dict[str, str]:
    return {"CHANGELOG.md": f"# Changelog\n\n{text}\n\n## 1.2.0\n\n- first\n"}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (ADDED | changelog("## Unreleased\n\n- more"), ""),
        (ADDED | changelog(""), "there is no entry after 1.2.0"),
        (ADDED | changelog("## [1.3.0] - 2026-06-01\n\n- more"), ""),
        (ADDED | changelog("## 1.2.1\n\n- more"), "the version 1.2.1 is too low after 1.2.0"),
        (REMOVED | changelog("## Unreleased\n\n- Breaking: name"), ""),
        (REMOVED | changelog("## Unreleased\n\n- less"), "does not say that the changes are breaking"),
        (REMOVED | changelog("## 1.3.0\n\n- breaking: name"), "the version 1.3.0 is too low after 1.2.0"),
        (REMOVED | changelog("## 2.0.0\n\n- breaking: name"), ""),
    ],
)
def test_the_bump_is_held_against_the_changelog(repository: Repository, changed: dict[str, str], expected: str) -> None:
    found = problems(run(repository(RELEASED, changed)))
    assert len(found) == bool(expected)
    assert expected in "".join(found)


@pytest.mark.parametrize(("tag", "passes"), [("v1.2.1", False), ("v1.3.0", True), ("1.4.0", True), ("v1.2.0", False)])
def test_the_bump_is_held_against_the_planned_tag(repository: Repository, tag: str, passes: bool) -> None:
    result = run(repository(RELEASED, ADDED), tag=tag)
    assert (result.outcome is Outcome.PASSED) is passes
    assert (result.required, result.planned) == ("1.3.0", tag.removeprefix("v"))


def test_the_tag_of_the_checked_out_commit_is_the_planned_one(repository: Repository) -> None:
    root = repository(RELEASED, ADDED)
    git(root, "tag", "v1.2.5")
    result = run(root)
    assert (result.base, result.planned, result.outcome) == ("v1.2.0", "1.2.5", Outcome.FAILED)
    write(root, {"modules/store/more.tf": 'variable "even_more" { default = 1 }\n'})
    assert run(root).base == "v1.2.5"


def test_in_major_version_0_a_breaking_change_raises_the_minor_version(repository: Repository) -> None:
    root = repository(RELEASED, REMOVED)
    git(root, "tag", "v0.4.1", "v1.2.0")
    git(root, "tag", "--delete", "v1.2.0")
    result = run(root)
    assert (result.bump, result.required) == ("major", "0.5.0")


def test_without_a_tag_the_message_says_so(repository: Repository) -> None:
    root = repository(RELEASED, ADDED)
    git(root, "tag", "--delete", "v1.2.0")
    with pytest.raises(ConfigurationError, match="no release before this commit: git has no tag"):
        run(root)
    assert interface(run(root, base="HEAD^")) == {("var.more", "new optional variable", "minor")}


def test_the_checkout_and_the_repository_are_not_changed(repository: Repository) -> None:
    root = repository(RELEASED, ADDED)
    (root / "modules/store/main.tf").write_text("# not committed\n", encoding="utf-8")
    before = git(root, "status", "--porcelain"), git(root, "ls-files", "--stage"), git(root, "worktree", "list")
    run(root)
    assert (
        git(root, "status", "--porcelain"),
        git(root, "ls-files", "--stage"),
        git(root, "worktree", "list"),
    ) == before


def test_files_that_archives_leave_out_are_compared(repository: Repository) -> None:
    result = run(repository({**RELEASED, ".gitattributes": "modules export-ignore\n"}, ADDED))
    assert interface(result) == {("var.more", "new optional variable", "minor")}
