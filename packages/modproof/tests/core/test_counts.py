"""Counts as text."""

from __future__ import annotations

import pytest

from modproof.core.counts import plural


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 stories"), (1, "1 story"), (2, "2 stories"), (12000, "12,000 stories")]
)
def test_plural_counts(count: int, words: str) -> None:
    assert plural(count, "story", "stories") == words
