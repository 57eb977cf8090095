"""The environment of the programs of a run: an allow-list without anything that could reach a real account."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from modproof.core.errors import SafetyError

__all__ = ["NO_ACCOUNT", "RARE_COLLECTION", "AwsKeys", "aws_environment", "base_environment", "git_environment"]

NO_ACCOUNT = "000000000000"
"""The account of a plan: no AWS account has this number."""

RARE_COLLECTION = {"GOGC": "200"}
"""Half as many garbage collections of programs in Go, for a third more memory: https://go.dev/doc/gc-guide#GOGC.

Terraform, its providers and Terragrunt spend up to a quarter of a short command on them.
"""

_KEPT = frozenset(
    {
        "GOCACHE", "GOFLAGS", "GOMODCACHE", "GOPATH", "GOPROXY", "GOROOT", "GOSUMDB",
        "HOME", "HTTPS_PROXY", "HTTP_PROXY", "LANG", "LOGNAME", "NODE_EXTRA_CA_CERTS", "NPM_CONFIG_REGISTRY",
        "PATH", "PIP_CERT", "PIP_FIND_LINKS", "PIP_INDEX_URL",
        "SSL_CERT_DIR", "SSL_CERT_FILE", "TMPDIR", "USER", "UV_CACHE_DIR", "UV_DEFAULT_INDEX", "UV_INDEX_URL",
        "XDG_CACHE_HOME", "https_proxy", "http_proxy",
    }
)  # fmt: skip

_HTTP_PROXY = ("HTTP_PROXY", "http_proxy")

_GIT = frozenset({"GIT_ASKPASS", "GIT_SSH", "GIT_SSH_COMMAND", "SSH_AUTH_SOCK"})


def base_environment() -> dict[str, str]:
    """The caller's environment without anything that could contain credentials or change what a tool does.

    Certificates, proxies and package indexes are kept, because installing a tool may need them.
    """
    kept = {name: value for name, value in os.environ.items() if name in _KEPT}
    kept["LC_ALL"] = "C.UTF-8"
    # the emulator and the recorder listen on loopback, which must not go through a proxy
    kept["NO_PROXY"] = kept["no_proxy"] = "127.0.0.1,localhost,::1"
    return kept


def git_environment() -> dict[str, str]:
    """The part of the caller's environment that git needs to fetch modules from other repositories, also by a proxy.

    It may contain credentials for them, so only ``terraform init`` and ``terraform get`` get it. git never prompts.
    """
    kept = {name: value for name, value in os.environ.items() if name in _GIT or name.startswith("GIT_CONFIG_")}
    kept |= {name: os.environ.get(name, "") for name in _HTTP_PROXY}
    return {**kept, "GIT_TERMINAL_PROMPT": "0"}


@dataclass(frozen=True, slots=True)
class AwsKeys:
    """The temporary keys of a role's session."""

    access_key_id: str
    secret_access_key: str
    session_token: str


def aws_environment(
    *,
    endpoint_url: str,
    account: str = NO_ACCOUNT,
    region: str = "eu-west-1",
    keys: AwsKeys | None = None,
    services: Mapping[str, str] | None = None,
    extra: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The environment of a program that calls AWS at ``endpoint_url`` and nowhere else.

    ``account`` (12 digits) is also the access key, from which LocalStack derives the account. Profiles, credential
    files, the metadata service and container credentials are disabled. The endpoint is also the proxy for plain HTTP,
    so that a name with an account before it needs no DNS and cannot leave the machine. ``keys`` of a role are used
    instead of the account's. ``services`` are the variables with the addresses of single services. ``extra`` is added.
    Raises SafetyError when ``endpoint_url`` is an AWS address or ``extra`` sets an AWS variable.
    """
    if "amazonaws." in endpoint_url or "api.aws" in endpoint_url:
        raise SafetyError(
            f"the endpoint {endpoint_url} is AWS itself",
            hint="use the URL of an emulator, or no endpoint to start one",
        )
    environment = {**base_environment(), **(services or {})}
    environment.update(
        AWS_ACCESS_KEY_ID=account,
        AWS_SECRET_ACCESS_KEY="test",  # noqa: S106 - emulators accept any
        AWS_REGION=region,
        AWS_DEFAULT_REGION=region,
        AWS_ENDPOINT_URL=endpoint_url,
        AWS_EC2_METADATA_DISABLED="true",
        AWS_CONFIG_FILE=os.devnull,
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
    )
    if endpoint_url.startswith("http://"):
        # clients of S3 Control put the account before the host, and no resolver has ACCOUNT.127.0.0.1
        proxy = environment.get("AWS_ENDPOINT_URL_S3_CONTROL", endpoint_url)
        environment |= dict.fromkeys(_HTTP_PROXY, proxy)
    if keys is not None:
        environment.update(
            AWS_ACCESS_KEY_ID=keys.access_key_id,
            AWS_SECRET_ACCESS_KEY=keys.secret_access_key,
            AWS_SESSION_TOKEN=keys.session_token,
        )
    for name, value in (extra or {}).items():
        if name.startswith("AWS_"):
            raise SafetyError(f"{name} may not be set for a run", hint="modproof alone sets the target of AWS calls")
        environment[name] = value
    return environment
