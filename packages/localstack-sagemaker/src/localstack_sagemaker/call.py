"""`Call`, one API call in progress, and `Kind`, one kind of resource. Each refers to the other."""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.model import OperationModel

from . import errors
from .callers import Caller
from .clock import Clock
from .faults import Fault, faults
from .records import Failure, Key, Record, Stage
from .store import Store
from .table import Lifecycle, Listing, Messages

__all__ = ["Call", "Kind", "Operation"]


@dataclass(slots=True)
class Call:
    """The argument of every handler and hook. The store's lock is held while they run."""

    service: str
    account: str
    region: str
    partition: str
    store: Store
    clock: Clock
    kinds: Mapping[str, Kind]
    model: OperationModel | None = None
    request: dict[str, Any] = field(default_factory=dict)
    caller: Caller | None = None
    """the role or user that signed, if policies decide; else None"""
    at: float | None = None
    """when the status change that runs was due; what it starts is due from then on"""
    identity: tuple[str, str] = ("", "")
    """ARN and ID of the principal that signed; empty if the clock and not a client triggered the call"""
    later: list[Callable[[], None]] = field(default_factory=list)
    """calls to other services, made after the lock is released"""

    @property
    def operation(self) -> str:
        """The operation's name; empty if the clock and not a client triggered the call."""
        return self.model.name if self.model else ""

    def now(self) -> datetime.datetime:
        """The account's time; while a status changes, the time at which it was due."""
        return self.clock.datetime(self.at)

    def arn(self, path: str) -> str:
        """Build an ARN of this service in the caller's account and region."""
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{path}"

    def random_id(self, length: int = 12) -> str:
        """Random lower-case letters and digits, as AWS appends them to identifiers."""
        return "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(length))

    def arn_of(self, kind: Kind, attributes: Mapping[str, Any]) -> str:
        """Build the ARN of a resource. SageMaker writes names in ARNs in lower case."""
        return self.arn(kind.arn.format_map(attributes).lower())

    def key_of(self, kind: Kind, request: Mapping[str, Any] | None = None) -> Key:
        """Read the key of a resource from a request."""
        source = self.request if request is None else request
        if kind.find_key:
            return kind.find_key(self, source)
        return tuple(str(source[member]) for member in kind.key)

    def find(self, noun: str, key: Key | str) -> Record | None:
        """Return a resource of the caller's account and region, or None."""
        return self.store.of(noun).get((key,) if isinstance(key, str) else key)

    def get(self, kind: Kind, key: Key | None = None) -> Record:
        """Return a resource, or raise AWS's error for a missing one."""
        wanted = self.key_of(kind) if key is None else key
        record = self.store.of(kind.noun).get(wanted)
        if record is None:
            raise self.missing(kind, wanted)
        return record

    def missing(self, kind: Kind, key: Key) -> Exception:
        """AWS's error for a resource that does not exist."""
        return errors.failure(kind.messages.missing_code, self._message(kind, kind.messages.missing, key))

    def taken(self, kind: Kind, key: Key) -> Exception:
        """AWS's error for a name that is already in use."""
        return errors.failure(kind.messages.taken_code, self._message(kind, kind.messages.taken, key))

    def _message(self, kind: Kind, message: str, key: Key) -> str:
        parts: dict[str, Any] = dict.fromkeys(kind.key, "")
        parts |= dict(zip(kind.key[-len(key) :], key, strict=False))
        try:
            arn = self.arn_of(kind, parts)
        except KeyError:
            arn = key[-1]
        return message.format(arn=arn, name=key[-1])

    def fault(self, record: Record, *effects: str) -> Fault | None:
        """Return and count the first fault with one of these effects that matches this resource and call."""
        return faults.take(effects, self.operation, record.name, self.account, self.region)

    def after(self, work: Callable[[], None]) -> None:
        """Run `work`, such as a call to another service, after the lock is released."""
        self.later.append(work)


Operation = Callable[[Call], Mapping[str, Any] | None]
Hook = Callable[[Call, Record], None]
RoleHook = Callable[[Call, Record], Failure | None]
AttributesHook = Callable[[Call, Record, dict[str, Any]], None]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of resource: an entry of the table.

    `noun` is the word in the operation names (CreateNOUN). `key` are the request members that identify a
    resource; the last one is its name. `arn` is the part after the account, filled from attributes.
    Hooks run under the store's lock and may raise: `on_create` and `on_update` before anything is stored,
    `on_delete` before the resource is deleted.
    """

    noun: str
    arn: str
    key: tuple[str, ...]
    messages: Messages
    arn_member: str = ""
    lifecycle: Lifecycle | None = None
    listing: Listing = field(default_factory=Listing)
    renames: Mapping[str, str] = field(default_factory=dict)
    """request member → attribute of the Describe response, if the names differ"""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    created_member: str = "CreationTime"
    modified_member: str = "LastModifiedTime"
    stages: Callable[[Record], tuple[Stage, ...]] | None = None
    """the statuses of a new resource, if they depend on its request"""
    update_stages: Callable[[Record], tuple[Stage, ...]] | None = None
    """the statuses of an update, if they depend on the resource"""
    on_create: Hook | None = None
    on_role: RoleHook | None = None
    """decides what a new resource's role may not do: it raises, or returns a later failure"""
    on_update: AttributesHook | None = None
    """may edit the changes"""
    on_delete: Hook | None = None
    on_describe: AttributesHook | None = None
    """edits the attributes of the Describe response"""
    on_status: Hook | None = None
    """called after each change of status"""
    on_watched: Callable[[Call, Record, Record], None] | None = None
    """called with a resource and another one that names it as its `watcher`, after each change of the other's status"""
    find_key: Callable[[Call, Mapping[str, Any]], Key] | None = None
    """reads the key from a request that may have a name or an ARN"""
    assign_key: Callable[[Call], Key] | None = None
    """creates the key of a new resource if AWS and not the caller assigns it"""
    wrapper: str = ""
    """member of the Describe and Update responses that contains all others, if there is one"""
    without: frozenset[str] = frozenset()
    """generic operations (`create`, `describe`, `update`, `delete`) that this kind implements itself"""
    event: str | None = None
    """detail-type of its state-change events"""
    event_detail: AttributesHook | None = None
    """edits the detail of its state-change events"""
    taggable: bool = True
    refuse_tags: Callable[[Record], str] | None = None
    """why a resource of a taggable kind cannot be tagged; empty if it can"""

    @property
    def arn_attribute(self) -> str:
        """The member that holds the ARN."""
        return self.arn_member or f"{self.noun}Arn"

    @property
    def has_rules(self) -> bool:
        """Whether resources of this kind change their status, or have checks beyond the service model's."""
        hooks = (self.on_role, self.on_create, self.on_update, self.on_delete, self.on_describe)
        return bool(self.lifecycle or any(hooks))

    def attributes_of(self, record: Record) -> dict[str, Any]:
        """All attributes of a resource, named as in its Describe response."""
        return {
            **record.attributes,
            self.created_member: record.created,
            self.modified_member: record.modified,
        }
