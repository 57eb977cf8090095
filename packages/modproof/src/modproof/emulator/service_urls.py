"""The addresses of single AWS services, from ``[tool.modproof.emulator.endpoints]``."""

from __future__ import annotations

import difflib
import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

from modproof.core.errors import ConfigurationError, SafetyError, ToolMissing
from modproof.emulator import endpoint

__all__ = ["checked", "variables"]

_TABLE = "tool.modproof.emulator.endpoints"


def checked(endpoints: Mapping[str, str]) -> dict[str, str]:
    """The normalized URL of each service, by boto3's name of it.

    Raises SafetyError for a URL that is not on loopback, since the file is shared, and ConfigurationError for an
    invalid one.
    """
    found = {}
    for service, given in endpoints.items():
        url = endpoint.normalized(given)
        try:
            local = ipaddress.ip_address(urlsplit(url).hostname or "").is_loopback
        except ValueError:
            local = False
        if not local:
            raise SafetyError(f"{_TABLE}: {service}: {given} is not on this machine", hint="use a loopback address")
        found[service] = url
    return found


def variables(urls: Mapping[str, str]) -> dict[str, str]:
    """The environment variables of AWS's SDKs for ``urls``.

    https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html. Raises ConfigurationError for an unknown
    service, ToolMissing if the integration extra is not installed.
    """
    if not urls:
        return {}
    try:
        import botocore.loaders
    except ImportError as error:
        raise ToolMissing(f"{error.name} is not installed", hint='pip install "modproof[integration]"') from error
    loader = botocore.loaders.create_loader()
    known = loader.list_available_services("service-2")
    found = {}
    for service, url in urls.items():
        if service not in known:
            near = difflib.get_close_matches(service, known, 1)
            hint = f"did you mean {near[0]}?" if near else "use boto3's name, such as sagemaker or sagemaker-runtime"
            raise ConfigurationError(f"{_TABLE}: {service} is not an AWS service", hint=hint)
        identifier = loader.load_service_model(service, "service-2")["metadata"]["serviceId"]
        found[f"AWS_ENDPOINT_URL_{identifier.upper().replace(' ', '_').replace('-', '_')}"] = url
    return found
