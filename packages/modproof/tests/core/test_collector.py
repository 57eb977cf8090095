from __future__ import annotations

import gc

import pytest

from modproof.core import collector


def test_the_collector_runs_again_after_an_error() -> None:
    with pytest.raises(ValueError, match="no"), collector.paused():
        assert not gc.isenabled()
        raise ValueError("no")
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    try:
        with collector.paused():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
