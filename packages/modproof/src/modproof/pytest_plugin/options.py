"""The options that pytest gets."""

from __future__ import annotations

import pytest

__all__ = ["pytest_addoption"]


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("modproof", "proofs of Terraform modules")
    group.addoption("--modproof-no-cache", action="store_true", help="plan every case anew, and keep nothing of it")
    group.addoption(
        "--modproof-shard",
        metavar="INDEX/COUNT",
        help="run one of COUNT parts of the tests, each on a machine: 1/3, 2/3, 3/3",
    )
    group.addoption("--modproof-endpoint", metavar="URL", help="apply stories to this emulator instead of starting one")
    group.addoption(
        "--modproof-changed-since", metavar="REF", help="only cases that a change since this commit can touch"
    )
    group.addoption(
        "--terraform-binary",
        metavar="NAME|PATH",
        default="terraform",
        help="plan with this: terraform (default), tofu, or a path of one",
    )
