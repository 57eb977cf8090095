"""Evaluate requests with an IAM policy simulator, all in one process."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from modproof import toolchain
from modproof.core import process
from modproof.core.environment import base_environment
from modproof.core.errors import CommandFailed, ConfigurationError
from modproof.policies.installation import simulator
from modproof.policies.model import Decision, Policies, Request, Verdict

__all__ = ["decide", "decide_each"]

_TIMEOUT_SECONDS = 120.0
_VERDICTS = {
    "Allowed": Verdict.ALLOWED,
    "ImplicitlyDenied": Verdict.IMPLICITLY_DENIED,
    "ExplicitlyDenied": Verdict.EXPLICITLY_DENIED,
}
_FAULTS = {
    "invalid.action": "AWS has no such action",
    "invalid.service": "AWS has no such service",
    "invalid.principal": "the principal is not valid in IAM",
    "must.use.wildcard": "the action does not support resources; use * as the resource",
    "no.resource.types": "the action does not support this resource type",
    "multiple.resource.types": "the ARN matches several resource types",
    "policy.errors": "IAM would reject a policy",
    "wildcard.resource": "use the ARN of one resource; * is only for actions that do not support resources",
}


def decide(policies: Policies, requests: Iterable[Request]) -> list[Decision]:
    """IAM's decision on each request, in order, if exactly these policies apply.

    An impossible request is an error and not a denial, because a test of it would prove nothing. Raises
    ConfigurationError for an unknown action or service, a resource type that the action does not support, a context key
    that the action does not send, and a policy that IAM would reject. Raises ToolMissing if the simulator cannot be
    installed.
    """
    return decide_each((policies, request) for request in requests)


def decide_each(asked: Iterable[tuple[Policies, Request]]) -> list[Decision]:
    """Like :func:`decide`, for requests with different policies, in one simulator process."""
    pairs = list(asked)
    if not pairs:
        return []
    answers = _run([_simulation(policies, request) for policies, request in pairs])
    return [_decision(request, answer) for (_, request), answer in zip(pairs, answers, strict=True)]


def _simulation(policies: Policies, request: Request) -> dict[str, Any]:
    simulation: dict[str, Any] = {
        "request": {
            "principal": request.principal,
            "action": request.action,
            "resource": {"resource": request.resource, "accountId": request.resource_account},
            "contextVariables": {key: _text(value) for key, value in request.context.items()},
        },
        "identityPolicies": [{"name": name, "policy": policy} for name, policy in policies.identity.items()],
        "serviceControlPolicies": [],
        "resourceControlPolicies": [],
    }
    if policies.boundary is not None:
        simulation["permissionBoundaryPolicies"] = [{"name": "boundary", "policy": policies.boundary}]
    if policies.resource is not None:
        simulation["resourcePolicy"] = policies.resource
    return simulation


def _text(value: object) -> str | list[str]:
    if isinstance(value, list):
        return [str(element) for element in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


def _run(simulations: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    program: Path = simulator()
    completed = process.run(
        [str(toolchain.ensure("node")), str(program)],
        env=base_environment(),
        stdin=json.dumps(simulations),
        timeout_seconds=_TIMEOUT_SECONDS,
    )
    if completed.returncode != 0:
        raise CommandFailed(f"the policy simulator failed: {completed.stderr.strip()[-2000:]}")
    answers: list[dict[str, Any]] = json.loads(completed.stdout)
    return answers


def _decision(request: Request, answer: Mapping[str, Any]) -> Decision:
    if "fault" in answer:
        fault = dict(answer["fault"])
        code = fault.pop("message")
        details = f": {json.dumps(fault)}" if fault else ""
        raise ConfigurationError(f"{request} cannot be evaluated: {_FAULTS.get(code, code)}{details}")
    if answer["ignored"]:
        raise ConfigurationError(
            f"{request} cannot be evaluated: the action does not send {', '.join(answer['ignored'])}",
            hint="see the action's condition keys in AWS's service authorization reference",
        )
    because = tuple(_statement(reason) for reason in answer["because"] if reason["denial"] != "Implicit")
    return Decision(request, _VERDICTS[answer["verdict"]], because)


def _statement(reason: Mapping[str, str]) -> str:
    kind = {"pb": "boundary"}.get(reason["kind"], reason["kind"])
    return f"{reason['policy'] or kind}/{reason['statement']}"
