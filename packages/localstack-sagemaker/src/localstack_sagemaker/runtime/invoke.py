"""InvokeEndpoint and InvokeEndpointAsync."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from botocore.model import OperationModel
from localstack.aws.api import RequestContext, ServiceException
from localstack.aws.spec import load_service

from .. import errors
from ..faults import faults
from ..worker import submit
from .answers import Invocation, Reply, reply_to
from .capture import capture
from .metrics import count
from .traffic import Target, choose, look_up

__all__ = ["RuntimeProvider"]

Handler = Callable[[RequestContext, Mapping[str, Any]], Mapping[str, Any]]

_LIMIT_BYTES = 6 * 1024 * 1024


class RuntimeProvider:
    """LocalStack's view of sagemaker-runtime; it keeps no state of its own."""

    service = "sagemaker-runtime"
    known = ("InvokeEndpoint", "InvokeEndpointAsync")
    """the operations that are implemented"""

    def __init__(self) -> None:
        self.model = load_service(self.service)

    def dispatch_table(self) -> dict[str, Handler]:
        """One handler for every operation of the service, implemented or not."""
        handlers: dict[str, Handler] = dict(zip(self.known, (_invoke, _invoke_async), strict=True))
        return {
            name: _faulty(self.model.operation_model(name), handlers.get(name) or _unknown(name))
            for name in self.model.operation_names
        }

    def accept_state_visitor(self, visitor: Any) -> None:
        """There is nothing to save here."""


def _unknown(name: str) -> Handler:
    def refuse(context: RequestContext, request: Mapping[str, Any]) -> Mapping[str, Any]:
        raise errors.not_implemented("sagemaker-runtime", name)

    return refuse


def _faulty(model: OperationModel, handler: Handler) -> Handler:
    """Let faults strike, and answer a fault of this emulator with a 4xx."""

    def handle(context: RequestContext, request: Mapping[str, Any]) -> Mapping[str, Any]:
        name = str(request.get("EndpointName", ""))
        struck = faults.take(("error", "throttle"), model.name, name, context.account_id, context.region)
        if struck:
            raise errors.throttled() if struck.effect == "throttle" else errors.failure(struck.code, struck.message)
        try:
            return handler(context, request)
        except ServiceException:
            raise
        except Exception as error:
            message = f"{model.name}: {type(error).__name__}: {error} (a fault of localstack-sagemaker)"
            raise errors.failure("InternalFailure", message) from error

    return handle


def _body_of(request: Mapping[str, Any]) -> bytes:
    body = request.get("Body") or b""
    if hasattr(body, "read"):
        body = body.read()
    content = body.encode() if isinstance(body, str) else bytes(body)
    if len(content) > _LIMIT_BYTES:
        raise errors.failure("ValidationError", f"Request {len(content)} bytes is larger than {_LIMIT_BYTES} bytes.")
    return content


def _invocation(target: Target, variant: Mapping[str, Any], request: Mapping[str, Any], body: bytes) -> Invocation:
    return Invocation(
        target.account,
        target.region,
        target.endpoint,
        target.deployed["config"],
        variant["VariantName"],
        variant.get("ModelName") or "",
        target.images.get(variant["VariantName"], ""),
        body,
        request.get("ContentType"),
        request.get("Accept"),
        request.get("CustomAttributes"),
    )


def _ask(target: Target, variant: Mapping[str, Any], asked: Invocation) -> Reply:
    """Have the container answer, and count it."""
    start = time.perf_counter()
    if target.lost:
        reply = Reply(target.lost.encode(), "text/plain", 500)
    else:
        reply = reply_to(asked)
    microseconds = (time.perf_counter() - start) * 1e6
    place = (asked.account, asked.region, asked.endpoint, asked.variant)
    count(place, reply.status, variant.get("DesiredInstanceCount") or 1, microseconds)
    return reply


