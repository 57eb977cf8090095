"""InvokeEndpoint, InvokeEndpointWithResponseStream and InvokeEndpointAsync."""

from __future__ import annotations

import logging
import random
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from botocore.model import OperationModel

from .. import errors
from ..authorization import authorize
from ..execution import Access, input_data, output_data, refusal
from ..others import Context, client, service_model
from ..provider import check_scope, raise_fault
from ..refused import refuse
from ..worker import submit
from .answers import Invocation, Reply, reply_to
from .capture import capture
from .metrics import count
from .traffic import Target, choose, chosen, look_up

__all__ = ["RuntimeProvider"]

LOG = logging.getLogger(__name__)

Handler = Callable[[Context, Mapping[str, Any]], Mapping[str, Any]]

_LIMIT_BYTES = 6 * 1024 * 1024


class RuntimeProvider:
    """The provider of sagemaker-runtime. It has no state."""

    service = "sagemaker-runtime"
    implemented = ("InvokeEndpoint", "InvokeEndpointAsync", "InvokeEndpointWithResponseStream")

    def __init__(self) -> None:
        self.model = service_model(self.service)

    def dispatch_table(self) -> dict[str, Handler]:
        """One handler for every operation of the service, emulated or refused."""
        handlers: dict[str, Handler] = dict(
            zip(self.implemented, (_invoke, _invoke_async, _invoke_stream), strict=True)
        )
        return {
            name: _with_faults(self.model.operation_model(name), handlers.get(name) or refuse(self.service, name))
            for name in self.model.operation_names
        }

    def accept_state_visitor(self, visitor: Any) -> None:
        """Nothing to save."""


def _with_faults(model: OperationModel, handler: Handler) -> Handler:
    """Apply injected faults, and return a 4xx for a bug in the emulator."""

    def handle(context: Context, request: Mapping[str, Any]) -> Mapping[str, Any]:
        name = str(request.get("EndpointName", ""))
        check_scope(context.account_id, context.region)
        authorize(context, model.name, request, context.region)
        raise_fault(model.name, name, context.account_id, context.region)
        try:
            return handler(context, request)
        except errors.ServiceFailure:
            raise
        except Exception as error:
            raise errors.bug(f"sagemaker-runtime {model.name}", error) from error

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
        variant.get("image") or target.images.get(variant["VariantName"], ""),
        body,
        request.get("ContentType"),
        request.get("Accept"),
        request.get("CustomAttributes"),
        variant.get("model_data_url") or "",
    )


def _call_container(target: Target, variant: Mapping[str, Any], invocation: Invocation) -> Reply:
    """Return the container's reply and update the metrics."""
    start = time.perf_counter()
    if target.broken:
        reply = Reply(target.broken.encode(), "text/plain", 500)
    else:
        reply = reply_to(invocation)
    microseconds = (time.perf_counter() - start) * 1e6
    source = (invocation.account, invocation.region, invocation.endpoint, invocation.variant)
    count(source, reply.status, variant.get("DesiredInstanceCount") or 1, microseconds)
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


def _invoke(context: Context, request: Mapping[str, Any]) -> Mapping[str, Any]:
    target = look_up(context.account_id, context.region, context.partition, request["EndpointName"])
    if target.deployed.get("AsyncInferenceConfig"):
        raise errors.failure("ValidationError", f"Endpoint {target.endpoint} is asynchronous; use InvokeEndpointAsync.")
    body = _body_of(request)
    variant = chosen(target, request)
    _check_target_model(target, variant, request.get("TargetModel"))
    invocation = _invocation(target, variant, request, body)
    reply = _call_container(target, variant, invocation)
    _copy_to_shadow(target, variant, request, body)
    _capture(target, variant, invocation, reply, request.get("InferenceId"))
    if reply.status >= 400:
        raise _model_error(reply, target.endpoint, target.account, target.region, context.partition)
    response: dict[str, Any] = {
        "Body": reply.body,
        "ContentType": reply.content_type,
        "InvokedProductionVariant": variant["VariantName"],
    }
    if reply.custom_attributes:
        response["CustomAttributes"] = reply.custom_attributes
    return response


