"""Training, processing, transform and tuning jobs. They move through their statuses and compute nothing."""

from __future__ import annotations

from typing import Any

from .. import errors, network_interfaces, role_rules
from ..call import Call, Kind, Operation
from ..records import Record, Stage
from ..role_output import write_log, write_metric
from ..status import transition
from ..table import Lifecycle, Messages
from ..trial_components import follow_job
from . import tuning

__all__ = ["KINDS", "OPERATIONS"]

_ENDED = ("Completed", "Failed", "Stopped")


def _messages(missing: str, words: str = "Job name", job: str = "job") -> Messages:
    return Messages(
        missing=missing,
        taken=(
            f"{words} must be unique within an AWS account and region, and a {job} with this name already exists "
            "({arn})"
        ),
        taken_code="ResourceInUse",
    )


def _lifecycle(word: str, *stages: Stage) -> Lifecycle:
    return Lifecycle(member=f"{word}JobStatus", create=stages)


_TRAINING = (
    Stage("InProgress", 0, {"SecondaryStatus": "Starting"}),
    Stage("InProgress", 60, {"SecondaryStatus": "Downloading"}),
    Stage("InProgress", 20, {"SecondaryStatus": "Training"}),
    Stage("InProgress", 120, {"SecondaryStatus": "Uploading"}),
    Stage("Completed", 20, {"SecondaryStatus": "Completed"}),
)
_SECONDARY_WORDS = {
    "Starting": "Preparing the instances for training",
    "Downloading": "Downloading the training image",
    "Training": "Training image download completed. Training in progress.",
    "Uploading": "Uploading generated training model",
    "Completed": "Training job completed",
    "Stopping": "Stopping the training job",
    "Stopped": "Training job stopped",
    "Failed": "Training job failed",
}


def _on_create_training(call: Call, record: Record) -> None:
    attributes = record.attributes
    specification = attributes["AlgorithmSpecification"]
    if bool(specification.get("TrainingImage")) == bool(specification.get("AlgorithmName")):
        raise errors.validation("Exactly one of TrainingImage and AlgorithmName must be specified.")
    if attributes.get("EnableManagedSpotTraining"):
        stopping = attributes["StoppingCondition"]
        if (stopping.get("MaxWaitTimeInSeconds") or 0) < (stopping.get("MaxRuntimeInSeconds") or 86400):
            raise errors.validation("MaxWaitTimeInSeconds must be equal to or greater than MaxRuntimeInSeconds")
    for member in ("EnableNetworkIsolation", "EnableInterContainerTrafficEncryption", "EnableManagedSpotTraining"):
        attributes.setdefault(member, False)
    # recorded: https://docs.aws.amazon.com/cli/latest/reference/sagemaker/describe-training-job.html
    attributes["OutputDataConfig"].setdefault("KmsKeyId", "")
    output = attributes["OutputDataConfig"]["S3OutputPath"].rstrip("/")
    attributes["ModelArtifacts"] = {"S3ModelArtifacts": f"{output}/{record.name}/output/model.tar.gz"}
    attributes["SecondaryStatusTransitions"] = []


def _on_update_training(call: Call, record: Record, changes: dict[str, Any]) -> None:
    for member in ("ResourceConfig", "ProfilerConfig", "RemoteDebugConfig"):
        if member in changes:
            changes[member] = {**(record.attributes.get(member) or {}), **changes[member]}


def _on_training_status(call: Call, record: Record) -> None:
    attributes, now = record.attributes, call.now()
    status = attributes["TrainingJobStatus"]
    secondary = attributes.get("SecondaryStatus", "Starting")
    if status in ("Failed", "Stopping", "Stopped"):
        secondary = attributes["SecondaryStatus"] = status
    follow_job(call, record, status)
    transitions: list[dict[str, Any]] = attributes["SecondaryStatusTransitions"]
    if transitions:
        transitions[-1]["EndTime"] = now
    transitions.append({"Status": secondary, "StartTime": now, "StatusMessage": _SECONDARY_WORDS.get(secondary, "")})
    if secondary == "Training":
        attributes["TrainingStartTime"] = now
        _write_output(call, record, attributes["RoleArn"])
    _update_interfaces(call, record, status)
    if status in _ENDED:
        transitions[-1]["EndTime"] = now
        start = attributes.setdefault("TrainingStartTime", record.created)
        attributes["TrainingEndTime"] = now
        seconds = max(1, int((now - start).total_seconds()))
        attributes["TrainingTimeInSeconds"] = attributes["BillableTimeInSeconds"] = seconds
    tuning.job_changed(call, record)


def _write_output(call: Call, record: Record, role: str | None) -> None:
    write_log(call, record, role)
    write_metric(call, record, role, f"/aws/sagemaker/{record.noun}s", {"Host": f"{record.name}/algo-1"})


def _update_interfaces(call: Call, record: Record, status: str) -> None:
    """A job has network interfaces while it runs. The network of a transform job is that of its model."""
    attributes = record.attributes
    model = call.find("Model", attributes.get("ModelName") or "")
    source = model.attributes if model else attributes.get("NetworkConfig") or attributes
    network_interfaces.update(call, record, [] if status in _ENDED else [source.get("VpcConfig")])


