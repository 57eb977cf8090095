"""The statuses of each kind are AWS's, in AWS's order: watched with a manual clock from create to delete."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, fields
from typing import Any

import pytest
from emulated.inprocess import InProcess
from emulated.recipes import RECIPES, Made, Recipe, call, describe, key_of, make, model

from localstack_sagemaker.errors import ServiceFailure
from localstack_sagemaker.faults import Fault, faults
from localstack_sagemaker.kinds import KINDS
from localstack_sagemaker.store import store_of

GONE = "-"
"""Describe no longer finds it."""


@dataclass(frozen=True, kw_only=True)
class States:
    """What a client sees after each operation.

    `lost` is an update that fails, `kept` a delete, `running` a stop, `idle` a start.
    """

    create: str
    failed: str = ""
    stop: str = ""
    start: str = ""
    update: str = ""
    lost: str = ""
    delete: str = ""
    kept: str = ""
    running: str = ""
    idle: str = ""
    stopped_first: bool = False
    """whether it is updated and deleted while stopped"""


_STUDIO = States(
    create="Pending InService",
    failed="Pending Failed",
    update="Updating InService",
    lost="Updating Update_Failed",
    delete="Deleting -",
    kept="Deleting Delete_Failed",
)
_GOVERNED = States(
    create="Creating Created",
    failed="Creating CreateFailed",
    update="Updating Updated",
    lost="Updating UpdateFailed",
    delete="Deleting -",
    kept="Deleting DeleteFailed",
)
_JOB = States(create="InProgress Completed", failed="InProgress Failed", stop="Stopping Stopped")
_AT_ONCE = States(create="Active", delete=GONE)
_COMPILED = States(
    create="STARTING INPROGRESS COMPLETED",
    failed="STARTING INPROGRESS FAILED",
    stop="STOPPING STOPPED",
    delete=GONE,
)

# Values and their meaning: the Describe operations in https://docs.aws.amazon.com/sagemaker/latest/APIReference.
# Order: what the waiters of https://github.com/hashicorp/terraform-provider-aws (internal/service/sagemaker/wait.go)
# and of botocore have as pending and as targets.
STATES: dict[str, States] = {
    "Algorithm": States(
        create="Pending InProgress Completed",
        failed="Pending InProgress Failed",
        delete="Deleting -",
    ),
    "App": States(
        create="Pending InService",
        failed="Pending Failed",
        delete="Deleting Deleted -",
    ),
    "AutoMLJob": States(
        create="InProgress/Starting InProgress/AnalyzingData InProgress/FeatureEngineering InProgress/ModelTuning "
        "Completed/Completed",
        failed="InProgress/Starting InProgress/AnalyzingData InProgress/FeatureEngineering InProgress/ModelTuning "
        "Failed/Failed",
        stop="Stopping/Stopping Stopped/Stopped",
    ),
    "Cluster": States(
        create="Creating InService",
        failed="Creating Failed",
        update="Updating InService",
        lost="Updating RollingBack InService",
        delete="Deleting -",
    ),
    "ClusterSchedulerConfig": _GOVERNED,
    "CompilationJob": _COMPILED,
    "ComputeQuota": _GOVERNED,
    "Domain": _STUDIO,
    "EdgePackagingJob": States(create=_COMPILED.create, failed=_COMPILED.failed, stop=_COMPILED.stop),
    "Endpoint": States(
        create="Creating InService",
        failed="Creating Failed",
        update="Updating InService",
        lost="Updating RollingBack InService",
        delete="Deleting -",
    ),
    "FeatureGroup": States(
        create="Creating Created",
        failed="Creating CreateFailed",
        update="Created/InProgress Created/Successful",
        lost="Created/InProgress Created/Failed",
        delete="Deleting -",
        kept="Deleting DeleteFailed",
    ),
    "FlowDefinition": States(
        create="Initializing Active",
        failed="Initializing Failed",
        delete="Deleting -",
    ),
    "Hub": States(
        create="Creating InService",
        failed="Creating CreateFailed",
        update="Updating InService",
        lost="Updating UpdateFailed",
        delete="Deleting -",
        kept="Deleting DeleteFailed",
    ),
    "HubContent": States(
        create="Importing Available",
        failed="Importing ImportFailed",
        delete="Deleting -",
        kept="Deleting DeleteFailed",
    ),
    "HumanTaskUi": _AT_ONCE,
    "HyperParameterTuningJob": States(
        create="InProgress Completed",
        failed="InProgress Failed",
        stop="Stopping Stopped",
        delete="Deleting -",
        kept="Deleting DeleteFailed",
    ),
    "Image": States(
        create="CREATING CREATED",
        failed="CREATING CREATE_FAILED",
        update="UPDATING CREATED",
        lost="UPDATING UPDATE_FAILED",
        delete="DELETING -",
        kept="DELETING DELETE_FAILED",
    ),
    "ImageVersion": States(
        create="CREATING CREATED",
        failed="CREATING CREATE_FAILED",
        delete="DELETING -",
        kept="DELETING DELETE_FAILED",
    ),
    "InferenceComponent": States(
        create="Creating InService",
        failed="Creating Failed",
        update="Updating InService",
        lost="Updating Failed",
        delete="Deleting -",
    ),
    "InferenceExperiment": States(
        create="Creating Created Starting Running",
        update="Updating Running",
        stop="Stopping Completed",
    ),
    "InferenceRecommendationsJob": States(
        create="PENDING IN_PROGRESS COMPLETED",
        failed="PENDING IN_PROGRESS FAILED",
        stop="STOPPING STOPPED",
    ),
    "LabelingJob": States(
        create="Initializing InProgress Completed",
        failed="Initializing InProgress Failed",
        stop="Stopping Stopped",
    ),
    "MlflowApp": _GOVERNED,
    "MlflowTrackingServer": States(
        create="Creating Created",
        failed="Creating CreateFailed",
        stop="Stopping Stopped",
        start="Starting Started",
        update="Updating Updated",
        lost="Updating UpdateFailed",
        delete="Deleting -",
        kept="Deleting DeleteFailed",
        running="Stopping StopFailed",
        idle="Starting StartFailed",
    ),
    "ModelCard": States(
        create="",
        delete="DeletePending DeleteInProgress ContentDeleted ExportJobsDeleted DeleteCompleted -",
        kept="DeletePending DeleteFailed",
    ),
    "ModelCardExportJob": States(create="InProgress Completed", failed="InProgress Failed"),
    "ModelPackage": States(
        create="Pending InProgress Completed",
        failed="Pending InProgress Failed",
        delete="Deleting -",
    ),
    "ModelPackageGroup": States(
        create="Pending InProgress Completed",
        failed="Pending InProgress Failed",
        delete="Deleting -",
        kept="Deleting DeleteFailed",
    ),
    "MonitoringSchedule": States(
        create="Pending Scheduled",
        failed="Pending Failed",
        stop="Pending Stopped",
        start="Pending Scheduled",
        update="Pending Scheduled",
        lost="Pending Failed",
        delete="Pending -",
        running="Pending Failed",
        idle="Pending Failed",
    ),
    "NotebookInstance": States(
        create="Pending InService",
        failed="Pending Failed",
        stop="Stopping Stopped",
        start="Pending InService",
        update="Updating Stopped",
        lost="Updating Failed",
        delete="Deleting -",
        running="Stopping Failed",
        idle="Pending Failed",
        stopped_first=True,
    ),
    "OptimizationJob": _COMPILED,
    "Pipeline": _AT_ONCE,
    "PipelineExecution": States(create="Executing Succeeded", failed="Executing Failed", stop="Stopping Stopped"),
    "ProcessingJob": _JOB,
    "Project": States(
        create="Pending CreateInProgress CreateCompleted",
        failed="Pending CreateInProgress CreateFailed",
        update="UpdateInProgress UpdateCompleted",
        lost="UpdateInProgress UpdateFailed",
        delete="DeleteInProgress DeleteCompleted -",
        kept="DeleteInProgress DeleteFailed",
    ),
    "Space": _STUDIO,
    "TrainingJob": States(
        create="InProgress/Starting InProgress/Downloading InProgress/Training InProgress/Uploading "
        "Completed/Completed",
        failed="InProgress/Starting InProgress/Downloading InProgress/Training InProgress/Uploading Failed/Failed",
        stop="Stopping/Stopping Stopped/Stopped",
        delete=GONE,
    ),
    "TransformJob": _JOB,
    "UserProfile": _STUDIO,
    "Workforce": States(
        create="Initializing Active",
        failed="Initializing Failed",
        update="Updating Active",
        lost="Updating Failed",
        delete="Deleting -",
    ),
}
# The errors of the operations in the API reference; ValidationException where it has none: recorded, see ERRORS.md.
REFUSED: dict[str, dict[str, str]] = {
    "Cluster": {"Update": "ConflictException", "Delete": "ConflictException"},
    "ClusterSchedulerConfig": {"Update": "ConflictException"},
    "ComputeQuota": {"Update": "ConflictException"},
    "Domain": {"Update": "ResourceInUse", "Delete": "ResourceInUse"},
    "Endpoint": {"Update": "ValidationException", "Delete": "ValidationException"},
    "FeatureGroup": {"Update": "ValidationException"},
    "FlowDefinition": {"Delete": "ResourceInUse"},
    "Hub": {"Delete": "ResourceInUse"},
    "HubContent": {"Update": "ResourceInUse", "Delete": "ResourceInUse"},
    "Image": {"Update": "ResourceInUse", "Delete": "ResourceInUse"},
    "ImageVersion": {"Delete": "ResourceInUse"},
    "InferenceComponent": {"Update": "ValidationException"},
    "MlflowTrackingServer": {"Update": "ConflictException", "Delete": "ConflictException"},
    "ModelPackageGroup": {"Delete": "ConflictException"},
    "ModelCard": {"Update": "ConflictException", "Delete": "ConflictException"},
    "MonitoringSchedule": dict.fromkeys(("Update", "Start", "Stop", "Delete"), "ValidationException"),
    "NotebookInstance": dict.fromkeys(("Update", "Start", "Delete"), "ValidationException"),
    "Project": {"Update": "ConflictException", "Delete": "ConflictException"},
    "Space": {"Update": "ResourceInUse", "Delete": "ResourceInUse"},
    "UserProfile": {"Update": "ResourceInUse", "Delete": "ResourceInUse"},
    "Workforce": {"Update": "ConflictException"},
}
"""The operations that AWS refuses while the status changes."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """An operation that no verb of States names, and what a client sees after it."""

    operation: str
    members: dict[str, Any]
    expected: str


CHANGES: dict[str, Change] = {
    "Cluster": Change(operation="UpdateClusterSoftware", members={}, expected="SystemUpdating InService"),
    "InferenceExperiment": Change(
        operation="StopInferenceExperiment",
        members={"ModelVariantActions": {"live": "Retain"}, "DesiredState": "Cancelled"},
        expected="Stopping Cancelled",
    ),
}
_NEWER = "the model of LocalStack 4.7.0 lacks it"
_AWS = "AWS starts it, not a request"
_DESCRIBED = "Describe no longer finds it"
_NO_FAULT = "no fault has it"
# https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/sagemaker/pipeline_test.go
_AT_ONCE_GONE = "the acceptance tests of Terraform's provider do not find it right after the delete"
_QUOTA = dict.fromkeys(("CreateRollbackFailed", "DeleteRollbackFailed", "UpdateRollbackFailed"), _NO_FAULT)
UNREACHED: dict[str, dict[str, str]] = {
    "ClusterSchedulerConfig": {**_QUOTA, "Deleted": _DESCRIBED},
    "ComputeQuota": {**_QUOTA, "Deleted": _DESCRIBED},
    "Endpoint": {"OutOfService": _AWS, "SystemUpdating": _AWS, "UpdateRollbackFailed": _NO_FAULT},
    "HubContent": dict.fromkeys(("PendingDelete", "PendingImport"), _NEWER),
    "HumanTaskUi": {"Deleting": _AT_ONCE_GONE},
    "InferenceRecommendationsJob": dict.fromkeys(("DELETED", "DELETING"), "no operation deletes it"),
    "MlflowApp": {"Deleted": _DESCRIBED},
    "MlflowTrackingServer": dict.fromkeys(("MaintenanceComplete", "MaintenanceFailed", "MaintenanceInProgress"), _AWS),
    "Pipeline": {"Deleting": _AT_ONCE_GONE},
    "TrainingJob": {"Deleting": _NEWER},
}
"""Statuses of the service model that no resource has here, and why."""

WATCHED = sorted(set(STATES) & set(KINDS))
ROLLED_BACK = ("Cluster", "Endpoint")


def _fresh() -> Any:
    return InProcess(str(secrets.randbelow(9 * 10**11) + 10**11))


def _status(account: Any, noun: str, made: Made) -> str:
    lifecycle = KINDS[noun].lifecycle
    assert lifecycle
    try:
        shown = describe(account, noun, made)
    except ServiceFailure:
        return GONE
    secondary = shown.get("SecondaryStatus") or shown.get("AutoMLJobSecondaryStatus")
    secondary = secondary or shown.get("LastUpdateStatus", {}).get("Status")
    status = str(shown.get(lifecycle.member, ""))
    return f"{status}/{secondary}" if secondary and status != "Deleting" else status


def _watch(account: Any, noun: str, made: Made) -> str:
    """The statuses of a resource from now on, until nothing of the account changes any more."""
    seen = [_status(account, noun, made)]
    store = store_of("sagemaker", account.account, account.region)
    while store.moving and seen[-1] != GONE:
        now = account.clock_now()
        account.advance(max(0.001, store.moving[0][0] - now))
        status = _status(account, noun, made)
        seen += [status] if status != seen[-1] else []
    return " ".join(seen)


def _made_first(account: Any, noun: str) -> dict[str, Made]:
    """What a resource needs, with an instant clock; from then on the clock is manual."""
    known: dict[str, Made] = {}
    for need in RECIPES.get(noun, Recipe()).needs:
        if need not in known:
            make(account, need, known)
    if noun == "Endpoint":
        make(account, "EndpointConfig", known, EndpointConfigName="second")
        known["EndpointConfig"]["EndpointConfigName"] = "example"
    account.set_clock("manual")
    return known


def _made(account: Any, noun: str) -> Made:
    """A resource in its last status, and the clock manual."""
    made = make(account, noun, _made_first(account, noun))
    _watch(account, noun, made)
    return made


def _change(noun: str) -> dict[str, Any]:
    return {"EndpointConfigName": "second"} if noun == "Endpoint" else RECIPES[noun].change


def _call(account: Any, verb: str, noun: str, made: Made, **more: Any) -> None:
    operation = f"{verb}{noun}"
    call(account, operation, key_of(noun, made, operation) | more)


def _fail(account: Any, verb: str, noun: str) -> None:
    effect = "rolling_back" if verb == "Update" and noun in ROLLED_BACK else "fail"
    faults.add(Fault.parse({"effect": effect, "operation": f"{verb}{noun}", "account": account.account}))


def _having(member: str) -> list[str]:
    return [noun for noun in WATCHED if getattr(STATES[noun], member)]


def test_every_kind_with_statuses_is_watched() -> None:
    assert {noun for noun, kind in KINDS.items() if kind.lifecycle} == set(WATCHED)


def _statuses(noun: str) -> set[str]:
    """The statuses in the service model."""
    kind = KINDS[noun]
    assert kind.lifecycle
    shape = model().operation_model(f"Describe{noun}").output_shape
    return set((shape.members[kind.wrapper] if kind.wrapper else shape).members[kind.lifecycle.member].enum)


@pytest.mark.parametrize("noun", WATCHED)
def test_every_status_in_the_service_model_is_seen(noun: str) -> None:
    steps = [getattr(STATES[noun], one.name) for one in fields(States) if one.type == "str"]
    steps += [CHANGES[noun].expected] if noun in CHANGES else []
    seen = {step.partition("/")[0] for step in " ".join(steps).split()} - {GONE}
    assert seen <= _statuses(noun)
    assert _statuses(noun) - seen == UNREACHED.get(noun, {}).keys() & _statuses(noun)


@pytest.mark.parametrize("noun", WATCHED)
def test_created(noun: str) -> None:
    account = _fresh()
    made = make(account, noun, _made_first(account, noun))
    assert _watch(account, noun, made) == STATES[noun].create


@pytest.mark.parametrize("noun", _having("failed"))
def test_failed(noun: str) -> None:
    account = _fresh()
    known = _made_first(account, noun)
    operation = RECIPES.get(noun, Recipe()).created_by or f"Create{noun}"
    faults.add(Fault.parse({"effect": "fail", "operation": operation, "account": account.account}))
    assert _watch(account, noun, make(account, noun, known)) == STATES[noun].failed


@pytest.mark.parametrize("noun", _having("stop"))
def test_stopped_and_started(noun: str) -> None:
    account = _fresh()
    if STATES[noun].start or noun == "InferenceExperiment":
        made = _made(account, noun)
    else:
        made = make(account, noun, _made_first(account, noun))
    more = {"ModelVariantActions": {"live": "Retain"}} if noun == "InferenceExperiment" else {}
    _call(account, "Stop", noun, made, **more)
    assert _watch(account, noun, made) == STATES[noun].stop
    if STATES[noun].start:
        _call(account, "Start", noun, made)
        assert _watch(account, noun, made) == STATES[noun].start


@pytest.mark.parametrize("noun", [*_having("update"), *_having("delete")])
def test_updated_and_deleted(noun: str) -> None:
    account, states = _fresh(), STATES[noun]
    made = _made(account, noun)
    if states.stopped_first:
        _call(account, "Stop", noun, made)
        _watch(account, noun, made)
    for verb, expected in (("Update", states.update), ("Delete", states.delete)):
        if expected and f"{verb}{noun}" in model().operation_names:
            _call(account, verb, noun, made, **(_change(noun) if verb == "Update" else {}))
            assert _watch(account, noun, made) == expected


FAILING = {"lost": "Update", "kept": "Delete", "running": "Stop", "idle": "Start"}


@pytest.mark.parametrize(("noun", "member"), [(noun, member) for member in FAILING for noun in _having(member)])
def test_a_change_that_fails(noun: str, member: str) -> None:
    account, verb = _fresh(), FAILING[member]
    made = _made(account, noun)
    if verb == "Start" or (STATES[noun].stopped_first and verb != "Stop"):
        _call(account, "Stop", noun, made)
        _watch(account, noun, made)
    _fail(account, verb, noun)
    _call(account, verb, noun, made, **(_change(noun) if verb == "Update" else {}))
    assert _watch(account, noun, made) == getattr(STATES[noun], member)


@pytest.mark.parametrize("noun", CHANGES)
def test_other_changes(noun: str) -> None:
    account, change = _fresh(), CHANGES[noun]
    made = _made(account, noun)
    call(account, change.operation, key_of(noun, made, change.operation) | change.members)
    assert _watch(account, noun, made) == change.expected


@pytest.mark.parametrize("noun", REFUSED)
def test_changes_are_refused_while_the_status_changes(noun: str) -> None:
    account, states = _fresh(), STATES[noun]
    made = make(account, noun, _made_first(account, noun))
    if states.create:
        _assert_refused(account, noun, made)
    _watch(account, noun, made)
    if states.stopped_first:
        _call(account, "Stop", noun, made)
        _assert_refused(account, noun, made)
        _watch(account, noun, made)
    if states.update:
        _call(account, "Update", noun, made, **_change(noun))
        _assert_refused(account, noun, made)
        _watch(account, noun, made)
    _call(account, "Delete", noun, made)
    _assert_refused(account, noun, made)


def _assert_refused(account: Any, noun: str, made: Made) -> None:
    before = _status(account, noun, made)
    for verb, code in REFUSED[noun].items():
        with pytest.raises(ServiceFailure) as caught:
            _call(account, verb, noun, made, **(_change(noun) if verb == "Update" else {}))
        assert caught.value.code == code, (verb, before, caught.value.message)
        assert _status(account, noun, made) == before


def test_a_deleted_project_is_described_for_a_day_and_its_name_is_free() -> None:
    account = _fresh()
    made = _made(account, "Project")
    _call(account, "Delete", "Project", made)
    account.advance(60)
    assert _status(account, "Project", made) == "DeleteCompleted"
    for verb in ("Update", "Delete"):
        with pytest.raises(ServiceFailure, match="does not exist"):
            _call(account, verb, "Project", made)
    made = make(account, "Project")
    assert _watch(account, "Project", made) == STATES["Project"].create


def test_nothing_is_created_in_a_domain_that_is_not_ready() -> None:
    account = _fresh()
    account.set_clock("manual")
    domain = make(account, "Domain")
    with pytest.raises(ServiceFailure, match="is in status Pending"):
        make(account, "UserProfile", {"Domain": domain})
    account.advance(1000)
    make(account, "UserProfile", {"Domain": domain})


DOMAIN_CHANGES: dict[str, dict[str, Any]] = {
    "network": {"AppNetworkAccessType": "VpcOnly", "SubnetIds": ["subnet-1", "subnet-2"]},
    "subnets": {"SubnetIds": ["subnet-2"]},
}


@pytest.mark.parametrize("change", DOMAIN_CHANGES)
def test_the_network_of_a_domain_with_apps_is_fixed(change: str) -> None:
    account = _fresh()
    known: dict[str, Made] = {}
    make(account, "App", known)
    domain = {"DomainId": known["Domain"]["DomainId"]}
    with pytest.raises(ServiceFailure, match="with InService App"):
        account.sagemaker.update_domain(**domain, **DOMAIN_CHANGES[change])
    account.sagemaker.update_domain(**domain, AppNetworkAccessType="PublicInternetOnly", SubnetIds=["subnet-1"])
    _call(account, "Delete", "App", known["App"])
    account.sagemaker.update_domain(**domain, **DOMAIN_CHANGES[change])


def test_updates_that_aws_documents_as_refused() -> None:
    account = _fresh()
    known: dict[str, Made] = {}
    space = make(account, "Space", known, SpaceSettings={"AppType": "JupyterLab"})
    with pytest.raises(ServiceFailure, match="AppType of space example cannot be changed"):
        _call(account, "Update", "Space", space, SpaceSettings={"AppType": "CodeEditor"})
    group = make(account, "FeatureGroup")
    both = {**RECIPES["FeatureGroup"].change, "ThroughputConfig": {"ThroughputMode": "OnDemand"}}
    with pytest.raises(ServiceFailure, match="Only one of FeatureAdditions, ThroughputConfig"):
        _call(account, "Update", "FeatureGroup", group, **both)


def test_an_execution_stops_after_its_callback_step() -> None:
    account = _fresh()
    step = {"Name": "ask", "Type": "Callback", "SqsQueueUrl": "", "Arguments": {}}
    known: dict[str, Made] = {}
    make(account, "Pipeline", known, PipelineDefinition=json.dumps({"Version": "2020-12-01", "Steps": [step]}))
    account.set_clock("manual")
    made = make(account, "PipelineExecution", known)
    arn = {"PipelineExecutionArn": made["PipelineExecutionArn"]}
    account.sagemaker.stop_pipeline_execution(**arn, ClientRequestToken="t" * 32)
    assert _watch(account, "PipelineExecution", made) == "Stopping"
    (shown,) = account.sagemaker.list_pipeline_execution_steps(**arn)["PipelineExecutionSteps"]
    assert shown["StepStatus"] == "Executing"
    token = shown["Metadata"]["Callback"]["CallbackToken"]
    account.sagemaker.send_pipeline_execution_step_success(CallbackToken=token, ClientRequestToken="u" * 32)
    assert _watch(account, "PipelineExecution", made) == "Stopping Stopped"
