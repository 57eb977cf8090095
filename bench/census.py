"""Counts the memory of the server's objects. Runs in the server, as the handler of an endpoint's model.

A first invocation starts to trace allocations, the next one ends it.
"""

from __future__ import annotations

import gc
import tracemalloc

__all__ = ["reply"]


def reply(invocation: object) -> dict[str, int]:  # noqa: ARG001
    """Return the bytes that were allocated since the invocation before and are still in use; 0 for the first."""
    gc.collect()
    if not tracemalloc.is_tracing():
        tracemalloc.start()
        return {"bytes": 0}
    found, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return {"bytes": found}
