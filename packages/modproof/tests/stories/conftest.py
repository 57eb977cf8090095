"""Projects of a few files, each with a story, to prove on the test session's LocalStack."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from modproof import stories as lifecycle, toolchain
from modproof.stories import model as stories
from modproof.emulator import Emulator
from modproof.core.project import Project
from modproof.core.results import StoryResult

Prove = Callable[..., StoryResult]


@pytest.fixture(scope="session")
def terraform() -> Path:
    return toolchain.ensure("terraform")


@pytest.fixture
def make_story(tmp_path: Path) -> Callable[[dict[str, str]], stories.Story]:
    """Write a project whose story is ``story.yaml``; every other key is a file's path in it."""

    def make(files: dict[str, str]) -> stories.Story:
        root = tmp_path / "project"
        for name, text in files.items():
            path = root / ("tests/integration/story.yaml" if name == "story.yaml" else name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text), encoding="utf-8")
        return stories.load(root / "tests/integration/story.yaml", Project(root))

    return make


@pytest.fixture
def prove(make_story: Callable[[dict[str, str]], stories.Story], localstack: Emulator, terraform: Path) -> Prove:
    """Write the project and prove its story in an account of its own."""

    def run(files: dict[str, str], *, on: Emulator | None = None) -> StoryResult:
        story = make_story(files)
        server = on or localstack
        root = story.path.parents[2]
        before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
        result = lifecycle.prove(
            story, terraform=terraform, emulator=server, account=server.new_account(), project=Project(root)
        )
        after = {
            path: path.read_bytes() for path in root.rglob("*") if path.is_file() and ".modproof" not in path.parts
        }
        assert after == before  # the checkout is never written to
        return result

    return run
