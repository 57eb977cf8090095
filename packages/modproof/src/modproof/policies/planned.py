"""Reads the policies that one request would meet out of a plan."""

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
    """A planned role with everything that decides what it may do."""

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
        """The role at ``address`` of ``plan`` (Terraform's JSON), with its inline policies, attachments and boundary.

        A managed policy is planned by its ARN only, so ``managed`` has to hold the document of each that is attached or
        is the boundary, by ARN. Raises ConfigurationError when one is missing, when the role is not planned, and when
        a policy is known only after apply: nothing that could allow something is left out.
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
            if kind == "aws_iam_role_policy" and _names(values.get("role"), name, place):
                identity[values.get("name") or place] = _document(values.get("policy"), place)
            elif kind == "aws_iam_role_policy_attachment" and _names(values.get("role"), name, place):
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
        """The ARN of a session of the role, as which requests are made."""
        return f"arn:{self.partition}:sts::{self.account}:assumed-role/{self.name}/session"

    def request(self, action: str, resource: str = "*", *, account: str = "", **context: ContextValue) -> Request:
        """A request that the role makes. Context keys are given as ``**{"sagemaker:InstanceTypes": […]}``."""
        return Request(self.session, action, resource, context, account)

    def decide(
        self, requests: Iterable[Request], *, resource_policy: Mapping[str, Any] | None = None
    ) -> list[Decision]:
        """What IAM answers to each of the requests; ``resource_policy`` is that of the resource which they go to."""
        return decide(Policies(self.identity, self.boundary, resource_policy), requests)


def planned_policy(plan: Mapping[str, Any], address: str, attribute: str = "policy") -> dict[str, Any]:
    """The policy document at ``attribute`` of a planned resource: of a bucket policy, of a key, of a role's trust.

    Raises ConfigurationError when the resource is not planned or the document is known only after apply.
    """
    for place, _, values in _resources(plan):
        if place == address:
            return _document(values.get(attribute), address)
    raise ConfigurationError(f"{address} is not planned")


def _resources(plan: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for change in plan.get("resource_changes", []):
        if change.get("mode", "managed") == "managed":
            yield change["address"], change["type"], change["change"].get("after") or {}


def _names(role: object, name: str, place: str) -> bool:
    if not role:
        raise ConfigurationError(f"{place}: whose policy this is becomes known only after apply")
    return role == name


def _document(text: object, place: str) -> dict[str, Any]:
    if not isinstance(text, str):
        raise ConfigurationError(f"{place}: its policy is known only after apply", hint="plan a case with known inputs")
    document: dict[str, Any] = json.loads(text)
    return document


def _managed(documents: Mapping[str, Mapping[str, Any]], arn: str, place: str) -> Mapping[str, Any]:
    if arn not in documents:
        raise ConfigurationError(
            f"{place}: what {arn or 'a policy known only after apply'} allows is not in the plan",
            hint="give its document in `managed`, by ARN",
        )
    return documents[arn]
