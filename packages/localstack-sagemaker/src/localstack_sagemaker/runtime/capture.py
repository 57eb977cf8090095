"""Data capture: one JSON line per invocation, in AWS's key layout."""

from __future__ import annotations

import base64
import datetime
import json
import logging
import random
import uuid
from collections.abc import Mapping
from typing import Any

from ..others import client
from .answers import Invocation, Reply

__all__ = ["capture"]

LOG = logging.getLogger(__name__)


def capture(config: Mapping[str, Any] | None, invocation: Invocation, reply: Reply, inference_id: str | None) -> None:
    """Write input and output to S3 if capture is enabled and the invocation is sampled. Errors are only logged."""
    if not config or not config.get("EnableCapture"):
        return
    if random.uniform(0, 100) >= config["InitialSamplingPercentage"]:
        return
    modes = {option["CaptureMode"] for option in config["CaptureOptions"]}
    types = config.get("CaptureContentTypeHeader") or {}
    data: dict[str, Any] = {}
    if modes & {"Input", "InputAndOutput"}:
        data["endpointInput"] = _side("INPUT", invocation.body, invocation.content_type, types)
    if modes & {"Output", "InputAndOutput"}:
        data["endpointOutput"] = _side("OUTPUT", reply.body, reply.content_type, types)
    now = datetime.datetime.now(datetime.UTC)
    event: dict[str, Any] = {"eventId": str(uuid.uuid4()), "inferenceTime": now.strftime("%Y-%m-%dT%H:%M:%SZ")}
    if invocation.custom_attributes:
        event["customAttributes"] = [invocation.custom_attributes]
    if inference_id:
        event["inferenceId"] = inference_id
    line = json.dumps({"captureData": data, "eventMetadata": event, "eventVersion": "0"}) + "\n"
    bucket, _, prefix = config["DestinationS3Uri"].removeprefix("s3://").partition("/")
    name = f"{now:%Y/%m/%d/%H/%M-%S}-{now.microsecond // 1000:03d}-{uuid.uuid4()}.jsonl"
    key = "/".join(part for part in (prefix.strip("/"), invocation.endpoint, invocation.variant, name) if part)
    _write(invocation, bucket, key, line, config.get("KmsKeyId"))


def _side(mode: str, body: bytes, content_type: str | None, types: Mapping[str, Any]) -> dict[str, Any]:
    plain = (content_type or "").partition(";")[0].strip()
    encoding = "BASE64"
    if plain in (types.get("CsvContentTypes") or ["text/csv"]):
        encoding = "CSV"
    elif plain in (types.get("JsonContentTypes") or ["application/json"]):
        encoding = "JSON"
    data = base64.b64encode(body).decode() if encoding == "BASE64" else body.decode("utf-8", "replace")
    return {"observedContentType": content_type, "mode": mode, "data": data, "encoding": encoding}


def _write(invocation: Invocation, bucket: str, key: str, line: str, kms_key: str | None) -> None:
    encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key} if kms_key else {}
    try:
        s3 = client("s3", invocation.account, invocation.region)
        s3.put_object(Bucket=bucket, Key=key, Body=line.encode(), **encryption)
    except Exception as error:
        LOG.warning("data capture of endpoint %s: cannot write s3://%s/%s: %s", invocation.endpoint, bucket, key, error)
