"""Compilation, optimization, labelling, edge packaging and inference recommendation jobs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .. import errors, role_rules
from ..call import Call, Hook, Kind, Operation
from ..listing import list_operation
from ..records import Record, Stage
from ..shared_packages import package_of
from ..status import transition
from ..table import Lifecycle, Listing, Messages
from ..tags import as_list

__all__ = ["KINDS", "OPERATIONS"]

_ENDED = {"COMPLETED", "FAILED", "STOPPED", "Completed", "Failed", "Stopped"}
_UPPER = (Stage("STARTING"), Stage("INPROGRESS", 30), Stage("COMPLETED", 180))
_REASON = "FailureReason"


def _messages(words: str, missing: str) -> Messages:
    return Messages(
        missing=missing,
        taken=f"Job name must be unique within an AWS account and region, and a {words} job with this name "
        "already exists ({arn})",
        missing_code="ResourceNotFound",
        taken_code="ResourceInUse",
    )


def _times(status: str, start: str, end: str, running: str) -> Hook:
    """A hook that sets when a job starts to run, if `start` is not empty, and when it ends."""

    def on_status(call: Call, record: Record) -> None:
        current = record.attributes[status]
        if start and current == running:
            record.attributes.setdefault(start, call.now())
        if current in _ENDED:
            record.attributes[end] = call.now()

    return on_status


def _stop(noun: str, status: str, stages: tuple[Stage, ...]) -> Operation:
    def stop(call: Call) -> None:
        record = call.get(call.kinds[noun])
        current = record.attributes[status]
        if current in _ENDED or current in ("STOPPING", "Stopping"):
            raise errors.validation(f"The request was rejected because the job {record.name} is in status {current}.")
        transition(call, record, stages)

    return stop


def _stop_labeling(call: Call) -> None:
    """Stop a labeling job. A completed one can be stopped: Terraform's provider does that, as there is no Delete."""
    record = call.get(call.kinds["LabelingJob"])
    current = record.attributes["LabelingJobStatus"]
    if current in ("Failed", "Stopped", "Stopping"):
        raise errors.validation(f"The request was rejected because the job {record.name} is in status {current}.")
    transition(call, record, (Stage("Stopping"), Stage("Stopped", 30)))


def _on_delete(status: str) -> Hook:
    def on_delete(call: Call, record: Record) -> None:
        if record.attributes[status] not in _ENDED:
            raise errors.in_use(f"The job {record.name} is in status {record.attributes[status]}; stop it first.")

    return on_delete


def _packaged_input(call: Call, arn: str) -> dict[str, Any]:
    """Return the input of a compilation job for a model package. DescribeCompilationJob returns it with both members.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_InputConfig.html
    """
    package = package_of(call, arn, "sagemaker:CreateCompilationJob")
    container = (package.attributes.get("InferenceSpecification") or {}).get("Containers", [{}])[0]
    for member in ("ModelDataUrl", "Framework"):
        if not container.get(member):
            raise errors.validation(f"{member} must be specified in model package {package.arn}.")
    return {"S3Uri": container["ModelDataUrl"], "Framework": container["Framework"]}


def _on_create_compilation(call: Call, record: Record) -> None:
    attributes = record.attributes
    if bool(attributes.get("InputConfig")) == bool(attributes.get("ModelPackageVersionArn")):
        raise errors.validation("Exactly one of InputConfig and ModelPackageVersionArn must be specified.")
    output = attributes["OutputConfig"]
    platform = output.get("TargetPlatform") or {}
    if bool(output.get("TargetDevice")) == bool(platform):
        raise errors.validation("Exactly one of TargetDevice and TargetPlatform must be specified.")
    # the summary has these members on its top level
    attributes["CompilationTargetDevice"] = output.get("TargetDevice")
    for word in ("Os", "Arch", "Accelerator"):
        attributes[f"CompilationTargetPlatform{word}"] = platform.get(word)
    name = f"{record.name}-{output.get('TargetDevice') or platform.get('Os')}.tar.gz"
    attributes["ModelArtifacts"] = {"S3ModelArtifacts": f"{output['S3OutputLocation'].rstrip('/')}/{name}"}
    if attributes.get("ModelPackageVersionArn"):
        attributes["InputConfig"] = _packaged_input(call, attributes["ModelPackageVersionArn"])
    attributes[_REASON] = ""


