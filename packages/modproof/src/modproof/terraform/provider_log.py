"""Reads which resource made each AWS call from the log of the AWS provider.

The provider logs every request with the type of the resource and with the ID that the SDK sends in the header
``amz-sdk-invocation-id``. Its own process writes JSON lines; Terraform writes plain lines to the file in
``TF_LOG_PATH``. Sources: https://developer.hashicorp.com/terraform/plugin/log/managing and
https://developer.hashicorp.com/terraform/internals/debugging
"""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["VARIABLES", "ProviderLog"]

VARIABLES = {"TF_LOG_PROVIDER": "DEBUG", "TF_LOG_SDK": "OFF"}
"""The environment with which the provider logs its requests, and not the steps in its libraries."""

_ENTRY = re.compile(rb"^(?=\{|\d{4}-\d\d-\d\dT)", re.MULTILINE)
_REQUEST = b"HTTP Request Sent"
_VALUE = rb'"?\s*[=:]\s*"?([\w.-]+)'
_INVOCATION = re.compile(rb"http\.request\.header\.amz_sdk_invocation_id" + _VALUE)
_RESOURCE = re.compile(rb"\btf_resource_type" + _VALUE)
_DATA_SOURCE = re.compile(rb"\btf_data_source_type" + _VALUE)


class ProviderLog:
    """The log in files, which need not exist when they are added."""

    def __init__(self) -> None:
        self._read: dict[Path, int] = {}

    def add(self, file: Path) -> None:
        """Read ``file`` too."""
        self._read.setdefault(file, 0)

    def new_callers(self) -> dict[str, str]:
        """The types of the resources that made calls since the last time, by invocation ID: TYPE or ``data.TYPE``."""
        return {invocation: caller for file in self._read for invocation, caller in self._new(file)}

    def _new(self, file: Path) -> list[tuple[str, str]]:
        try:
            with file.open("rb") as source:
                source.seek(self._read[file])
                content = source.read()
        except FileNotFoundError:
            return []
        # the last entry may be incomplete
        complete = content.rpartition(b"\n")[0]
        self._read[file] += len(complete)
        return [found for entry in _ENTRY.split(complete) if _REQUEST in entry and (found := _caller(entry))]


def _caller(entry: bytes) -> tuple[str, str] | None:
    invocation, resource, data = (pattern.search(entry) for pattern in (_INVOCATION, _RESOURCE, _DATA_SOURCE))
    if invocation is None or (resource is None and data is None):
        return None
    caller = resource[1].decode() if resource else f"data.{data[1].decode()}" if data else ""
    return invocation[1].decode(), caller
