"""Models: the containers that endpoint configurations refer to."""

from __future__ import annotations

from typing import Any

from .. import errors
from ..call import Call, Kind
from ..records import Record
from ..table import Messages

__all__ = ["KINDS"]


def _on_create(call: Call, record: Record) -> None:
    attributes = record.attributes
    primary, several = attributes.get("PrimaryContainer"), attributes.get("Containers")
    if primary and several:
        raise errors.validation("PrimaryContainer and Containers cannot both be specified in the same request.")
    if not primary and not several:
        raise errors.validation("One of PrimaryContainer or Containers must be specified.")
    if several:
        attributes.setdefault("InferenceExecutionConfig", {"Mode": "Serial"})
        hostnames = [one["ContainerHostname"] for one in several if one.get("ContainerHostname")]
        if len(set(hostnames)) != len(hostnames):
            raise errors.validation("Container hostnames must be unique within a model.")
        if attributes["InferenceExecutionConfig"]["Mode"] == "Direct" and len(hostnames) != len(several):
            raise errors.validation("Every container needs a ContainerHostname when the inference mode is Direct.")
    for container in several or [primary]:
        _check_container(call, container)


def _check_container(call: Call, container: dict[str, Any]) -> None:
    package = container.get("ModelPackageName")
    if not container.get("Image") and not package:
        raise errors.validation("Either Image or ModelPackageName must be specified for a container.")
    if package:
        found = call.store.by_arn(package) if package.startswith("arn:") else None
        local = not package.startswith("arn:") or f":{call.account}:" in package
        if not found and local:
            found = call.find("ModelPackage", package)
            if not found:
                raise errors.validation(f"Could not find model package {package}.")
        if found and found.attributes.get("ModelApprovalStatus", "Approved") != "Approved":
            raise errors.validation(
                f"Model package {found.arn} has approval status {found.attributes['ModelApprovalStatus']}; "
                "only an Approved model package can be deployed."
            )
    container.setdefault("Mode", "SingleModel")
    url = container.get("ModelDataUrl")
    if url and not container.get("ModelDataSource"):
        # AWS returns the newer ModelDataSource in addition to the requested ModelDataUrl
        kind = (
            {"S3DataType": "S3Prefix", "CompressionType": "None"}
            if url.endswith("/")
            else {
                "S3DataType": "S3Object",
                "CompressionType": "Gzip",
            }
        )
        container["ModelDataSource"] = {"S3DataSource": {"S3Uri": url, **kind}}


KINDS = [
    Kind(
        noun="Model",
        arn="model/{ModelName}",
        key=("ModelName",),
        messages=Messages(
            missing='Could not find model "{arn}".',
            taken='Cannot create already existing model "{arn}".',
        ),
        defaults={"EnableNetworkIsolation": False},
        on_create=_on_create,
        event="SageMaker Model State Change",
    )
]
