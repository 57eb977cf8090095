"""Who started something: tags, the Studio user, or CloudTrail."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping

from mlpipe.aws import AWS_ERRORS, Account, in_words

__all__ = ["CloudTrail", "owner_in"]

_MOST_EVENTS = 2_000
"""events read for each kind: CloudTrail allows two calls a second, of 50 events each"""


def owner_in(tags: Mapping[str, str], keys: Iterable[str]) -> str:
    """The value of the first owner tag."""
    return next((tags[key] for key in keys if tags.get(key)), "")


class CloudTrail:
    """The users of creation events in the last 90 days, read once for each kind and only if it is needed."""

    def __init__(self, account: Account, problem: Callable[[str], None]) -> None:
        self._account = account
        self._problem = problem
        self._users: dict[str, dict[str, str]] = {}
        self._readable = True

    def creator(self, event: str, arn: str) -> str:
        """Who created ``arn`` with the API call ``event``; empty if CloudTrail does not show it."""
        if not event or not self._readable:
            return ""
        if event not in self._users:
            self._users[event] = self._read(event)
        return self._users[event].get(arn.lower(), "")

    def _read(self, event: str) -> dict[str, str]:
        users: dict[str, str] = {}
        try:
            pages = self._account.client("cloudtrail").get_paginator("lookup_events")
            lookup = [{"AttributeKey": "EventName", "AttributeValue": event}]
            for page in pages.paginate(LookupAttributes=lookup, PaginationConfig={"MaxItems": _MOST_EVENTS}):
                for one in page["Events"]:
                    for arn in _created(one.get("CloudTrailEvent", "{}")):
                        users.setdefault(arn, one.get("Username", ""))
        except AWS_ERRORS as error:
            self._readable = False
            self._problem(f"CloudTrail cannot be read, so that owners come from tags only: {in_words(error)}")
        return users


def _created(event: str) -> list[str]:
    """The lower-case ARNs in the response; a call that failed has none. Names are not unique, those of apps least."""
    try:
        response = json.loads(event).get("responseElements") or {}
    except ValueError:
        return []
    return [value.lower() for key, value in response.items() if key.lower().endswith("arn") and isinstance(value, str)]
