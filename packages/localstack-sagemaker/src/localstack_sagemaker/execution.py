"""What SageMaker does as a role: decided by the role's policies and those of buckets, keys and repositories.

The actions of each operation are listed in https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Protocol

from .callers import request_context
from .directory import Bucket, Identity, directory
from .enforcement import enforcement
from .iam.documents import Document, Principal, document
from .iam.evaluation import Policies, Request, decide

__all__ = [
    "Access",
    "Refusal",
    "Scope",
    "alarms",
    "assumable",
    "image",
    "input_data",
    "listing",
    "logs",
    "metrics",
    "network",
    "offline_store",
    "output_data",
    "refusal",
    "volume",
]

_SERVICE = "sagemaker.amazonaws.com"
_IMAGE = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[\w-]+)\.amazonaws\.com(?:\.cn)?/(?P<name>[^:@]+)(?:[:@].*)?"
)
_PULL = ("ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage")


class Scope(Protocol):
    """Where something happens: a call, or the target of an invocation."""

    @property
    def account(self) -> str: ...
    @property
    def region(self) -> str: ...
    @property
    def partition(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Access:
    """One action on one resource. `account` owns it; `policy` is its resource-based policy, if it has one."""

    action: str
    resource: str
    context: Mapping[str, Any] = field(default_factory=dict)
    account: str = ""
    policy: Document | None = None
    open: bool = False
    """whether the owner's policy is not known and taken as one that allows everyone"""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An access that is denied, and AWS's words for why."""

    access: Access
    reason: str

    def __str__(self) -> str:
        return f"{self.access.action} on resource: {self.access.resource} {self.reason}"


def assumable(call: Scope, role_arn: str, source: str | None) -> bool:
    """Whether SageMaker may assume a role for the resource `source`, or without source keys if there is none.

    https://docs.aws.amazon.com/sagemaker/latest/dg/security-confused-deputy-prevention.html
    """
    if not enforcement.on(call.account):
        return True
    role = directory.role(role_arn)
    if role is None or role.trust is None:
        return False
    context = request_context(call.region)
    if source:
        context |= {"aws:sourceaccount": call.account, "aws:sourcearn": source}
    request = Request(Principal(_SERVICE, "", service=_SERVICE), "sts:AssumeRole", role_arn, context, role.account)
    return decide(request, Policies(resource=role.trust)).allowed


def refusal(call: Scope, role_arn: str, needed: Iterable[Access]) -> Refusal | None:
    """The first access that a role's policies, or those of the resource, deny; None if enforcement is off."""
    if not enforcement.on(call.account):
        return None
    role = directory.role(role_arn)
    if role is None:
        role = Identity(role_arn, call.account)
    principal = Principal(
        f"arn:{call.partition}:sts::{role.account}:assumed-role/{role_arn.rpartition('/')[2]}/SageMaker",
        role.account,
        role=role_arn,
    )
    shared = request_context(call.region)
    shared |= {
        "aws:multifactorauthpresent": False,
        "aws:principalarn": role_arn,
        "aws:principalaccount": role.account,
        "aws:principaltype": "AssumedRole",
        "aws:tokenissuetime": shared["aws:currenttime"],
        "aws:userid": f"{role.id}:SageMaker",
        **{f"aws:principaltag/{key.lower()}": value for key, value in role.tags.items()},
    }
    for access in needed:
        account = role.account if access.open else access.account or role.account
        request = Request(principal, access.action, access.resource, {**shared, **access.context}, account)
        decision = decide(request, Policies(role.policies, role.boundary, resource=access.policy))
        if not decision.allowed:
            return Refusal(access, decision.reason)
    return None


def image(call: Scope, uri: str) -> Iterator[Access]:
    """Pull an image from ECR. A repository that the emulator does not have, such as AWS's, is open to everyone."""
    match = _IMAGE.fullmatch(uri)
    if not match:
        return
    yield Access("ecr:GetAuthorizationToken", "*")
    owner, region, name = match["account"], match["region"], match["name"]
    known = directory.repository(owner, region, name)
    arn = f"arn:{call.partition}:ecr:{region}:{owner}:repository/{name}"
    for action in _PULL:
        yield Access(action, arn, account=owner, policy=known[0] if known else None, open=known is None)


def listing(call: Scope, uri: str) -> Iterator[Access]:
    """List the objects below a prefix."""
    name, key = _parts(uri)
    if name:
        shared = _owned(directory.bucket(call.account, call.region, name))
        yield Access("s3:ListBucket", f"arn:{call.partition}:s3:::{name}", {"s3:prefix": key}, **shared)


def input_data(call: Scope, uri: str, *, prefix: bool = False) -> Iterator[Access]:
    """Read an object, or the objects below a prefix: the bucket's list, the object, and the bucket's key."""
    name, key = _parts(uri)
    if not name:
        return
    bucket = directory.bucket(call.account, call.region, name)
    arn = f"arn:{call.partition}:s3:::{name}"
    if prefix:
        yield from listing(call, uri)
        key = f"{key.rstrip('/')}/data".lstrip("/")
    yield Access("s3:GetObject", f"{arn}/{key}", **_owned(bucket))
    if bucket and bucket.key:
        yield from _key(
            call, "kms:Decrypt", bucket.key, _through_s3(call, arn if bucket.bucket_key else f"{arn}/{key}")
        )


