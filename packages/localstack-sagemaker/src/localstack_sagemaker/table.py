"""The parts of a kind's table entry: its lifecycle, error messages and List operation.

What botocore's model already defines (members, types, limits, list filters) is not repeated here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .records import Stage

__all__ = ["Lifecycle", "Listing", "Messages", "newer_messages"]


@dataclass(frozen=True, kw_only=True)
class Lifecycle:
    """The statuses of a kind and the member that holds the current one."""

    member: str
    create: tuple[Stage, ...] = ()
    update: tuple[Stage, ...] = ()
    delete: tuple[Stage, ...] = ()
    failed: str = "Failed"
    """status after a failed create; empty if AWS has none"""
    update_failed: str = ""
    """status after a failed update, if it differs"""
    start_failed: str = ""
    """status after a failed start, if it differs"""
    stop_failed: str = ""
    """status after a failed stop, if it differs"""
    delete_failed: str = ""
    """status after a failed delete; empty if AWS has none"""
    gone: str = ""
    """status of a deleted resource that AWS describes for a day; its name is free"""
    exclusive: bool = False
    """whether an operation is refused while the status changes, if AWS documents an error for that"""
    reason: str | None = "FailureReason"

    @property
    def changing(self) -> frozenset[str]:
        """The statuses that a resource leaves without a request."""
        stages = (*self.create[:-1], *self.update[:-1], *self.delete)
        return frozenset(stage.status for stage in stages if stage.status not in (None, self.gone))


@dataclass(frozen=True, kw_only=True)
class Messages:
    """AWS's error messages for a kind; `{arn}` and `{name}` are filled in."""

    missing: str
    taken: str
    missing_code: str = "ValidationException"
    taken_code: str = "ValidationException"


@dataclass(frozen=True, kw_only=True)
class Listing:
    """How a kind's List operation differs from the default derived from its input shape.

    `sort_by` and `descending` apply if the service model does not document a default.
    """

    operation: str = ""
    items: str = ""
    sort_by: str = "CreationTime"
    descending: bool = True
    filters: Mapping[str, str] = field(default_factory=dict)
    """input member → attribute it must equal, if the names differ; `A.B` is a member of one"""
    ignored: frozenset[str] = frozenset()
    """input members without effect"""
    name: str = ""
    """attribute that NameContains and SortBy mean, if it is not the last member of the key"""
    summary: Mapping[str, str] = field(default_factory=dict)
    """summary member → attribute, if the names differ"""


def newer_messages(words: str) -> Messages:
    """Error messages of SageMaker's newer resources, with the codes ResourceNotFound and ResourceInUse."""
    return Messages(
        missing=f"{words} with name {{name}} does not exist.",
        taken=f"{words} with name {{name}} already exists. Please use a different name.",
        missing_code="ResourceNotFound",
        taken_code="ResourceInUse",
    )
