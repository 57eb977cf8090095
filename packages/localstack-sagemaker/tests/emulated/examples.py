"""A valid request for each operation of the plug-in, with the resources it requires."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from localstack_sagemaker.kinds import KINDS

from .account import Account
from .minimal import minimal
from .newer_recipes import GROUP
from .recipes import RECIPES, Made, Recipe, arn_of, call, first_request, key_of, list_operation, make, model

__all__ = ["EXAMPLES", "request_for"]

Example = Callable[[Account], dict[str, Any]]


def request_for(account: Account, operation: str) -> dict[str, Any]:
    """Prepare the account for an operation and return a valid request."""
    if operation in EXAMPLES:
        return EXAMPLES[operation](account)
    for noun in KINDS:
        if operation == list_operation(noun):
            return _list(account, noun, operation)
        if operation == f"Create{noun}":
            return _create(account, noun)
        if operation in (f"Describe{noun}", f"Delete{noun}"):
            return key_of(noun, make(account, noun), operation)
        if operation == f"Update{noun}":
            return _update(account, noun)
    raise AssertionError(f"{operation} has no example; add one to {__name__}.EXAMPLES")


def _create(account: Account, noun: str) -> dict[str, Any]:
    made: dict[str, Made] = {}
    for need in RECIPES.get(noun, Recipe()).needs:
        if need not in made:
            make(account, need, made)
    return first_request(noun, made)


def _update(account: Account, noun: str) -> dict[str, Any]:
    made = make(account, noun)
    if noun == "NotebookInstance":
        call(account, "StopNotebookInstance", key_of(noun, made))
    return key_of(noun, made, f"Update{noun}") | RECIPES.get(noun, Recipe()).change


def _list(account: Account, noun: str, operation: str) -> dict[str, Any]:
    made = make(account, noun)
    required = model().operation_model(operation).input_shape.required_members
    return {name: made[name] for name in required}


def _key(noun: str, operation: str, *before: str) -> Example:
    """An operation on one resource, after other operations on it."""

    def example(account: Account) -> dict[str, Any]:
        made = make(account, noun)
        for one in before:
            call(account, one, key_of(noun, made, one))
        return key_of(noun, made, operation)

    return example


def _stop(stop: str) -> Example:
    """A Stop operation on a running resource, with a manual clock."""

    def example(account: Account) -> dict[str, Any]:
        account.set_clock("manual")
        noun = stop.removeprefix("Stop")
        return key_of(noun, make(account, noun), stop)

    return example


def _tagged(**more: Any) -> Example:
    def example(account: Account) -> dict[str, Any]:
        return {"ResourceArn": arn_of("Model", account, make(account, "Model")), **more}

    return example


def _policy(account: Account) -> dict[str, Any]:
    group = make(account, "ModelPackageGroup")["ModelPackageGroupName"]
    policy = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sagemaker:*"}]}'
    return {"ModelPackageGroupName": group, "ResourcePolicy": policy}


def _with_policy(account: Account) -> dict[str, Any]:
    request = _policy(account)
    call(account, "PutModelPackageGroupPolicy", request)
    return {"ModelPackageGroupName": request["ModelPackageGroupName"]}


def _trial(account: Account) -> dict[str, Any]:
    made: dict[str, Made] = {}
    trial, component = make(account, "Trial", made), make(account, "TrialComponent", made)
    return {"TrialName": trial["TrialName"], "TrialComponentName": component["TrialComponentName"]}


def _associated(account: Account) -> dict[str, Any]:
    request = _trial(account)
    call(account, "AssociateTrialComponent", request)
    return request


def _device(account: Account) -> Made:
    return make(account, "Device")


def _presigned_domain(account: Account) -> dict[str, Any]:
    made = make(account, "UserProfile")
    return {"DomainId": made["DomainId"], "UserProfileName": made["UserProfileName"]}


def _update_endpoint(account: Account) -> dict[str, Any]:
    made: dict[str, Made] = {}
    endpoint = make(account, "Endpoint", made)
    config = make(account, "EndpointConfig", made, EndpointConfigName="second")
    return {"EndpointName": endpoint["EndpointName"], "EndpointConfigName": config["EndpointConfigName"]}


def _weights(account: Account) -> dict[str, Any]:
    endpoint = make(account, "Endpoint")["EndpointName"]
    return {"EndpointName": endpoint, "DesiredWeightsAndCapacities": [{"VariantName": "main", "DesiredWeight": 2.0}]}


def _execution(operation: str) -> Example:
    def example(account: Account) -> dict[str, Any]:
        if operation == "StopPipelineExecution":
            account.set_clock("manual")
        arn = make(account, "PipelineExecution")["PipelineExecutionArn"]
        token = {"ClientRequestToken": "t" * 32} if operation == "StopPipelineExecution" else {}
        return {"PipelineExecutionArn": arn, **token}

    return example


def _run_of(account: Account, step: dict[str, Any]) -> str:
    """An execution of a pipeline with one step."""
    made: dict[str, Made] = {}
    make(account, "Pipeline", made, PipelineDefinition=json.dumps({"Version": "2020-12-01", "Steps": [step]}))
    return str(make(account, "PipelineExecution", made)["PipelineExecutionArn"])


def _retried(account: Account) -> dict[str, Any]:
    return {"PipelineExecutionArn": _run_of(account, {"Name": "f", "Type": "Fail"}), "ClientRequestToken": "t" * 32}


def _asked(account: Account) -> dict[str, Any]:
    arn = _run_of(account, {"Name": "c", "Type": "Callback", "SqsQueueUrl": ""})
    (step,) = call(account, "ListPipelineExecutionSteps", {"PipelineExecutionArn": arn})["PipelineExecutionSteps"]
    return {"CallbackToken": step["Metadata"]["Callback"]["CallbackToken"], "ClientRequestToken": "t" * 32}


def _executed(account: Account) -> dict[str, Any]:
    schedule = make(account, "MonitoringSchedule")["MonitoringScheduleName"]
    assert account.control("/executions", "POST", schedule=schedule).status == 201
    return {"MonitoringScheduleName": schedule}


def _ends(account: Account) -> dict[str, Any]:
    made: dict[str, Made] = {}
    for noun in ("Artifact", "Context"):
        make(account, noun, made)
    return {"SourceArn": made["Artifact"]["ArtifactArn"], "DestinationArn": made["Context"]["ContextArn"]}


def _association(account: Account) -> dict[str, Any]:
    made = make(account, "Association")
    return {"SourceArn": made["SourceArn"], "DestinationArn": made["DestinationArn"]}


def _node(account: Account) -> dict[str, Any]:
    name = make(account, "Cluster")["ClusterName"]
    nodes = call(account, "ListClusterNodes", {"ClusterName": name})["ClusterNodeSummaries"]
    return {"ClusterName": name, "NodeId": nodes[0]["InstanceId"]}


def _update_cluster(account: Account) -> dict[str, Any]:
    """One group grows, one is new and one is deleted."""
    restricted = {name: GROUP[name] for name in ("InstanceCount", "InstanceType", "ExecutionRole")}
    restricted |= {"InstanceGroupName": "restricted", "EnvironmentConfig": {}}
    groups = [{**GROUP, "InstanceGroupName": name} for name in ("workers", "old")]
    made = make(account, "Cluster", InstanceGroups=groups, RestrictedInstanceGroups=[restricted])
    return {
        "ClusterName": made["ClusterName"],
        "InstanceGroups": [{**GROUP, "InstanceGroupName": "new"}, {**GROUP, "InstanceCount": 3}],
        "RestrictedInstanceGroups": [restricted],
        "InstanceGroupsToDelete": ["old"],
    }


def _automl_v2(_: Account) -> dict[str, Any]:
    shape = model().operation_model("CreateAutoMLJobV2").input_shape
    return minimal(shape) | {"AutoMLProblemTypeConfig": {"TabularJobConfig": {"TargetAttributeName": "y"}}}


def _reference(account: Account) -> dict[str, Any]:
    public = "arn:aws:sagemaker:us-east-1:aws:hub-content/SageMakerPublicHub/Model/example"
    return {"HubName": make(account, "Hub")["HubName"], "SageMakerPublicHubContentArn": public}


def _with_reference(account: Account) -> dict[str, Any]:
    request = _reference(account)
    call(account, "CreateHubContentReference", request)
    return {"HubName": request["HubName"], "HubContentType": "ModelReference", "HubContentName": "example"}


def _hub_content(account: Account) -> dict[str, Any]:
    made = make(account, "HubContent")
    return {name: made[name] for name in ("HubName", "HubContentType", "HubContentName")}


def _experiment_of(status: str) -> Example:
    """An inference experiment: created and not started, or running."""

    def example(account: Account) -> dict[str, Any]:
        account.set_clock("manual")
        name = make(account, "InferenceExperiment")["Name"]
        account.advance(60 if status == "Created" else 1000)
        return {"Name": name}

    return example


def _stop_experiment(account: Account) -> dict[str, Any]:
    return _experiment_of("Running")(account) | {"ModelVariantActions": {"live": "Retain"}}


def _deletable_experiment(account: Account) -> dict[str, Any]:
    call(account, "StopInferenceExperiment", _stop_experiment(account))
    account.advance(1000)
    return {"Name": "example"}


_DEVICES = [{"DeviceName": "example", "Description": "changed"}]

EXAMPLES: dict[str, Example] = {
    "AddAssociation": _ends,
    "AddTags": _tagged(Tags=[{"Key": "a", "Value": "1"}]),
    "AssociateTrialComponent": _trial,
    "BatchDescribeModelPackage": lambda account: {
        "ModelPackageArnList": [make(account, "ModelPackage")["ModelPackageArn"], account.arn("model-package/none/1")]
    },
    "BatchDeleteClusterNodes": lambda account: {
        "ClusterName": _node(account)["ClusterName"],
        "NodeIds": ["i-00000000"],
    },
    "CreateAutoMLJobV2": _automl_v2,
    "CreateHubContentReference": _reference,
    "CreatePresignedDomainUrl": _presigned_domain,
    "CreatePresignedMlflowAppUrl": _key("MlflowApp", "CreatePresignedMlflowAppUrl"),
    "CreatePresignedMlflowTrackingServerUrl": _key("MlflowTrackingServer", "CreatePresignedMlflowTrackingServerUrl"),
    "CreatePresignedNotebookInstanceUrl": _key("NotebookInstance", "CreatePresignedNotebookInstanceUrl"),
    "DeleteAssociation": _association,
    "DeleteHubContentReference": _with_reference,
    "DeleteHyperParameterTuningJob": _key("HyperParameterTuningJob", "DeleteHyperParameterTuningJob"),
    "DeleteInferenceExperiment": _deletable_experiment,
    "DeleteModelPackageGroupPolicy": _with_policy,
    "DeleteNotebookInstance": _key("NotebookInstance", "DeleteNotebookInstance", "StopNotebookInstance"),
    "DeleteTags": _tagged(TagKeys=["a"]),
    "DeregisterDevices": lambda account: {
        "DeviceFleetName": _device(account)["DeviceFleetName"],
        "DeviceNames": ["example"],
    },
    "DescribeAutoMLJobV2": _key("AutoMLJob", "DescribeAutoMLJobV2"),
    "DescribeClusterNode": _node,
    "DescribeFeatureMetadata": lambda account: {
        "FeatureGroupName": make(account, "FeatureGroup")["FeatureGroupName"],
        "FeatureName": "id",
    },
    "DescribePipelineDefinitionForExecution": _execution("DescribePipelineDefinitionForExecution"),
    "DescribePipelineExecution": _execution("DescribePipelineExecution"),
    "DisableSagemakerServicecatalogPortfolio": lambda _: {},
    "DisassociateTrialComponent": _associated,
    "EnableSagemakerServicecatalogPortfolio": lambda _: {},
    "GetModelPackageGroupPolicy": _with_policy,
    "GetSearchSuggestions": lambda _: {"Resource": "TrainingJob"},
    "GetSagemakerServicecatalogPortfolioStatus": lambda _: {},
    "ImportHubContent": lambda account: first_request("HubContent", {"Hub": make(account, "Hub")}),
    "ListAliases": lambda account: {"ImageName": make(account, "ImageVersion", Aliases=["newest"])["ImageName"]},
    "ListAssociations": lambda account: {"SourceArn": _association(account)["SourceArn"]},
    "ListCandidatesForAutoMLJob": _key("AutoMLJob", "ListCandidatesForAutoMLJob"),
    "ListClusterNodes": _key("Cluster", "ListClusterNodes"),
    "ListHubContentVersions": _hub_content,
    "ListLabelingJobsForWorkteam": lambda account: {
        "WorkteamArn": make(account, "LabelingJob")["HumanTaskConfig"]["WorkteamArn"]
    },
    "ListModelCardVersions": _key("ModelCard", "ListModelCardVersions"),
    "ListMonitoringExecutions": _executed,
    "ListPipelineExecutionSteps": _execution("ListPipelineExecutionSteps"),
    "ListPipelineVersions": _key("Pipeline", "ListPipelineVersions"),
    "ListPipelineParametersForExecution": _execution("ListPipelineParametersForExecution"),
    "ListSubscribedWorkteams": lambda _: {},
    "ListTags": _tagged(),
    "ListTrainingJobsForHyperParameterTuningJob": _key(
        "HyperParameterTuningJob", "ListTrainingJobsForHyperParameterTuningJob"
    ),
    "PutModelPackageGroupPolicy": _policy,
    "QueryLineage": lambda account: {"StartArns": [_association(account)["SourceArn"]], "IncludeEdges": True},
    "RegisterDevices": lambda account: {
        "DeviceFleetName": make(account, "DeviceFleet")["DeviceFleetName"],
        "Devices": _DEVICES,
    },
    "RetryPipelineExecution": _retried,
    "SendPipelineExecutionStepFailure": _asked,
    "SendPipelineExecutionStepSuccess": _asked,
    "Search": lambda account: {"Resource": "Model", "MaxResults": len(make(account, "Model"))},
    "StartInferenceExperiment": _experiment_of("Created"),
    "StartMlflowTrackingServer": _key("MlflowTrackingServer", "StartMlflowTrackingServer", "StopMlflowTrackingServer"),
    "StartMonitoringSchedule": _key("MonitoringSchedule", "StartMonitoringSchedule", "StopMonitoringSchedule"),
    "StartNotebookInstance": _key("NotebookInstance", "StartNotebookInstance", "StopNotebookInstance"),
    "StartPipelineExecution": lambda account: {
        "PipelineName": make(account, "Pipeline")["PipelineName"],
        "ClientRequestToken": "t" * 32,
    },
    "StopAutoMLJob": _stop("StopAutoMLJob"),
    "StopCompilationJob": _stop("StopCompilationJob"),
    "StopEdgePackagingJob": _stop("StopEdgePackagingJob"),
    "StopHyperParameterTuningJob": _stop("StopHyperParameterTuningJob"),
    "StopInferenceExperiment": _stop_experiment,
    "StopInferenceRecommendationsJob": _stop("StopInferenceRecommendationsJob"),
    "StopLabelingJob": _stop("StopLabelingJob"),
    "StopMlflowTrackingServer": _key("MlflowTrackingServer", "StopMlflowTrackingServer"),
    "StopMonitoringSchedule": _key("MonitoringSchedule", "StopMonitoringSchedule"),
    "StopNotebookInstance": _key("NotebookInstance", "StopNotebookInstance"),
    "StopOptimizationJob": _stop("StopOptimizationJob"),
    "StopPipelineExecution": _execution("StopPipelineExecution"),
    "StopProcessingJob": _stop("StopProcessingJob"),
    "StopTrainingJob": _stop("StopTrainingJob"),
    "StopTransformJob": _stop("StopTransformJob"),
    "UpdateCluster": _update_cluster,
    "UpdateClusterSoftware": _key("Cluster", "UpdateClusterSoftware"),
    "UpdateDevices": lambda account: {
        "DeviceFleetName": _device(account)["DeviceFleetName"],
        "Devices": _DEVICES,
    },
    "UpdateEndpoint": _update_endpoint,
    "UpdateEndpointWeightsAndCapacities": _weights,
    "UpdateFeatureMetadata": lambda account: {
        "FeatureGroupName": make(account, "FeatureGroup")["FeatureGroupName"],
        "FeatureName": "id",
    },
    "UpdateHubContentReference": _with_reference,
    "UpdateInferenceComponentRuntimeConfig": lambda account: {
        **key_of("InferenceComponent", make(account, "InferenceComponent")),
        "DesiredRuntimeConfig": {"CopyCount": 2},
    },
    "UpdatePipelineVersion": lambda account: {
        "PipelineArn": make(account, "Pipeline")["PipelineArn"],
        "PipelineVersionId": 1,
    },
    "UpdatePipelineExecution": _execution("UpdatePipelineExecution"),
}
