"""Work that checkov 3.3.30 repeats, done once: about a quarter of the time of a scan.

- bc-jsonpath-ng builds the tables of its parser for each expression (``parse_token_stream`` in its parser.py).
- A module is parsed again for each folder that calls it.
"""

from __future__ import annotations

import copy
import importlib
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from types import SimpleNamespace
from typing import IO, Any

__all__ = ["parsed_once"]


@cache
def _keep_tables() -> None:
    """Keep the tables for the whole process. A copy of the parser has its own state, but the same tables."""
    parser: Any = importlib.import_module("bc_jsonpath_ng.parser")
    build = parser.ply.yacc.yacc
    built: dict[tuple[type, str], Any] = {}

    def yacc(*, module: Any, start: str, **others: Any) -> Any:
        key = type(module), start
        if key not in built:
            built[key] = build(module=module, start=start, **others)
        return copy.copy(built[key])

    parser.ply = SimpleNamespace(yacc=SimpleNamespace(yacc=yacc))


@contextmanager
def parsed_once() -> Iterator[None]:
    """Parse each text of HCL once while the context is open. checkov changes the result, so it gets a copy."""
    _keep_tables()
    utils: Any = importlib.import_module("checkov.terraform.parser_utils")
    original = utils.hcl2
    parsed: dict[bytes, bytes] = {}

    def load(file: IO[str]) -> Any:
        text = file.read()
        key = sha256(text.encode("utf-8", "surrogatepass")).digest()
        if key not in parsed:
            parsed[key] = pickle.dumps(original.loads(text), pickle.HIGHEST_PROTOCOL)
        return pickle.loads(parsed[key])  # noqa: S301 - written above

    utils.hcl2 = SimpleNamespace(load=load)
    try:
        yield
    finally:
        utils.hcl2 = original
