"""Which IAM actions an AWS operation needs, where it is not the action with the operation's name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from importlib import resources

import yaml
from pydantic import Field

from modproof.core.documents import Strict
from modproof.core.results import RecordedCall

__all__ = ["Fallback", "FurtherActions", "Operations", "operations"]


class FurtherActions(Strict):
    """Actions that an operation needs in addition if its request has a member."""

    operations: list[str]
    having: list[str]
    actions: list[str]
    resource: str = ""


class Fallback(Strict):
    """The actions of the calls that the provider makes if it may not do an operation on ``resource``, a pattern."""

    resource: str
    actions: list[str]


class Operations(Strict):
    """The file ``data/operations.yaml``, which documents its keys."""

    prefixes: dict[str, str]
    free: list[str]
    renamed: dict[str, dict[str, list[str]]]
    fallbacks: dict[str, Fallback]
    arguments: dict[str, dict[str, list[str]]]
    further_: list[FurtherActions] = Field(alias="further")

    def prefix(self, service: str) -> str:
        """The prefix of the IAM actions of a service of botocore."""
        return self.prefixes.get(service, service)

    def is_free(self, call: RecordedCall) -> bool:
        """Whether every caller may make the call."""
        return str(call) in self.free

    def actions(self, call: RecordedCall) -> list[str]:
        """The actions of the operation itself, or of what the provider falls back to, as ``service:Action``."""
        fallback = self.fallbacks.get(str(call))
        if fallback is not None and any(fnmatchcase(arn, fallback.resource) for arn in call.arns):
            return fallback.actions
        prefix = self.prefix(call.service)
        names = self.renamed.get(prefix, {}).get(call.operation, [call.operation])
        if prefix == "s3" and "VersionId" in call.members:
            # https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
            names = [{"GetObject": "GetObjectVersion", "DeleteObject": "DeleteObjectVersion"}.get(n, n) for n in names]
        return [f"{prefix}:{name}" for name in names]

    def further(self, call: RecordedCall) -> Iterator[FurtherActions]:
        """What the call needs in addition."""
        for each in self.further_:
            if any(fnmatchcase(str(call), name) for name in each.operations) and call.members.intersection(each.having):
                yield each

    def arguments_of(self, call: RecordedCall, action: str) -> tuple[str, ...]:
        """The arguments of the resource that made ``call``, of which at least one is set if the call needs ``action``.

        Empty if the call may need it without them. Tags are no arguments here: they also come from ``default_tags`` of
        the provider.
        """
        table = self.arguments.get(call.caller, {})
        causing = [argument for argument, actions in table.items() if action in actions]
        if causing or action in self.actions(call):
            return tuple(causing)
        members = {
            member
            for further in self.further(call)
            if action in further.actions
            for member in call.members.intersection(further.having)
        }
        if any("tag" in member.lower() for member in members):
            return ()
        return tuple(sorted({name for member in members for name in _arguments(member)}))


def _arguments(member: str) -> Iterator[str]:
    """The names that the provider gives a member of a request: ``KmsKeyId`` is ``kms_key_id`` or ``kms_key_arn``."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", member).lower()
    yield name
    if name.endswith("_id"):
        yield f"{name.removesuffix('_id')}_arn"


@cache
def operations() -> Operations:
    """The table that comes with the package."""
    text = (resources.files("modproof.permissions") / "data/operations.yaml").read_text(encoding="utf-8")
    return Operations.model_validate(yaml.safe_load(text))
