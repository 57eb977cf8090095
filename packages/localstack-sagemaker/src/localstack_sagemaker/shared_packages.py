"""Access to model package groups and versions of other accounts, as the group's policy allows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from . import errors
from .call import Call
from .clock import clocks
from .iam.documents import Principal
from .policies import allows
from .records import Record
from .store import store_of

__all__ = ["foreign_scope", "in_owners_account", "name_of", "package_of", "shared_group"]


def name_of(name_or_arn: str) -> str:
    """The name in an ARN, or the name itself."""
    return name_or_arn.rpartition("/")[2]


def foreign_scope(call: Call, arn: str) -> tuple[str, str] | None:
    """Account and region of an ARN, or None for a name or an ARN in the caller's account and region."""
    parts = arn.split(":")
    if len(parts) < 6 or (parts[4], parts[3]) == (call.account, call.region):
        return None
    return parts[4], parts[3]


def shared_group(call: Call, name_or_arn: str, action: str) -> Record:
    """Return a group by name, or by ARN from another account whose policy allows the caller."""
    scope = foreign_scope(call, name_or_arn)
    kind = call.kinds["ModelPackageGroup"]
    if scope is None:
        return call.get(kind, (name_of(name_or_arn),))
    # read without that store's lock: two accounts that read from each other could deadlock
    found = store_of("sagemaker", *scope).by_arn(name_or_arn.lower())
    # AWS's example of a group policy grants ListModelPackages on the versions
    versions = f"{name_or_arn.replace(':model-package-group/', ':model-package/')}/*"
    if found is None or not any(_granted(found, call, action, one) for one in (name_or_arn, versions)):
        raise _denied(call, action, name_or_arn)
    return found


def _granted(group: Record, call: Call, action: str, arn: str) -> bool:
    """Whether a group's policy allows the caller's account an action on the group or on one of its versions."""
    status = call.request.get("ModelApprovalStatus")
    context = {"sagemaker:ModelApprovalStatus": status} if status else {}
    return allows(group.private.get("policy"), _principal(call), action, arn, context)


def _principal(call: Call) -> Principal:
    """The caller. The account's own key acts for every principal of the account."""
    if call.caller:
        return call.caller.principal
    return Principal(f"arn:{call.partition}:iam::{call.account}:root", call.account, whole=True)


def _denied(call: Call, action: str, arn: str) -> Exception:
    return errors.failure(
        "AccessDeniedException",
        f"User: {_principal(call).arn} is not authorized to perform: {action} on "
        f"resource: {arn} because no resource-based policy allows the {action} action",
    )


def in_owners_account(member: str) -> Callable[[Call], Call]:
    """Return a function that moves a call to the account that owns the group or version in `member` of its request.

    It raises AccessDeniedException if the group's policy does not allow the caller.
    """

    def move(call: Call) -> Call:
        arn = call.request.get(member) or ""
        scope = foreign_scope(call, arn)
        if scope is None:
            return call
        if scope[1] != call.region:
            raise errors.validation(f"ARN should be scoped to correct region: {call.region}")
        prefix, _, path = arn.partition(":model-package")
        name = path.removeprefix("-group").strip("/").partition("/")[0]
        store = store_of("sagemaker", *scope)
        group = store.by_arn(f"{prefix}:model-package-group/{name}".lower())
        # a version that is created has no number yet
        version = arn.replace(":model-package-group/", ":model-package/") + "/*" if path.startswith("-group") else arn
        action = f"sagemaker:{call.operation}"
        if group is None or not _granted(group, call, action, version):
            raise _denied(call, action, arn)
        return replace(call, account=scope[0], store=store, clock=clocks.of(scope[0]))

    return move


def package_of(call: Call, name_or_arn: str, action: str) -> Record:
    """Return a package by name or ARN, including one from another account whose group's policy allows `action` on it.

    Raises AccessDeniedException for a package of another account that is not shared, and ValidationException for a
    missing one and for another region: https://github.com/aws/amazon-sagemaker-examples/issues/1438.
    """
    kind = call.kinds["ModelPackage"]
    scope = foreign_scope(call, name_or_arn)
    if scope is None:
        return call.get(kind, call.key_of(kind, {"ModelPackageName": name_or_arn}))
    if scope[1] != call.region:
        raise errors.validation(f"ARN should be scoped to correct region: {call.region}")
    prefix, _, path = name_or_arn.partition(":model-package/")
    store = store_of("sagemaker", *scope)
    group = store.by_arn(f"{prefix}:model-package-group/{path.rpartition('/')[0]}".lower())
    if group is None or not _granted(group, call, action, name_or_arn):
        raise _denied(call, action, name_or_arn)
    found = store.by_arn(name_or_arn.lower())
    if found is None:
        raise call.missing(kind, (name_or_arn,))
    return found
