"""The policies of roles, users, buckets, keys and repositories as the other services have them at this moment.

They are read with API calls, once: a call that changes one of them drops what was read of its service.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from . import others
from .iam.documents import Document, document

__all__ = ["Bucket", "Directory", "Identity", "Key", "directory"]

LOG = logging.getLogger(__name__)

_READS = ("Get", "List", "Describe", "Head", "Simulate", "Generate", "Batch")
_CHANGES = {
    "s3": {
        "CreateBucket",
        "DeleteBucket",
        "DeleteBucketEncryption",
        "DeleteBucketPolicy",
        "PutBucketEncryption",
        "PutBucketPolicy",
    },
    "kms": {"CreateAlias", "CreateKey", "DeleteAlias", "PutKeyPolicy", "ScheduleKeyDeletion", "UpdateAlias"},
    "ecr": {"CreateRepository", "DeleteRepository", "DeleteRepositoryPolicy", "SetRepositoryPolicy"},
}

Named = tuple[str, Document]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Identity:
    """A role or a user: its ARN, policies, boundary, tags and, for a role, its trust policy."""

    arn: str
    account: str
    policies: tuple[Named, ...] = ()
    boundary: Named | None = None
    tags: dict[str, str] = field(default_factory=dict)
    trust: Document | None = None
    id: str = ""


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket: its owner (empty if it is another account), policy, and the key of its default encryption."""

    owner: str
    policy: Document | None = None
    key: str = ""
    bucket_key: bool = False


@dataclass(frozen=True, slots=True)
class Key:
    """A KMS key: its ARN and policy, which is None for a key of AWS."""

    arn: str
    policy: Document | None


