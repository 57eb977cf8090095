"""The vocabulary of the resource table: what there is to say of one kind of resource.

Everything that botocore's model says already (members, types, limits, list filters) is not repeated here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .records import Record, Stage

if TYPE_CHECKING:
    from .call import Call

__all__ = ["Hook", "Kind", "Lifecycle", "Listing", "Messages", "Operation", "newer_messages"]

Operation = Callable[["Call"], Mapping[str, Any] | None]
Hook = Callable[["Call", Record], None]


@dataclass(frozen=True, kw_only=True)
class Lifecycle:
    """The statuses that a kind moves through and the member that tells them."""

    member: str
    create: tuple[Stage, ...] = ()
    update: tuple[Stage, ...] = ()
    delete: tuple[Stage, ...] = ()
    failed: str = "Failed"
    """where a creation that fails ends; empty where AWS has no such status"""
    update_failed: str = ""
    """where an update that fails ends, if elsewhere"""
    reason: str | None = "FailureReason"


@dataclass(frozen=True, kw_only=True)
class Messages:
    """AWS's answers for a kind; `{arn}`, `{name}` and `{noun}` are filled in."""

    missing: str
    taken: str
    missing_code: str = "ValidationException"
    taken_code: str = "ValidationException"


@dataclass(frozen=True, kw_only=True)
class Listing:
    """How a kind's List operation differs from what its input shape says by itself."""

    operation: str = ""
    items: str = ""
    sort_by: str = "CreationTime"
    descending: bool = True
    page_size: int = 10
    filters: Mapping[str, str] = field(default_factory=dict)
    """input member → attribute that it must equal, where the names differ"""
    ignored: frozenset[str] = frozenset()
    """input members that change nothing here"""
    summary: Mapping[str, str] = field(default_factory=dict)
    """summary member → attribute, where the names differ"""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of resource.

    `noun` is the word in the operation names (CreateNOUN). `key` are the request members that identify a
    resource, the last of which is its name. `arn` is the part behind the account, filled from attributes.
    Hooks run under the store's lock and may raise; `prepare` and `change` before anything is stored,
    `release` before a deletion.
    """

    noun: str
    arn: str
    key: tuple[str, ...]
    messages: Messages
    arn_member: str = ""
    arn_keeps_case: bool = False
    lifecycle: Lifecycle | None = None
    listing: Listing | None = field(default_factory=Listing)
    renames: Mapping[str, str] = field(default_factory=dict)
    """request member → attribute of the Describe answer, where AWS names them differently"""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    created_member: str = "CreationTime"
    modified_member: str = "LastModifiedTime"
    prepare: Hook | None = None
    change: Callable[[Call, Record, dict[str, Any]], None] | None = None
    release: Hook | None = None
    present: Callable[[Call, Record, dict[str, Any]], None] | None = None
    """last touch on a Describe answer"""
    settled: Callable[[Call, Record], None] | None = None
    """after each change of status"""
    find_key: Callable[[Call, Mapping[str, Any]], tuple[str, ...]] | None = None
    """reads the key from a request, where a name or an ARN may be given"""
    assign_key: Callable[[Call], tuple[str, ...]] | None = None
    """makes the key of a new resource, where AWS does and not the caller"""
    wrapper: str = ""
    """member of the Describe and Update answers that holds everything, where there is one"""
    without: frozenset[str] = frozenset()
    """generic operations (`create`, `describe`, `update`, `delete`, `list`) that this kind answers by hand"""
    event: str | None = None
    """detail-type of its state-change events"""
    taggable: bool = True

    @property
    def arn_attribute(self) -> str:
        """The member that carries the ARN."""
        return self.arn_member or f"{self.noun}Arn"


def newer_messages(words: str) -> Messages:
    """The answers of SageMaker's newer resources: ResourceNotFound and ResourceInUse."""
    return Messages(
        missing=f"{words} with name {{name}} does not exist.",
        taken=f"{words} with name {{name}} already exists. Please use a different name.",
        missing_code="ResourceNotFound",
        taken_code="ResourceInUse",
    )
