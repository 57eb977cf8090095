"""The ARNs that Terraform manages, from states in S3, files, and `terraform show -json`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mlpipe.aws import AWS_ERRORS, Account, in_words
from mlpipe.errors import ConfigurationError

__all__ = ["managed_arns"]

_SUFFIX = ".tfstate"


def managed_arns(sources: Iterable[str], account: Account) -> frozenset[str]:
    """The lower-case ARNs of all managed resources in ``sources``: S3 URLs, read as ``account``, files or folders.

    Raises ConfigurationError if a source has no state or cannot be read: a search with half of the states would call
    what Terraform manages a leftover.
    """
    return frozenset(arn.lower() for source in sources for arn in _of_source(source, account))


def _of_source(source: str, account: Account) -> Iterator[str]:
    states = _in_s3(source, account) if source.startswith("s3://") else _in_files(Path(source))
    count = 0
    for place, text in states:
        count += 1
        try:
            yield from _arns(place, text)
        except (AttributeError, TypeError) as error:
            raise ConfigurationError(f"{place}: not a state: {error}") from error
    if count == 0:
        raise ConfigurationError(f"{source}: found no {_SUFFIX}; check the bucket, the prefix and the account")


def _in_s3(source: str, account: Account) -> Iterator[tuple[str, str]]:
    parts = urlsplit(source)
    s3 = account.client("s3")
    try:
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=parts.netloc, Prefix=parts.path.lstrip("/")):
            for one in page.get("Contents", ()):
                if one["Key"].endswith(_SUFFIX):
                    body = s3.get_object(Bucket=parts.netloc, Key=one["Key"])["Body"]
                    yield f"s3://{parts.netloc}/{one['Key']}", body.read().decode()
    except AWS_ERRORS as error:
        raise ConfigurationError(f"{source}: the state cannot be read: {in_words(error)}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{source}: a state is not text: {error}") from error


def _in_files(path: Path) -> Iterator[tuple[str, str]]:
    try:
        for one in sorted(path.rglob(f"*{_SUFFIX}")) if path.is_dir() else [path]:
            yield str(one), one.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: the state cannot be read: {error}") from error


def _arns(place: str, text: str) -> Iterator[str]:
    try:
        document = json.loads(text)
    except ValueError as error:
        raise ConfigurationError(f"{place}: not JSON ({error}); expected a state, or `terraform show -json`") from error
    if not isinstance(document, dict):
        raise ConfigurationError(f"{place}: found {type(document).__name__}, expected a state")
    if "planned_values" in document:
        raise ConfigurationError(
            f"{place}: this is a plan, expected a state: run `terraform show -json` without a plan"
        )
    if document.get("version") == 4 and "resources" in document:
        yield from _of_state(document)
    elif "format_version" in document:
        yield from _of_module(document.get("values", {}).get("root_module", {}))
    else:
        found = f"version {document['version']}" if "version" in document else "another document"
        raise ConfigurationError(f"{place}: found {found}, expected a state of version 4, or `terraform show -json`")


def _of_state(document: Mapping[str, Any]) -> Iterator[str]:
    for resource in document["resources"]:
        if resource.get("mode") == "managed":
            for instance in resource.get("instances", ()):
                yield from _arn_in(instance.get("attributes") or {})


def _of_module(module: Mapping[str, Any]) -> Iterator[str]:
    for resource in module.get("resources", ()):
        if resource.get("mode") == "managed":
            yield from _arn_in(resource.get("values") or {})
    for child in module.get("child_modules", ()):
        yield from _of_module(child)


def _arn_in(attributes: Mapping[str, Any]) -> Iterator[str]:
    """The ``arn`` of a resource; the ``id`` of those that have none."""
    for name in ("arn", "id"):
        value = attributes.get(name)
        if isinstance(value, str) and value.startswith("arn:"):
            yield value.removesuffix(":*")
