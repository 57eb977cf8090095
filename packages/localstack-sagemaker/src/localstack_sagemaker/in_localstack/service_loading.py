"""Closes a race in LocalStack's first request to a service.

`ServiceLoader.require_service` marks a service as loaded before its routes exist, so that another request at the same
moment gets a 501 "no handler for operation".
"""

from __future__ import annotations

import threading
from collections import defaultdict
from typing import Any

__all__ = ["install"]


def install() -> None:
    """Let requests to a service wait until the first one has loaded it completely."""
    from localstack.aws.handlers.service_plugin import ServiceLoader

    load = ServiceLoader.require_service
    locks: defaultdict[str, threading.RLock] = defaultdict(threading.RLock)
    guard = threading.Lock()
    # by loader, of which LocalStack has one
    complete: set[tuple[int, str]] = set()

    def require_service(self: Any, chain: Any, context: Any, response: Any) -> Any:
        name = context.service.service_name if context.service else ""
        if not name or (id(self), name) in complete:
            return None
        with guard:
            lock = locks[name]
        with lock:
            result = load(self, chain, context, response)
            complete.add((id(self), name))
        return result

    ServiceLoader.require_service = require_service
