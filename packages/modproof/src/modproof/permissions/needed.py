"""The permissions that AWS calls need: an action on a resource each, with the context that IAM would see."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from modproof.core.errors import ConfigurationError
from modproof.core.results import RecordedCall
from modproof.permissions.operations import FurtherActions, Operations
from modproof.policies import Action, ResourceType, service_actions

__all__ = ["Needed", "Permission", "needed"]

_ROLE = re.compile(r"arn:[\w-]+:iam::\d{12}:role/.+")
# the colons of arn:partition:service:region:account:resource
_FIELDS = 5
# the types in ARNs of resources, by the prefix of their IDs. Source: the examples in
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Operations.html
_TYPES_BY_PREFIX = {
    "acl": "network-acl",
    "ami": "image",
    "dopt": "dhcp-options",
    "eigw": "egress-only-internet-gateway",
    "eipalloc": "elastic-ip",
    "eni": "network-interface",
    "fl": "vpc-flow-log",
    "i": "instance",
    "igw": "internet-gateway",
    "lt": "launch-template",
    "nat": "natgateway",
    "pcx": "vpc-peering-connection",
    "pl": "prefix-list",
    "rtb": "route-table",
    "sg": "security-group",
    "sgr": "security-group-rule",
    "snap": "snapshot",
    "subnet": "subnet",
    "vol": "volume",
    "vpc": "vpc",
    "vpce": "vpc-endpoint",
}
_SERVICE_ROLE = "iam:CreateServiceLinkedRole"
"""Its resource is a role of the service, not the one in the request. Source:
https://docs.aws.amazon.com/IAM/latest/UserGuide/using-service-linked-roles.html"""
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html:
# the actions on roles with the condition key iam:PermissionsBoundary
_BOUNDED = frozenset(
    f"iam:{name}"
    for name in (
        "AttachRolePolicy",
        "CreateRole",
        "DeleteRolePermissionsBoundary",
        "DeleteRolePolicy",
        "DetachRolePolicy",
        "PutRolePermissionsBoundary",
        "PutRolePolicy",
    )
)
_READING = ("Describe", "Get", "Head", "List")
# variables of ARNs, and the members of requests that have their values under another name
_MEMBERS = {
    "Alias": ("AliasName",),
    "BucketName": ("Bucket",),
    "FileSystemId": ("FileSystemId", "ResourceId"),
    "InstanceProfileNameWithPath": ("InstanceProfileName",),
    "KeyId": ("TargetKeyId", "KeyId"),
    "ObjectName": ("Key",),
    "PolicyNameWithPath": ("PolicyName",),
    "RoleNameWithPath": ("RoleName",),
    "RuleName": ("Rule", "Name"),
    "RuleNameOnCustomEventBus": ("Rule", "Name"),
    "RuleNameOnDefaultEventBus": ("Rule", "Name"),
    "UserNameWithPath": ("UserName",),
}
# variables that each ARN in a call has: a type without others is one resource of the account, such as the S3 Access
# Grants instance
_FIXED = frozenset({"Partition", "Region", "Account"})
# prefixes of values that ARNs do not have
_VALUE_PREFIXES = {"Alias": "alias/"}


@dataclass(frozen=True, slots=True, order=True)
class Permission:
    """``action`` on ``resource``, an ARN of one resource or with ``*`` where AWS generates a part, or ``*``.

    ``passed_to`` is the service that gets the role, for ``iam:PassRole``. ``region`` is empty for what has none.
    ``boundary`` is the ARN of the permissions boundary of the role that is changed.
    """

    action: str
    resource: str
    region: str
    passed_to: str = ""
    boundary: str = ""


@dataclass(frozen=True, slots=True)
class Needed:
    """The ``permissions`` of calls, and the calls that map to no action: ``unmapped``."""

    permissions: tuple[Permission, ...]
    unmapped: tuple[str, ...]


def needed(calls: Iterable[RecordedCall], table: Operations, others: Iterable[RecordedCall] = ()) -> Needed:
    """The permissions that ``calls`` need, sorted. ``others`` are calls that may have created what ``calls`` use.

    Raises ToolMissing if the simulator cannot be installed.
    """
    permissions: set[Permission] = set()
    unmapped: set[str] = set()
    made = list(calls)
    paths = _paths([*made, *others])
    made = [_with_path(call, paths) for call in made]
    boundaries = _boundaries(made)
    for call in made:
        if table.is_free(call):
            continue
        own = [_action(name) for name in table.actions(call)]
        if None in own:
            unmapped.add(str(call))
        found = [action for action in own if action is not None]
        permissions.update(
            Permission(action.name, resource, call.region, boundary=boundaries.get(_role_of(call, action), ""))
            for action in found
            for resource in _resources(action, call)
        )
        permissions.update(_passed_roles(call, table))
        for further in table.further(call):
            permissions.update(_further(further, call, found))
    return Needed(tuple(sorted(permissions)), tuple(sorted(unmapped)))


def _paths(calls: Iterable[RecordedCall]) -> dict[tuple[str, str], str]:
    """The path of each role, policy and instance profile that is created with one, by member and name.

    Other calls have only the name, but the ARN has the path. Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
    """
    return {
        (member, call.identifiers[member]): path
        for call in calls
        if call.service == "iam" and (path := call.identifiers.get("Path", "").strip("/"))
        for member in ("RoleName", "PolicyName", "InstanceProfileName")
        if member in call.identifiers
    }


