"""Whether roles decide: the default of the server, and the settings of single accounts.

`LOCALSTACK_SAGEMAKER_ENFORCE_IAM=1` sets the server's default; it is off otherwise.
"""

from __future__ import annotations

import os

__all__ = ["Enforcement", "enforcement"]

_ENVIRONMENT = "LOCALSTACK_SAGEMAKER_ENFORCE_IAM"


class Enforcement:
    """The accounts in which roles decide."""

    def __init__(self) -> None:
        self._default = os.environ.get(_ENVIRONMENT, "").lower() in ("1", "true", "on")
        self._of_account: dict[str, bool] = {}

    def on(self, account: str) -> bool:
        """Whether roles decide in an account."""
        return self._of_account.get(account, self._default)

    def set(self, enabled: bool, account: str | None = None) -> None:
        """Set it for an account; without an account, for all accounts."""
        if account is None:
            self._default = enabled
            self._of_account.clear()
        else:
            self._of_account[account] = enabled

    def reset(self, account: str | None = None) -> None:
        """Restore the server's default for an account, or for all."""
        if account is None:
            self._of_account.clear()
            self._default = os.environ.get(_ENVIRONMENT, "").lower() in ("1", "true", "on")
        else:
            self._of_account.pop(account, None)


enforcement = Enforcement()
