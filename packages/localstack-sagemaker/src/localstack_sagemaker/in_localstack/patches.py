"""Patches LocalStack's other services where they differ from AWS and affect resources used with SageMaker.

EC2:

- A VPC endpoint's policy is returned without its ``Version``: Terraform plans a change every time.
- A route table added to a gateway endpoint gets no route, and the endpoint cannot be deleted afterwards.
- A deleted NAT gateway leaves its network interface behind.
- A subnet or security group can be deleted while network interfaces are in it, and a VPC while security groups are.
- All network interfaces are those of the account's user, not of a service.

CloudWatch:

- Tags in the create request of an alarm are lost: Terraform plans a change every time.

ECR:

- The digest of an image is not that of its manifest, so that different images may have the same.

EventBridge:

- The first requests in an account make the default bus without a lock. If two come at once, the rule of one is lost.

S3:

- An upload with ``aws:kms`` and without a key gets the bucket's key. AWS takes the account's ``aws/s3`` key
  (https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html#AmazonS3-PutObject-request-header-SSEKMSKeyId).
- That key is one of the customer, and so a leftover of a story.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable, Mapping
from copy import copy
from functools import partial
from typing import Any

from localstack.aws.api import RequestContext
from localstack.aws.chain import HandlerChain
from localstack.aws.handlers import serve_custom_service_request_handlers
from localstack.http import Response

__all__ = ["install"]

LOG = logging.getLogger(__name__)

_guard = threading.Lock()


def install(refresh: Callable[[str, str], None], more: Mapping[str, Callable[[], None]]) -> None:
    """Patch each service at its first request, before it is loaded, so that unused services cost no time.

    `refresh` brings the network interfaces of SageMaker in an account and region up to date. `more` are patches of
    other modules, by service.
    """
    _PATCHES.update({"ec2": partial(_patch_ec2, refresh), **more})
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


def _patch_events() -> None:
    from localstack.services.events.provider import EventsProvider
    from localstack.utils.patch import patch

    lock = threading.RLock()

    @patch(EventsProvider.get_store)
    def get_store(fn: Any, self: Any, *args: Any, **kwargs: Any) -> Any:
        with lock:
            return fn(self, *args, **kwargs)


def _patch_ec2(refresh: Callable[[str, str], None]) -> None:
    from localstack.services.ec2.models import get_ec2_backend
    from localstack.services.ec2.provider import Ec2Provider
    from localstack.utils.patch import patch
    from moto.ec2.exceptions import DependencyViolationError
    from moto.ec2.models.nat_gateways import NatGatewayBackend
    from moto.ec2.models.security_groups import SecurityGroupBackend
    from moto.ec2.models.subnets import SubnetBackend
    from moto.ec2.models.vpcs import VPCBackend
    from moto.ec2.responses import elastic_network_interfaces as interfaces

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

    def present(backend: Any) -> list[Any]:
        refresh(backend.account_id, backend.region_name)
        return list(backend.enis.values())

    # https://docs.aws.amazon.com/vpc/latest/userguide/subnet-deleting.html
    @patch(SubnetBackend.delete_subnet)
    def delete_subnet(fn: Any, self: Any, subnet_id: str) -> Any:
        if any(one.subnet.id == subnet_id for one in present(self)):
            raise DependencyViolationError(f"The subnet '{subnet_id}' has dependencies and cannot be deleted.")
        return fn(self, subnet_id)

    @patch(SecurityGroupBackend.delete_security_group)
    def delete_security_group(fn: Any, self: Any, name: Any = None, group_id: Any = None) -> Any:
        used = {group.id for one in present(self) for group in one.group_set}
        if group_id in used:
            raise DependencyViolationError(f"resource {group_id} has a dependent object")
        return fn(self, name, group_id)

    # https://docs.aws.amazon.com/vpc/latest/userguide/delete-vpc.html
    @patch(VPCBackend.delete_vpc)
    def delete_vpc(fn: Any, self: Any, vpc_id: str) -> Any:
        refresh(self.account_id, self.region_name)
        if any(not group.is_default for group in list(self.groups.get(vpc_id, {}).values())):
            raise DependencyViolationError(f"The vpc '{vpc_id}' has dependencies and cannot be deleted.")
        return fn(self, vpc_id)

    template = getattr(interfaces, "DESCRIBE_NETWORK_INTERFACES_RESPONSE", None)
    if template:  # a later moto returns the attributes
        template = template.replace(">AIDARCSPW2WNREUEN7XFM<", ">{{ eni.requester_id or 'AIDARCSPW2WNREUEN7XFM' }}<")
        template = template.replace(
            "<requesterManaged>False<", "<requesterManaged>{{ 'true' if eni.requester_managed else 'false' }}<"
        )
        interfaces.DESCRIBE_NETWORK_INTERFACES_RESPONSE = template


def _patch_cloudwatch() -> None:
    from localstack.services.cloudwatch.models import CloudWatchStore
    from localstack.services.cloudwatch.provider_v2 import CloudwatchProvider
    from localstack.utils.aws import arns
    from localstack.utils.patch import patch

    # LocalStack 2026 and later store tags elsewhere, including those of new alarms
    stores_tags = "TAGS" not in vars(CloudWatchStore)

    def tagged(fn: Any, self: Any, context: RequestContext, request: Any) -> None:
        arn = arns.cloudwatch_alarm_arn(request["AlarmName"], context.account_id, context.region)
        store = self.get_store(context.account_id, context.region)
        is_new = arn not in store.alarms
        # AWS reads Tags only when it creates the alarm
        fn(self, context, request if is_new else {name: request[name] for name in request if name != "Tags"})
        if is_new and not stores_tags:
            store.TAGS.del_resource(arn)  # tags of a deleted alarm with this name
            store.TAGS.tag_resource(arn, request.get("Tags"))

    patch(CloudwatchProvider.put_metric_alarm)(tagged)
    patch(CloudwatchProvider.put_composite_alarm)(tagged)


def _patch_ecr() -> None:
    from moto.ecr.models import Image

    def create_digest(self: Any) -> None:
        # https://github.com/opencontainers/image-spec/blob/main/descriptor.md#digests
        self._image_digest = f"sha256:{hashlib.sha256(self.image_manifest.encode()).hexdigest()}"

    Image._create_digest = create_digest


def _patch_s3() -> None:
    from localstack.services.kms.provider import set_key_managed
    from localstack.services.s3 import provider
    from localstack.utils.patch import patch

    create = provider.create_s3_kms_managed_key_for_region

    def create_managed_key(account_id: str, region_name: str) -> Any:
        arn = create(account_id, region_name)
        set_key_managed(arn, account_id, region_name)
        return arn

    # Not by `patch`, which would replace it in the module that defines it, and not where it is imported.
    provider.create_s3_kms_managed_key_for_region = create_managed_key

    @patch(provider.get_encryption_parameters_from_request_and_bucket)
    def parameters(fn: Any, request: Any, s3_bucket: Any, store: Any) -> Any:
        algorithm = request.get("ServerSideEncryption")
        if algorithm == "aws:kms" and not request.get("SSEKMSKeyId") and s3_bucket.encryption_rule:
            s3_bucket = copy(s3_bucket)
            s3_bucket.encryption_rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": algorithm}}
        return fn(request, s3_bucket, store)


_PATCHES: dict[str, Callable[[], None]] = {
    "cloudwatch": _patch_cloudwatch,
    "ecr": _patch_ecr,
    "events": _patch_events,
    "s3": _patch_s3,
}
