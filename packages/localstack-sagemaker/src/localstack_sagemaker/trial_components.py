"""The trial component that SageMaker creates for a job with an ExperimentConfig.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ExperimentConfig.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .call import Call
from .records import Record

__all__ = ["follow_job"]

_STATUSES = {"Stopping": "Stopping", "Stopped": "Stopped", "Completed": "Completed", "Failed": "Failed"}


def follow_job(call: Call, job: Record, status: str) -> None:
    """Create the trial component of a job, or bring it to the job's status."""
    config = job.attributes.get("ExperimentConfig")
    if not config:
        return
    name = f"{job.name}-aws-{job.noun.removesuffix('Job').lower()}-job"
    component = call.find("TrialComponent", name) or _create(call, job, config, name)
    component.attributes["Status"] = {"PrimaryStatus": _STATUSES.get(status, "InProgress")}
    component.attributes.setdefault("StartTime", job.created)
    if status in ("Completed", "Failed", "Stopped"):
        component.attributes["EndTime"] = call.now()
    component.modified = call.now()


def _create(call: Call, job: Record, config: Mapping[str, Any], name: str) -> Record:
    kind, now = call.kinds["TrialComponent"], call.now()
    attributes: dict[str, Any] = {
        "TrialComponentName": name,
        "DisplayName": config.get("TrialComponentDisplayName") or name,
        "Source": {"SourceArn": job.arn, "SourceType": f"SageMaker{job.noun}"},
        "Parameters": {
            key: {"StringValue": value} for key, value in (job.attributes.get("HyperParameters") or {}).items()
        },
        "CreatedBy": {},
    }
    arn = attributes["TrialComponentArn"] = call.arn_of(kind, attributes)
    component = Record("TrialComponent", (name,), arn, attributes, now, now)
    call.store.add(component)
    trial = call.find("Trial", config.get("TrialName") or "")
    if trial:
        trial.attributes.setdefault("TrialComponentNames", []).append(name)
        attributes["TrialNames"] = [trial.name]
        attributes["ExperimentNames"] = [trial.attributes["ExperimentName"]]
    return component
