"""AWS calls that the emulator recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["RecordedCall"]


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """One AWS call of Terraform.

    ``service`` and ``operation`` are the names of botocore. ``members`` are the names of the request's members,
    ``identifiers`` the values of those that name something, ``arns`` every ARN in the request.
    ``caller`` is the type of the resource that needs the call, ``data.TYPE`` for a data source, or empty if that is not
    known. ``modules`` are the module calls that the resource may be in: ``module.logs``, ``""`` for the root module.
    """

    service: str
    operation: str
    account: str
    region: str
    members: frozenset[str] = frozenset()
    identifiers: Mapping[str, str] = field(default_factory=dict)
    arns: tuple[str, ...] = ()
    caller: str = ""
    modules: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.service}.{self.operation}"
