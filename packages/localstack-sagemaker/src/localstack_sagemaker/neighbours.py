"""Where LocalStack's other services differ from AWS in a way that the resources around SageMaker meet.

EC2:

- A VPC endpoint's policy comes back without its ``Version``, which Terraform takes for a change at every plan.
- A gateway endpoint that gets another route table puts no route into it, and then cannot be deleted.
- A NAT gateway that is deleted leaves its network interface behind.

CloudWatch:

- Tags that an alarm is made with are lost, which Terraform takes for a change at every plan.
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
    """Mend each service at its first request, before it is loaded: a server that nobody asks for it is not slowed."""
    serve_custom_service_request_handlers.append(_mend_first)


def _mend_first(chain: HandlerChain, context: RequestContext, response: Response) -> None:
    service = context.service.service_name if context.service is not None else ""
    if service not in _MENDS:
        return
    with _guard:
        mend = _MENDS.get(service)
        if mend is None:
            return
        try:
            mend()
        except Exception:
            LOG.exception("%s of this LocalStack could not be mended; it answers as it is", service)
        # only now: until it is mended, other requests wait above
        del _MENDS[service]


def _mend_ec2() -> None:
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


def _mend_cloudwatch() -> None:
    from localstack.services.cloudwatch.models import CloudWatchStore
    from localstack.services.cloudwatch.provider_v2 import CloudwatchProvider
    from localstack.utils.aws import arns
    from localstack.utils.patch import patch

    if "TAGS" not in vars(CloudWatchStore):  # LocalStack from 2026 on keeps tags elsewhere, and those of alarms too
        return

    def tagged(fn: Any, self: Any, context: RequestContext, request: Any) -> None:
        arn = arns.cloudwatch_alarm_arn(request["AlarmName"], context.account_id, context.region)
        store = self.get_store(context.account_id, context.region)
        is_new = arn not in store.alarms
        fn(self, context, request)
        if is_new:  # AWS looks at tags only where it makes the alarm
            store.TAGS.del_resource(arn)  # those of an alarm of that name that is gone
            store.TAGS.tag_resource(arn, request.get("Tags"))

    patch(CloudwatchProvider.put_metric_alarm)(tagged)
    patch(CloudwatchProvider.put_composite_alarm)(tagged)


_MENDS: dict[str, Callable[[], None]] = {"cloudwatch": _mend_cloudwatch, "ec2": _mend_ec2}
