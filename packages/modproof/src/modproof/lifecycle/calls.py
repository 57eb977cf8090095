"""AWS calls of a story: their arguments filled in, made with boto3, and their answers as plain data."""

from __future__ import annotations

import datetime
import difflib
import importlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from modproof.expectations import mismatches
from modproof.results import Problem
from modproof.stories import Assert, Call, Story

__all__ = ["Scope", "Unresolved", "asserted", "boto_errors", "made", "unknown_calls"]

_REFERENCE = re.compile(r"\$\$\{|\$\{\s*([^}]*?)\s*\}")
_STEP = re.compile(r'\.?([\w-]+)|\["([^"]*)"\]|\[(\d+)\]')


def boto_errors() -> Any:
    """What botocore raises. Not imported with this module: boto3 comes with the integration extra only."""
    return importlib.import_module("botocore.exceptions")


class Unresolved(LookupError):
    """A ``${…}`` that names nothing; its text says what there is instead."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What ``${…}`` may name: ``outputs`` (None before the apply), ``account`` and ``region``."""

    account: str
    region: str
    outputs: Mapping[str, Any] | None = None

    def fill(self, value: Any) -> Any:
        """``value`` with every reference resolved, also deep inside; a string that is only one keeps its type.

        ``$${`` stands for ``${``. Raises Unresolved.
        """
        if isinstance(value, Mapping):
            return {self.fill(key): self.fill(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.fill(inner) for inner in value]
        if not isinstance(value, str):
            return value
        whole = _REFERENCE.fullmatch(value)
        if whole is not None and whole[1] is not None:
            return self._look_up(whole[1])
        return _REFERENCE.sub(lambda match: "${" if match[1] is None else str(self._look_up(match[1])), value)

    def _look_up(self, path: str) -> Any:
        known: dict[str, Any] = {"account": self.account, "region": self.region}
        if self.outputs is not None:
            known["outputs"] = self.outputs
        found: Any = known
        at = 0
        while at < len(path):
            step = _STEP.match(path, at)
            if step is None:
                raise Unresolved(f"${{{path}}} is not written like ${{outputs.name.key}}")
            key: Any = int(step[3]) if step[3] is not None else step[1] if step[1] is not None else step[2]
            if isinstance(found, list) and isinstance(key, str) and key.isdigit():
                key = int(key)
            try:
                found = found[key]
            except (KeyError, IndexError, TypeError):
                raise Unresolved(f"${{{path}}} names nothing: there is {_keys(found)}") from None
            at = step.end()
        if at == 0:
            raise Unresolved("${} names nothing")
        return found


def _keys(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(map(str, value)) or "nothing"
    return f"a list of {len(value)}" if isinstance(value, list) else "one value"


def unknown_calls(story: Story, session: Any) -> list[Problem]:
    """The calls that boto3 does not have, each with its place: known before anything is applied."""
    errors = boto_errors()
    problems = []
    for call, place in story.calls():
        try:
            client = session.client(call.service)
        except errors.UnknownServiceError as error:
            known = str(error).rpartition("names are: ")[2].split(", ")
            problems.append(Problem(f"boto3 has no service '{call.service}'", place, _nearest(call.service, known)))
            continue
        methods = client.meta.method_to_api_mapping
        if call.method not in methods:
            text = f"boto3 has no {call.service}.{call.method}"
            problems.append(Problem(text, place, _nearest(call.method, list(methods))))
    return problems


def _nearest(name: str, known: list[str]) -> str | None:
    close = difflib.get_close_matches(name, known, 1)
    return f"did you mean '{close[0]}'?" if close else None


def made(call: Call, session: Any, scope: Scope) -> Any:
    """Make the call; its answer as JSON would have it, without the response's metadata.

    Raises Unresolved, or what boto3 raises.
    """
    answer = getattr(session.client(call.service), call.method)(**scope.fill(call.arguments))
    answer.pop("ResponseMetadata", None)
    return _plain(answer)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    if hasattr(value, "read"):  # an object's content
        value = value.read()
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    return value


def asserted(check: Assert, session: Any, scope: Scope) -> list[str]:
    """Make the call and compare; every mismatch with what was expected and what was found. Raises as :func:`made`."""
    errors = boto_errors()
    try:
        answer = made(check, session, scope)
    except errors.ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        said = str(error.response.get("Error", {}).get("Message", ""))
        if check.error is None:
            return [f"{check.call} ended with {code}: {said}"]
        return [] if code == check.error else [f"{check.call}: expected the error {check.error}, found {code}: {said}"]
    except errors.ParamValidationError as error:
        return [f"{check.call} was not made: {' '.join(str(error).split())}"]
    if check.error is not None:
        return [f"{check.call}: expected the error {check.error}, but it answered"]
    return mismatches(scope.fill(check.expect), answer)
