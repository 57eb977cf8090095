"""What uses a role or a topic waits for its policies, in every module.

Terraform orders by reference, and nothing refers to a policy. Without ``depends_on``, SageMaker could assume a role
before it has its permissions, and a destroy could remove the permissions first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from modproof.hcl.blocks import Block
from modproof.hcl.reader import module_blocks

MODULES = Path(__file__).parents[2] / "modules"
POLICIES = {
    "aws_iam_role": {"aws_iam_role_policy": "role", "aws_iam_role_policy_attachment": "role"},
    "aws_sns_topic": {"aws_sns_topic_policy": "arn"},
}
"""Resource type to the types of its policies and their argument with the resource."""

NEEDS_NO_POLICY = {
    "aws_sns_topic_subscription.this": "the topic's owner subscribes",
    "output.replication_role_arn": "the destination's policies name the role and do not use it",
    "output.id": "the ID of a role is for comparisons, not for use",
}


def _text(block: Block) -> str:
    own = "\n".join(one.text for one in block.attributes if one.name != "depends_on")
    return "\n".join([own, *(_text(inner) for inner in block.blocks)])


def _refers(text: str, address: str) -> bool:
    return re.search(rf"(?<![\w.]){re.escape(address)}(?![\w-])", text) is not None


def _resources(folder: Path) -> dict[str, Block]:
    return {block.address: block for block in module_blocks(folder, "resource")}


def _policies(folder: Path) -> Iterator[tuple[str, str]]:
    """Each role or topic and a policy of it."""
    blocks = _resources(folder)
    for owner, block in blocks.items():
        for kind, argument in POLICIES.get(block.labels[0], {}).items():
            yield from (
                (owner, policy)
                for policy, other in blocks.items()
                if other.labels[0] == kind and _refers(other.text(argument), owner)
            )


def _users(folder: Path, owner: str) -> Iterator[Block]:
    kinds = {kind for kinds in POLICIES.values() for kind in kinds}
    for block in [*module_blocks(folder, "resource"), *module_blocks(folder, "output")]:
        is_policy = block.kind == "resource" and block.labels[0] in kinds
        if block.address != owner and not is_policy and _refers(_text(block), owner):
            yield block


@pytest.mark.parametrize("module", sorted(path.name for path in MODULES.iterdir() if path.is_dir()))
def test_what_uses_a_role_or_topic_waits_for_its_policies(module: str) -> None:
    folder = MODULES / module
    missing = {
        f"{block.address} does not wait for {policy}"
        for owner, policy in _policies(folder)
        for block in _users(folder, owner)
        if block.address not in NEEDS_NO_POLICY and not _refers(block.text("depends_on"), policy)
    }

    assert missing == set()


def test_each_exception_is_of_a_block_that_exists() -> None:
    addresses = {
        block.address
        for folder in MODULES.iterdir()
        for kind in ("resource", "output")
        for block in module_blocks(folder, kind)
    }

    assert set(NEEDS_NO_POLICY) - addresses == set()


def test_the_rule_finds_the_policies_of_roles_and_topics() -> None:
    found = {module.name: {owner for owner, _ in _policies(module)} for module in MODULES.iterdir()}

    assert {name: owners for name, owners in found.items() if owners} == {
        "data-buckets": {"aws_iam_role.replication"},
        "deployer-role": {"aws_iam_role.this"},
        "execution-role": {"aws_iam_role.this"},
        "leftover-guard": {"aws_sns_topic.this"},
        "network": {"aws_iam_role.flow_logs"},
    }
