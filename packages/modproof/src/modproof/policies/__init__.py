"""Evaluate requests against the IAM policies in a plan, with a policy simulator."""

from __future__ import annotations

from modproof.policies.evaluator import decide, decide_each
from modproof.policies.model import Decision, Policies, Request, Verdict
from modproof.policies.planned import Role, planned_policy

__all__ = ["Decision", "Policies", "Request", "Role", "Verdict", "decide", "decide_each", "planned_policy"]
