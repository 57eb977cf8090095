"""Read the policies that apply to a request from a plan."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from modproof.core.errors import ConfigurationError
from modproof.policies.evaluator import decide
from modproof.policies.model import ContextValue, Decision, Policies, Request

__all__ = ["Role", "planned_policy"]


@dataclass(frozen=True, slots=True)
class Role:
    """A planned role with all policies that determine its permissions."""

    name: str
    account: str
    identity: Mapping[str, Mapping[str, Any]]
    boundary: Mapping[str, Any] | None = None
    partition: str = "aws"

    @classmethod
    def planned(
        cls,
        plan: Mapping[str, Any],
        address: str = "aws_iam_role.this",
        *,
        account: str,
        partition: str = "aws",
        managed: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> Role:
        """The role at ``address`` in ``plan`` (Terraform's JSON), with its inline policies, attachments and boundary.

        A plan contains only the ARN of a managed policy, so ``managed`` must map the ARN of each attached policy and of
        the boundary to its document. No policy is ignored: raises ConfigurationError if a document is missing, the role
        is not planned, or a policy is known only after apply.
        """
        resources = {address: values for address, _, values in _resources(plan)}
        if address not in resources:
            raise ConfigurationError(f"{address} is not planned", hint=f"planned: {', '.join(sorted(resources))}")
        role = resources[address]
        name = role.get("name")
        if not name:
            raise ConfigurationError(f"the name of {address} is known only after apply")
        documents = managed or {}
        identity: dict[str, Mapping[str, Any]] = {}
        for place, kind, values in _resources(plan):
            if kind == "aws_iam_role_policy" and _belongs_to(values.get("role"), name, place):
                identity[values.get("name") or place] = _document(values.get("policy"), place)
            elif kind == "aws_iam_role_policy_attachment" and _belongs_to(values.get("role"), name, place):
                arn = values.get("policy_arn") or ""
                identity[arn] = _managed(documents, arn, place)
        boundary = role.get("permissions_boundary")
        return cls(
            name=name,
            account=account,
            identity=identity,
            boundary=None if not boundary else _managed(documents, boundary, address),
            partition=partition,
        )

    @property
    def session(self) -> str:
        """The ARN of a session of the role, the principal of its requests."""
        return f"arn:{self.partition}:sts::{self.account}:assumed-role/{self.name}/session"

    def request(self, action: str, resource: str = "*", *, account: str = "", **context: ContextValue) -> Request:
        """A request by the role. Pass context keys as ``**{"sagemaker:InstanceTypes": […]}``."""
        return Request(self.session, action, resource, context, account)

    def decide(
        self, requests: Iterable[Request], *, resource_policy: Mapping[str, Any] | None = None
    ) -> list[Decision]:
        """IAM's decision on each request; ``resource_policy`` is the resource-based policy of their target."""
        return decide(Policies(self.identity, self.boundary, resource_policy), requests)


def planned_policy(plan: Mapping[str, Any], address: str, attribute: str = "policy") -> dict[str, Any]:
    """The policy document in ``attribute`` of a planned resource, such as a bucket policy, key policy or trust policy.

    Raises ConfigurationError if the resource is not planned or the document is known only after apply.
    """
    for place, _, values in _resources(plan):
        if place == address:
            return _document(values.get(attribute), address)
    raise ConfigurationError(f"{address} is not planned")


def _resources(plan: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for change in plan.get("resource_changes", []):
        if change.get("mode", "managed") == "managed":
            yield change["address"], change["type"], change["change"].get("after") or {}


def _belongs_to(role: object, name: str, place: str) -> bool:
    if not role:
        raise ConfigurationError(f"{place}: its role is known only after apply")
    return role == name


def _document(text: object, place: str) -> dict[str, Any]:
    if not isinstance(text, str):
        raise ConfigurationError(f"{place}: its policy is known only after apply", hint="plan a case with known inputs")
    document: dict[str, Any] = json.loads(text)
    return document


def _managed(documents: Mapping[str, Mapping[str, Any]], arn: str, place: str) -> Mapping[str, Any]:
    if arn not in documents:
        raise ConfigurationError(
            f"{place}: the plan does not contain the document of {arn or 'a policy known only after apply'}",
            hint="pass the document in `managed`, by ARN",
        )
    return documents[arn]
