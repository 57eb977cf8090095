"""Several resources for each List operation: how to make them, one by one, and to delete them."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from localstack_sagemaker.kinds import KINDS
from localstack_sagemaker.provider import sagemaker_provider

from .inprocess import InProcess
from .newer_recipes import GROUP
from .recipes import RECIPES, Made, Recipe, call, key_of, list_operation, make, model

__all__ = ["LISTS", "fresh", "several"]

_OPERATIONS = sagemaker_provider().operations
# a single item, or none
_SHORT = {
    "ListCandidatesForAutoMLJob",
    "ListClusterSchedulerConfigs",
    "ListSubscribedWorkteams",
    "ListTags",
    "ListWorkforces",
}

LISTS = sorted(name for name in _OPERATIONS if (name.startswith("List") or name == "Search") and name not in _SHORT)
"""The operations that can list several items."""

Add = Callable[[int], Made]
Remove = Callable[[Made], None]
Several = tuple[dict[str, Any], Add, Remove | None]


def fresh() -> Any:
    """A fresh account with an instant clock."""
    return InProcess(str(secrets.randbelow(9 * 10**11) + 10**11))


def _name(number: int) -> str:
    return f"item-{number}"


# kinds that are not named by the last member of their key
_NAMED: dict[str, Callable[[int], dict[str, Any]]] = {
    "Artifact": lambda number: {"Source": {"SourceUri": f"s3://example/{number}"}},
    "ComputeQuota": lambda number: {"Name": _name(number)},
    "Device": lambda number: {"Devices": [{"DeviceName": _name(number)}]},
    "Domain": lambda number: {"DomainName": _name(number)},
    "HubContent": lambda number: {"HubContentName": _name(number)},
    "ImageVersion": lambda _: {},
    "MlflowApp": lambda number: {"Name": _name(number)},
    "ModelPackage": lambda _: {},
    "PipelineExecution": lambda number: {"PipelineExecutionDisplayName": _name(number)},
}


def _several_of(account: Any, noun: str) -> Several:
    """Resources of a kind, with the same parent."""
    known: dict[str, Made] = {}
    for need in RECIPES.get(noun, Recipe()).needs:
        if need not in known:
            make(account, need, known)

    def add(number: int) -> Made:
        named = _NAMED.get(noun, lambda number: {KINDS[noun].key[-1]: _name(number)})(number)
        return {**make(account, noun, known, **named), **({"DeviceName": _name(number)} if noun == "Device" else {})}

    def remove(made: Made) -> None:
        more = {"ModelVariantActions": {"live": "Retain"}} if noun == "InferenceExperiment" else {}
        if noun in ("InferenceExperiment", "NotebookInstance"):
            call(account, f"Stop{noun}", key_of(noun, made, f"Stop{noun}") | more)
        call(account, f"Delete{noun}", key_of(noun, made, f"Delete{noun}"))

    operation = list_operation(noun)
    members = model().operation_model(operation).input_shape.members
    parent = {name: value for one in known.values() for name, value in one.items() if name in KINDS[noun].key[:-1]}
    request = {name: value for name, value in parent.items() if name in members}
    if noun == "HubContent":
        request["HubContentType"] = "Model"
    if noun == "PipelineExecution":
        request = {"PipelineName": known["Pipeline"]["PipelineName"]}
    return request, add, remove if f"Delete{noun}" in _OPERATIONS else None


def _aliases(account: Any) -> Several:
    known: dict[str, Made] = {}

    def add(number: int) -> Made:
        return make(account, "ImageVersion", known, Aliases=[_name(number)]) | {"Alias": _name(number)}

    def remove(made: Made) -> None:
        account.sagemaker.delete_image_version(ImageName="example", Alias=made["Alias"])

    return {"ImageName": "example"}, add, remove


def _associations(account: Any) -> Several:
    context = make(account, "Context")["ContextArn"]

    def add(number: int) -> Made:
        source = make(account, "Artifact", Source={"SourceUri": f"s3://example/{number}"})["ArtifactArn"]
        ends = {"SourceArn": source, "DestinationArn": context}
        account.sagemaker.add_association(**ends)
        return ends

    return {"DestinationArn": context}, add, lambda made: account.sagemaker.delete_association(**made)


def _nodes(account: Any) -> Several:
    name = make(account, "Cluster", InstanceGroups=[{**GROUP, "InstanceCount": 1}])["ClusterName"]

    def add(_: int) -> Made:
        nodes = account.sagemaker.list_cluster_nodes(ClusterName=name, MaxResults=100)["ClusterNodeSummaries"]
        group = {**GROUP, "InstanceCount": len(nodes) + 1}
        account.sagemaker.update_cluster(ClusterName=name, InstanceGroups=[group])
        following = account.sagemaker.list_cluster_nodes(ClusterName=name, MaxResults=100)["ClusterNodeSummaries"]
        (new,) = {one["InstanceId"] for one in following} - {one["InstanceId"] for one in nodes}
        return {"NodeIds": [new]}

    def remove(made: Made) -> None:
        account.sagemaker.batch_delete_cluster_nodes(ClusterName=name, NodeIds=made["NodeIds"])

    return {"ClusterName": name}, add, remove


def _content_versions(account: Any) -> Several:
    known: dict[str, Made] = {}
    key = {"HubName": "example", "HubContentType": "Model", "HubContentName": "example"}

    def add(number: int) -> Made:
        return make(account, "HubContent", known, HubContentName="example", HubContentVersion=f"1.{number}.0")

    def remove(made: Made) -> None:
        account.sagemaker.delete_hub_content(**key, HubContentVersion=made["HubContentVersion"])

    add(0)
    return key, add, remove


def _card_versions(account: Any) -> Several:
    make(account, "ModelCard")

    def add(number: int) -> Made:
        content = json.dumps({"model_overview": {"model_name": _name(number)}})
        account.sagemaker.update_model_card(ModelCardName="example", Content=content)
        return {}

    return {"ModelCardName": "example"}, add, None


def _pipeline_versions(account: Any) -> Several:
    make(account, "Pipeline")

    def add(number: int) -> Made:
        definition = json.dumps({"Version": "2020-12-01", "Steps": [{"Name": _name(number)}]})
        account.sagemaker.update_pipeline(PipelineName="example", PipelineDefinition=definition)
        return {}

    return {"PipelineName": "example"}, add, None


def _executed(account: Any) -> Several:
    parameters = [{"Name": _name(number), "Type": "String"} for number in range(5)]
    steps = [{"Name": _name(number), "Type": "Lambda", "Arguments": {}} for number in range(5)]
    definition = json.dumps({"Version": "2020-12-01", "Parameters": parameters, "Steps": steps})
    account.sagemaker.create_pipeline(
        PipelineName="example",
        PipelineDefinition=definition,
        RoleArn="arn:aws:iam::123456789012:role/example",
        ClientRequestToken="t" * 32,
    )
    given = [{"Name": _name(number), "Value": "1"} for number in range(5)]
    started = account.sagemaker.start_pipeline_execution(
        PipelineName="example", PipelineParameters=given, ClientRequestToken="t" * 32
    )
    return {"PipelineExecutionArn": started["PipelineExecutionArn"]}, lambda _: {}, None


def _monitored(account: Any) -> Several:
    make(account, "MonitoringSchedule")

    def add(_: int) -> Made:
        account.control("/executions", "POST", schedule="example")
        return {}

    return {"MonitoringScheduleName": "example"}, add, None


def _tuned(account: Any) -> Several:
    limits = {"MaxNumberOfTrainingJobs": 5, "MaxParallelTrainingJobs": 5}
    config = {"Strategy": "Bayesian", "ResourceLimits": limits}
    made = make(account, "HyperParameterTuningJob", HyperParameterTuningJobConfig=config)
    return {"HyperParameterTuningJobName": made["HyperParameterTuningJobName"]}, lambda _: {}, None


def _labelled(account: Any) -> Several:
    _, add, remove = _several_of(account, "LabelingJob")
    arn = add(99)["HumanTaskConfig"]["WorkteamArn"]
    return {"WorkteamArn": arn}, add, remove


def _searched(account: Any) -> Several:
    _, add, remove = _several_of(account, "Experiment")
    return {"Resource": "Experiment", "SortBy": "CreationTime"}, add, remove


_OTHERS: Mapping[str, Callable[[Any], Several]] = {
    "ListAliases": _aliases,
    "ListAssociations": _associations,
    "ListClusterNodes": _nodes,
    "ListHubContentVersions": _content_versions,
    "ListLabelingJobsForWorkteam": _labelled,
    "ListModelCardVersions": _card_versions,
    "ListMonitoringExecutions": _monitored,
    "ListPipelineExecutionSteps": _executed,
    "ListPipelineParametersForExecution": _executed,
    "ListPipelineVersions": _pipeline_versions,
    "ListTrainingJobsForHyperParameterTuningJob": _tuned,
    "Search": _searched,
}


def several(account: Any, operation: str) -> Several:
    """The List request, and functions that make an item and delete one; the latter is None if AWS has no such call."""
    if operation in _OTHERS:
        return _OTHERS[operation](account)
    return _several_of(account, next(noun for noun in KINDS if list_operation(noun) == operation))
