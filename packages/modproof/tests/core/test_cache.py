from __future__ import annotations

import os
from pathlib import Path

from modproof.core.cache import Cache, file_digest, key_of


def test_get_returns_the_entry_that_was_put(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.put(key_of("x"), {"a": [1, None, "é"]})
    assert cache.get(key_of("x")) == {"a": [1, None, "é"]}
    assert cache.get(key_of("y")) is None


def test_a_truncated_entry_is_ignored(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.put(key_of("x"), {"a": 1})
    (path,) = tmp_path.glob("??/*.json")
    path.write_text('{"a":')
    assert cache.get(key_of("x")) is None


def test_a_folder_that_cannot_be_written_is_not_an_error(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    Cache(blocked).put(key_of("x"), {"a": 1})
    assert Cache(blocked).get(key_of("x")) is None


def test_keys_do_not_depend_on_the_order_of_mappings() -> None:
    assert key_of({"a": 1, "b": 2}) == key_of({"b": 2, "a": 1})
    assert key_of({"a": 1}) != key_of({"a": "1"})


def test_prune_deletes_the_least_recently_used_entries(tmp_path: Path) -> None:
    cache = Cache(tmp_path, max_bytes=250)
    for number in range(4):
        cache.put(key_of(number), {"text": "x" * 80})
        (path,) = tmp_path.glob(f"??/{key_of(number)}.json")
        os.utime(path, (number, number))
    cache.get(key_of(0))
    cache.prune()
    assert [cache.get(key_of(number)) is not None for number in range(4)] == [True, False, False, True]


def test_file_digest_changes_with_the_content(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_text("one")
    before = file_digest(path)
    path.write_text("two")
    os.utime(path, ns=(1, 1))
    assert file_digest(path) != before
