"""What the roles of MLflow servers, their clients and monitoring jobs may do, checked with an IAM simulator."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from modproof.policies import Request, Role, Verdict, service_actions

ACCOUNT = "123456789012"
KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
SAGEMAKER = f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}"
SERVER, OTHER_SERVER = (f"{SAGEMAKER}:mlflow-tracking-server/{name}" for name in ("demo", "other"))
ANALYZER = "arn:aws:ecr:eu-west-1:468650794304:repository/sagemaker-model-monitor-analyzer"
LOG_GROUPS = f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:/aws/sagemaker"
DATASET = f"arn:aws:cloudwatch:eu-west-1:{ACCOUNT}:dataset/default"
STATUS = "sagemaker:ModelApprovalStatus"
VIA_S3 = {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}
VIA_SAGEMAKER = {"kms:ViaService": "sagemaker.eu-west-1.amazonaws.com"}
KEY_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"}
    ],
}
Asked = tuple[str, str, dict[str, Any]]

SERVER_MAY: list[Asked] = [
    ("s3:ListBucket", "arn:aws:s3:::demo-artifacts", {}),
    ("s3:GetObject", "arn:aws:s3:::demo-artifacts/demo/1/model.pkl", {}),
    ("s3:PutObject", "arn:aws:s3:::demo-artifacts/demo/1/model.pkl", {}),
    ("sagemaker:CreateModelPackageGroup", f"{SAGEMAKER}:model-package-group/churn-model", {}),
    ("sagemaker:DescribeModelPackageGroup", f"{SAGEMAKER}:model-package-group/churn-model", {}),
    ("sagemaker:AddTags", f"{SAGEMAKER}:model-package-group/churn-model", {}),
    ("sagemaker:CreateModelPackage", f"{SAGEMAKER}:model-package/churn-model/1", {}),
    ("sagemaker:CreateModelPackage", f"{SAGEMAKER}:model-package/churn-model/1", {STATUS: "PendingManualApproval"}),
    ("sagemaker:UpdateModelPackage", f"{SAGEMAKER}:model-package/churn-model/1", {}),
]
SERVER_MAY_NOT: list[Asked] = [
    ("s3:DeleteObject", "arn:aws:s3:::demo-artifacts/demo/1/model.pkl", {}),
    ("s3:GetObject", "arn:aws:s3:::demo-training/data.csv", {}),
    ("sagemaker:CreateModelPackage", f"{SAGEMAKER}:model-package/churn-model/1", {STATUS: "Approved"}),
    ("sagemaker:UpdateModelPackage", f"{SAGEMAKER}:model-package/churn-model/1", {STATUS: "Approved"}),
    ("sagemaker:CreateModelPackage", f"{SAGEMAKER}:model-package/fraud-model/1", {}),
    ("sagemaker:DeleteModelPackage", f"{SAGEMAKER}:model-package/churn-model/1", {}),
    ("sagemaker:DeleteMlflowTrackingServer", SERVER, {}),
]
CLIENT_MAY: list[Asked] = [
    ("sagemaker-mlflow:CreateRun", SERVER, {}),
    ("sagemaker-mlflow:LogBatch", SERVER, {}),
    ("sagemaker-mlflow:SearchRuns", SERVER, {}),
    ("sagemaker-mlflow:AccessUI", "*", {}),
    ("sagemaker:CreatePresignedMlflowTrackingServerUrl", SERVER, {}),
    ("sagemaker-mlflow:GetRun", OTHER_SERVER, {}),
    ("sagemaker:CreatePresignedMlflowTrackingServerUrl", OTHER_SERVER, {}),
]
CLIENT_MAY_NOT: list[Asked] = [
    ("sagemaker-mlflow:LogBatch", OTHER_SERVER, {}),
    ("sagemaker-mlflow:DeleteExperiment", SERVER, {}),
    ("sagemaker-mlflow:DeleteRun", SERVER, {}),
    ("sagemaker-mlflow:DeleteRegisteredModel", SERVER, {}),
    ("sagemaker-mlflow:SetRegisteredModelAlias", SERVER, {}),
    ("sagemaker-mlflow:TransitionModelVersionStage", SERVER, {}),
    ("sagemaker-mlflow:GetRun", f"{SAGEMAKER}:mlflow-tracking-server/demo-2", {}),
    ("sagemaker:StopMlflowTrackingServer", SERVER, {}),
    ("sagemaker:UpdateMlflowTrackingServer", SERVER, {}),
]
MONITOR_MAY: list[Asked] = [
    ("s3:ListBucket", "arn:aws:s3:::demo-captured", {}),
    ("s3:GetObject", "arn:aws:s3:::demo-captured/demo/main/2026/01/01/00/00.jsonl", {}),
    ("s3:GetObject", "arn:aws:s3:::demo-reports/baseline/constraints.json", {}),
    ("s3:PutObject", "arn:aws:s3:::demo-reports/reports/constraint_violations.json", {}),
    ("ecr:BatchGetImage", ANALYZER, {}),
    ("logs:PutLogEvents", f"{LOG_GROUPS}/ProcessingJobs:log-stream:model-monitoring/algo-1", {}),
    ("cloudwatch:PutMetricData", DATASET, {"cloudwatch:namespace": "aws/sagemaker/Endpoints/data-metrics"}),
]
MONITOR_MAY_NOT: list[Asked] = [
    ("s3:PutObject", "arn:aws:s3:::demo-captured/demo/main/2026/01/01/00/00.jsonl", {}),
    ("s3:DeleteObject", "arn:aws:s3:::demo-reports/reports/constraint_violations.json", {}),
    ("ecr:BatchGetImage", "arn:aws:ecr:eu-west-1:468650794304:repository/other", {}),
    ("logs:PutLogEvents", f"{LOG_GROUPS}/TrainingJobs:log-stream:demo/algo-1", {}),
    ("cloudwatch:PutMetricData", DATASET, {"cloudwatch:namespace": "AWS/SageMaker"}),
    ("sagemaker:InvokeEndpoint", f"{SAGEMAKER}:endpoint/demo", {}),
    ("sagemaker:UpdateEndpoint", f"{SAGEMAKER}:endpoint/demo", {}),
    ("sagemaker:DeleteMonitoringSchedule", f"{SAGEMAKER}:monitoring-schedule/demo", {}),
]


def requests(role: Role, asked: Iterable[Asked]) -> list[Request]:
    return [role.request(action, resource, account=ACCOUNT, **context) for action, resource, context in asked]


@pytest.mark.parametrize(
    ("case", "may", "may_not"),
    [
        ("mlflow_server", SERVER_MAY, SERVER_MAY_NOT),
        ("mlflow_client", CLIENT_MAY, CLIENT_MAY_NOT),
        ("monitor", MONITOR_MAY, MONITOR_MAY_NOT),
    ],
)
def test_role_may_do_its_work_and_no_more(planned: Any, case: str, may: list[Asked], may_not: list[Asked]) -> None:
    role = Role.planned(planned("execution-role", case), account=ACCOUNT)
    decisions = role.decide([*requests(role, may), *requests(role, may_not)])

    assert [str(one) for one in decisions[: len(may)] if one.verdict is not Verdict.ALLOWED] == []
    assert [str(one) for one in decisions[len(may) :] if one.verdict is Verdict.ALLOWED] == []


@pytest.mark.parametrize(
    ("case", "allowed"), [("mlflow_server", [True, True, False, False]), ("monitor", [True, True, True, True])]
)
def test_role_uses_its_key_as_its_service_does(planned: Any, case: str, allowed: list[bool]) -> None:
    role = Role.planned(planned("execution-role", case), account=ACCOUNT)
    decisions = role.decide(
        [
            role.request("kms:Decrypt", KEY, **VIA_S3),
            role.request("kms:GenerateDataKey", KEY, **VIA_S3),
            role.request("kms:Decrypt", KEY, **VIA_SAGEMAKER),
            role.request("kms:CreateGrant", KEY, **VIA_SAGEMAKER, **{"kms:GrantIsForAWSResource": True}),
        ],
        resource_policy=KEY_POLICY,
    )
    assert [one.verdict is Verdict.ALLOWED for one in decisions] == allowed


KEPT_FROM_CLIENTS = {
    f"sagemaker-mlflow:{action}"
    for action in (
        "RenameRegisteredModel",
        "RestoreExperiment",
        "RestoreRun",
        "SetRegisteredModelAlias",
        "TransitionModelVersionStage",
    )
}
"""Renames, restores, and what changes the deployed version of a model. Deletions are kept from clients too."""


def test_clients_may_read_everything_and_log_everything(planned: Any) -> None:
    role = Role.planned(planned("execution-role", "mlflow_client"), account=ACCOUNT)
    actions = service_actions("sagemaker-mlflow")
    reads = {name for name, action in actions.items() if action.access_level in ("Read", "List")}
    kept = KEPT_FROM_CLIENTS | {name for name in actions if ":Delete" in name}

    def allowed(server: str) -> set[str]:
        asked = [role.request(name, server if action.resource_types else "*") for name, action in actions.items()]
        decisions = zip(actions, role.decide(asked), strict=True)
        return {name for name, decision in decisions if decision.verdict is Verdict.ALLOWED}

    assert allowed(SERVER) == set(actions) - kept
    assert allowed(OTHER_SERVER) == reads
