"""The statuses of each kind are AWS's, in AWS's order: watched with a manual clock from create to delete."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
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
    """What a client sees after each operation. `lost` is an update that fails, `kept` a delete that fails."""

    create: str
    failed: str = ""
    stop: str = ""
    start: str = ""
    update: str = ""
    lost: str = ""
    delete: str = ""
    kept: str = ""
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
        delete="Deleting -",
        kept="Deleting DeleteFailed",
    ),
    "HyperParameterTuningJob": States(
        create="InProgress Completed",
        failed="InProgress Failed",
        stop="Stopping Stopped",
        delete=GONE,
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
    ),
    "ModelCardExportJob": States(create="InProgress Completed", failed="InProgress Failed"),
    "ModelPackage": States(
        create="Pending InProgress Completed",
        failed="Pending InProgress Failed",
        delete=GONE,
    ),
    "ModelPackageGroup": States(
        create="InProgress Completed",
        failed="InProgress Failed",
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
    ),
    "NotebookInstance": States(
        create="Pending InService",
        failed="Pending Failed",
        stop="Stopping Stopped",
        start="Pending InService",
        update="Updating Stopped",
        lost="Updating Failed",
        delete="Deleting -",
        stopped_first=True,
    ),
    "OptimizationJob": _COMPILED,
    "PipelineExecution": States(create="Executing Succeeded", failed="Executing Failed", stop="Stopping Stopped"),
    "ProcessingJob": _JOB,
    "Project": States(
        create="Pending CreateInProgress CreateCompleted",
        failed="Pending CreateInProgress CreateFailed",
        update="UpdateInProgress UpdateCompleted",
        lost="UpdateInProgress UpdateFailed",
        delete="DeleteInProgress DeleteCompleted -",
    ),
    "Space": _STUDIO,
    "TrainingJob": States(
        create="InProgress/Starting InProgress/Downloading InProgress/Training InProgress/Uploading "
        "Completed/Completed",
        failed="InProgress/Starting InProgress/Downloading InProgress/Training InProgress/Uploading Failed/Failed",
        stop="Stopping/Stopping Stopped/Stopped",
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
    "MonitoringSchedule": dict.fromkeys(("Update", "Start", "Stop", "Delete"), "ValidationException"),
    "NotebookInstance": dict.fromkeys(("Update", "Start", "Delete"), "ValidationException"),
    "Project": {"Update": "ConflictException", "Delete": "ConflictException"},
    "Space": {"Update": "ResourceInUse", "Delete": "ResourceInUse"},
    "UserProfile": {"Update": "ResourceInUse", "Delete": "ResourceInUse"},
    "Workforce": {"Update": "ConflictException"},
}
"""The operations that AWS refuses while the status changes."""

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
    status = str(shown[lifecycle.member])
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
    # the statuses of these say nothing: they have one, or Describe is not theirs
    plain = {"Algorithm", "HumanTaskUi", "Pipeline"}
    assert {noun for noun, kind in KINDS.items() if kind.lifecycle} - plain == set(WATCHED)


@pytest.mark.parametrize("noun", [noun for noun, kind in KINDS.items() if kind.lifecycle])
def test_statuses_are_in_the_service_model(noun: str) -> None:
    kind = KINDS[noun]
    lifecycle = kind.lifecycle
    assert lifecycle
    shape = model().operation_model(f"Describe{noun}").output_shape
    allowed = (shape.members[kind.wrapper] if kind.wrapper else shape).members[lifecycle.member].enum
    stages = (*lifecycle.create, *lifecycle.update, *lifecycle.delete)
    used = {stage.status for stage in stages} | {lifecycle.failed, lifecycle.update_failed, lifecycle.delete_failed}
    assert used - {None, ""} <= set(allowed)


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
        if expected:
            _call(account, verb, noun, made, **(_change(noun) if verb == "Update" else {}))
            assert _watch(account, noun, made) == expected


@pytest.mark.parametrize(
    ("noun", "verb", "expected"),
    [(noun, "Update", STATES[noun].lost) for noun in _having("lost")]
    + [(noun, "Delete", STATES[noun].kept) for noun in _having("kept")],
)
def test_an_update_or_a_delete_that_fails(noun: str, verb: str, expected: str) -> None:
    account = _fresh()
    made = _made(account, noun)
    if STATES[noun].stopped_first:
        _call(account, "Stop", noun, made)
        _watch(account, noun, made)
    _fail(account, verb, noun)
    _call(account, verb, noun, made, **(_change(noun) if verb == "Update" else {}))
    assert _watch(account, noun, made) == expected


@pytest.mark.parametrize("noun", REFUSED)
def test_changes_are_refused_while_the_status_changes(noun: str) -> None:
    account, states = _fresh(), STATES[noun]
    made = make(account, noun, _made_first(account, noun))
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
