"""The sample notebooks of the examples, run cell by cell: the simulator decides each call with the example's role."""

from __future__ import annotations

import io
import json
import re
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse

from modproof.policies import Request, Role, Verdict

ROOT = Path(__file__).parents[3]
ACCOUNT, REGION = "123456789012", "eu-west-1"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/demo-notebook"
SAGEMAKER = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}"
IMAGES = f"141502667606.dkr.ecr.{REGION}.amazonaws.com"
VPC = {"VpcConfig": {"Subnets": ["subnet-0a"], "SecurityGroupIds": ["sg-0a"]}}
# the name of the resource in a request, and its type in the ARN
NAMED = {
    "ProcessingJob": ("ProcessingJobName", "processing-job"),
    "TrainingJob": ("TrainingJobName", "training-job"),
    "Model": ("ModelName", "model"),
    "EndpointConfig": ("EndpointConfigName", "endpoint-config"),
    "Endpoint": ("EndpointName", "endpoint"),
}
PULL = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
# AWS's repositories let everyone pull, and the key's policy delegates to the account.
THEIR_POLICIES = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": list(PULL), "Resource": "*"},
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"},
    ],
}
ANSWERS: dict[str, dict[str, Any]] = {
    "DescribeProcessingJob": {"ProcessingJobStatus": "Completed"},
    "DescribeTrainingJob": {
        "TrainingJobStatus": "Completed",
        "ModelArtifacts": {"S3ModelArtifacts": "s3://demo-model/x/model.tar.gz"},
    },
    "DescribeEndpoint": {"EndpointStatus": "InService"},
}