def _on_create_optimization(call: Call, record: Record) -> None:
    words = {"ModelQuantizationConfig": "Quantization", "ModelCompilationConfig": "Compilation"}
    words |= {"ModelShardingConfig": "Sharding"}
    configs = record.attributes["OptimizationConfigs"]
    record.attributes["OptimizationTypes"] = [words.get(name, name) for one in configs for name in one]


def _on_create_labeling(call: Call, record: Record) -> None:
    attributes = record.attributes
    human = attributes["HumanTaskConfig"]
    attributes["JobReferenceCode"] = call.random_id(16)
    attributes["WorkRequesterAccountId"] = call.account
    attributes["WorkteamArn"] = human["WorkteamArn"]
    attributes["NumberOfHumanWorkersPerDataObject"] = human["NumberOfHumanWorkersPerDataObject"]
    attributes["LabelCounters"] = dict.fromkeys(
        ("TotalLabeled", "HumanLabeled", "MachineLabeled", "FailedNonRetryableError", "Unlabeled"), 0
    )
    if human.get("PreHumanTaskLambdaArn"):
        attributes["PreHumanTaskLambdaArn"] = human["PreHumanTaskLambdaArn"]
    consolidation = human.get("AnnotationConsolidationConfig") or {}
    attributes["AnnotationConsolidationLambdaArn"] = consolidation.get("AnnotationConsolidationLambdaArn")
    attributes["Tags"] = call.request.get("Tags") or []


def _on_labeling_status(call: Call, record: Record) -> None:
    if record.attributes["LabelingJobStatus"] == "Completed":
        output = record.attributes["OutputConfig"]["S3OutputPath"].rstrip("/")
        where = f"{output}/{record.name}/manifests/output/output.manifest"
        record.attributes["LabelingJobOutput"] = {"OutputDatasetS3Uri": where}


def _on_describe_labeling(call: Call, record: Record, attributes: dict[str, Any]) -> None:
    attributes["Tags"] = as_list(record.tags)


def _on_create_packaging(call: Call, record: Record) -> None:
    call.get(call.kinds["CompilationJob"], (record.attributes["CompilationJobName"],))
    output = record.attributes["OutputConfig"]["S3OutputLocation"].rstrip("/")
    attributes = record.attributes
    attributes["ModelArtifact"] = f"{output}/{attributes['ModelName']}-{attributes['ModelVersion']}.tar.gz"


def _on_create_recommendations(call: Call, record: Record) -> None:
    source = record.attributes["InputConfig"]
    if not source.get("ModelName") and not source.get("ModelPackageVersionArn"):
        raise errors.validation("One of ModelName and ModelPackageVersionArn must be specified.")
    if source.get("ModelName"):
        call.get(call.kinds["Model"], (source["ModelName"],))
    record.attributes.setdefault("JobDescription", "")
    for member in ("ModelName", "ModelPackageVersionArn"):
        record.attributes[member] = source.get(member)


