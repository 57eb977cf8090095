"""Who signs a request: an assumed role, a user, or the account itself with its all-powerful key."""

from __future__ import annotations

import datetime
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from . import errors
from .directory import Identity, directory
from .iam.documents import Document, Principal, document
from .iam.evaluation import Decision, Policies, Request, decide
from .others import Context, Signer, others
from .remembered import Remembered

__all__ = ["Caller", "caller_of", "identity_of", "key_of", "observe", "request_context"]

_ASSUMES = ("AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity")
_TOKENS = ("GetSessionToken", "GetFederationToken")
_TEMPORARY = ("ASIA", "LSIA")
"""the beginnings of temporary access keys, of AWS and of LocalStack"""
_SESSIONS = 10_000
_HOUR = 3600.0
_TOKEN_SECONDS = 43_200.0
"""https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html (DurationSeconds)"""


@dataclass(slots=True)
class _Session:
    """What AssumeRole was asked for. `role` is empty for the account's own temporary key."""

    role: str
    arn: str
    user_id: str
    policy: str = ""
    policy_arns: tuple[str, ...] = ()
    tags: dict[str, str] = field(default_factory=dict)
    token: dict[str, Any] = field(default_factory=dict)
    """the condition keys that only temporary keys have"""
    caller: Caller | None = None
    """of the last request, which is used again if the role has not changed"""


_sessions: Remembered[_Session] = Remembered(_SESSIONS)
_users: dict[str, tuple[str, str] | None] = {}
"""access key → account and name of its user; None for a deleted key"""


@dataclass(frozen=True, slots=True)
class Caller:
    """A caller that policies decide for. `session` are the policies that were passed to AssumeRole."""

    principal: Principal
    identity: Identity
    user_id: str
    session: tuple[tuple[str, Document], ...] | None = None
    tags: dict[str, str] = field(default_factory=dict)
    token: dict[str, Any] = field(default_factory=dict)
    """the condition keys of a temporary key"""
    context: dict[str, Any] = field(init=False, repr=False, compare=False)
    """the condition keys that describe the caller"""

    def __post_init__(self) -> None:
        role = self.principal.role
        keys = {
            "aws:principalarn": role or self.principal.arn,
            "aws:principalaccount": self.principal.account,
            "aws:principaltype": "AssumedRole" if role else "User",
            "aws:principalisawsservice": False,
            "aws:userid": self.user_id,
            **(
                {"aws:multifactorauthpresent": False}
                if role
                else {"aws:username": self.principal.arn.rpartition("/")[2]}
            ),
            **{f"aws:principaltag/{key.lower()}": value for key, value in self.tags.items()},
            **self.token,
        }
        object.__setattr__(self, "context", keys)

    def decide(
        self, action: str, resource: str, context: Mapping[str, Any], account: str, policy: Document | None = None
    ) -> Decision:
        """Decide on a request of this caller to a resource of `account` with a resource-based `policy`."""
        policies = Policies(self.identity.policies, self.identity.boundary, self.session, policy)
        return decide(Request(self.principal, action, resource, context, account), policies)


def request_context(region: str) -> dict[str, Any]:
    """The condition keys that describe a request, whoever makes it. A real client uses TLS."""
    return dict(_in_second(region, int(time.time())))


@lru_cache(maxsize=64)
def _in_second(region: str, second: int) -> dict[str, Any]:
    return {
        "aws:currenttime": datetime.datetime.fromtimestamp(second, datetime.UTC).isoformat(),
        "aws:epochtime": second,
        "aws:requestedregion": region,
        "aws:securetransport": True,
        "aws:sourceip": "127.0.0.1",
        "aws:viaawsservice": False,
    }


def key_of(context: Context) -> str:
    """The access key that signed a request; empty if none did."""
    after = context.request.headers.get("Authorization", "").partition("Credential=")[2]
    key, slash, _ = after.partition("/")
    return key if slash else ""


def identity_of(context: Context, key: str) -> tuple[str, str]:
    """ARN and ID of the principal that signed a request with a key, as GetCallerIdentity returns them."""
    session = _sessions.get(key)
    if session and session.role:
        return session.arn, session.user_id
    if key in _users:
        user = _user_of(key)
        return (user.arn, user.id) if user else ("", "")
    signer = others().signer(key)
    if signer:
        return signer.arn, signer.user_id
    return f"arn:{context.partition}:iam::{context.account_id}:root", str(context.account_id)


def caller_of(key: str) -> Caller | None:
    """The caller that policies decide for; None for the account's own key.

    Raises UnrecognizedClientException for a deleted key of a user, and ExpiredTokenException for a temporary key that
    has expired, or that this server did not issue.
    """
    if key in _users:
        user = _user_of(key)
        if user is None:
            raise errors.failure(
                "UnrecognizedClientException", "The security token included in the request is invalid."
            )
        return Caller(Principal(user.arn, user.account), user, user.id, tags=user.tags)
    session = _sessions.get(key)
    if session:
        return _of_session(session) if session.role else None
    signer = others().signer(key)
    if signer is None and key.startswith(_TEMPORARY):
        # without its session, the key would be one that may do everything
        raise errors.failure("ExpiredTokenException", "The security token included in the request is expired")
    return _of_signer(signer)


def _user_of(key: str) -> Identity | None:
    """The user with an access key; None if the key or the user was deleted."""
    owner = _users[key]
    return directory.user(*owner) if owner else None


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
    policies = tuple(passed) or None
    made = session.caller
    if made is None or made.identity is not role or made.session != policies:
        principal = Principal(session.arn, account, role=session.role)
        tags = {**role.tags, **session.tags}
        made = session.caller = Caller(principal, role, session.user_id, policies, tags, session.token)
    return made


def observe(account: str, service: str, operation: str, request: Mapping[str, Any], answer: Any) -> None:
    """Remember new credentials of a call to any service, and drop policies that it changed.

    `answer` is None if the call failed.
    """
    directory.changed(service, operation, account)
    if service not in ("sts", "iam") or not isinstance(answer, Mapping):
        return
    if service == "iam" and operation == "DeleteAccessKey" and request.get("AccessKeyId") in _users:
        _users[request["AccessKeyId"]] = None
    if service == "sts" and answer.get("Credentials"):
        session = _session(operation, request, answer)
        if session:
            seconds = request.get("DurationSeconds") or (_TOKEN_SECONDS if operation in _TOKENS else _HOUR)
            _sessions.put(answer["Credentials"]["AccessKeyId"], session, float(seconds))
    elif service == "iam" and operation == "CreateAccessKey" and answer.get("AccessKey"):
        created = answer["AccessKey"]
        _users[created["AccessKeyId"]] = (account, created["UserName"])


def _session(operation: str, request: Mapping[str, Any], answer: Mapping[str, Any]) -> _Session | None:
    if operation in _TOKENS:
        return _Session("", "", "")
    if operation not in _ASSUMES:
        return None
    user = answer["AssumedRoleUser"]
    return _Session(
        request["RoleArn"],
        user["Arn"],
        user["AssumedRoleId"],
        request.get("Policy") or "",
        tuple(one["arn"] for one in request.get("PolicyArns") or []),
        {tag["Key"]: tag["Value"] for tag in request.get("Tags") or []},
        {
            "aws:multifactorauthpresent": bool(request.get("TokenCode")),
            "aws:tokenissuetime": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            **({"aws:sourceidentity": request["SourceIdentity"]} if request.get("SourceIdentity") else {}),
        },
    )
