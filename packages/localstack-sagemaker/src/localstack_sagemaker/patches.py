"""Patches LocalStack's other services where they differ from AWS and affect resources used with SageMaker.

EC2:

- A VPC endpoint's policy is returned without its ``Version``: Terraform plans a change every time.
- A route table added to a gateway endpoint gets no route, and the endpoint cannot be deleted afterwards.
- A deleted NAT gateway leaves its network interface behind.

CloudWatch:

- Tags in the create request of an alarm are lost: Terraform plans a change every time.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from localstack.aws.api import RequestContext
from localstack.aws.chain import HandlerChain
from localstack.aws.handlers import serve_custom_service_request_handlers
from localstack.http import Response

__all__ = ["install"]

LOG = logging.getLogger(__name__)

_guard = threading.Lock()


def install() -> None:
    """Patch each service at its first request, before it is loaded, so that unused services cost no time."""
    serve_custom_service_request_handlers.append(_patch_service)


def _patch_service(chain: HandlerChain, context: RequestContext, response: Response) -> None:
    service = context.service.service_name if context.service is not None else ""
    if service not in _PATCHES:
        return
    with _guard:
        apply = _PATCHES.get(service)
        if apply is None:
            return
        try:
            apply()
        except Exception:
            LOG.exception("cannot patch %s of this LocalStack; it stays unpatched", service)
        # last, so that concurrent requests wait for the lock until the patch is applied
        del _PATCHES[service]


def _patch_ec2() -> None:
    from localstack.services.ec2.models import get_ec2_backend
    from localstack.services.ec2.provider import Ec2Provider
    from localstack.utils.patch import patch
    from moto.ec2.models.nat_gateways import NatGatewayBackend

    @patch(Ec2Provider.describe_vpc_endpoints)
    def describe_vpc_endpoints(fn: Any, self: Any, context: RequestContext, request: Any) -> Any:
        result = fn(self, context, request)
        stored = get_ec2_backend(context.account_id, context.region).vpc_end_points
        for endpoint in result["VpcEndpoints"]:
            endpoint["PolicyDocument"] = stored[endpoint["VpcEndpointId"]].policy_document
        return result

    @patch(Ec2Provider.modify_vpc_endpoint)
    def modify_vpc_endpoint(fn: Any, self: Any, context: RequestContext, vpc_endpoint_id: str, **changed: Any) -> Any:
        result = fn(self, context, vpc_endpoint_id, **changed)
        backend = get_ec2_backend(context.account_id, context.region)
        prefix_list = backend.vpc_end_points[vpc_endpoint_id].destination_prefix_list_id
        if prefix_list:
            for table in changed.get("add_route_table_ids") or []:
                backend.create_route(table, None, destination_prefix_list_id=prefix_list, gateway_id=vpc_endpoint_id)
            for table in changed.get("remove_route_table_ids") or []:
                backend.delete_route(table, None, destination_prefix_list_id=prefix_list)
        return result

    @patch(NatGatewayBackend.delete_nat_gateway)
    def delete_nat_gateway(fn: Any, self: Any, nat_gateway_id: str) -> Any:
        gateway = fn(self, nat_gateway_id)
        self.enis.pop(gateway._eni.id, None)
        return gateway


def _patch_cloudwatch() -> None:
    from localstack.services.cloudwatch.models import CloudWatchStore
    from localstack.services.cloudwatch.provider_v2 import CloudwatchProvider
    from localstack.utils.aws import arns
    from localstack.utils.patch import patch

    if "TAGS" not in vars(CloudWatchStore):  # LocalStack 2026 and later store tags elsewhere, including those of alarms
        return

    def tagged(fn: Any, self: Any, context: RequestContext, request: Any) -> None:
        arn = arns.cloudwatch_alarm_arn(request["AlarmName"], context.account_id, context.region)
        store = self.get_store(context.account_id, context.region)
        is_new = arn not in store.alarms
        fn(self, context, request)
        if is_new:  # AWS reads Tags only when it creates the alarm
            store.TAGS.del_resource(arn)  # tags of a deleted alarm with this name
            store.TAGS.tag_resource(arn, request.get("Tags"))

    patch(CloudwatchProvider.put_metric_alarm)(tagged)
    patch(CloudwatchProvider.put_composite_alarm)(tagged)


_PATCHES: dict[str, Callable[[], None]] = {"cloudwatch": _patch_cloudwatch, "ec2": _patch_ec2}
