"""Which IAM actions an AWS operation needs, where it is not the action with the operation's name."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from importlib import resources

import yaml
from pydantic import Field

from modproof.core.documents import Strict
from modproof.core.results import RecordedCall

__all__ = ["FurtherActions", "Operations", "operations"]


class FurtherActions(Strict):
    """Actions that an operation needs in addition if its request has a member."""

    operations: list[str]
    having: list[str]
    actions: list[str]
    resource: str = ""


class Operations(Strict):
    """The file ``data/operations.yaml``, which documents its keys."""

    prefixes: dict[str, str]
    free: list[str]
    renamed: dict[str, dict[str, list[str]]]
    further_: list[FurtherActions] = Field(alias="further")

    def prefix(self, service: str) -> str:
        """The prefix of the IAM actions of a service of botocore."""
        return self.prefixes.get(service, service)

    def is_free(self, call: RecordedCall) -> bool:
        """Whether every caller may make the call."""
        return str(call) in self.free

    def actions(self, call: RecordedCall) -> list[str]:
        """The actions of the operation itself, as ``service:Action``."""
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


@cache
def operations() -> Operations:
    """The table that comes with the package."""
    text = (resources.files("modproof.permissions") / "data/operations.yaml").read_text(encoding="utf-8")
    return Operations.model_validate(yaml.safe_load(text))
