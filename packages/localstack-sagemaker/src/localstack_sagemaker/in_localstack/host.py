"""Connects the core to the services in LocalStack's process."""

from __future__ import annotations

import threading
from typing import Any

from botocore.model import ServiceModel
from localstack.aws.api import RequestContext
from localstack.aws.chain import HandlerChain
from localstack.aws.handlers import run_custom_response_handlers
from localstack.aws.protocol import service_router
from localstack.aws.spec import load_service, loader
from localstack.http import Resource, Response
from localstack.services.stores import AccountRegionBundle

from .. import callers, control
from ..newer_operations import add_newer
from ..others import GROUP_DESCRIPTION, Signer, connect
from ..routes import PATHS
from ..store import Bundle, Store, keep_in
from .ecr_layers import LayerDownload

__all__ = ["install", "register_routes"]

_guard = threading.Lock()
_installed: list[LocalStack] = []


class LocalStack:
    """The other services of this process. It sees their calls with `_observe`."""

    def client(self, service: str, account: str, region: str) -> Any:
        from localstack.aws.connect import connect_to

        return getattr(connect_to(aws_access_key_id=account, region_name=region), service.replace("-", "_"))

    def service_model(self, service: str) -> ServiceModel:
        return load_service(service)

    def is_used(self, service: str) -> bool:
        from localstack.services.plugins import SERVICE_PLUGINS

        return bool(SERVICE_PLUGINS.is_running(service))

    def has_event_rules(self, account: str, region: str) -> bool:
        from localstack.services.events.models import events_stores

        buses = events_stores[account][region].event_buses
        return any(bus.rules for bus in list(buses.values()))

    def create_interface(
        self, account: str, region: str, subnet: str, groups: tuple[str, ...], description: str
    ) -> str | None:
        backend = _ec2(account, region)
        zones = backend.subnets.values() if backend else ()
        found = next((zone[subnet] for zone in list(zones) if subnet in zone), None)
        if found is None:
            return None
        # moto creates a group that it does not have
        known = [name for name in groups if backend.get_security_group_from_id(name)]
        interface = backend.create_network_interface(found, None, group_ids=known, description=description)
        interface.status = "in-use"
        interface.requester_managed = True
        interface.requester_id = "AROAEXAMPLESAGEMAKER1:SageMaker"
        return str(interface.id)

    def delete_interface(self, account: str, region: str, name: str) -> None:
        backend = _ec2(account, region)
        interface = backend.enis.get(name) if backend else None
        if interface:  # a client may have deleted it
            interface.delete()

    def create_group(self, account: str, region: str, vpc: str, name: str) -> str | None:
        backend = _ec2(account, region)
        if backend is None or vpc not in backend.vpcs:
            return None
        return str(backend.create_security_group(name, GROUP_DESCRIPTION, vpc_id=vpc, force=True).id)

    def delete_group(self, account: str, region: str, name: str) -> None:
        backend = _ec2(account, region)
        # not by the backend's method, which is patched to ask SageMaker for the groups' interfaces
        for groups in list(backend.groups.values()) if backend else ():
            groups.pop(name, None)

    def sees_changes(self) -> bool:
        return True

    def signer(self, access_key: str) -> Signer | None:
        return None


def _ec2(account: str, region: str) -> Any:
    """EC2's resources, or None if EC2 has not been used: loading it takes seconds."""
    if not _installed[0].is_used("ec2"):
        return None
    from localstack.services.ec2.models import get_ec2_backend

    return get_ec2_backend(account, region)


def _bundle(service: str) -> Bundle:
    # its state visitors know only this class; LocalStack's regions of Budgets are those of AWS's endpoints, one
    bundle: Bundle = AccountRegionBundle(service, Store, validate=service != "budgets")
    return bundle


def install() -> None:
    """Connect the core to LocalStack, once."""
    with _guard:
        if _installed:
            return
        add_newer(loader.load_service_model("sagemaker", "service-2"))
        keep_in(_bundle)
        run_custom_response_handlers.append(_observe)
        _installed.append(LocalStack())
        connect(_installed[0])


def _observe(chain: HandlerChain, context: RequestContext, response: Response) -> None:
    if context.service is not None and context.operation is not None:
        request: Any = context.service_request or {}
        failed = context.service_exception is not None or response.status_code >= 400
        answer: Any = None if failed else context.service_response or {}
        callers.observe(context.account_id, context.service.service_name, context.operation.name, request, answer)


def register_routes() -> None:
    """Add the control API to LocalStack's internal router, and paths that it does not have to its service router."""
    from localstack.services.internal import get_internal_apis

    router = get_internal_apis()
    for path, resource in (*control.ROUTES.items(), (LayerDownload.path, LayerDownload())):
        router.add(Resource(path, resource))
    rules = service_router.signing_name_path_prefix_rules.setdefault("sagemaker", {})
    for path, service in PATHS.items():
        rules.setdefault(path, service_router.ServiceModelIdentifier(service))
