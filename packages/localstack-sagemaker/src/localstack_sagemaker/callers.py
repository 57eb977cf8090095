"""Who signs a request: an assumed role, a user, or the account itself with its all-powerful key."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .directory import Identity, directory
from .iam.documents import Document, Principal, document
from .iam.evaluation import Decision, Policies, Request, decide
from .others import Context, Signer, others

__all__ = ["Caller", "caller_of", "identity_of", "observe"]

_ACCESS_KEY = re.compile(r"Credential=([^/,\s]+)/")
_ASSUMES = ("AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity")


@dataclass(frozen=True, slots=True)
class _Session:
    """What AssumeRole was asked for."""

    role: str
    arn: str
    user_id: str
    policy: str = ""
    policy_arns: tuple[str, ...] = ()
    tags: dict[str, str] = field(default_factory=dict)


_sessions: dict[str, _Session] = {}
_users: dict[str, tuple[str, str]] = {}


@dataclass(frozen=True, slots=True)
class Caller:
    """A caller that policies decide for. `session` are the policies that were passed to AssumeRole."""

    principal: Principal
    identity: Identity
    user_id: str
    session: tuple[tuple[str, Document], ...] | None = None
    tags: dict[str, str] = field(default_factory=dict)

    def decide(
        self, action: str, resource: str, context: Mapping[str, Any], account: str, policy: Document | None = None
    ) -> Decision:
        """Decide on a request of this caller to a resource of `account` with a resource-based `policy`."""
        policies = Policies(self.identity.policies, self.identity.boundary, self.session, policy)
        return decide(Request(self.principal, action, resource, context, account), policies)

    def context(self) -> dict[str, Any]:
        """The condition keys that describe the caller."""
        return {
            "aws:principalarn": self.principal.role or self.principal.arn,
            "aws:principalaccount": self.principal.account,
            "aws:principaltype": "AssumedRole" if self.principal.role else "User",
            "aws:principalisawsservice": False,
            "aws:userid": self.user_id,
            **({} if self.principal.role else {"aws:username": self.principal.arn.rpartition("/")[2]}),
            **{f"aws:principaltag/{key.lower()}": value for key, value in self.tags.items()},
        }


def request_context(region: str) -> dict[str, Any]:
    """The condition keys that describe a request, whoever makes it. A real client uses TLS."""
    now = datetime.datetime.now(datetime.UTC)
    return {
        "aws:currenttime": now.isoformat(),
        "aws:epochtime": int(now.timestamp()),
        "aws:requestedregion": region,
        "aws:securetransport": True,
        "aws:sourceip": "127.0.0.1",
        "aws:viaawsservice": False,
    }


def _key_of(context: Context) -> str:
    match = _ACCESS_KEY.search(context.request.headers.get("Authorization", ""))
    return match[1] if match else ""


def identity_of(context: Context) -> tuple[str, str]:
    """ARN and ID of the principal that signed a request, as GetCallerIdentity returns them."""
    key = _key_of(context)
    session = _sessions.get(key)
    if session:
        return session.arn, session.user_id
    if key in _users:
        user = directory.user(*_users[key])
        return (user.arn, user.id) if user else ("", "")
    signer = others().signer(key)
    if signer:
        return signer.arn, signer.user_id
    return f"arn:{context.partition}:iam::{context.account_id}:root", str(context.account_id)


def caller_of(context: Context) -> Caller | None:
    """The caller that policies decide for; None for the account's own key."""
    key = _key_of(context)
    if key in _users:
        user = directory.user(*_users[key])
        if user:
            return Caller(Principal(user.arn, user.account), user, user.id, tags=user.tags)
    session = _sessions.get(key)
    return _of_session(session) if session else _of_signer(others().signer(key))


def _of_signer(signer: Signer | None) -> Caller | None:
    if signer is None:
        return None
    if signer.role:
        return _of_session(_Session(signer.role, signer.arn, signer.user_id))
    user = directory.user(signer.account, signer.arn.rpartition("/")[2]) if ":user/" in signer.arn else None
    return Caller(Principal(user.arn, user.account), user, user.id, tags=user.tags) if user else None


def _of_session(session: _Session) -> Caller:
    account = session.arn.split(":")[4]
    # a role that does not exist any more allows nothing
    role = directory.role(session.role) or Identity(session.role, account)
    passed: list[tuple[str, Document]] = [("session policy", document(session.policy))] if session.policy else []
    passed += [directory.managed(account, arn) or (arn, Document(())) for arn in session.policy_arns]
    return Caller(
        Principal(session.arn, account, role=session.role),
        role,
        session.user_id,
        tuple(passed) or None,
        {**role.tags, **session.tags},
    )


def observe(account: str, service: str, operation: str, request: Mapping[str, Any], answer: Any) -> None:
    """Remember new credentials of a call to any service, and drop policies that it changed. `answer` may be None."""
    directory.changed(service, operation, account)
    if not isinstance(answer, Mapping):
        return
    if service == "sts" and operation in _ASSUMES and answer.get("Credentials"):
        user = answer["AssumedRoleUser"]
        _sessions[answer["Credentials"]["AccessKeyId"]] = _Session(
            request["RoleArn"],
            user["Arn"],
            user["AssumedRoleId"],
            request.get("Policy") or "",
            tuple(one["arn"] for one in request.get("PolicyArns") or []),
            {tag["Key"]: tag["Value"] for tag in request.get("Tags") or []},
        )
    elif service == "iam" and operation == "CreateAccessKey" and answer.get("AccessKey"):
        created = answer["AccessKey"]
        _users[created["AccessKeyId"]] = (account, created["UserName"])
