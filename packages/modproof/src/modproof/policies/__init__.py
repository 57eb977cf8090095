"""Evaluate requests against the IAM policies in a plan, with a policy simulator."""

from __future__ import annotations

from modproof.policies.evaluator import decide, decide_each
from modproof.policies.model import Decision, Policies, Request, Verdict
from modproof.policies.planned import Role, planned_policy
from modproof.policies.reference import Action, ResourceType, service_actions

__all__ = [
    "Action",
    "Decision",
    "Policies",
    "Request",
    "ResourceType",
    "Role",
    "Verdict",
    "decide",
    "decide_each",
    "planned_policy",
    "service_actions",
]
