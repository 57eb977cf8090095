"""One account: its session, and the guard that it is the expected one."""

from __future__ import annotations

import os
import re
import threading
from dataclasses import dataclass, field
from typing import Any

import boto3
import botocore.credentials
import botocore.session
from botocore.config import Config

from mlpipe import __version__
from mlpipe.aws.failures import AWS_ERRORS, in_words
from mlpipe.errors import ConfigurationError, Refused

__all__ = ["Account", "connect"]

WORKERS = 8
"""how many calls run at the same time"""

_CONFIG = Config(
    connect_timeout=10,
    max_pool_connections=2 * WORKERS,
    read_timeout=60,
    # slows down when AWS throttles
    retries={"mode": "adaptive", "total_max_attempts": 10},
    user_agent_extra=f"mlpipe/{__version__}",
)


@dataclass(frozen=True)
class Account:
    """An account in a region; ``caller`` is the ARN of the credentials."""

    session: boto3.Session
    account_id: str
    region: str
    caller: str
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def client(self, service: str, region: str | None = None) -> Any:
        """A boto3 client, created once; in the account's region unless ``region`` is another one.

        boto3 clients may be shared by threads, sessions may not.
        """
        key = (service, region or self.region)
        with self._lock:
            if key not in self._clients:
                self._clients[key] = self.session.client(service, region_name=key[1], config=_CONFIG)
            return self._clients[key]


def connect(
    *, region: str | None, expected: str | None, role_arn: str | None = None, profile: str | None = None
) -> Account:
    """Open a session, by way of ``role_arn`` if given, and check that its account is ``expected``.

    Raises ConfigurationError if there are no usable credentials, and Refused if the account is another one.
    """
    try:
        # botocore alone reads only AWS_DEFAULT_REGION
        region = region or os.environ.get("AWS_REGION") or None
        base = botocore.session.Session(profile=profile)
        if region:
            base.set_config_variable("region", region)
        session = boto3.Session(botocore_session=_assumed(base, role_arn) if role_arn else base, region_name=region)
        if not session.region_name:
            raise ConfigurationError("no region: pass --region, or set AWS_REGION")
        identity = session.client("sts", config=_CONFIG).get_caller_identity()
    except (*AWS_ERRORS, ValueError) as error:  # of settings, such as AWS_ENDPOINT_URL
        raise ConfigurationError(f"no usable AWS credentials{_for(role_arn)}: {in_words(error)}") from error
    if expected is not None and identity["Account"] != expected:
        raise Refused(
            f"the credentials{_for(role_arn)} belong to account {identity['Account']}, expected {expected}; "
            "set role_arn of the environment, or use its credentials"
        )
    return Account(session, identity["Account"], session.region_name, identity["Arn"])


def _for(role_arn: str | None) -> str:
    return f" of {role_arn}" if role_arn else ""


def _assumed(base: botocore.session.Session, role_arn: str) -> botocore.session.Session:
    """A session with the role's credentials, which are renewed before they expire."""
    source = base.get_credentials()
    if source is None:
        raise ConfigurationError(f"no AWS credentials to assume {role_arn} with")
    caller = base.create_client("sts", config=_CONFIG).get_caller_identity()["Arn"]
    person = re.sub(r"[^\w+=,.@-]", "-", re.split("[/:]", caller)[-1], flags=re.ASCII)
    fetcher = botocore.credentials.AssumeRoleCredentialFetcher(
        client_creator=base.create_client,
        source_credentials=source,
        role_arn=role_arn,
        # lineage, audit log and CloudTrail then show who it is
        extra_args={"RoleSessionName": f"mlpipe-{person}"[:64]},
    )
    session = botocore.session.Session()
    session._credentials = botocore.credentials.DeferredRefreshableCredentials(
        method="assume-role", refresh_using=fetcher.fetch_credentials
    )
    return session