def _model_error(reply: Reply, endpoint: str, account: str, region: str, partition: str) -> Exception:
    word = "server" if reply.status >= 500 else "client"
    text = reply.body.decode("utf-8", "replace")
    console = f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}"
    error: Any = errors.failure(
        "ModelError",
        f'Received {word} error ({reply.status}) from primary with message "{text}". See {console}'
        f"#logEventViewer:group=/aws/sagemaker/Endpoints/{endpoint} in account {account} for more information.",
        424,
    )
    error.OriginalStatusCode = reply.status
    error.OriginalMessage = text
    error.LogStreamArn = f"arn:{partition}:logs:{region}:{account}:log-group:/aws/sagemaker/Endpoints/{endpoint}"
    return error


def _invoke(context: RequestContext, request: Mapping[str, Any]) -> Mapping[str, Any]:
    target = look_up(context.account_id, context.region, context.partition, request["EndpointName"])
    if target.deployed.get("AsyncInferenceConfig"):
        raise errors.failure("ValidationError", f"Endpoint {target.endpoint} is asynchronous; use InvokeEndpointAsync.")
    body = _body_of(request)
    variant = choose(target, request.get("TargetVariant"))
    asked = _invocation(target, variant, request, body)
    reply = _ask(target, variant, asked)
    _copy_to_shadow(target, variant, request, body)
    capture(target.deployed.get("capture_options"), asked, reply, request.get("InferenceId"))
    if reply.status >= 400:
        raise _model_error(reply, target.endpoint, target.account, target.region, context.partition)
    answer: dict[str, Any] = {
        "Body": reply.body,
        "ContentType": reply.content_type,
        "InvokedProductionVariant": variant["VariantName"],
    }
    if reply.custom_attributes:
        answer["CustomAttributes"] = reply.custom_attributes
    return answer


def _copy_to_shadow(target: Target, live: Mapping[str, Any], request: Mapping[str, Any], body: bytes) -> None:
    """Send the shadow its share; its answer is captured and counted, and never returned."""
    for shadow in target.deployed["shadows"]:
        share = shadow["DesiredWeight"] / live["DesiredWeight"] if live["DesiredWeight"] else 1.0
        if random.random() < share:
            asked = _invocation(target, shadow, request, body)
            reply = _ask(target, shadow, asked)
            capture(target.deployed.get("capture_options"), asked, reply, request.get("InferenceId"))


def _invoke_async(context: RequestContext, request: Mapping[str, Any]) -> Mapping[str, Any]:
    target = look_up(context.account_id, context.region, context.partition, request["EndpointName"])
    config = target.deployed.get("AsyncInferenceConfig")
    if not config:
        raise errors.failure("ValidationError", f"Endpoint {target.endpoint} is not asynchronous; use InvokeEndpoint.")
    id_ = request.get("InferenceId") or str(uuid.uuid4())
    output = config["OutputConfig"]
    root = output.get("S3OutputPath") or f"s3://sagemaker-{context.region}-{context.account_id}/async"
    where = f"{root.rstrip('/')}/{uuid.uuid4()}.out"
    answer = {"InferenceId": id_, "OutputLocation": where}
    failed = None
    if output.get("S3FailurePath"):
        failed = answer["FailureLocation"] = f"{output['S3FailurePath'].rstrip('/')}/{uuid.uuid4()}-error.out"
    submit(lambda: _work_async(target, dict(request), where, failed))
    return answer


def _work_async(target: Target, request: dict[str, Any], where: str, failed: str | None) -> None:
    from localstack.aws.connect import connect_to

    client = connect_to(aws_access_key_id=target.account, region_name=target.region).s3
    bucket, _, key = request["InputLocation"].partition("://")[2].partition("/")
    body = client.get_object(Bucket=bucket, Key=key)["Body"].read()
    variant = choose(target, None)
    reply = _ask(target, variant, _invocation(target, variant, request, body))
    place = where if reply.status < 400 else failed
    if place:
        bucket, _, key = place.removeprefix("s3://").partition("/")
        client.put_object(Bucket=bucket, Key=key, Body=reply.body, ContentType=reply.content_type)
