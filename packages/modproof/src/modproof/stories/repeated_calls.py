"""Calls that are repeated while something else runs, as a client of an endpoint makes them."""

from __future__ import annotations

import importlib
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from modproof.emulator.calls import References, Unresolved, boto_errors
from modproof.stories.calls import acting
from modproof.stories.model import StoryCall

__all__ = ["RepeatedCall"]

_PAUSE_SECONDS = 0.1


@dataclass
class RepeatedCall:
    """Repeats ``call``, without retries, as long as the context is open. ``failures`` counts each error message."""

    call: StoryCall
    session: Any
    references: References
    made: int = 0
    failures: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._client: Any = None
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._repeat, daemon=True)

    def __enter__(self) -> RepeatedCall:
        config = importlib.import_module("botocore.config").Config(retries={"total_max_attempts": 1})
        session = acting(self.call, self.session, self.references)
        self._client = session.client(self.call.service, config=config)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._enough.set()
        self._thread.join()

    def _repeat(self) -> None:
        errors = boto_errors()
        while True:
            try:
                getattr(self._client, self.call.method)(**self.references.fill(self.call.arguments))
            except (errors.ClientError, errors.BotoCoreError, Unresolved) as error:
                self.failures[" ".join(str(error).split())] += 1
            self.made += 1
            if self._enough.wait(_PAUSE_SECONDS):
                return
