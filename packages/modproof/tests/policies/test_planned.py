"""Reading a role from a plan: with every policy that could grant a permission, or an error."""

from __future__ import annotations

import json
from typing import Any

import pytest

from modproof.core.errors import ConfigurationError
from modproof.policies import Role, Verdict, planned_policy

ACCOUNT = "123456789012"
READ = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
ATTACHED = "arn:aws:iam::aws:policy/Reader"


def resource(address: str, **after: Any) -> dict[str, Any]:
    return {"address": address, "type": address.split(".")[0], "mode": "managed", "change": {"after": after}}


def plan(*resources: dict[str, Any], **role: Any) -> dict[str, Any]:
    return {"resource_changes": [resource("aws_iam_role.this", **{"name": "reader", **role}), *resources]}


def inline(**values: Any) -> dict[str, Any]:
    return resource(
        "aws_iam_role_policy.read", **{"name": "read", "role": "reader", "policy": json.dumps(READ), **values}
    )


def attachment(**values: Any) -> dict[str, Any]:
    return resource("aws_iam_role_policy_attachment.this", role="reader", **values)


def may_read(role: Role) -> Verdict:
    [decision] = role.decide([role.request("s3:GetObject", "arn:aws:s3:::data/a", account=ACCOUNT)])
    return decision.verdict


def test_role_has_its_own_inline_policies_only() -> None:
    assert may_read(Role.planned(plan(inline()), account=ACCOUNT)) is Verdict.ALLOWED
    assert may_read(Role.planned(plan(inline(role="other")), account=ACCOUNT)) is Verdict.IMPLICITLY_DENIED


def test_managed_policies_and_the_boundary_use_the_passed_documents() -> None:
    nothing = {**READ, "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
    attached = Role.planned(plan(attachment(policy_arn=ATTACHED)), account=ACCOUNT, managed={ATTACHED: READ})
    bounded = Role.planned(plan(inline(), permissions_boundary="arn:b"), account=ACCOUNT, managed={"arn:b": nothing})
    assert may_read(attached) is Verdict.ALLOWED
    assert may_read(bounded) is Verdict.EXPLICITLY_DENIED


@pytest.mark.parametrize(
    ("planned", "message"),
    [
        (plan(attachment(policy_arn=ATTACHED)), "does not contain the document of arn:aws:iam::aws:policy/Reader"),
        (plan(attachment()), "the document of a policy known only after apply"),
        (plan(permissions_boundary="arn:b"), "does not contain the document of arn:b"),
        (plan(inline(policy=None)), "aws_iam_role_policy.read: its policy is known only after apply"),
        (plan(inline(role=None)), "its role is known only after apply"),
        (plan(name=None), "the name of aws_iam_role.this is known only after apply"),
        ({"resource_changes": []}, "aws_iam_role.this is not planned"),
    ],
)  # fmt: skip
def test_unknown_or_missing_part_of_the_role_is_an_error(planned: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Role.planned(planned, account=ACCOUNT)
    assert message in str(caught.value)


def test_planned_policy_reads_the_document_of_a_resource() -> None:
    planned = {"resource_changes": [resource("aws_s3_bucket_policy.this", policy=json.dumps(READ))]}
    assert planned_policy(planned, "aws_s3_bucket_policy.this") == READ
    with pytest.raises(ConfigurationError, match=r"aws_s3_bucket_policy\.other is not planned"):
        planned_policy(planned, "aws_s3_bucket_policy.other")
