"""What fixtures need and Terraform cannot create: the provider has no resource for it, or LocalStack needs Docker."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Collection, Mapping

from modproof.emulator.session import EmulatorSession

__all__ = ["create"]


def create(session: EmulatorSession, types: Collection[str]) -> None:
    """Create what resources of ``types`` refer to, in the account of ``session``."""
    for kind, make in _MAKERS.items():
        if kind in types:
            make(session)


def _make_function(session: EmulatorSession) -> None:
    """Create a Lambda function for permissions; without Docker, LocalStack would fail Terraform's apply of one."""
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("index.py", "def handler(event, context): return event\n")
    session.client("lambda").create_function(
        FunctionName="probe",
        Runtime="python3.12",
        Handler="index.handler",
        Role=f"arn:aws:iam::{session.account}:role/probe",
        Code={"ZipFile": code.getvalue()},
    )


def _make_model_package(session: EmulatorSession) -> None:
    """Create an approved model package with an additional inference specification, for models."""
    client = session.client("sagemaker")
    client.create_model_package_group(ModelPackageGroupName="packages")
    specification = {
        "Containers": [{"Image": "registry.example.com/probe:1"}],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
    }
    client.create_model_package(
        ModelPackageGroupName="packages",
        ModelApprovalStatus="Approved",
        InferenceSpecification=specification,
        AdditionalInferenceSpecifications=[{"Name": "second", **specification}],
    )


def _make_definitions(session: EmulatorSession) -> None:
    """Write a pipeline definition for each step into a bucket."""
    client, bucket = session.client("s3"), f"probe-{session.account}"
    client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": session.region_name})
    for step in (1, 2):
        stop = {"Name": f"Stop{step}", "Type": "Fail", "Arguments": {"ErrorMessage": "probe"}}
        definition = {"Version": "2020-12-01", "Steps": [stop]}
        client.put_object(Bucket=bucket, Key=f"definition-{step}.json", Body=json.dumps(definition))


_MAKERS: Mapping[str, Callable[[EmulatorSession], None]] = {
    "aws_lambda_permission": _make_function,
    "aws_sagemaker_model": _make_model_package,
    "aws_sagemaker_pipeline": _make_definitions,
}
