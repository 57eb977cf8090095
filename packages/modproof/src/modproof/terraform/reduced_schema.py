"""The AWS provider's schema, reduced to the types that a root module uses.

Every Terraform command decodes the schemas of all 2,100 types, which takes more CPU time than the rest of a command.
What Terraform does with a type does not depend on the schemas of the others.
Source: https://github.com/hashicorp/terraform/blob/v1.11.4/docs/plugin-protocol/tfplugin5.8.proto, the message
``GetProviderSchema.Response``, and https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from modproof.core.cache import write_bytes
from modproof.toolchain import cache_folder

__all__ = ["UsedTypes", "cached_schema", "field_of", "reduced"]

_RESOURCES, _DATA_SOURCES = 2, 3
"""The field numbers of the maps by type."""
_KEY = 1
_WITH_TYPES = (".tf", ".tf.json", ".tofu", ".tofu.json", ".tfstate", ".hcl")
_WORD = re.compile(rb"\baws_\w+")
_DECLARED = re.compile(rb'^\s*(?:resource|data)\s+"(aws_\w+)"', re.MULTILINE)
_MAX_UNUSED_SECONDS = 30 * 24 * 3600.0


@dataclass(frozen=True, slots=True)
class UsedTypes:
    """The ``words`` in files of Terraform that may be types, and among them those of the ``declared`` blocks."""

    words: frozenset[bytes]
    declared: frozenset[bytes]

    @classmethod
    def within(cls, *folders: Path) -> UsedTypes:
        """The types in all configurations and states below ``folders``, without installed providers."""
        words: set[bytes] = set()
        declared: set[bytes] = set()
        for path in itertools.chain.from_iterable(map(_files, folders)):
            # an editor's lock file is a link to nothing
            with contextlib.suppress(FileNotFoundError):
                text = path.read_bytes()
                words.update(_WORD.findall(text))
                declared.update(_DECLARED.findall(text))
        return cls(frozenset(words), frozenset(declared))

    def after(self, earlier: UsedTypes) -> UsedTypes:
        """These types, with the words of ``earlier`` too."""
        return UsedTypes(self.words | earlier.words, self.declared)


def reduced(schema: bytes, used: UsedTypes) -> bytes:
    """The message ``schema`` without unused types.

    It is returned as it is if a declared type does not exist: Terraform then suggests a similar one. Raises ValueError
    for a field without a length.
    """
    kept: list[bytes] = []
    unknown = set(used.declared)
    for number, content, whole in _fields(schema):
        if number in (_RESOURCES, _DATA_SOURCES):
            name = field_of(content, _KEY)
            unknown.discard(name)
            if name not in used.words:
                continue
        kept.append(whole)
    return schema if unknown else b"".join(kept)


def field_of(message: bytes, number: int) -> bytes:
    """The content of the first field ``number``; empty if ``message`` has none. Raises ValueError as for a schema."""
    return next((content for found, content, _ in _fields(message) if found == number), b"")


def cached_schema(program: Path, read: Callable[[], bytes]) -> bytes:
    """The schema of the provider ``program``, from modproof's cache folder; otherwise ``read`` reads it.

    A cache folder that cannot be written is not an error.
    """
    found = program.stat()
    home = cache_folder() / "provider-schemas"
    path = home / f"{program.name}-{found.st_size}-{found.st_mtime_ns}"
    try:
        schema = path.read_bytes()
        os.utime(path)
        return schema
    except OSError:
        schema = read()
    with contextlib.suppress(OSError):
        home.mkdir(parents=True, exist_ok=True)
        write_bytes(path, schema)
    _delete_unused(home)
    return schema


def _delete_unused(home: Path) -> None:
    for other in home.glob("*"):
        # another process may delete or rename it at the same time
        with contextlib.suppress(OSError):
            if time.time() - other.stat().st_mtime > _MAX_UNUSED_SECONDS:
                other.unlink()


def _files(folder: Path) -> Iterator[Path]:
    """The files with types, but not in caches. Terraform installs a module with an absolute path as a link."""
    seen: set[str] = set()
    for parent, folders, files in os.walk(folder, followlinks=True):
        here = Path(parent)
        installed = here.parts[-2:] == (".terraform", "modules")
        is_new = os.path.realpath(here) not in seen
        seen.add(os.path.realpath(here))
        folders[:] = [name for name in folders if is_new and (installed or not (here / name).is_symlink())]
        if ".terragrunt-cache" in folders:
            folders.remove(".terragrunt-cache")
        if here.name == ".terraform" and "providers" in folders:
            folders.remove("providers")
        yield from (here / name for name in files if name.endswith(_WITH_TYPES))


def _fields(message: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """The number, the content and the whole encoding of each field. Raises ValueError for one without a length."""
    at = 0
    while at < len(message):
        start = at
        tag, at = _varint(message, at)
        if tag & 7 != 2:
            raise ValueError(f"field {tag >> 3} has the wire type {tag & 7}")
        length, at = _varint(message, at)
        yield tag >> 3, message[at : at + length], message[start : at + length]
        at += length


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at
