"""AWS API calls as data, as stories and cases write them."""

from __future__ import annotations

import re
from typing import Any

from pydantic import Field, field_validator

from modproof.core.documents import Strict

__all__ = ["ApiCall"]

_CALL = re.compile(r"[a-z0-9-]+\.[a-z0-9_]+")


class ApiCall(Strict):
    """An AWS API call: ``service.method`` in the names of boto3, and its arguments."""

    call: str
    arguments: dict[str, Any] = Field(default_factory=dict, alias="with")

    @field_validator("call")
    @classmethod
    def _form(cls, value: str) -> str:
        if not _CALL.fullmatch(value):
            raise ValueError("a call is service.method in the names of boto3, such as s3.get_bucket_encryption")
        return value

    @property
    def service(self) -> str:
        return self.call.partition(".")[0]

    @property
    def method(self) -> str:
        return self.call.partition(".")[2]