def _with_path(call: RecordedCall, paths: Mapping[tuple[str, str], str]) -> RecordedCall:
    found = {member: paths[member, name] for member, name in call.identifiers.items() if (member, name) in paths}
    if call.service != "iam" or not found:
        return call
    names = {member: f"{path}/{call.identifiers[member]}" for member, path in found.items()}
    return replace(call, identifiers={**call.identifiers, **names})


def _boundaries(calls: Iterable[RecordedCall]) -> dict[str, str]:
    """The permissions boundary of each role that is created with one, by name."""
    return {
        call.identifiers["RoleName"]: arn
        for call in calls
        if str(call) == "iam.CreateRole"
        for arn in call.arns
        if ":policy/" in arn
    }


def _role_of(call: RecordedCall, action: Action) -> str:
    """The name of the role in a call of which IAM evaluates the role's boundary; empty for another call."""
    return call.identifiers.get("RoleName", "") if action.name in _BOUNDED else ""


def _action(name: str) -> Action | None:
    try:
        return service_actions(name.partition(":")[0]).get(name)
    except ConfigurationError:  # AWS has no such service
        return None


def _passed_roles(call: RecordedCall, table: Operations) -> Iterator[Permission]:
    """``iam:PassRole`` for each role in a request that writes.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
    """
    if call.service in ("iam", "sts") or call.operation.startswith(_READING):
        return
    for arn in call.arns:
        if _ROLE.fullmatch(arn) and f":{call.account}:" in arn and "/aws-service-role/" not in arn:
            yield Permission("iam:PassRole", arn, "", _principal(table.prefix(call.service), call.operation))


def _principal(service: str, operation: str) -> str:
    # https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
    return "vpc-flow-logs.amazonaws.com" if operation == "CreateFlowLogs" else f"{service}.amazonaws.com"


def _further(further: FurtherActions, call: RecordedCall, own: list[Action]) -> Iterator[Permission]:
    of_call = [arn for action in own for arn in _resources(action, call)]
    for name in further.actions:
        if name == _SERVICE_ROLE:
            yield Permission(name, f"arn:aws:iam::{call.account}:role/aws-service-role/*", call.region)
            continue
        action = _action(name)
        assert action is not None, f"operations.yaml: AWS has no action {name}"
        named = [call.identifiers[further.resource]] if further.resource in call.identifiers else []
        candidates = [*named, *of_call]
        fitting = [arn for arn in candidates if any(type_.fits(arn) for type_ in action.resource_types)]
        for resource in fitting or _resources(action, call):
            yield Permission(action.name, resource, call.region)


def _resources(action: Action, call: RecordedCall) -> list[str]:
    """The resources of ``action`` in the call: its ARNs, otherwise ARNs made of the names in it.

    If the call names none, it is any resource of the types of which it has the most parts.
    """
    if not action.resource_types:
        return ["*"]
    found: list[str] = []
    # the ARN of a part, such as a subscription of a topic, has the ARN of the whole and a further field
    named = [*call.arns, *(arn.rpartition(":")[0] for arn in call.arns if arn.count(":") > _FIELDS)]
    names_resource = any(type_.fits(arn) for type_ in action.resource_types for arn in named)
    for type_ in action.resource_types:
        fitting = [arn for arn in named if type_.fits(arn)]
        if names_resource and not fitting and _FIXED.issuperset(type_.variables):
            continue
        values = _values(type_.variables, call)
        # the ARNs in a request may be of other resources, such as the destination of a replication
        if len(values) == len(type_.variables):
            found.append(type_.filled(values))
        elif fitting:
            found += fitting
        elif type_.required:
            found.append(type_.filled(values))
    return sorted(set(found)) or _most_known(action.resource_types, call)


def _most_known(types: Iterable[ResourceType], call: RecordedCall) -> list[str]:
    """Any resource of the types of which the call has the most variables of the ARN.

    If there are several, those of an ID in the call's ``Resources``, or in the name of the resource that made the call:
    ``aws_route_table_association`` changes a ``route-table``.
    """
    known = [(type_, _values(type_.variables, call)) for type_ in types]
    fewest = min(len(type_.variables) - len(values) for type_, values in known)
    candidates = [type_.filled(values) for type_, values in known if len(type_.variables) - len(values) == fewest]
    id_ = call.identifiers.get("Resources", "")
    of_id = _TYPES_BY_PREFIX.get(id_.partition("-")[0])
    with_id = [arn.removesuffix("*") + id_ for arn in candidates if _kind(arn) == of_id]
    caller = call.caller.replace("_", "")
    named = [arn for arn in candidates if _kind(arn).replace("-", "") in caller]
    return sorted(set(with_id or named or candidates))


def _kind(arn: str) -> str:
    """The type of the resource in an ARN."""
    return re.split("[:/]", arn)[_FIELDS]


def _values(variables: Iterable[str], call: RecordedCall) -> dict[str, str]:
    """The values of an ARN's variables, as far as the call has them."""
    fixed = {"Partition": "aws", "Region": call.region, "Account": call.account}
    members = {name.lower(): value for name, value in call.identifiers.items()}
    found: dict[str, str] = {}
    for variable in variables:
        names = _MEMBERS.get(variable, (variable, "Name") if variable.endswith("Name") else (variable,))
        given = next((members[name.lower()] for name in names if name.lower() in members), None)
        value = fixed.get(variable, given)
        if value is not None and not value.startswith("arn:"):
            found[variable] = value.removeprefix(_VALUE_PREFIXES.get(variable, ""))
    return found
