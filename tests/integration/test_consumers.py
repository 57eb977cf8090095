"""A consumer's repository: modules by git ref, in every form that Terraform has, planned, applied and locked.

The checkout is served at this repository's addresses, so that nothing is fetched from elsewhere.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from modproof import toolchain
from modproof.cases.model import Case
from modproof.cases.sources.checkout import Checkout
from modproof.cases.sources.yaml import load_file
from modproof.core import process
from modproof.core.environment import aws_environment
from modproof.core.project import Project
from modproof.emulator import Emulator
from modproof.stories.served import Served, serve_at

ROOT = Path(__file__).parents[2]
PROJECT = Project(ROOT)
MODULES = sorted(path.parent.name for path in ROOT.glob("modules/*/main.tf"))
ACCOUNT = "636363636363"
REGION = "eu-west-1"
TAG = "v0.1.0"
TAG_WITH_SLASH = "release/0.1"
APPLIED = "log-groups"
TIMEOUT_SECONDS = 300.0

(HTTPS,) = set(re.findall(r'"git::(https://\S+?)//modules/', (ROOT / "README.md").read_text(encoding="utf-8")))
SSH = re.sub(r"https://([^/]+)/", r"ssh://git@\1/", HTTPS)
SCP = re.sub(r"https://([^/]+)/", r"git@\1:", HTTPS)
ADDRESSES = {"https": f"git::{HTTPS}", "ssh": f"git::{SSH}"}
REFS = {"tag": TAG, "commit": "{commit}", "branch": "main"}
SOURCES = {
    f"{protocol}_{kind}": f"{address}//modules/{{module}}?ref={ref}"
    for protocol, address in ADDRESSES.items()
    for kind, ref in REFS.items()
}
OTHER_SOURCES = {
    "scp_tag": f"{SCP}//modules/{{module}}?ref={TAG}",
    "github_tag": f"{HTTPS.removeprefix('https://').removesuffix('.git')}//modules/{{module}}?ref={TAG}",
    "https_shallow": f"git::{HTTPS}//modules/{{module}}?depth=1&ref={TAG}",
    "https_short_commit": f"git::{HTTPS}//modules/{{module}}?ref={{short}}",
    "https_tag_with_slash": f"git::{HTTPS}//modules/{{module}}?ref={TAG_WITH_SLASH}",
}
"""Source addresses: https://developer.hashicorp.com/terraform/language/modules/sources#generic-git-repository"""


@dataclass(frozen=True)
class Consumer:
    """A root module in ``folder``, with its Terraform commands in ``env``."""

    folder: Path
    env: dict[str, str]

    def write(self, calls: dict[str, Any], outputs: dict[str, Any] | None = None) -> None:
        document = {
            "terraform": {"required_version": ">= 1.9"},
            "provider": {"aws": {"region": REGION}},
            "module": calls,
            **({"output": outputs} if outputs else {}),
        }
        (self.folder / "main.tf.json").write_text(json.dumps(document), encoding="utf-8")

    def run(self, *words: str) -> str:
        argv = [str(toolchain.ensure("terraform")), *words, "-no-color"]
        done = process.run(argv, cwd=self.folder, env=self.env, timeout_seconds=TIMEOUT_SECONDS)
        assert done.returncode == 0, f"terraform {words[0]}:\n{done.stdout}\n{done.stderr}"
        return done.stdout


def variables_of(module: str) -> dict[str, Any]:
    """The variables of the module's minimal case."""
    _, cases = load_file(ROOT / "tests" / "unit" / module / "cases.yaml", PROJECT)
    (case,) = (case for case in cases if isinstance(case, Case) and case.name == "minimal")
    return dict(case.variables)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Served:
    return serve_at(Checkout.of(ROOT), tmp_path_factory.mktemp("served"), {HTTPS, SSH}, {TAG, TAG_WITH_SLASH})


@pytest.fixture(scope="module")
def commit(served: Served) -> str:
    done = process.run(["git", "rev-parse", "HEAD"], cwd=served.copy)
    return done.stdout.strip()


@pytest.fixture
def consumer(served: Served, emulator: Emulator, tmp_path: Path) -> Consumer:
    config = toolchain.terraform_cli_config(tmp_path / "cli", ROOT)
    environment = aws_environment(
        endpoint_url=emulator.endpoint_url,
        account=ACCOUNT,
        region=REGION,
        extra={"TF_CLI_CONFIG_FILE": str(config), "HOME": str(tmp_path), **served.environment},
    )
    folder = tmp_path / "consumer"
    folder.mkdir()
    return Consumer(folder, environment)


def calls(commit: str) -> dict[str, tuple[str, str]]:
    """Module and source of each call: every module in every form of SOURCES, and one in each other form."""
    forms = [(module, form, source) for module in MODULES for form, source in SOURCES.items()]
    forms += [(MODULES[index], form, source) for index, (form, source) in enumerate(OTHER_SOURCES.items())]
    refs = {"commit": commit, "short": commit[:10]}
    return {f"{module}_{form}": (module, source.format(module=module, **refs)) for module, form, source in forms}


def planned(lines: str) -> dict[str, set[str]]:
    """The addresses of planned resources by module call, without the call, from ``terraform plan -json``."""
    found: dict[str, set[str]] = defaultdict(set)
    for message in map(json.loads, lines.splitlines()):
        if message["type"] == "planned_change":
            _, call, address = message["change"]["resource"]["addr"].split(".", 2)
            found[call].add(address)
    return found


def test_modules_by_tag_commit_and_branch_over_https_and_ssh_plan_the_same(consumer: Consumer, commit: str) -> None:
    used = calls(commit)
    consumer.write({call: {"source": source, **variables_of(module)} for call, (module, source) in used.items()})
    consumer.run("init", "-input=false")
    plans = planned(consumer.run("plan", "-input=false", "-json"))
    assert set(plans) == set(used)
    assert len(used) == len(MODULES) * len(ADDRESSES) * len(REFS) + len(OTHER_SOURCES)
    for call, (module, _) in used.items():
        assert plans[call] == plans[f"{module}_https_tag"], call


def test_a_module_by_tag_is_applied_and_destroyed_with_a_kept_lock_file(consumer: Consumer, emulator: Emulator) -> None:
    source = SOURCES["https_tag"].format(module=APPLIED)
    consumer.write({"it": {"source": source, **variables_of(APPLIED)}}, {"names": {"value": "${module.it.names}"}})
    consumer.run("init", "-input=false")
    lock = consumer.folder / ".terraform.lock.hcl"
    kept = lock.read_bytes()
    consumer.run("init", "-input=false", "-lockfile=readonly")
    consumer.run("apply", "-input=false", "-auto-approve")
    names = json.loads(consumer.run("output", "-json", "names"))
    assert sorted(names.values()) == log_groups(emulator) != []
    consumer.run("plan", "-input=false", "-detailed-exitcode")  # exits with 2 if the plan has changes
    consumer.run("destroy", "-input=false", "-auto-approve")
    assert log_groups(emulator) == []
    assert lock.read_bytes() == kept


def log_groups(emulator: Emulator) -> list[str]:
    found = emulator.session(ACCOUNT, REGION).client("logs").describe_log_groups()["logGroups"]
    return sorted(group["logGroupName"] for group in found)
