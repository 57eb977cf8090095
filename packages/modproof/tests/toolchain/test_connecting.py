"""Connections that give up soon."""

from __future__ import annotations

import pytest

from modproof.toolchain.connecting import opener


@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("host", ["a..b", f"{'a' * 64}.example"])
def test_an_invalid_host_is_an_error_of_the_connection(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("no_proxy", "*")
    with pytest.raises(OSError, match=r"label|idna"):
        opener().open(f"http://{host}/")