class Directory:
    """Reads policies, and remembers them until they change."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._known: dict[tuple[str, ...], Any] = {}
        self._generations: dict[tuple[str, str], int] = {}

    def changed(self, service: str, operation: str, account: str) -> None:
        """Drop what a call may have changed. IAM is per account; other services are read across accounts."""
        if service == "iam":
            relevant = not operation.startswith(_READS)
        else:
            relevant = operation in _CHANGES.get(service, ())
        if not relevant:
            return
        scope = (service, account if service == "iam" else "")
        with self._guard:
            self._generations[scope] = self._generations.get(scope, 0) + 1
            for key in [key for key in self._known if key[:2] == scope]:
                del self._known[key]

    def role(self, arn: str) -> Identity | None:
        """A role by its ARN, or None."""
        account = _account(arn)
        return self._cached(("iam", account, "role", arn), lambda: _read_role(account, arn))

    def user(self, account: str, name: str) -> Identity | None:
        """A user, or None."""
        return self._cached(("iam", account, "user", name), lambda: _read_user(account, name))

    def managed(self, account: str, arn: str) -> Named | None:
        """A managed policy, or None."""
        return self._cached(("iam", account, "policy", arn), lambda: _managed(_client("iam", account), arn))

    def bucket(self, account: str, region: str, name: str) -> Bucket | None:
        """A bucket as the account sees it, or None."""
        return self._cached(("s3", "", account, name), lambda: _read_bucket(account, region, name))

    def key(self, account: str, region: str, key: str) -> Key | None:
        """A key by ID, ARN or alias, or None."""
        return self._cached(("kms", "", account, region, key), lambda: _read_key(account, region, key))

    def repository(self, account: str, region: str, name: str) -> tuple[Document | None] | None:
        """The policy of a repository, in a tuple; None if there is no such repository."""
        return self._cached(("ecr", "", account, region, name), lambda: _read_repository(account, region, name))

    def _cached(self, key: tuple[str, ...], read: Callable[[], T]) -> T:
        if not others.others().sees_changes():
            return read()
        try:
            found: T = self._known[key]
        except KeyError:
            scope = (key[0], key[1])
            before = self._generations.get(scope, 0)
            found = read()
            with self._guard:
                if self._generations.get(scope, 0) == before:
                    self._known[key] = found
        return found


directory = Directory()


def _client(service: str, account: str, region: str = "us-east-1") -> Any:
    return others.client(service, account, region)


def _account(arn: str) -> str:
    parts = arn.split(":")
    return parts[4] if len(parts) > 4 else ""


@contextmanager
def _missing(*codes: str) -> Iterator[None]:
    """Ignore the errors for something that does not exist."""
    from botocore.exceptions import ClientError

    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code not in codes:
            LOG.warning("cannot read a policy: %s", error)


def _parsed(text: Any) -> Document:
    return document(text if isinstance(text, str) else json.dumps(text, sort_keys=True))


def _read_role(account: str, arn: str) -> Identity | None:
    name = arn.rpartition("/")[2]
    iam = _client("iam", account)
    role = None
    with _missing("NoSuchEntity"):
        role = iam.get_role(RoleName=name)["Role"]
    if role is None or role["Arn"] != arn:
        return None
    inline = iam.get_paginator("list_role_policies").paginate(RoleName=name)
    policies = [
        (one, _parsed(iam.get_role_policy(RoleName=name, PolicyName=one)["PolicyDocument"]))
        for page in inline
        for one in page["PolicyNames"]
    ]
    for page in iam.get_paginator("list_attached_role_policies").paginate(RoleName=name):
        policies += _attached(iam, page)
    return Identity(
        arn,
        account,
        tuple(policies),
        _boundary(iam, role),
        _tags(role),
        _parsed(role["AssumeRolePolicyDocument"]),
        role["RoleId"],
    )


def _read_user(account: str, name: str) -> Identity | None:
    iam = _client("iam", account)
    user = None
    with _missing("NoSuchEntity"):
        user = iam.get_user(UserName=name)["User"]
    if user is None:
        return None
    policies = [
        (one, _parsed(iam.get_user_policy(UserName=name, PolicyName=one)["PolicyDocument"]))
        for one in iam.list_user_policies(UserName=name)["PolicyNames"]
    ]
    policies += _attached(iam, iam.list_attached_user_policies(UserName=name))
    for group in iam.list_groups_for_user(UserName=name)["Groups"]:
        of = {"GroupName": group["GroupName"]}
        policies += [
            (one, _parsed(iam.get_group_policy(PolicyName=one, **of)["PolicyDocument"]))
            for one in iam.list_group_policies(**of)["PolicyNames"]
        ]
        policies += _attached(iam, iam.list_attached_group_policies(**of))
    return Identity(user["Arn"], account, tuple(policies), _boundary(iam, user), _tags(user), id=user["UserId"])


def _attached(iam: Any, page: Any) -> list[Named]:
    found = [_managed(iam, one["PolicyArn"]) for one in page.get("AttachedPolicies", [])]
    return [one for one in found if one]


def _managed(iam: Any, arn: str) -> Named | None:
    with _missing("NoSuchEntity"):
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        text = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
        return arn, _parsed(text)
    return None


def _boundary(iam: Any, entity: Any) -> Named | None:
    arn = (entity.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn")
    # a boundary that does not exist allows nothing
    return (_managed(iam, arn) or (arn, Document(()))) if arn else None


def _tags(entity: Any) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in entity.get("Tags") or []}


def _read_bucket(account: str, region: str, name: str) -> Bucket | None:
    s3 = _client("s3", account, region)
    owner = None
    with _missing("404", "NoSuchBucket"):
        s3.head_bucket(Bucket=name)
        owner = ""
    if owner is None:
        return None
    with _missing("403", "AccessDenied"):
        s3.head_bucket(Bucket=name, ExpectedBucketOwner=account)
        owner = account
    policy, rule = None, {}
    with _missing("NoSuchBucketPolicy"):
        policy = _parsed(s3.get_bucket_policy(Bucket=name)["Policy"])
    with _missing("ServerSideEncryptionConfigurationNotFoundError"):
        rule = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"][0]
    default = rule.get("ApplyServerSideEncryptionByDefault") or {}
    return Bucket(owner, policy, default.get("KMSMasterKeyID") or "", bool(rule.get("BucketKeyEnabled")))


def _read_key(account: str, region: str, key: str) -> Key | None:
    parts = key.split(":")
    if len(parts) > 5:
        region, account = parts[3], parts[4]
    kms = _client("kms", account, region)
    with _missing("NotFoundException"):
        found = kms.describe_key(KeyId=key)["KeyMetadata"]
        policy = kms.get_key_policy(KeyId=found["KeyId"], PolicyName="default")["Policy"]
        return Key(found["Arn"], None if found["KeyManager"] == "AWS" else _parsed(policy))
    return None


def _read_repository(account: str, region: str, name: str) -> tuple[Document | None] | None:
    ecr = _client("ecr", account, region)
    with _missing("RepositoryNotFoundException"):
        ecr.describe_repositories(repositoryNames=[name])
        with _missing("RepositoryPolicyNotFoundException"):
            return (_parsed(ecr.get_repository_policy(repositoryName=name)["policyText"]),)
        return (None,)
    return None