def _invoke_stream(context: Context, request: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the reply in parts, one for each of its lines."""
    response = dict(_invoke(context, request))
    parts = response["Body"].splitlines(keepends=True)
    return {**response, "Body": iter([{"PayloadPart": {"Bytes": part}} for part in parts])}


def _check_target_model(target: Target, variant: Mapping[str, Any], model: str | None) -> None:
    """Reject TargetModel where there is one model, and its absence where there are many."""
    if model and not variant.get("multi_model"):
        raise errors.failure(
            "ValidationError",
            f"Endpoint {target.endpoint} is not a multi-model endpoint and does not support target model header.",
        )
    if not model and variant.get("multi_model"):
        raise errors.failure(
            "ValidationError", f"Endpoint {target.endpoint} is a multi-model endpoint; set TargetModel."
        )


def _copy_to_shadow(target: Target, live: Mapping[str, Any], request: Mapping[str, Any], body: bytes) -> None:
    """Send the shadow variant its share of requests. Its reply is captured and counted, but not returned."""
    for shadow in target.deployed["shadows"]:
        share = shadow["DesiredWeight"] / live["DesiredWeight"] if live["DesiredWeight"] else 1.0
        if random.random() < share:
            invocation = _invocation(target, shadow, request, body)
            reply = _call_container(target, shadow, invocation)
            _capture(target, shadow, invocation, reply, request.get("InferenceId"))


def _capture(
    target: Target, variant: Mapping[str, Any], invocation: Invocation, reply: Reply, inference_id: str | None
) -> None:
    """Capture data as the role of the variant's model. As in AWS, an invocation does not fail without it."""
    options = target.deployed.get("capture_options")
    if not options:
        return
    where = f"{target.endpoint}/{variant['VariantName']}/data.jsonl"
    needed = output_data(target, options["DestinationS3Uri"], options.get("KmsKeyId"), where, plain=True)
    if not _refused(target, variant, needed, "data capture"):
        capture(options, invocation, reply, inference_id)


def _refused(target: Target, variant: Mapping[str, Any], needed: Iterable[Access], what: str) -> bool:
    role = variant.get("role") or target.roles.get(variant["VariantName"])
    found = refusal(target, role, needed) if role else None
    if found:
        LOG.warning("%s of endpoint %s: %s is not authorized to perform: %s", what, target.endpoint, role, found)
    return found is not None


def _invoke_async(context: Context, request: Mapping[str, Any]) -> Mapping[str, Any]:
    target = look_up(context.account_id, context.region, context.partition, request["EndpointName"])
    config = target.deployed.get("AsyncInferenceConfig")
    if not config:
        raise errors.failure("ValidationError", f"Endpoint {target.endpoint} is not asynchronous; use InvokeEndpoint.")
    id_ = request.get("InferenceId") or str(uuid.uuid4())
    output = config["OutputConfig"]
    root = output.get("S3OutputPath") or f"s3://sagemaker-{context.region}-{context.account_id}/async"
    location = f"{root.rstrip('/')}/{uuid.uuid4()}.out"
    response = {"InferenceId": id_, "OutputLocation": location}
    failure = None
    if output.get("S3FailurePath"):
        failure = response["FailureLocation"] = f"{output['S3FailurePath'].rstrip('/')}/{uuid.uuid4()}-error.out"
    submit(lambda: _process_async(target, dict(request), location, failure))
    return response


def _process_async(target: Target, request: dict[str, Any], location: str, failure: str | None) -> None:
    s3 = client("s3", target.account, target.region)
    variant = choose(target, None)
    if _refused(target, variant, input_data(target, request["InputLocation"]), "asynchronous input"):
        return
    bucket, _, key = request["InputLocation"].partition("://")[2].partition("/")
    body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    reply = _call_container(target, variant, _invocation(target, variant, request, body))
    output = location if reply.status < 400 else failure
    key_id = (target.deployed["AsyncInferenceConfig"]["OutputConfig"] or {}).get("KmsKeyId")
    if output and not _refused(
        target, variant, output_data(target, output, key_id, "", plain=True), "asynchronous output"
    ):
        bucket, _, key = output.removeprefix("s3://").partition("/")
        s3.put_object(Bucket=bucket, Key=key, Body=reply.body, ContentType=reply.content_type)
