"""When all units of a tree can use the same process of the AWS provider."""

from __future__ import annotations

from pathlib import Path

import pytest

from modproof.cases.sources.checkout import Checkout
from modproof.core import machine
from modproof.core.project import Project
from modproof.stories.served import Served
from modproof.stories.tree_places import TreePlaces
from modproof.stories.tree_provider import TreeProviders, typed_folders
from modproof.terraform.shared_provider import AWS

OWN = "git::https://example.com/team/repository.git//modules/topic?ref=v1.0.0"
TOPIC = 'resource "aws_sns_topic" "this" {}\n'


def install(folder: Path, version: str, mirror: Path) -> None:
    """Write what ``terraform init`` leaves in ``folder``: a link to the package in the mirror."""
    package = mirror / version
    package.mkdir(parents=True, exist_ok=True)
    link = folder / ".terraform" / "providers" / AWS / version / "linux_amd64"
    link.parent.mkdir(parents=True)
    link.symlink_to(package)
    (folder / ".terraform.lock.hcl").write_text(f'provider "{AWS}" {{\n  version     = "{version}"\n}}\n')


def write(top: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(text)


def is_shared(
    tmp_path: Path, files: dict[str, str], *, versions: tuple[str, ...] = ("5.100.0", "5.100.0"), module: str = "topic"
) -> bool:
    """Whether units that were initialized with ``versions`` share a provider; the tree has ``files``."""
    places = copied(tmp_path, files)
    for number, version in enumerate(versions):
        unit = tmp_path / f"copy/live/unit-{number}/.terragrunt-cache/a/b/modules/{module}"
        install(unit, version, tmp_path / "mirror")
    providers = TreeProviders(tmp_path / "copy/live", Checkout(tmp_path / "checkout", ""), places)
    with providers.sharing({}) as provider:
        return provider is not None


def initialised(tmp_path: Path) -> TreeProviders:
    """The providers of a tree with two units that were initialized alike."""
    places = copied(tmp_path, {})
    for number in range(2):
        install(
            tmp_path / f"copy/live/unit-{number}/.terragrunt-cache/a/b/modules/topic", "5.100.0", tmp_path / "mirror"
        )
    return TreeProviders(tmp_path / "copy/live", Checkout(tmp_path / "checkout", ""), places)


def copied(tmp_path: Path, files: dict[str, str]) -> TreePlaces:
    """Write a checkout with a tree, and the copy that its units run in."""
    top, copy = tmp_path / "checkout", tmp_path / "copy"
    unit = f'terraform {{\n  source = "{OWN}"\n}}\n'
    for folder in (top, copy):
        write(folder, {"modules/topic/main.tf": TOPIC, "live/terragrunt.hcl": unit, **files})
    return TreePlaces(Served(top, copy, (), {}), copy / "live", Project(top))


def test_units_with_modules_of_the_checkout_share_a_provider(tmp_path: Path) -> None:
    assert is_shared(tmp_path, {})


@pytest.mark.parametrize(
    "files",
    [
        {
            "live/terragrunt.hcl": 'terraform {\n  source = "git::https://example.com/other.git//modules/other?ref=v1"\n}\n'
        },
        {"live/terragrunt.hcl": "terraform {\n  source = local.source\n}\n"},
        {"live/.terragrunt-stack/new/terragrunt.hcl": 'terraform {\n  source = "../..//modules/topic"\n}\n'},
        {"live/terragrunt.hcl": 'terraform {\n  source = "${local.address}//modules/topic?ref=v1"\n}\n'},
        {"live/env.hcl": 'extra_arguments "region" {\n  env_vars = { AWS_REGION = "us-east-1" }\n}\n'},
        {"modules/topic/main.tf": f'{TOPIC}module "more" {{\n  source = "example/topic/aws"\n}}\n'},
        {"modules/topic/main.tf": f'{TOPIC}resource "aws_lambda_function" "this" {{\n  filename = "code.zip"\n}}\n'},
    ],
    ids=[
        "another repository",
        "a computed source",
        "a generated unit",
        "a computed address",
        "a variable of the environment",
        "a fetched module",
        "a file that is read",
    ],
)
def test_a_tree_with_what_the_provider_could_miss_does_not(tmp_path: Path, files: dict[str, str]) -> None:
    assert not is_shared(tmp_path, files)


@pytest.mark.parametrize(
    ("versions", "module"),
    [(("5.100.0", "5.99.1"), "topic"), ((), "topic"), (("5.100.0",), "elsewhere")],
    ids=["different versions", "not initialized", "a module from elsewhere"],
)
def test_units_that_are_not_initialized_alike_do_not(tmp_path: Path, versions: tuple[str, ...], module: str) -> None:
    assert not is_shared(tmp_path, {}, versions=versions, module=module)


def test_the_provider_has_the_types_of_modules_that_an_update_of_the_tree_adds(tmp_path: Path) -> None:
    queue = {"modules/queue/main.tf": 'resource "aws_sqs_queue" "this" {}\n'}
    places, checkout = copied(tmp_path, queue), Checkout(tmp_path / "checkout", "")
    tree, topic = tmp_path / "copy/live", tmp_path / "checkout/modules/topic"
    assert typed_folders(tree, checkout, places, ()) == (tree, topic)

    write(tree, {"new/terragrunt.hcl": f'terraform {{\n  source = "{OWN.replace("topic", "queue")}"\n}}\n'})
    assert typed_folders(tree, checkout, places, ()) == (tree, topic.with_name("queue"), topic)

    write(tree, {"new/terragrunt.hcl": 'terraform {\n  source = "tfr:///example/queue/aws?version=1.0.0"\n}\n'})
    assert typed_folders(tree, checkout, places, ()) == ()


def test_units_that_terragrunt_generates_for_another_folder_are_not_read(tmp_path: Path) -> None:
    places, checkout = copied(tmp_path, {}), Checkout(tmp_path / "checkout", "")
    unit = tmp_path / "copy/live/staging/.terragrunt-stack/new/terragrunt.hcl"
    unit.parent.mkdir(parents=True)
    unit.symlink_to("not written yet")
    assert typed_folders(tmp_path / "copy/live/production", checkout, places, ())
    with pytest.raises(FileNotFoundError):
        typed_folders(tmp_path / "copy/live/staging", checkout, places, ())


def test_commands_with_the_same_environment_use_the_same_provider_while_it_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    providers = initialised(tmp_path)
    monkeypatch.setattr(machine, "available_bytes", lambda: 2 * 1024**3)
    with providers.kept():
        with providers.sharing({"AWS_ACCESS_KEY_ID": "plan"}) as plan:
            pass
        with providers.sharing({"AWS_ACCESS_KEY_ID": "apply"}) as apply:
            pass
        with providers.sharing({"AWS_ACCESS_KEY_ID": "plan"}) as again:
            pass
        assert plan is not None
        assert again is plan
        assert apply is not plan
    with providers.sharing({"AWS_ACCESS_KEY_ID": "plan"}) as later:
        assert later is not plan


def test_if_memory_is_short_the_processes_of_the_role_before_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    providers = initialised(tmp_path)
    monkeypatch.setattr(machine, "available_bytes", lambda: 1024**3)
    with providers.kept():
        with providers.sharing({"AWS_ACCESS_KEY_ID": "plan"}) as plan:
            assert plan is not None
        with providers.sharing({"AWS_ACCESS_KEY_ID": "plan"}) as second:
            assert second is plan
        with providers.sharing({"AWS_ACCESS_KEY_ID": "apply"}) as apply:
            assert apply is not None
            assert apply.runs
            assert not plan.runs


def test_a_command_after_a_failed_one_has_a_new_provider(tmp_path: Path) -> None:
    providers = initialised(tmp_path)
    with providers.kept():
        with pytest.raises(TimeoutError), providers.sharing({}):
            raise TimeoutError
        with providers.sharing({}) as second:
            assert second is not None
            second.finish()
        with providers.sharing({}) as third:
            assert third is not None
            assert third is not second


def test_a_kept_provider_has_the_types_of_units_that_are_initialized_later(tmp_path: Path) -> None:
    providers = initialised(tmp_path)
    later = tmp_path / "copy/live/later/.terragrunt-cache/a/b/modules/topic"
    with providers.kept():
        with providers.sharing({}) as first:
            assert first is not None
            assert later not in first.sources
        install(later, "5.100.0", tmp_path / "mirror")
        with providers.sharing({}) as second:
            assert second is first
            assert later in second.sources


def test_units_with_another_version_of_the_provider_end_the_kept_one(tmp_path: Path) -> None:
    providers = initialised(tmp_path)
    with providers.kept():
        with providers.sharing({}):
            pass
        install(tmp_path / "copy/live/later/.terragrunt-cache/a/b/modules/topic", "5.99.1", tmp_path / "mirror")
        with providers.sharing({}) as provider:
            assert provider is None