class Notebook:
    """Record and answer a notebook's AWS calls; botocore checks their parameters against AWS's model."""

    def __init__(self, path: Path, defaults: dict[str, Any], folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.cells = [
            "".join(cell["source"]) for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == "code"
        ]
        self.folder = folder
        self.write("/opt/ml/metadata/resource-metadata.json", {"ResourceName": "demo"})
        self.write("/etc/xdg/sagemaker/config.yaml", {"SageMaker": {"TrainingJob": defaults}})
        sdk = types.ModuleType("sagemaker.image_uris")
        sdk.retrieve = lambda name, _, version: f"{IMAGES}/sagemaker-{name}:{version}"  # type: ignore[attr-defined]
        for name in ("sagemaker", "sagemaker.image_uris"):
            monkeypatch.setitem(sys.modules, name, sdk)
        monkeypatch.setattr("urllib.request.urlopen", _no_internet)
        monkeypatch.setattr(boto3, "client", self.client)
        self.scope: dict[str, Any] = {}

    def write(self, name: str, content: dict[str, Any]) -> None:
        path = self.folder / name.removeprefix("/")
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(content), encoding="utf-8")

    def client(self, service: str) -> Any:
        session = boto3.session.Session("key", "secret", region_name=REGION)
        client = session.client(service)
        client.meta.events.register("provide-client-params.*", self.record)
        client.meta.events.register("before-send.*", self.answer)
        return client

    def record(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        self.calls.append((model.name, dict(params)))

    def answer(self, request: Any, **_: Any) -> AWSResponse:
        body = json.dumps(ANSWERS.get(self.calls[-1][0], {})).encode()
        if ".s3." in request.url:
            body = b""
        headers = {"x-amz-server-side-encryption": "aws:kms", "x-amz-server-side-encryption-aws-kms-key-id": KEY}
        return AWSResponse(request.url, 200, headers, _Raw(body))

    def run(self, host: bool = False) -> None:
        for cell in self.cells:
            text = cell.replace("HOST = False", f"HOST = {host}")
            for root in ("/opt/ml/metadata", "/etc/xdg"):
                text = text.replace(f'"{root}', f'"{self.folder}{root}')
            for bucket in ("training", "output", "model"):
                text = text.replace(f"<{bucket}-bucket>", f"demo-{bucket}")
            exec(text, self.scope)  # noqa: S102 - our own notebook


class _Raw(io.BytesIO):
    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield self.read()


def _no_internet(*_: Any, **__: Any) -> None:
    raise OSError("no route to host")


def _found(value: Any, key: str) -> Iterator[Any]:
    """Yield every value of a key in a request."""
    if isinstance(value, dict):
        for name, item in value.items():
            if name == key:
                yield item
            yield from _found(item, key)
    elif isinstance(value, list):
        for item in value:
            yield from _found(item, key)


def _condition_keys(params: dict[str, Any]) -> dict[str, Any]:
    """The condition keys that SageMaker sets for a request."""
    context: dict[str, Any] = {}
    if types_ := list(_found(params, "InstanceType")):
        context["sagemaker:InstanceTypes"] = types_
    for member in ("OutputDataConfig", "ProcessingOutputConfig"):
        if key := params.get(member, {}).get("KmsKeyId"):
            context["sagemaker:OutputKmsKeyArn"] = key
    for key in [*_found(params, "VolumeKmsKeyId"), *([params["KmsKeyId"]] if "KmsKeyId" in params else [])]:
        context["sagemaker:VolumeKmsKeyArn"] = key
    for network in _found(params, "VpcConfig"):
        context["sagemaker:VpcSubnets"] = network["Subnets"]
        context["sagemaker:VpcSecurityGroupIds"] = network["SecurityGroupIds"]
    for limit in _found(params, "MaxRuntimeInSeconds"):
        context["sagemaker:MaxRuntimeInSeconds"] = limit
    return context


def _requests(role: Role, operation: str, params: dict[str, Any]) -> Iterator[Request]:
    """The IAM requests of a call: its own, and those that SageMaker makes for the job or model as the role."""
    if "Bucket" in params:
        action = "s3:GetObject" if operation == "HeadObject" else f"s3:{operation}"
        yield role.request(action, f"arn:aws:s3:::{params['Bucket']}/{params['Key']}", account=ACCOUNT)
        via = {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}
        yield role.request("kms:Decrypt" if operation == "HeadObject" else "kms:GenerateDataKey", KEY, **via)
        return
    noun = re.sub("^(Create|Describe|Delete|Invoke)", "", operation)
    member, kind = NAMED[noun]
    context = _condition_keys(params) if operation.startswith("Create") else {}
    yield role.request(f"sagemaker:{operation}", f"{SAGEMAKER}:{kind}/{params[member]}", **context)
    if operation == "CreateEndpoint":
        config = f"{SAGEMAKER}:endpoint-config/{params['EndpointConfigName']}"
        yield role.request("sagemaker:CreateEndpoint", config)
    for passed in [*_found(params, "RoleArn"), *_found(params, "ExecutionRoleArn")]:
        yield role.request("iam:PassRole", passed, **{"iam:PassedToService": "sagemaker.amazonaws.com"})
    for member in ("ImageUri", "TrainingImage", "Image"):
        for image in _found(params, member):
            registry, name = re.fullmatch(r"(\d+)\.dkr\.ecr\.[^/]+/([^:]+):.*", image).groups()  # type: ignore[union-attr]
            repository = f"arn:aws:ecr:{REGION}:{registry}:repository/{name}"
            for action in PULL:
                yield role.request(action, repository, account=registry)
            yield role.request("ecr:GetAuthorizationToken")
    written = [*_found(params, "S3OutputPath"), *(output["S3Uri"] for output in _found(params, "S3Output"))]
    read = [one for one in (*_found(params, "S3Uri"), *_found(params, "ModelDataUrl")) if one not in written]
    for action, addresses in (("s3:GetObject", read), ("s3:PutObject", written)):
        for address in addresses:
            yield role.request(action, f"arn:aws:s3:::{address.removeprefix('s3://')}", account=ACCOUNT)
    if operation == "CreateModel":
        log = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/sagemaker/Endpoints/{params['ModelName']}"
        yield role.request("logs:CreateLogGroup", log)
        yield role.request("logs:PutLogEvents", f"{log}:log-stream:main")


def _refused(role: Role, notebook: Notebook) -> list[str]:
    asked = [request for operation, params in notebook.calls for request in _requests(role, operation, params)]
    assert asked, "the notebook called nothing"
    with_policy = [request for request in asked if request.action.startswith(PULL) or request.action.startswith("kms:")]
    others = [request for request in asked if request not in with_policy]
    decisions = [*role.decide(others), *role.decide(with_policy, resource_policy=THEIR_POLICIES)]
    return [str(decision) for decision in decisions if decision.verdict is not Verdict.ALLOWED]


STACKS = {
    "notebook-stack": ("getting-started", "notebook_stack", {}),
    "notebook-stack-private": ("no-internet", "notebook_stack_private", VPC),
}


def _notebook(example: str, folder: Path, monkeypatch: pytest.MonkeyPatch, **changed: Any) -> Notebook:
    name, _, network = STACKS[example]
    defaults = {"RoleArn": ROLE, "OutputDataConfig": {"KmsKeyId": KEY}, **network, **changed}
    return Notebook(ROOT / "examples" / example / "notebooks" / f"{name}.ipynb", defaults, folder, monkeypatch)


@pytest.mark.parametrize("example", STACKS)
def test_role_may_do_what_the_notebook_does(
    planned: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, example: str
) -> None:
    notebook = _notebook(example, tmp_path, monkeypatch)
    notebook.run()
    made = [operation for operation, _ in notebook.calls if operation.startswith("Create")]
    assert made == ["CreateProcessingJob", "CreateTrainingJob"]
    assert _refused(Role.planned(planned("execution-role", STACKS[example][1]), account=ACCOUNT), notebook) == []


def test_hosting_needs_its_switch(planned: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notebook = _notebook("notebook-stack", tmp_path, monkeypatch)
    notebook.run(host=True)
    assert [operation for operation, _ in notebook.calls][-3:] == [
        "DeleteEndpoint",
        "DeleteEndpointConfig",
        "DeleteModel",
    ]
    without = Role.planned(planned("execution-role", "notebook_stack"), account=ACCOUNT)
    refused = {line.split()[0] for line in _refused(without, notebook)}
    assert {"sagemaker:CreateModel", "sagemaker:CreateEndpointConfig", "sagemaker:CreateEndpoint"} <= refused
    hosting = Role.planned(planned("execution-role", "notebook_stack_hosting"), account=ACCOUNT)
    assert _refused(hosting, notebook) == []


@pytest.mark.parametrize("example", STACKS)
def test_no_key_no_job(planned: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, example: str) -> None:
    notebook = _notebook(example, tmp_path, monkeypatch, OutputDataConfig={"KmsKeyId": KEY.replace("1111", "9999")})
    notebook.run()
    refused = _refused(Role.planned(planned("execution-role", STACKS[example][1]), account=ACCOUNT), notebook)
    assert [line for line in refused if "CreateTrainingJob" in line]