def output_data(call: Scope, uri: str, key_id: str | None, name: str, *, plain: bool = False) -> Iterator[Access]:
    """Write an object below `uri` with a key.

    Without a key, jobs ask S3 for the account's `aws/s3` key, and `plain` uploads get the bucket's default:
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_OutputDataConfig.html
    """
    bucket_name, prefix = _parts(uri)
    if not bucket_name:
        return
    bucket = directory.bucket(call.account, call.region, bucket_name)
    arn = f"arn:{call.partition}:s3:::{bucket_name}"
    target = "/".join(part for part in (prefix.rstrip("/"), name) if part)
    context: dict[str, Any] = {} if plain and not key_id else {"s3:x-amz-server-side-encryption": "aws:kms"}
    key = directory.key(call.account, call.region, key_id) if key_id else None
    if key_id:
        context["s3:x-amz-server-side-encryption-aws-kms-key-id"] = key.arn if key else key_id
    yield Access(
        "s3:PutObject",
        f"{arn}/{target}",
        context,
        **_owned(bucket),
    )
    key_id = key_id or (bucket.key if bucket and plain else None)
    if key_id:
        where = arn if bucket and bucket.bucket_key else f"{arn}/{target}"
        yield from _key(call, "kms:GenerateDataKey", key_id, _through_s3(call, where))


def offline_store(call: Scope, uri: str, key_id: str | None) -> Iterator[Access]:
    """Write the offline store of a feature group."""
    name, _ = _parts(uri)
    if name:
        shared = _owned(directory.bucket(call.account, call.region, name))
        yield Access("s3:GetBucketAcl", f"arn:{call.partition}:s3:::{name}", **shared)
        yield from output_data(call, uri, key_id, "data.parquet", plain=True)


def volume(call: Scope, key_id: str | None) -> Iterator[Access]:
    """Encrypt the instances' volumes with a key, by a grant for EBS."""
    if key_id:
        context = {"kms:grantisforawsresource": True, "kms:viaservice": f"sagemaker.{call.region}.amazonaws.com"}
        yield from _key(call, "kms:CreateGrant", key_id, context)


def network(call: Scope, subnets: Sequence[str], groups: Sequence[str]) -> Iterator[Access]:
    """Connect instances to a VPC: network interfaces, their permission, and the descriptions that it needs."""
    if not subnets:
        return
    ec2 = f"arn:{call.partition}:ec2:{call.region}:{call.account}"
    interface = f"{ec2}:network-interface/eni-0"
    for action in ("SecurityGroups", "Subnets", "Vpcs", "DhcpOptions", "NetworkInterfaces"):
        yield Access(f"ec2:Describe{action}", "*")
    for subnet in subnets:
        context = {"ec2:subnet": f"{ec2}:subnet/{subnet}", "ec2:authorizedservice": _SERVICE}
        yield Access("ec2:CreateNetworkInterface", f"{ec2}:subnet/{subnet}")
        yield Access("ec2:CreateNetworkInterface", interface, context)
        yield Access("ec2:CreateNetworkInterfacePermission", interface, context)
    for group in groups:
        yield Access("ec2:CreateNetworkInterface", f"{ec2}:security-group/{group}")


def alarms(call: Scope, names: Iterable[str]) -> Iterator[Access]:
    """Watch the alarms of an update.

    https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html
    """
    for name in names:
        arn = f"arn:{call.partition}:cloudwatch:{call.region}:{call.account}:alarm:{name}"
        yield Access("cloudwatch:DescribeAlarms", arn)


def logs(call: Scope, group: str, stream: str) -> Iterator[Access]:
    """Write to a stream of a log group."""
    arn = f"arn:{call.partition}:logs:{call.region}:{call.account}:log-group:{group}:log-stream:{stream}"
    for action in ("CreateLogStream", "PutLogEvents"):
        yield Access(f"logs:{action}", arn)


def metrics(call: Scope, namespace: str) -> Iterator[Access]:
    """Publish metrics of the instances."""
    yield Access("cloudwatch:PutMetricData", "*", {"cloudwatch:namespace": namespace})


def _key(call: Scope, action: str, key_id: str, context: Mapping[str, Any]) -> Iterator[Access]:
    key = directory.key(call.account, call.region, key_id)
    if key_id.rpartition(":")[2].startswith("alias/aws/") or (key and key.policy is None):
        return  # the policies of AWS's keys allow the service that they are for
    context = {**context, "kms:calleraccount": call.account}
    if key:
        yield Access(action, key.arn, context, account=key.arn.split(":")[4], policy=key.policy)
    else:
        region = f"arn:{call.partition}:kms:{call.region}:{call.account}"
        arn = key_id if key_id.startswith("arn:") else f"{region}:key/{key_id}"
        yield Access(action, arn, context, policy=_delegating(call.account), open=True)


@cache
def _delegating(account: str) -> Document:
    """The default policy of a key, with which IAM policies of the account decide."""
    statement = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "kms:*", "Resource": "*"}
    return document(json.dumps({"Version": "2012-10-17", "Statement": statement}))


def _owned(bucket: Bucket | None) -> dict[str, Any]:
    """The members of an access to a bucket that describe its owner."""
    return {
        "account": bucket.owner or "other" if bucket else "",
        "policy": bucket.policy if bucket else None,
        "open": bucket is None,
    }


def _through_s3(call: Scope, arn: str) -> dict[str, Any]:
    return {"kms:viaservice": f"s3.{call.region}.amazonaws.com", "kms:encryptioncontext:aws:s3:arn": arn}


def _parts(uri: str) -> tuple[str, str]:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return (bucket, key) if uri.startswith("s3://") else ("", "")
