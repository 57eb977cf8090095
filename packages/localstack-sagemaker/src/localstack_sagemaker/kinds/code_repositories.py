"""Git repositories that notebook instances use by name."""

from __future__ import annotations

from typing import Any

from ..call import Call, Kind
from ..records import Record
from ..table import Listing, Messages

__all__ = ["KINDS"]


def _on_update(call: Call, record: Record, changes: dict[str, Any]) -> None:
    if "GitConfig" in changes:
        changes["GitConfig"] = {**record.attributes["GitConfig"], **changes["GitConfig"]}


KINDS = [
    Kind(
        noun="CodeRepository",
        arn="code-repository/{CodeRepositoryName}",
        key=("CodeRepositoryName",),
        messages=Messages(
            missing='Cannot find CodeRepository: "{arn}"',
            taken="Cannot create a duplicate Code Repository ({arn})",
        ),
        listing=Listing(operation="ListCodeRepositories", sort_by="Name", descending=False),
        on_update=_on_update,
    )
]
