"""A data scientist's session with SageMaker's Python SDK: train, register, deploy, predict, clean up.

test_clients.py runs it in a writable folder and in a separate environment for the SDK. The last line of its output
is JSON.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import boto3
import sagemaker
from sagemaker.deserializers import JSONDeserializer
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.model import Model
from sagemaker.predictor import Predictor
from sagemaker.serializers import CSVSerializer

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/linear:1"


def block_network() -> None:
    """Disable telemetry and access to AWS."""
    config = Path("config.yaml").absolute()
    config.write_text("SchemaVersion: '1.0'\nSageMaker: {PythonSDK: {Modules: {TelemetryOptOut: true}}}\n")
    os.environ["SAGEMAKER_USER_CONFIG_OVERRIDE"] = str(config)
    for proxy in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        os.environ[proxy] = "http://127.0.0.1:9"


def main(role: str, bucket: str) -> dict[str, object]:
    boto_session = boto3.Session(region_name="us-east-1")
    boto_session.client("s3").create_bucket(Bucket=bucket)
    # without a default bucket the SDK calls AWS's real STS to find the account
    session = sagemaker.Session(boto_session, default_bucket=bucket)
    estimator = Estimator(
        IMAGE,
        role,
        instance_count=1,
        instance_type="ml.m5.large",
        output_path=f"s3://{bucket}/out",
        sagemaker_session=session,
        disable_profiler=True,
    )
    estimator.fit({"train": TrainingInput(f"s3://{bucket}/train")}, logs=False, job_name="sdk-job", wait=False)
    session.wait_for_job("sdk-job", poll=1)
    described = session.describe_training_job("sdk-job")

    model = Model(IMAGE, estimator.model_data, role, Predictor, name="sdk-model", sagemaker_session=session)
    package = model.register(
        ["text/csv"], ["application/json"], model_package_group_name="sdk-group", approval_status="Approved"
    )
    approved = session.sagemaker_client.describe_model_package(ModelPackageName=package.model_package_arn)
    predictor = model.deploy(
        1,
        "ml.m5.large",
        serializer=CSVSerializer(),
        deserializer=JSONDeserializer(),
        endpoint_name="sdk-endpoint",
        wait=False,
    )
    # with wait=True the SDK polls every 30 seconds
    session.wait_for_endpoint("sdk-endpoint", poll=1)
    describe = session.sagemaker_client.describe_endpoint
    config = describe(EndpointName="sdk-endpoint")["EndpointConfigName"]
    predicted = predictor.predict([1, 2])
    predictor.update_endpoint(initial_instance_count=2, instance_type="ml.m5.large", wait=False)
    session.wait_for_endpoint("sdk-endpoint", poll=1)
    updated = describe(EndpointName="sdk-endpoint")["EndpointConfigName"]
    predictor.delete_model()
    predictor.delete_endpoint()
    return {
        "approved": approved["ModelApprovalStatus"],
        "artifact": estimator.model_data,
        "config": config,
        "job": "sdk-job",
        "predicted": predicted,
        "trained": described["TrainingJobStatus"],
        "updated_config": updated,
    }


if __name__ == "__main__":
    block_network()
    # the SDK's progress output does not end its line
    print("\n" + json.dumps(main(sys.argv[1], sys.argv[2])))  # noqa: T201
