"""Which stories share an emulator."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from modproof.core.errors import EmulatorError
from modproof.run.emulators import Emulators


class Started:
    """Emulators that do nothing, in the order of their starts."""

    def __init__(self, *, ours: bool = True) -> None:
        self.ours = ours
        self.running: list[Any] = []

    @contextlib.contextmanager
    def start(self) -> Iterator[Any]:
        emulator = SimpleNamespace(ours=self.ours)
        self.running.append(emulator)
        yield emulator
        self.running.remove(emulator)


@pytest.fixture
def stack() -> Iterator[contextlib.ExitStack]:
    with contextlib.ExitStack() as made:
        yield made


def test_stories_of_other_accounts_share_the_first_emulator(stack: contextlib.ExitStack) -> None:
    started = Started()
    emulators = Emulators(started.start, stack)
    with emulators.with_accounts({"1", "2"}) as one, emulators.with_accounts({"3"}) as other:
        assert one is other is emulators.first()
    assert len(started.running) == 1


def test_a_story_that_needs_a_used_account_has_another_emulator(
    stack: contextlib.ExitStack,
) -> None:
    started = Started()
    emulators = Emulators(started.start, stack)
    with emulators.with_accounts({"1", "2"}) as one:
        with emulators.with_accounts({"2", "3"}) as second:
            assert second is not one
        with emulators.with_accounts({"2"}) as third:
            assert third is second
    with emulators.with_accounts({"2"}) as last:
        assert last is one
    assert len(started.running) == 2
    stack.close()
    assert started.running == []


def test_an_account_is_free_after_a_failure(stack: contextlib.ExitStack) -> None:
    emulators = Emulators(Started().start, stack)
    with contextlib.suppress(ValueError), emulators.with_accounts({"1"}):
        raise ValueError
    with emulators.with_accounts({"1"}) as emulator:
        assert emulator is emulators.first()


def test_the_emulator_of_the_user_is_the_only_one(stack: contextlib.ExitStack) -> None:
    started = Started(ours=False)
    emulators = Emulators(started.start, stack)
    with emulators.with_accounts({"1"}) as one, emulators.with_accounts({"1"}) as other:
        assert one is other
    assert len(started.running) == 1


def test_a_start_that_fails_is_not_tried_again_for_the_next_story(stack: contextlib.ExitStack) -> None:
    tries = []

    def start() -> Any:
        tries.append(1)
        raise EmulatorError("no emulator answers")

    emulators = Emulators(start, stack)
    for use in (emulators.first, emulators.first, lambda: stack.enter_context(emulators.with_accounts({"1"}))):
        with pytest.raises(EmulatorError, match="no emulator answers"):
            use()
    assert len(tries) == 1
