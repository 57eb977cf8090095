"""The training jobs of a tuning job: it starts as many at a time as allowed, counts them, and names the best one.

Nothing is trained: hyperparameters are spread over their ranges, and values of the objective are made up.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from .. import errors
from ..call import Call, Kind
from ..listing import list_operation
from ..records import Record, Stage
from ..status import failing, transition
from ..table import Lifecycle, Listing, Messages

__all__ = ["create", "job_changed", "list_jobs", "stages", "status_changed"]

_ARN = "TuningJobArn"
_STATUS = "HyperParameterTuningJobStatus"
_ACTIVE = ("InProgress", "Stopping")
_COUNTERS = {"Completed": "Completed", "InProgress": "InProgress", "Failed": "NonRetryableError", "Stopped": "Stopped"}
_COPIED = (
    "AlgorithmSpecification",
    "CheckpointConfig",
    "EnableInterContainerTrafficEncryption",
    "EnableManagedSpotTraining",
    "EnableNetworkIsolation",
    "Environment",
    "InputDataConfig",
    "OutputDataConfig",
    "ResourceConfig",
    "RetryStrategy",
    "RoleArn",
    "StoppingCondition",
    "VpcConfig",
)
"""members of a definition that are those of its training jobs"""
_SHOWN = (
    "FailureReason",
    "TrainingEndTime",
    "TrainingJobArn",
    "TrainingJobName",
    "TrainingJobStatus",
    "TrainingStartTime",
)
_JOB_SECONDS = 220.0
_END_SECONDS = 20.0


def create(call: Call, record: Record) -> None:
    """Check a new tuning job. Raises ValidationException without a definition of its training jobs."""
    attributes = record.attributes
    if not attributes.get("TrainingJobDefinition") and not attributes.get("TrainingJobDefinitions"):
        raise errors.validation("One of TrainingJobDefinition and TrainingJobDefinitions must be specified.")
    config = attributes["HyperParameterTuningJobConfig"]
    _check_ranges(attributes)
    _check_combinations(attributes)
    attributes["Strategy"] = config["Strategy"]
    attributes["ResourceLimits"] = config["ResourceLimits"]
    _count(record, [])


def _check_ranges(attributes: Mapping[str, Any]) -> None:
    """Raise ValidationException for an end of a range that is not a number."""
    definitions = [attributes.get("TrainingJobDefinition") or {}, *(attributes.get("TrainingJobDefinitions") or [])]
    given = [attributes["HyperParameterTuningJobConfig"].get("ParameterRanges")]
    given += [one.get("HyperParameterRanges") for one in definitions]
    for ranges in filter(None, given):
        for member in ("IntegerParameterRanges", "ContinuousParameterRanges"):
            for one in ranges.get(member) or []:
                for end in ("MinValue", "MaxValue"):
                    if not _is_number(one[end]):
                        raise errors.validation(f"{end} {one[end]} of hyperparameter {one['Name']} is not a number.")


def _check_combinations(attributes: Mapping[str, Any]) -> None:
    """Reject ranges with fewer combinations than training jobs, unless SageMaker chooses ranges.

    https://github.com/aws/amazon-sagemaker-operator-for-k8s/issues/123,
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Autotune.html
    """
    config = attributes["HyperParameterTuningJobConfig"]
    ranges = config.get("ParameterRanges") or {}
    if attributes.get("Autotune") or ranges.get("AutoParameters"):
        return
    most = config["ResourceLimits"].get("MaxNumberOfTrainingJobs")
    finite = [len(one["Values"]) for one in ranges.get("CategoricalParameterRanges") or []]
    integers = ranges.get("IntegerParameterRanges") or []
    finite += [max(1, int(float(one["MaxValue"])) - int(float(one["MinValue"])) + 1) for one in integers]
    if most and finite and not ranges.get("ContinuousParameterRanges") and math.prod(finite) < most:
        raise errors.validation(
            "You don't have enough combinations of hyperparameter ranges. The total number of hyperparameter "
            f"combinations for the provided ranges [{float(math.prod(finite))}] must be equal or greater than the "
            f"value of MaxNumberOfJobs, [{most}]. Provide additional ranges."
        )


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def stages(record: Record) -> tuple[Stage, ...]:
    """The statuses of a tuning job: it ends after its last training job."""
    most, parallel = _limits(record)
    return (Stage("InProgress"), Stage("Completed", math.ceil(most / parallel) * _JOB_SECONDS + _END_SECONDS))


def _limits(record: Record) -> tuple[int, int]:
    limits = record.attributes["ResourceLimits"]
    return limits.get("MaxNumberOfTrainingJobs") or 1, max(1, limits["MaxParallelTrainingJobs"])


def status_changed(call: Call, record: Record) -> None:
    """Start the first training jobs, or end those that run."""
    status = record.attributes[_STATUS]
    if status == "InProgress":
        _launch(call, record)
        return
    if status in ("Deleting", "DeleteFailed"):
        return
    if status != "Stopping":
        record.attributes["HyperParameterTuningEndTime"] = call.now()
    # statuses are applied late: with an instant clock, or one that was advanced far, jobs are not even started
    while status == "Completed" and (_launch(call, record) or _running(call, record)):
        for job in _running(call, record):
            transition(call, job, (Stage("Completed", 0, {"SecondaryStatus": "Completed"}),))
    for job in _running(call, record):
        transition(call, job, (Stage("Stopping"), Stage("Stopped", _END_SECONDS)))


def _running(call: Call, record: Record) -> list[Record]:
    return [one for one in _jobs(call, record.arn) if one.attributes["TrainingJobStatus"] == "InProgress"]


def job_changed(call: Call, job: Record) -> None:
    """Count the training jobs of a tuning job again after one changed its status, and start the next one."""
    record = call.store.by_arn(job.attributes.get(_ARN, ""))
    if record is None:
        return
    _count(record, list(_jobs(call, record.arn)))
    ended = job.attributes["TrainingJobStatus"] not in _ACTIVE
    if ended and record.attributes[_STATUS] == "InProgress" and "failure" not in record.private:
        _launch(call, record)


def _jobs(call: Call, tuning_arn: str) -> Iterator[Record]:
    return (one for one in call.store.of("TrainingJob").values() if one.attributes.get(_ARN) == tuning_arn)


def _launch(call: Call, record: Record) -> bool:
    """Start as many training jobs as the limits allow; return whether one was started."""
    most, parallel = _limits(record)
    started = False
    while True:
        jobs = list(_jobs(call, record.arn))
        running = sum(one.attributes["TrainingJobStatus"] in _ACTIVE for one in jobs)
        if len(jobs) >= most or running >= parallel:
            return started
        _start(call, record, len(jobs) + 1)
        started = True


def _start(call: Call, record: Record, number: int) -> None:
    kind = call.kinds["TrainingJob"]
    assert kind.lifecycle
    single = record.attributes.get("TrainingJobDefinition")
    definitions = [single] if single else record.attributes["TrainingJobDefinitions"]
    definition = definitions[(number - 1) % len(definitions)]
    objective = definition.get("TuningObjective") or record.attributes["HyperParameterTuningJobConfig"].get(
        "HyperParameterTuningJobObjective"
    )
    tuned = _tuned(record, definition, number)
    name = f"{record.name}-{number:03}-{call.random_id(8)}"
    arn = call.arn_of(kind, {"TrainingJobName": name})
    attributes = {
        "TrainingJobName": name,
        "TrainingJobArn": arn,
        _ARN: record.arn,
        "HyperParameters": {**(definition.get("StaticHyperParameters") or {}), **tuned},
        **{member: definition[member] for member in _COPIED if definition.get(member) is not None},
    }
    if "ResourceConfig" not in attributes:
        attributes["ResourceConfig"] = _cluster(definition.get("HyperParameterTuningResourceConfig") or {})
    now = call.now()
    job = Record("TrainingJob", (name,), arn, attributes, now, now, dict(record.tags))
    job.private |= {"tuned": tuned, "definition": definition.get("DefinitionName")}
    if objective:
        job.private["objective"] = {**objective, "Value": round(1.0 / (1 + number), 6)}
    if kind.on_create:
        kind.on_create(call, job)
    call.store.add(job)
    failure = record.private.get("failure")
    transition(call, job, failing(kind.lifecycle, failure) if failure else kind.lifecycle.create)


def _cluster(config: Mapping[str, Any]) -> dict[str, Any]:
    """The first of the resource configurations that a definition with several instance types allows."""
    first = (config.get("InstanceConfigs") or [config])[0]
    return {
        "InstanceType": first.get("InstanceType", "ml.m5.large"),
        "InstanceCount": first.get("InstanceCount", 1),
        "VolumeSizeInGB": first.get("VolumeSizeInGB", 30),
    }


def _tuned(record: Record, definition: Mapping[str, Any], number: int) -> dict[str, str]:
    """Hyperparameters of a training job, spread over their ranges."""
    ranges = (
        definition.get("HyperParameterRanges")
        or record.attributes["HyperParameterTuningJobConfig"].get("ParameterRanges")
        or {}
    )
    share = (number - 1) / max(1, _limits(record)[0] - 1)
    found: dict[str, str] = {}
    for one in ranges.get("IntegerParameterRanges") or []:
        low, high = float(one["MinValue"]), float(one["MaxValue"])
        found[one["Name"]] = str(round(low + share * (high - low)))
    for one in ranges.get("ContinuousParameterRanges") or []:
        low, high = float(one["MinValue"]), float(one["MaxValue"])
        found[one["Name"]] = str(low + share * (high - low))
    for one in ranges.get("CategoricalParameterRanges") or []:
        found[one["Name"]] = one["Values"][(number - 1) % len(one["Values"])]
    return found


def _count(record: Record, jobs: list[Record]) -> None:
    counters = dict.fromkeys(("Completed", "InProgress", "RetryableError", "NonRetryableError", "Stopped"), 0)
    for job in jobs:
        counters[_COUNTERS.get(job.attributes["TrainingJobStatus"], "InProgress")] += 1
    failed = counters["NonRetryableError"] + counters["Stopped"]
    record.attributes["TrainingJobStatusCounters"] = counters
    record.attributes["ObjectiveStatusCounters"] = {
        "Succeeded": counters["Completed"],
        "Pending": counters["InProgress"],
        "Failed": failed,
    }
    completed = [one for one in jobs if one.attributes["TrainingJobStatus"] == "Completed" and _value(one) is not None]
    if completed:
        lowest = completed[0].private["objective"]["Type"] == "Minimize"
        best = min(completed, key=_value) if lowest else max(completed, key=_value)
        record.attributes["BestTrainingJob"] = _summary(best)


def _value(job: Record) -> Any:
    return job.private.get("objective", {}).get("Value")


def _summary(job: Record) -> dict[str, Any]:
    """A training job in the format of ListTrainingJobsForHyperParameterTuningJob."""
    attributes = job.attributes
    shown: dict[str, Any] = {name: attributes[name] for name in _SHOWN if attributes.get(name) is not None}
    shown |= {"CreationTime": job.created, "TunedHyperParameters": job.private["tuned"]}
    if job.private["definition"]:
        shown["TrainingJobDefinitionName"] = job.private["definition"]
    status = attributes["TrainingJobStatus"]
    shown["ObjectiveStatus"] = {"Completed": "Succeeded", "InProgress": "Pending", "Stopping": "Pending"}.get(
        status, "Failed"
    )
    if status == "Completed" and "objective" in job.private:
        objective = job.private["objective"]
        shown["FinalHyperParameterTuningJobObjectiveMetric"] = {
            name: objective[name] for name in ("Type", "MetricName", "Value")
        }
    return shown


_MEMBER = Kind(
    noun="HyperParameterTrainingJob",
    arn="",
    key=("TrainingJobName",),
    messages=Messages(missing="", taken=""),
    lifecycle=Lifecycle(member="TrainingJobStatus"),
    listing=Listing(
        operation="ListTrainingJobsForHyperParameterTuningJob",
        sort_by="Name",
        descending=False,
        ignored=frozenset({"HyperParameterTuningJobName"}),
    ),
)
"""How the training jobs of a tuning job are listed. They are stored as training jobs."""


def list_jobs(call: Call) -> Mapping[str, Any]:
    """ListTrainingJobsForHyperParameterTuningJob."""
    record = call.get(call.kinds["HyperParameterTuningJob"])
    assert call.model

    def members(_: Call) -> Iterator[Record]:
        for job in _jobs(call, record.arn):
            attributes = {**_summary(job), "FinalObjectiveMetricValue": _value(job)}
            yield Record(_MEMBER.noun, job.key, job.arn, attributes, job.created, job.modified)

    return list_operation(_MEMBER, call.model, members)(call) or {}
