"""The other AWS services, and the models of all services: everything that the core needs from its host.

The host connects itself with `connect`: the plug-in in LocalStack's process, or `serve` with the address of another
emulator. Without a host there are no other services.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import botocore.loaders
from botocore.model import ServiceModel

from .errors import failure

__all__ = [
    "GROUP_DESCRIPTION",
    "Context",
    "Detached",
    "Others",
    "Signer",
    "client",
    "connect",
    "others",
    "service_model",
]

GROUP_DESCRIPTION = "Created by SageMaker"


class _Received(Protocol):
    @property
    def headers(self) -> Mapping[str, str]: ...


class Context(Protocol):
    """Where a request to an operation comes from."""

    @property
    def account_id(self) -> str: ...
    @property
    def region(self) -> str: ...
    @property
    def partition(self) -> str: ...
    @property
    def request(self) -> _Received: ...


@dataclass(frozen=True, slots=True)
class Signer:
    """Who an access key belongs to. `role` is empty for a user."""

    account: str
    arn: str
    user_id: str
    role: str = ""


class Others(Protocol):
    """What a host provides."""

    def client(self, service: str, account: str, region: str) -> Any:
        """A boto3 client of another service that acts as the account. Its errors are botocore's."""

    def service_model(self, service: str) -> ServiceModel:
        """The model that requests to a service are parsed with."""

    def is_used(self, service: str) -> bool:
        """Whether another service may have resources; what is only for its users is not sent otherwise."""

    def has_event_rules(self, account: str, region: str) -> bool:
        """Whether events may have a receiver; without one, none is sent."""

    def create_interface(
        self, account: str, region: str, subnet: str, groups: tuple[str, ...], description: str
    ) -> str | None:
        """Create a network interface in use by SageMaker; its ID, or None if EC2 does not have the subnet."""

    def delete_interface(self, account: str, region: str, name: str) -> None:
        """Delete a network interface; a missing one is ignored."""

    def create_group(self, account: str, region: str, vpc: str, name: str) -> str | None:
        """Create a security group without inbound rules; its ID, or None if EC2 does not have the VPC."""

    def delete_group(self, account: str, region: str, name: str) -> None:
        """Delete the security group with this ID; a missing one is ignored."""

    def sees_changes(self) -> bool:
        """Whether the host reports calls to the other services with `callers.observe`."""

    def signer(self, access_key: str) -> Signer | None:
        """Who an access key belongs to that `callers.observe` has not seen; None for the account's own key."""


class Detached:
    """No other services: for tests of the core alone."""

    def __init__(self) -> None:
        self._loader = botocore.loaders.create_loader()
        self._models: dict[str, ServiceModel] = {}

    def client(self, service: str, account: str, region: str) -> Any:
        text = f"{service} is needed, and no other services are connected; set --services-endpoint"
        raise failure("UnsupportedOperation", text)

    def service_model(self, service: str) -> ServiceModel:
        found = self._models.get(service)
        if found is None:
            found = self._models[service] = ServiceModel(self._loader.load_service_model(service, "service-2"), service)
        return found

    def is_used(self, service: str) -> bool:
        return False

    def has_event_rules(self, account: str, region: str) -> bool:
        return False

    def create_interface(
        self, account: str, region: str, subnet: str, groups: tuple[str, ...], description: str
    ) -> str | None:
        return None

    def delete_interface(self, account: str, region: str, name: str) -> None:
        pass

    def create_group(self, account: str, region: str, vpc: str, name: str) -> str | None:
        return None

    def delete_group(self, account: str, region: str, name: str) -> None:
        pass

    def sees_changes(self) -> bool:
        return True

    def signer(self, access_key: str) -> Signer | None:
        return None


_connected: list[Others] = [Detached()]


def connect(host: Others) -> None:
    """Use the services of a host from now on."""
    _connected[0] = host


def others() -> Others:
    """The connected host."""
    return _connected[0]


def client(service: str, account: str, region: str) -> Any:
    """A boto3 client of another service that acts as the account."""
    return _connected[0].client(service, account, region)


def service_model(service: str) -> ServiceModel:
    """The model that requests to a service are parsed with."""
    return _connected[0].service_model(service)
