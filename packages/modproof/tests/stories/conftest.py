"""Small projects with a story each, which run on the LocalStack of the test session."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from modproof import stories, toolchain
from modproof.core.project import Project
from modproof.core.results import StoryResult
from modproof.emulator import Emulator
from modproof.stories.lifecycle import run as run_story

RunStory = Callable[..., StoryResult]


@pytest.fixture(scope="session")
def terraform() -> Path:
    return toolchain.ensure("terraform")


@pytest.fixture
def make_story(tmp_path: Path) -> Callable[[dict[str, str]], stories.Story]:
    """Write a project. The key ``story.yaml`` is its story, every other key a path in it."""

    def make(files: dict[str, str]) -> stories.Story:
        root = tmp_path / "project"
        for name, text in files.items():
            path = root / ("tests/integration/story.yaml" if name == "story.yaml" else name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text), encoding="utf-8")
        return stories.load(root / "tests/integration/story.yaml", Project(root))

    return make


@pytest.fixture
def run(make_story: Callable[[dict[str, str]], stories.Story], localstack: Emulator, terraform: Path) -> RunStory:
    """Write a project and run its story in a separate account."""

    def write_and_run(
        files: dict[str, str],
        *,
        on: Emulator | None = None,
        step_seconds: float | None = None,
        record_calls: bool = False,
    ) -> StoryResult:
        story = make_story(files)
        server = on or localstack
        root = story.path.parents[2]
        before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
        result = run_story(
            story,
            terraform=terraform,
            emulator=server,
            account=server.new_account(),
            project=Project(root),
            step_seconds=step_seconds,
            record_calls=record_calls,
        )
        after = {
            path: path.read_bytes() for path in root.rglob("*") if path.is_file() and ".modproof" not in path.parts
        }
        assert after == before  # a story never writes to the checkout
        return result

    return write_and_run
