"""What the roles of the examples' endpoints, servers, jobs and users may do, checked with an IAM simulator."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

from modproof.hcl.reader import module_blocks
from modproof.policies import Request, Role, Verdict, planned_policy, service_actions

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
ROOT = Path(__file__).parents[3]

EXAMPLES = [
    ("endpoint-async", "execution_role", "endpoint_async"),
    ("endpoint-provisioned", "execution_role", "endpoint_capturing"),
    ("endpoint-provisioned", "monitor_role", "monitor"),
    ("endpoint-serverless", "execution_role", "endpoint_serverless"),
    ("endpoint-shadow", "execution_role", "endpoint_capturing"),
    ("mlflow", "client_role", "mlflow_client"),
    ("mlflow", "server_role", "mlflow_server"),
    ("notebook-stack", "execution_role", "notebook_stack_hosting"),
    ("notebook-stack-private", "execution_role", "notebook_stack_private"),
    ("studio", "execution_role", "studio"),
]
"""Example, its call of this module, and the case with the same arguments."""
NOT_COMPARED = {"account_id", "count", "description", "metric_namespaces", "name", "region", "source", "tags"}

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
    ("s3:GetObject", "arn:aws:s3:::demo-baseline/linear/1/constraints.json", {}),
    ("s3:PutObject", "arn:aws:s3:::demo-captured/reports/constraint_violations.json", {}),
    ("ecr:BatchGetImage", ANALYZER, {}),
    ("logs:PutLogEvents", f"{LOG_GROUPS}/ProcessingJobs:log-stream:model-monitoring/algo-1", {}),
    ("cloudwatch:PutMetricData", DATASET, {"cloudwatch:namespace": "aws/sagemaker/Endpoints/data-metrics"}),
]
MONITOR_MAY_NOT: list[Asked] = [
    ("s3:PutObject", "arn:aws:s3:::demo-baseline/linear/1/constraints.json", {}),
    ("s3:DeleteObject", "arn:aws:s3:::demo-captured/demo/main/2026/01/01/00/00.jsonl", {}),
    ("ecr:BatchGetImage", "arn:aws:ecr:eu-west-1:468650794304:repository/other", {}),
    ("logs:PutLogEvents", f"{LOG_GROUPS}/TrainingJobs:log-stream:demo/algo-1", {}),
    ("cloudwatch:PutMetricData", DATASET, {"cloudwatch:namespace": "AWS/SageMaker"}),
    ("sagemaker:InvokeEndpoint", f"{SAGEMAKER}:endpoint/demo", {}),
    ("sagemaker:UpdateEndpoint", f"{SAGEMAKER}:endpoint/demo", {}),
    ("sagemaker:DeleteMonitoringSchedule", f"{SAGEMAKER}:monitoring-schedule/demo", {}),
]
IMAGE = "arn:aws:ecr:eu-west-1:438346466558:repository/linear-learner"
ENDPOINT_LOGS = f"{LOG_GROUPS}/Endpoints/demo:log-stream:main/i-0123456789abcdef0"
ENDPOINT_MAY: list[Asked] = [
    ("ecr:GetAuthorizationToken", "*", {}),
    ("ecr:BatchCheckLayerAvailability", IMAGE, {}),
    ("ecr:BatchGetImage", IMAGE, {}),
    ("ecr:GetDownloadUrlForLayer", IMAGE, {}),
    ("s3:GetObject", "arn:aws:s3:::demo-models/linear/1/model.tar.gz", {}),
    ("logs:CreateLogStream", ENDPOINT_LOGS, {}),
    ("logs:PutLogEvents", ENDPOINT_LOGS, {}),
]
ENDPOINT_MAY_NOT: list[Asked] = [
    ("ecr:BatchGetImage", "arn:aws:ecr:eu-west-1:438346466558:repository/other", {}),
    ("s3:GetObject", "arn:aws:s3:::demo-training/data.csv", {}),
    ("s3:PutObject", "arn:aws:s3:::demo-models/linear/1/model.tar.gz", {}),
    ("s3:DeleteObject", "arn:aws:s3:::demo-models/linear/1/model.tar.gz", {}),
    ("logs:PutLogEvents", f"{LOG_GROUPS}/Endpoints/other:log-stream:main/i-0123456789abcdef0", {}),
    ("sagemaker:CreateTrainingJob", f"{SAGEMAKER}:training-job/demo-train", {}),
    ("sagemaker:UpdateEndpoint", f"{SAGEMAKER}:endpoint/demo", {}),
    ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/demo-endpoint", {}),
]
CAPTURE, RESULT = "demo-captured/demo/main/2026/01/01/00/00.jsonl", "demo-results/done/1.out"
ASYNC_MAY: list[Asked] = [
    *ENDPOINT_MAY,
    ("s3:GetObject", "arn:aws:s3:::demo-results/requests/1.csv", {}),
    ("s3:PutObject", f"arn:aws:s3:::{RESULT}", {}),
    ("cloudwatch:DescribeAlarms", f"arn:aws:cloudwatch:eu-west-1:{ACCOUNT}:alarm:demo-AllTraffic-latency", {}),
]
CAPTURING_MAY: list[Asked] = [
    *ENDPOINT_MAY,
    ("s3:PutObject", f"arn:aws:s3:::{CAPTURE}", {}),
    ("cloudwatch:DescribeAlarms", f"arn:aws:cloudwatch:eu-west-1:{ACCOUNT}:alarm:demo-main-latency", {}),
]
STUDIO_MAY: list[Asked] = [
    ("s3:GetObject", "arn:aws:s3:::demo-data/input.csv", {}),
    ("s3:PutObject", "arn:aws:s3:::demo-data/output.csv", {}),
    ("s3:DeleteObject", "arn:aws:s3:::demo-data/output.csv", {}),
    ("logs:PutLogEvents", f"{LOG_GROUPS}/studio:log-stream:d-demo/ada/JupyterLab/default", {}),
    ("ecr:BatchGetImage", "arn:aws:ecr:eu-west-1:141502667606:repository/sagemaker-xgboost", {}),
    ("sagemaker:DescribeTrainingJob", f"{SAGEMAKER}:training-job/demo-train", {}),
    ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/demo-studio", {"iam:PassedToService": "sagemaker.amazonaws.com"}),
]
STUDIO_MAY_NOT: list[Asked] = [
    ("s3:GetObject", "arn:aws:s3:::demo-other/input.csv", {}),
    ("sagemaker:DescribeTrainingJob", f"{SAGEMAKER}:training-job/other-train", {}),
    ("sagemaker:CreateTrainingJob", f"{SAGEMAKER}:training-job/demo-train", {}),
    ("sagemaker:CreateModel", f"{SAGEMAKER}:model/demo-model", {}),
    ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/demo-studio", {"iam:PassedToService": "lambda.amazonaws.com"}),
]


def role_of(planned: Any, case: str) -> Role:
    """The role of a case, with the policy that `studio-domain` creates for users."""
    user_policy = planned_policy(planned("studio-domain", "minimal"), "aws_iam_policy.user[0]")
    managed = {f"arn:aws:iam::{ACCOUNT}:policy/demo-studio-user": user_policy}
    return Role.planned(planned("execution-role", case), account=ACCOUNT, managed=managed)


def requests(role: Role, asked: Iterable[Asked]) -> list[Request]:
    return [role.request(action, resource, account=ACCOUNT, **context) for action, resource, context in asked]


@pytest.mark.parametrize(
    ("case", "may", "may_not"),
    [
        ("mlflow_server", SERVER_MAY, SERVER_MAY_NOT),
        ("mlflow_client", CLIENT_MAY, CLIENT_MAY_NOT),
        ("monitor", MONITOR_MAY, MONITOR_MAY_NOT),
        ("endpoint_async", ASYNC_MAY, [*ENDPOINT_MAY_NOT, ("s3:PutObject", f"arn:aws:s3:::{CAPTURE}", {})]),
        ("endpoint_capturing", CAPTURING_MAY, [*ENDPOINT_MAY_NOT, ("s3:PutObject", f"arn:aws:s3:::{RESULT}", {})]),
        ("endpoint_serverless", ENDPOINT_MAY, [*ENDPOINT_MAY_NOT, ("s3:PutObject", f"arn:aws:s3:::{CAPTURE}", {})]),
        ("studio", STUDIO_MAY, STUDIO_MAY_NOT),
    ],
)
def test_role_may_do_its_work_and_no_more(planned: Any, case: str, may: list[Asked], may_not: list[Asked]) -> None:
    role = role_of(planned, case)
    decisions = role.decide([*requests(role, may), *requests(role, may_not)])

    assert [str(one) for one in decisions[: len(may)] if one.verdict is not Verdict.ALLOWED] == []
    assert [str(one) for one in decisions[len(may) :] if one.verdict is Verdict.ALLOWED] == []


@pytest.mark.parametrize(
    ("case", "allowed"),
    [
        ("mlflow_client", [True, True, False, False]),
        ("mlflow_server", [True, True, False, False]),
        ("monitor", [True, True, True, True]),
        ("endpoint_async", [True, True, True, True]),
        ("endpoint_capturing", [True, True, True, True]),
        ("endpoint_serverless", [True, True, True, True]),
        ("studio", [True, True, True, True]),
    ],
)
def test_role_uses_its_key_as_its_service_does(planned: Any, case: str, allowed: list[bool]) -> None:
    role = role_of(planned, case)
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


@pytest.mark.parametrize(("example", "call", "case"), EXAMPLES)
def test_case_has_the_arguments_of_the_example(example: str, call: str, case: str) -> None:
    cases = yaml.safe_load((Path(__file__).parent / "cases.yaml").read_text(encoding="utf-8"))["cases"]
    variables = cases[case]["variables"]
    (block,) = (one for one in module_blocks(ROOT / "examples" / example, "module") if one.labels == (call,))
    arguments = {one.name: one.text for one in block.attributes}

    assert set(arguments) - NOT_COMPARED == set(variables) - NOT_COMPARED
    written = re.findall(r"(\w+)\s*= \{ arn =.*?(?:write = (\w+).*)?\}$", arguments["buckets"], re.MULTILINE)
    if " for " not in arguments["buckets"]:
        assert {key: write == "true" for key, write in written} == {
            key: bucket.get("write", False) for key, bucket in variables["buckets"].items()
        }


def test_each_example_with_a_role_is_compared() -> None:
    with_role = {
        folder.name
        for folder in (ROOT / "examples").iterdir()
        if (folder / "main.tf").exists()
        for block in module_blocks(folder, "module")
        if (block.text("source") or "").endswith('/execution-role"')
    }

    assert with_role - {example for example, _, _ in EXAMPLES} == {"leftover-guard"}, "its story decides by the role"
