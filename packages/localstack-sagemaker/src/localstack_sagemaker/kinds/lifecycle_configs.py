"""Notebook instance lifecycle configurations."""

from __future__ import annotations

from typing import Any

from .. import errors
from ..call import Call, Kind
from ..records import Record
from ..table import Listing, Messages

__all__ = ["KINDS"]


def _require_unused(call: Call, record: Record) -> None:
    for notebook in call.store.of("NotebookInstance").values():
        if notebook.attributes.get("NotebookInstanceLifecycleConfigName") == record.name:
            raise errors.validation(
                f"Unable to delete Notebook Instance Lifecycle Config '{record.arn}'. (Details: Notebook "
                f"Instance Lifecycle Config is in use by Notebook Instance '{notebook.arn}'.)"
            )


def _replace_scripts(call: Call, record: Record, changes: dict[str, Any]) -> None:
    """Remove scripts that are missing in an update: it replaces the whole configuration."""
    for hook in ("OnCreate", "OnStart"):
        changes.setdefault(hook, None)


KINDS = [
    Kind(
        noun="NotebookInstanceLifecycleConfig",
        arn="notebook-instance-lifecycle-config/{NotebookInstanceLifecycleConfigName}",
        key=("NotebookInstanceLifecycleConfigName",),
        messages=Messages(
            missing=(
                "Unable to find Notebook Instance Lifecycle Config '{arn}'. "
                "(Details: Notebook Instance Lifecycle Config does not exist.)"
            ),
            taken=(
                "Unable to create Notebook Instance Lifecycle Config {arn}. "
                "(Details: Notebook Instance Lifecycle Config already exists.)"
            ),
        ),
        listing=Listing(sort_by="CreationTime"),
        on_update=_replace_scripts,
        on_delete=_require_unused,
    )
]
