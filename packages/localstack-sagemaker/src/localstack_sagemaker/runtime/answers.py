"""Who answers for a container: answers set over the control address, registered Python handlers, or an echo.

A Python handler is an entry point in the group `localstack_sagemaker.handlers`; its name is a shell pattern
that is matched with the model's name and with its image (`*` for everything), its object a callable
that takes an `Invocation` and returns a `Reply`, bytes, text, or anything that JSON can say.
"""

from __future__ import annotations

import base64
import fnmatch
import functools
import itertools
import json
import logging
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from importlib.metadata import entry_points
from typing import Any

__all__ = ["Answer", "Answers", "Invocation", "Reply", "answers", "reply_to"]

LOG = logging.getLogger(__name__)

_ids = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Invocation:
    """What a container would see, and whose container it is."""

    account: str
    region: str
    endpoint: str
    config: str
    variant: str
    model: str
    image: str
    body: bytes
    content_type: str | None
    accept: str | None
    custom_attributes: str | None
    shadow: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """What a container would send back."""

    body: bytes
    content_type: str = "application/json"
    status: int = 200
    custom_attributes: str | None = None


@dataclass(slots=True)
class Answer:
    """An answer set over the control address; `*` patterns, ends after `times` uses (0 is for ever)."""

    body: Any = None
    body_base64: str | None = None
    content_type: str = "application/json"
    status: int = 200
    custom_attributes: str | None = None
    endpoint: str = "*"
    variant: str = "*"
    model: str = "*"
    image: str = "*"
    account: str = "*"
    times: int = 0
    used: int = 0
    id: str = field(default_factory=lambda: f"answer-{next(_ids)}")

    @classmethod
    def parse(cls, document: Any) -> Answer:
        """Read an answer from JSON. Raises ValueError that names the wrong key."""
        if not isinstance(document, dict):
            raise ValueError("an answer is a JSON object")
        known = [name for name in cls.__annotations__ if name not in ("used", "id")]
        unknown = sorted(set(document) - set(known))
        if unknown:
            raise ValueError(f"unknown key {unknown[0]!r}; an answer has {', '.join(known)}")
        status = document.get("status", 200)
        if type(status) is not int or not 200 <= status <= 599:
            raise ValueError("status must be a number from 200 to 599")
        times = document.get("times", 0)
        if type(times) is not int or times < 0:
            raise ValueError("times must be a whole number; 0 is for ever")
        texts = [key for key in document if key not in ("body", "status", "times")]
        wrong = [key for key in texts if not isinstance(document[key], str)]
        if wrong:
            raise ValueError(f"{wrong[0]} must be a text")
        try:
            base64.b64decode(document.get("body_base64", ""), validate=True)
        except ValueError:
            raise ValueError("body_base64 must be base64") from None
        return cls(**document)

    def matches(self, asked: Invocation) -> bool:
        """Whether this answer is for that invocation and not used up."""
        return (self.times == 0 or self.used < self.times) and all(
            fnmatch.fnmatchcase(getattr(asked, part), getattr(self, part))
            for part in ("endpoint", "variant", "model", "image", "account")
        )

    def reply(self) -> Reply:
        """What is sent back: text as it is, anything else as JSON."""
        if self.body_base64 is not None:
            body = base64.b64decode(self.body_base64)
        elif isinstance(self.body, str):
            body = self.body.encode()
        else:
            body = json.dumps(self.body).encode()
        return Reply(body, self.content_type, self.status, self.custom_attributes)

    def describe(self) -> dict[str, Any]:
        """What the control address shows."""
        return asdict(self)


class Answers:
    """Answers that were set, newest first in precedence."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._known: list[Answer] = []

    def add(self, answer: Answer) -> None:
        """Put an answer before all others."""
        with self._guard:
            self._known.insert(0, answer)

    def all(self) -> list[Answer]:
        """Every answer, in order of precedence."""
        with self._guard:
            return list(self._known)

    def remove(self, known_as: str | None = None, account: str | None = None) -> int:
        """Drop one answer, or all (those of one account); return how many went."""
        with self._guard:
            keep = [
                one
                for one in self._known
                if (known_as is not None and one.id != known_as) or (account is not None and one.account != account)
            ]
            removed = len(self._known) - len(keep)
            self._known = keep
            return removed

    def take(self, asked: Invocation) -> Reply | None:
        """Return and count the first answer that matches."""
        with self._guard:
            for one in self._known:
                if one.matches(asked):
                    one.used += 1
                    return one.reply()
        return None


answers = Answers()


@functools.cache
def _handlers() -> list[tuple[str, Callable[[Invocation], Any]]]:
    found = []
    for point in entry_points(group="localstack_sagemaker.handlers"):
        try:
            found.append((point.name, point.load()))
        except Exception:
            LOG.exception("handler %s could not be loaded", point.name)
    return found


def reply_to(asked: Invocation) -> Reply:
    """Find who answers, and ask. An exception of a handler is the container's 500."""
    answered = answers.take(asked)
    if answered:
        return answered
    for pattern, handler in _handlers():
        if fnmatch.fnmatchcase(asked.model, pattern) or fnmatch.fnmatchcase(asked.image, pattern):
            try:
                return _as_reply(handler(asked))
            except Exception as error:
                LOG.exception("handler %s failed", pattern)
                return Reply(f"{type(error).__name__}: {error}".encode(), "text/plain", 500)
    return _echo(asked)


def _as_reply(given: Any) -> Reply:
    if isinstance(given, Reply):
        return given
    if isinstance(given, bytes):
        return Reply(given, "application/octet-stream")
    if isinstance(given, str):
        return Reply(given.encode(), "text/plain")
    return Reply(json.dumps(given).encode())


def _echo(asked: Invocation) -> Reply:
    document = {
        "endpoint": asked.endpoint,
        "config": asked.config,
        "variant": asked.variant,
        "model": asked.model,
        "image": asked.image,
        "contentType": asked.content_type,
        "input": asked.body.decode("utf-8", "replace"),
    }
    return Reply(json.dumps(document).encode())
