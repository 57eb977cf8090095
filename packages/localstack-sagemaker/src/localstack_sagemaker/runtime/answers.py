"""Replies in place of a container: answers set with the control API, registered Python handlers, or an echo.

A Python handler is an entry point in the group `localstack_sagemaker.handlers`, or an item of the JSON object in
LOCALSTACK_SAGEMAKER_HANDLERS with the value `FILE:FUNCTION`. Its name is a shell pattern for the model's name or its
image (`*` for all). Its object is a callable that takes an `Invocation` and returns a `Reply`, bytes, a string, or
anything that can be serialized to JSON.
"""

from __future__ import annotations

import base64
import fnmatch
import functools
import importlib.util
import itertools
import json
import logging
import os
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from importlib.metadata import entry_points
from typing import Any

from ..others import client

__all__ = ["HANDLERS", "Answer", "Answers", "Invocation", "Reply", "answers", "reply_to"]

LOG = logging.getLogger(__name__)

HANDLERS = "LOCALSTACK_SAGEMAKER_HANDLERS"
"""the environment variable with handlers in files"""

_ids = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Invocation:
    """The request to a container, and the endpoint, model and image it belongs to."""

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
    model_data_url: str = ""
    """The artefact of the variant's first container, `s3://BUCKET/KEY`; empty if it has none."""

    def model_data(self) -> bytes:
        """Read the artefact as the endpoint's account. Raises what boto3 raises."""
        bucket, _, key = self.model_data_url.removeprefix("s3://").partition("/")
        s3 = client("s3", self.account, self.region)
        content: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        return content


@dataclass(frozen=True, slots=True)
class Reply:
    """The response of a container."""

    body: bytes
    content_type: str = "application/json"
    status: int = 200
    custom_attributes: str | None = None


@dataclass(slots=True)
class Answer:
    """An answer set with the control API. Has shell patterns to match; expires after `times` uses (0 means never)."""

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
        """Parse an answer from JSON. Raises ValueError that names the invalid key."""
        if not isinstance(document, dict):
            raise ValueError("an answer must be a JSON object")
        known = [name for name in cls.__annotations__ if name not in ("used", "id")]
        unknown = sorted(set(document) - set(known))
        if unknown:
            raise ValueError(f"unknown key {unknown[0]!r}; an answer has {', '.join(known)}")
        status = document.get("status", 200)
        if type(status) is not int or not 200 <= status <= 599:
            raise ValueError("status must be a number from 200 to 599")
        times = document.get("times", 0)
        if type(times) is not int or times < 0:
            raise ValueError("times must be a non-negative integer; 0 means no limit")
        texts = [key for key in document if key not in ("body", "status", "times")]
        wrong = [key for key in texts if not isinstance(document[key], str)]
        if wrong:
            raise ValueError(f"{wrong[0]} must be a string")
        try:
            base64.b64decode(document.get("body_base64", ""), validate=True)
        except ValueError:
            raise ValueError("body_base64 must be base64") from None
        return cls(**document)

    def matches(self, invocation: Invocation) -> bool:
        """Whether this answer has not expired and matches the invocation."""
        return (self.times == 0 or self.used < self.times) and all(
            fnmatch.fnmatchcase(getattr(invocation, part), getattr(self, part))
            for part in ("endpoint", "variant", "model", "image", "account")
        )

    def reply(self) -> Reply:
        """The reply to send: a string unchanged, anything else as JSON."""
        if self.body_base64 is not None:
            body = base64.b64decode(self.body_base64)
        elif isinstance(self.body, str):
            body = self.body.encode()
        else:
            body = json.dumps(self.body).encode()
        return Reply(body, self.content_type, self.status, self.custom_attributes)

    def describe(self) -> dict[str, Any]:
        """The response of the control API."""
        return asdict(self)


class Answers:
    """The answers in order of precedence: newest first."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._answers: list[Answer] = []

    def add(self, answer: Answer) -> None:
        """Insert an answer before all others."""
        with self._guard:
            self._answers.insert(0, answer)

    def all(self) -> list[Answer]:
        """Every answer, in order of precedence."""
        with self._guard:
            return list(self._answers)

    def remove(self, account: str | None = None) -> int:
        """Remove all answers, or those of one account; return the number removed."""
        with self._guard:
            keep = [one for one in self._answers if account is not None and one.account != account]
            removed = len(self._answers) - len(keep)
            self._answers = keep
            return removed

    def take(self, invocation: Invocation) -> Reply | None:
        """Return the reply of the first matching answer and count its use, or return None."""
        with self._guard:
            for one in self._answers:
                if one.matches(invocation):
                    one.used += 1
                    return one.reply()
        return None


answers = Answers()


@functools.cache
def _handlers() -> list[tuple[str, Callable[[Invocation], Any]]]:
    found = []
    for pattern, place in json.loads(os.environ.get(HANDLERS) or "{}").items():
        try:
            found.append((pattern, _in_file(place)))
        except Exception:
            LOG.exception("cannot load handler %s of %s", place, pattern)
    for point in entry_points(group="localstack_sagemaker.handlers"):
        try:
            found.append((point.name, point.load()))
        except Exception:
            LOG.exception("cannot load handler %s", point.name)
    return found


def _in_file(place: str) -> Callable[[Invocation], Any]:
    file, _, function = place.rpartition(":")
    spec = importlib.util.spec_from_file_location(f"handlers_{next(_ids)}", file)
    if spec is None or spec.loader is None:
        raise ValueError(f"{place} is not FILE.py:FUNCTION")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    handler: Callable[[Invocation], Any] = getattr(module, function)
    return handler


def reply_to(invocation: Invocation) -> Reply:
    """Return the reply of the first answer or handler that matches, or an echo. A handler's exception is a 500."""
    reply = answers.take(invocation)
    if reply:
        return reply
    for pattern, handler in _handlers():
        if fnmatch.fnmatchcase(invocation.model, pattern) or fnmatch.fnmatchcase(invocation.image, pattern):
            try:
                return _as_reply(handler(invocation))
            except Exception as error:
                LOG.exception("handler %s failed", pattern)
                return Reply(f"{type(error).__name__}: {error}".encode(), "text/plain", 500)
    return _echo(invocation)


def _as_reply(given: Any) -> Reply:
    if isinstance(given, Reply):
        return given
    if isinstance(given, bytes):
        return Reply(given, "application/octet-stream")
    if isinstance(given, str):
        return Reply(given.encode(), "text/plain")
    return Reply(json.dumps(given).encode())


def _echo(invocation: Invocation) -> Reply:
    document = {
        "endpoint": invocation.endpoint,
        "config": invocation.config,
        "variant": invocation.variant,
        "model": invocation.model,
        "image": invocation.image,
        "contentType": invocation.content_type,
        "input": invocation.body.decode("utf-8", "replace"),
    }
    return Reply(json.dumps(document).encode())
