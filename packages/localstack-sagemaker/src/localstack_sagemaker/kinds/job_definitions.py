"""Definitions of monitoring jobs: data quality, model quality, model bias and model explainability."""

from __future__ import annotations

from typing import Any

from .. import errors
from ..call import Call, Kind
from ..records import Record
from ..table import Listing, newer_messages

__all__ = ["KINDS"]

_LISTING = Listing(
    summary={"MonitoringJobDefinitionName": "JobDefinitionName", "MonitoringJobDefinitionArn": "JobDefinitionArn"}
)


def _on_create(call: Call, record: Record) -> None:
    type_ = record.noun.removesuffix("JobDefinition")
    source = record.attributes[f"{type_}JobInput"]
    endpoint = source.get("EndpointInput") or {}
    name = endpoint.get("EndpointName", "")
    if endpoint and call.find("Endpoint", name) is None:
        raise errors.validation(f"Endpoint '{name}' does not exist or is not valid")
    if bool(endpoint) == bool(source.get("BatchTransformInput")):
        raise errors.validation("Exactly one of EndpointInput and BatchTransformInput must be specified.")
    baseline = (record.attributes.get(f"{type_}BaselineConfig") or {}).get("BaseliningJobName")
    if baseline and call.find("ProcessingJob", baseline) is None:
        raise errors.not_found(f"Could not find requested job with name: {baseline}")
    # a summary requires EndpointName, even if the input is a batch transform
    record.attributes["EndpointName"] = name
    for member in ("EndpointInput", "BatchTransformInput"):
        if source.get(member):
            source[member].setdefault("S3InputMode", "File")
            source[member].setdefault("S3DataDistributionType", "FullyReplicated")
    for output in record.attributes[f"{type_}JobOutputConfig"]["MonitoringOutputs"]:
        output["S3Output"].setdefault("S3UploadMode", "EndOfJob")
    record.attributes.setdefault("StoppingCondition", {"MaxRuntimeInSeconds": 3600})


def _on_delete(call: Call, record: Record) -> None:
    type_ = record.noun.removesuffix("JobDefinition")
    for schedule in call.store.of("MonitoringSchedule").values():
        used = schedule.attributes.get("MonitoringJobDefinitionName") == record.name
        if used and schedule.attributes.get("MonitoringType", type_) == type_:
            raise errors.validation(f"Job definition {record.name} is in use by monitoring schedule {schedule.name}.")


def _kind(type_: str, path: str, words: str, **more: Any) -> Kind:
    return Kind(
        noun=f"{type_}JobDefinition",
        arn=f"{path}-job-definition/{{JobDefinitionName}}",
        arn_member="JobDefinitionArn",
        key=("JobDefinitionName",),
        messages=newer_messages(f"{words} job definition"),
        listing=_LISTING,
        on_create=_on_create,
        on_delete=_on_delete,
        **more,
    )


KINDS = [
    _kind("DataQuality", "data-quality", "Data quality"),
    _kind("ModelQuality", "model-quality", "Model quality"),
    _kind("ModelBias", "model-bias", "Model bias"),
    _kind("ModelExplainability", "model-explainability", "Model explainability"),
]
