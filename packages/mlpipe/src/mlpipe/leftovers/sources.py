"""A source finds one kind of thing and removes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from mlpipe.aws import Changes, Failure
from mlpipe.leftovers.context import Context
from mlpipe.leftovers.model import Found

__all__ = ["NotRemoved", "Source", "refuse_failures", "tags_of_pairs"]


class NotRemoved(Exception):
    """AWS did not delete all of it. The text is the reason; ``permanent`` if AWS has no call for it."""

    def __init__(self, reason: str, *, permanent: bool = False) -> None:
        super().__init__(reason)
        self.permanent = permanent


class Source(Protocol):
    """One kind of thing. ``find`` yields as AWS's pages arrive, so that memory does not grow with the account."""

    @property
    def kind(self) -> str:
        """The name of the kind."""
        ...

    @property
    def create_event(self) -> str:
        """The CloudTrail event of its creation; empty if there is none."""
        ...

    def find(self, context: Context) -> Iterator[Found]:
        """Yield everything of the kind, the cheap way: without a call for each."""
        ...

    def tags(self, context: Context, found: Found) -> Mapping[str, str]:
        """Read the tags of one."""
        ...

    def details(self, context: Context, found: Found) -> Found:
        """Add what needs a call for each: the cost of what runs."""
        ...

    def keep(self, context: Context, found: Found) -> None:
        """Note what a kept one uses."""
        ...

    def stop(self, context: Context, changes: Changes, found: Found) -> None:
        """Start to stop what runs."""
        ...

    def stopped(self, context: Context, found: Found) -> bool:
        """Whether it has stopped."""
        ...

    def remove(self, context: Context, changes: Changes, found: Found) -> None:
        """Delete it. Raises NotRemoved."""
        ...

    def gone(self, context: Context, found: Found) -> bool:
        """Whether it no longer exists."""
        ...


def refuse_failures(failures: Sequence[Failure]) -> None:
    """Raise NotRemoved for ``failures``."""
    if failures:
        name, code, message = failures[0]
        more = f", and {len(failures) - 1} more" if len(failures) > 1 else ""
        raise NotRemoved(f"{name}: {code}: {message}{more}")


def tags_of_pairs(pairs: Any) -> dict[str, str]:
    """AWS's list of keys and values as a mapping."""
    return {one["Key"]: one.get("Value", "") for one in pairs or ()}
