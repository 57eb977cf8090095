"""The other services at an address: those of another emulator, called over HTTP."""

from __future__ import annotations

import logging
import socket
import threading
from typing import Any
from urllib.parse import urlsplit

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.httpsession import URLLib3Session
from botocore.model import ServiceModel

from .. import errors
from ..newer_operations import add_newer
from ..others import GROUP_DESCRIPTION, Signer
from ..remembered import Remembered
from ..store import readable

__all__ = ["Remote", "listens"]

LOG = logging.getLogger(__name__)

# the caller's AWS profile and files must have no effect
_NO_CALLER_SETTINGS = {
    "profile": (None, None, None, None),
    "config_file": (None, None, "/dev/null", None),
    "credentials_file": (None, None, "/dev/null", None),
}
_CONNECT_SECONDS, _READ_SECONDS = 5, 30
_SIGNERS, _HOUR = 10_000, 3600.0
_CONFIG = Config(
    retries={"total_max_attempts": 2, "mode": "standard"},
    s3={"addressing_style": "path"},
    proxies={},
)


_FAILURES = (BotoCoreError, ClientError, errors.ServiceFailure)
"""of a call that is only made if there is a receiver"""


class Remote:
    """An emulator that takes an access key of 12 digits as the account. It does not report calls to it."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._session = botocore.session.Session(session_vars=_NO_CALLER_SETTINGS)
        self._loader = self._session.get_component("data_loader")
        self._guard = threading.Lock()
        self._clients: dict[tuple[str, str, str], Any] = {}
        self._models: dict[str, ServiceModel] = {}
        self._signers: Remembered[Signer] = Remembered(_SIGNERS)
        # not of a client: its calls to a dead emulator would be errors of botocore
        self._http = URLLib3Session(proxies={}, timeout=(_CONNECT_SECONDS, _READ_SECONDS), max_pool_connections=50)

    def client(self, service: str, account: str, region: str) -> Any:
        key = (service, account, region)
        with self._guard:  # creating a client is not thread-safe
            if key not in self._clients:
                self._clients[key] = self._create(service, account, region)
            return self._clients[key]

    def _create(self, service: str, access_key: str, region: str, token: str | None = None) -> Any:
        client = self._session.create_client(
            service,
            region,
            endpoint_url=self.address,
            aws_access_key_id=access_key,
            aws_secret_access_key="test",  # noqa: S106
            aws_session_token=token,
            config=_CONFIG,
        )
        client.meta.events.register("before-send", self._send)
        return client

    def _send(self, request: Any, **_: Any) -> Any:
        """Send a request of a client. Other requests of the account may read meanwhile."""
        with readable():
            try:
                return self._http.send(request)
            except BotoCoreError as error:
                raise errors.unreachable(self.address, error) from error

    def service_model(self, service: str) -> ServiceModel:
        with self._guard:
            if service not in self._models:
                document = self._loader.load_service_model(service, "service-2")
                if service == "sagemaker":
                    add_newer(document)
                self._models[service] = ServiceModel(document, service)
            return self._models[service]

    def is_used(self, service: str) -> bool:
        return True

    def has_event_rules(self, account: str, region: str) -> bool:
        try:
            return bool(self.client("events", account, region).list_rules(Limit=1)["Rules"])
        except _FAILURES as error:
            LOG.debug("no events: %s", error)
            return False

    def create_interface(
        self, account: str, region: str, subnet: str, groups: tuple[str, ...], description: str
    ) -> str | None:
        ec2 = self.client("ec2", account, region)
        try:
            created = ec2.create_network_interface(SubnetId=subnet, Groups=list(groups), Description=description)
        except _FAILURES as error:
            LOG.debug("no network interface in %s: %s", subnet, error)
            return None
        name: str = created["NetworkInterface"]["NetworkInterfaceId"]
        return name

    def delete_interface(self, account: str, region: str, name: str) -> None:
        try:
            self.client("ec2", account, region).delete_network_interface(NetworkInterfaceId=name)
        except _FAILURES as error:
            LOG.debug("network interface %s: %s", name, error)

    def create_group(self, account: str, region: str, vpc: str, name: str) -> str | None:
        ec2 = self.client("ec2", account, region)
        try:
            created = ec2.create_security_group(VpcId=vpc, GroupName=name, Description=GROUP_DESCRIPTION)
        except _FAILURES as error:
            LOG.debug("no security group in %s: %s", vpc, error)
            return None
        group: str = created["GroupId"]
        return group

    def delete_group(self, account: str, region: str, name: str) -> None:
        try:
            self.client("ec2", account, region).delete_security_group(GroupId=name)
        except _FAILURES as error:
            LOG.debug("security group %s: %s", name, error)

    def sees_changes(self) -> bool:
        return False

    def signer(self, access_key: str) -> Signer | None:
        if access_key.isdigit():
            return None
        known = self._signers.get(access_key)
        if known:
            return known
        found = self._signer(access_key)
        if found:
            self._signers.put(access_key, found, _HOUR)
        return found

    def _signer(self, access_key: str) -> Signer | None:
        with self._guard:
            sts = self._create("sts", access_key, "us-east-1", "test")
        try:
            found = sts.get_caller_identity()
        except (BotoCoreError, ClientError) as error:
            LOG.debug("access key %s: %s", access_key, error)
            return None
        arn = found["Arn"]
        role = self._role(found["Account"], arn) if ":assumed-role/" in arn else ""
        return Signer(found["Account"], arn, found["UserId"], role)

    def _role(self, account: str, session: str) -> str:
        """The ARN of a session's role: that of the session has no path."""
        name = session.split("/")[1]
        try:
            role: str = self.client("iam", account, "us-east-1").get_role(RoleName=name)["Role"]["Arn"]
        except (BotoCoreError, ClientError) as error:
            # emulators let clients assume roles that do not exist
            LOG.debug("role %s: %s", name, error)
            return f"{session.partition(':sts:')[0]}:iam::{account}:role/{name}"
        return role


def listens(address: str) -> bool:
    """Whether a server accepts connections at the URL `address`."""
    parts = urlsplit(address)
    try:
        with socket.create_connection((parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)), 2.0):
            return True
    except OSError:
        return False