KINDS = [
    Kind(
        noun="CompilationJob",
        arn="compilation-job/{CompilationJobName}",
        key=("CompilationJobName",),
        on_role=role_rules.assumed,
        messages=_messages("compilation", "Could not find requested job with name: {name}"),
        lifecycle=Lifecycle(member="CompilationJobStatus", create=_UPPER, failed="FAILED"),
        on_create=_on_create_compilation,
        on_delete=_on_delete("CompilationJobStatus"),
        on_status=_times("CompilationJobStatus", "CompilationStartTime", "CompilationEndTime", "INPROGRESS"),
    ),
    Kind(
        noun="OptimizationJob",
        arn="optimization-job/{OptimizationJobName}",
        key=("OptimizationJobName",),
        on_role=role_rules.assumed,
        messages=_messages("optimization", "Could not find requested job with name: {name}"),
        lifecycle=Lifecycle(member="OptimizationJobStatus", create=_UPPER, failed="FAILED"),
        listing=Listing(filters={"OptimizationContains": "OptimizationTypes"}),
        on_create=_on_create_optimization,
        on_delete=_on_delete("OptimizationJobStatus"),
        on_status=_times("OptimizationJobStatus", "OptimizationStartTime", "OptimizationEndTime", "INPROGRESS"),
    ),
    Kind(
        noun="EdgePackagingJob",
        arn="edge-packaging-job/{EdgePackagingJobName}",
        key=("EdgePackagingJobName",),
        on_role=role_rules.assumed,
        messages=_messages("edge packaging", "Could not find requested job with name: {name}"),
        lifecycle=Lifecycle(
            member="EdgePackagingJobStatus",
            create=_UPPER,
            failed="FAILED",
            reason="EdgePackagingJobStatusMessage",
        ),
        on_create=_on_create_packaging,
    ),
    Kind(
        noun="LabelingJob",
        arn="labeling-job/{LabelingJobName}",
        key=("LabelingJobName",),
        on_role=role_rules.assumed,
        messages=_messages("labeling", "Could not find requested job with name: {name}"),
        lifecycle=Lifecycle(
            member="LabelingJobStatus",
            create=(Stage("Initializing"), Stage("InProgress", 60), Stage("Completed", 600)),
        ),
        on_create=_on_create_labeling,
        on_describe=_on_describe_labeling,
        on_status=_on_labeling_status,
    ),
    Kind(
        noun="InferenceRecommendationsJob",
        arn="inference-recommendations-job/{JobName}",
        arn_member="JobArn",
        key=("JobName",),
        on_role=role_rules.assumed,
        messages=_messages("inference recommendations", "Could not find requested job with name: {name}"),
        lifecycle=Lifecycle(
            member="Status",
            create=(Stage("PENDING"), Stage("IN_PROGRESS", 60), Stage("COMPLETED", 1800)),
            failed="FAILED",
        ),
        on_create=_on_create_recommendations,
        on_status=_times("Status", "", "CompletionTime", "IN_PROGRESS"),
    ),
]


def _list_for_workteam(call: Call) -> Mapping[str, Any]:
    """The jobs of a work team, with its own words for them."""
    assert call.model
    shown = list_operation(replace(KINDS[3], listing=_OF_WORKTEAM), call.model)(call) or {}
    for summary in shown["LabelingJobSummaryList"]:
        counted = summary["LabelCounters"]
        summary["LabelCounters"] = {"HumanLabeled": counted["HumanLabeled"], "PendingHuman": 0, "Total": 0}
    return shown


_OF_WORKTEAM = Listing(operation="ListLabelingJobsForWorkteam", items="LabelingJobSummaryList")
_UPPER_STOP = (Stage("STOPPING"), Stage("STOPPED", 30))

OPERATIONS: dict[str, Operation] = {
    "ListLabelingJobsForWorkteam": _list_for_workteam,
    "StopCompilationJob": _stop("CompilationJob", "CompilationJobStatus", _UPPER_STOP),
    "StopOptimizationJob": _stop("OptimizationJob", "OptimizationJobStatus", _UPPER_STOP),
    "StopEdgePackagingJob": _stop("EdgePackagingJob", "EdgePackagingJobStatus", _UPPER_STOP),
    "StopInferenceRecommendationsJob": _stop("InferenceRecommendationsJob", "Status", _UPPER_STOP),
    "StopLabelingJob": _stop_labeling,
}