def _timestamps(word: str) -> Any:
    """Return a hook that sets start and end times of jobs without secondary statuses."""

    def on_status(call: Call, record: Record) -> None:
        status = record.attributes[f"{word}JobStatus"]
        _update_interfaces(call, record, status)
        follow_job(call, record, status)
        if status == "InProgress":
            record.attributes.setdefault(f"{word}StartTime", call.now())
        if status in _ENDED:
            record.attributes[f"{word}EndTime"] = call.now()
        if status == "Completed":
            model = call.find("Model", record.attributes.get("ModelName") or "")
            _write_output(call, record, (model or record).attributes.get("ExecutionRoleArn" if model else "RoleArn"))

    return on_status


def _on_create_processing(call: Call, record: Record) -> None:
    inputs = record.attributes.get("ProcessingInputs") or []
    paths = [path for one in inputs if (path := (one.get("S3Input") or {}).get("LocalPath"))]
    # https://github.com/aws/sagemaker-python-sdk/issues/4939
    if len(paths) > len(set(paths)):
        raise errors.validation("Each of ProcessingInputs must have a different LocalPath.")


def _on_create_transform(call: Call, record: Record) -> None:
    call.get(call.kinds["Model"], (record.attributes["ModelName"],))


def _on_delete(word: str, status: str) -> Any:
    def on_delete(call: Call, record: Record) -> None:
        if record.attributes[status] not in (*_ENDED, "DeleteFailed"):
            raise errors.in_use(
                f"The request was rejected because the {word} job is in status {record.attributes[status]}."
            )

    return on_delete


def _stop(noun: str, word: str) -> Operation:
    def stop(call: Call) -> None:
        record = call.get(call.kinds[noun])
        status = record.attributes[f"{noun}Status"]
        if status != "InProgress":
            raise errors.validation(f"The request was rejected because the {word} job is in status {status}.")
        transition(call, record, (Stage("Stopping"), Stage("Stopped", 30)))

    return stop


_PLAIN = (Stage("InProgress"), Stage("Completed", 180))

KINDS = [
    Kind(
        noun="TrainingJob",
        arn="training-job/{TrainingJobName}",
        on_role=role_rules.training_job,
        key=("TrainingJobName",),
        messages=_messages("Requested resource not found.", "Training job names", "training job"),
        lifecycle=_lifecycle("Training", *_TRAINING),
        on_create=_on_create_training,
        on_update=_on_update_training,
        on_delete=_on_delete("training", "TrainingJobStatus"),
        on_status=_on_training_status,
        event="SageMaker Training Job State Change",
    ),
    Kind(
        noun="ProcessingJob",
        arn="processing-job/{ProcessingJobName}",
        on_role=role_rules.processing_job,
        key=("ProcessingJobName",),
        messages=_messages("Could not find requested job with name: {name}"),
        lifecycle=_lifecycle("Processing", *_PLAIN),
        defaults={"StoppingCondition": {"MaxRuntimeInSeconds": 86400}},
        on_create=_on_create_processing,
        on_delete=_on_delete("processing", "ProcessingJobStatus"),
        on_status=_timestamps("Processing"),
        event="SageMaker Processing Job State Change",
    ),
    Kind(
        noun="TransformJob",
        arn="transform-job/{TransformJobName}",
        on_role=role_rules.transform_job,
        key=("TransformJobName",),
        messages=_messages("Could not find requested job with name: {name}"),
        lifecycle=_lifecycle("Transform", *_PLAIN),
        on_create=_on_create_transform,
        on_status=_timestamps("Transform"),
        event="SageMaker Transform Job State Change",
    ),
    Kind(
        noun="HyperParameterTuningJob",
        arn="hyper-parameter-tuning-job/{HyperParameterTuningJobName}",
        on_role=role_rules.tuning_job,
        key=("HyperParameterTuningJobName",),
        messages=Messages(
            missing="Amazon SageMaker can't find a tuning job with the name {name}. Check the name and try again.",
            taken="A hyperparameter tuning job with the name, {name}, already exists. Choose a different name.",
            missing_code="ResourceNotFound",
            taken_code="ResourceInUse",
        ),
        lifecycle=Lifecycle(
            member="HyperParameterTuningJobStatus",
            create=(Stage("InProgress"), Stage("Completed", 600)),
            delete=(Stage("Deleting"), Stage(None, 5)),
            delete_failed="DeleteFailed",
        ),
        stages=tuning.stages,
        on_create=tuning.create,
        on_delete=_on_delete("tuning", "HyperParameterTuningJobStatus"),
        on_status=tuning.status_changed,
        event="SageMaker HyperParameter Tuning Job State Change",
    ),
]

OPERATIONS: dict[str, Operation] = {
    "StopTrainingJob": _stop("TrainingJob", "training"),
    "StopProcessingJob": _stop("ProcessingJob", "processing"),
    "StopTransformJob": _stop("TransformJob", "transform"),
    "StopHyperParameterTuningJob": _stop("HyperParameterTuningJob", "tuning"),
    "ListTrainingJobsForHyperParameterTuningJob": tuning.list_jobs,
}
