"""The schema of a provider without the types that a root does not use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from modproof.terraform.reduced_schema import UsedTypes, cached_schema, field_of, reduced


def field(number: int, content: bytes) -> bytes:
    length, encoded = len(content), b""
    while length > 127:
        encoded, length = encoded + bytes([length & 127 | 128]), length >> 7
    return bytes([number << 3 | 2]) + encoded + bytes([length]) + content


def entry(number: int, name: bytes) -> bytes:
    return field(number, field(1, name) + field(2, b"x" * 300))


PROVIDER, FUNCTION = field(1, b"settings"), entry(7, b"arn_parse")
QUEUE, TOPIC, QUEUE_DATA = entry(2, b"aws_sqs_queue"), entry(2, b"aws_sns_topic"), entry(3, b"aws_sqs_queue")
SCHEMA = PROVIDER + QUEUE + TOPIC + QUEUE_DATA + FUNCTION


def used(folder: Path, text: str, name: str = "main.tf") -> UsedTypes:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    return UsedTypes.within(folder)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("main.tf", 'resource "aws_sqs_queue" "this" {}'),
        ("copies/queue/main.tf", 'data "aws_sqs_queue" "this" {}'),
        (".terraform/modules/queue/main.tofu", "moved {\n  from = aws_sqs_queue.old\n  to = module.queue\n}"),
        ("main.tf.json", '{"resource": {"aws_sqs_queue": {"this": {}}}}'),
        ("terraform.tfstate", '{"resources": [{"type": "aws_sqs_queue"}]}'),
    ],
)
def test_the_types_in_configurations_and_states_are_kept(tmp_path: Path, name: str, text: str) -> None:
    assert reduced(SCHEMA, used(tmp_path, text, name)) == PROVIDER + QUEUE + QUEUE_DATA + FUNCTION


def test_installed_providers_are_not_searched(tmp_path: Path) -> None:
    found = used(tmp_path, 'resource "aws_sqs_queue" "this" {}', ".terraform/providers/main.tf")
    assert reduced(SCHEMA, found) == PROVIDER + FUNCTION


def test_a_module_with_an_absolute_path_is_searched(tmp_path: Path) -> None:
    used(tmp_path / "elsewhere", 'resource "aws_sqs_queue" "this" {}')
    root = tmp_path / "root"
    (root / ".terraform" / "modules").mkdir(parents=True)
    (root / ".terraform" / "modules" / "queue").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / ".terraform" / "modules").mkdir(parents=True)
    (tmp_path / "elsewhere" / ".terraform" / "modules" / "loop").symlink_to(tmp_path / "elsewhere")
    assert reduced(SCHEMA, UsedTypes.within(root)) == PROVIDER + QUEUE + QUEUE_DATA + FUNCTION


def test_a_link_to_nothing_has_no_types(tmp_path: Path) -> None:
    (tmp_path / ".#main.tf").symlink_to("user@host.1234:1700000000")
    assert (
        reduced(SCHEMA, used(tmp_path, 'resource "aws_sqs_queue" "this" {}'))
        == PROVIDER + QUEUE + QUEUE_DATA + FUNCTION
    )


def test_types_that_were_used_before_are_kept(tmp_path: Path) -> None:
    before = used(tmp_path, 'resource "aws_sqs_queue" "this" {}\nresource "aws_misspelt" "this" {}')
    after = used(tmp_path, 'resource "aws_sns_topic" "this" {}').after(before)
    assert reduced(SCHEMA, after) == PROVIDER + QUEUE + TOPIC + QUEUE_DATA + FUNCTION


def test_a_type_that_does_not_exist_keeps_all_types(tmp_path: Path) -> None:
    assert reduced(SCHEMA, used(tmp_path, 'resource "aws_sqs_kueue" "this" {}')) == SCHEMA


def test_a_field_is_found_by_its_number() -> None:
    assert field_of(field(1, b"1.11.4") + field(2, b"settings"), 2) == b"settings"
    assert field_of(field(1, b"1.11.4"), 2) == b""


def test_a_field_without_a_length_is_refused() -> None:
    with pytest.raises(ValueError, match="field 1 has the wire type 0"):
        field_of(b"\x08\x01", 2)


def test_the_schema_of_a_program_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODPROOF_CACHE", str(tmp_path / "cache"))
    program = tmp_path / "provider"
    program.write_bytes(b"one")
    assert cached_schema(program, lambda: b"schema") == b"schema"
    assert cached_schema(program, lambda: b"another") == b"schema"
    program.write_bytes(b"another version")
    assert cached_schema(program, lambda: b"another") == b"another"
    folder = tmp_path / "cache" / "provider-schemas"
    assert len(list(folder.iterdir())) == 2
    for path in folder.iterdir():
        os.utime(path, (0, 0))
    program.write_bytes(b"a third version")
    cached_schema(program, lambda: b"third")
    assert len(list(folder.iterdir())) == 1


def test_a_cache_folder_that_cannot_be_written_is_not_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cache").write_text("a file")
    monkeypatch.setenv("MODPROOF_CACHE", str(tmp_path / "cache"))
    (tmp_path / "provider").write_bytes(b"one")
    assert cached_schema(tmp_path / "provider", lambda: b"schema") == b"schema"
