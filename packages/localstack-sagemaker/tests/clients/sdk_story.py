"""A data scientist's session with SageMaker's Python SDK: train, register, deploy, predict, clean up.

Then a pipeline, an experiment's run, a feature record, and the lineage of an artifact.

test_clients.py runs it in a writable folder and in a separate environment for the SDK. The last line of its output
is JSON. Its arguments are a role, and pairs of an emulator's address and a new bucket's name.
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
from sagemaker.experiments.run import Run, list_runs
from sagemaker.feature_store.feature_definition import FractionalFeatureDefinition, StringFeatureDefinition
from sagemaker.feature_store.feature_group import FeatureGroup
from sagemaker.feature_store.inputs import FeatureValue
from sagemaker.inputs import TrainingInput
from sagemaker.lineage.artifact import Artifact
from sagemaker.lineage.association import Association
from sagemaker.lineage.context import Context
from sagemaker.lineage.query import LineageQuery, LineageQueryDirectionEnum
from sagemaker.model import Model
from sagemaker.predictor import Predictor
from sagemaker.serializers import CSVSerializer
from sagemaker.workflow.condition_step import ConditionStep
from sagemaker.workflow.conditions import ConditionGreaterThan
from sagemaker.workflow.fail_step import FailStep
from sagemaker.workflow.model_step import ModelStep
from sagemaker.workflow.parameters import ParameterInteger
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.pipeline_context import PipelineSession
from sagemaker.workflow.steps import TrainingStep

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


def pipeline(role: str, bucket: str) -> dict[str, object]:
    """Train, and create a model if there are enough rows; wait for the end."""
    session = PipelineSession(boto3.Session(region_name="us-east-1"), default_bucket=bucket)
    rows = ParameterInteger("Rows", default_value=1)
    estimator = Estimator(
        IMAGE,
        role,
        instance_count=1,
        instance_type="ml.m5.large",
        output_path=f"s3://{bucket}/out",
        sagemaker_session=session,
        disable_profiler=True,
    )
    train = TrainingStep("Train", step_args=estimator.fit({"train": TrainingInput(f"s3://{bucket}/train")}))
    data = train.properties.ModelArtifacts.S3ModelArtifacts
    model = Model(IMAGE, data, role, sagemaker_session=session)
    create = ModelStep("Model", step_args=model.create("ml.m5.large"))
    few = FailStep("TooFew", error_message="too few rows")
    check = ConditionStep("Check", conditions=[ConditionGreaterThan(rows, 10)], if_steps=[create], else_steps=[few])
    made = Pipeline("sdk-pipeline", parameters=[rows], steps=[train, check], sagemaker_session=session)
    made.upsert(role)
    found: dict[str, object] = {}
    for name, number in (("few", 1), ("many", 100)):
        execution = made.start(parameters={"Rows": number})
        try:
            execution.wait(delay=1, max_attempts=60)
        except Exception as error:  # botocore's WaiterError
            found[f"{name}_error"] = type(error).__name__
        found[name] = {one["StepName"]: one["StepStatus"] for one in execution.list_steps()}
    return found


def experiment(session: sagemaker.Session) -> dict[str, object]:
    """Log parameters and metrics of a run, and find them."""
    with Run("sdk-experiment", run_name="first", sagemaker_session=session) as run:
        run.log_parameter("rate", 0.1)
        for step in range(3):
            run.log_metric("loss", 1 / (step + 1), step=step)
    (found,) = list_runs("sdk-experiment", sagemaker_session=session)
    return {"run": found.run_name, "experiment": found.experiment_name}


def features(session: sagemaker.Session, role: str) -> dict[str, object]:
    """Write a feature record and read it."""
    definitions = [StringFeatureDefinition("id"), FractionalFeatureDefinition("time")]
    group = FeatureGroup("sdk-features", session, definitions)
    group.create(False, "id", "time", role, enable_online_store=True)
    while group.describe()["FeatureGroupStatus"] == "Creating":
        pass
    group.put_record([FeatureValue("id", "a"), FeatureValue("time", "1")])
    return {one["FeatureName"]: one["ValueAsString"] for one in group.get_record("a")}


def lineage(session: sagemaker.Session, bucket: str) -> list[str]:
    """The types of what an artifact contributes to."""
    source = {"source_uri": f"s3://{bucket}/data", "artifact_type": "DataSet"}
    data = Artifact.create(artifact_name="data", sagemaker_session=session, **source)
    context = Context.create(context_name="c", source_uri="uri", context_type="Project", sagemaker_session=session)
    Association.create(
        source_arn=data.artifact_arn,
        destination_arn=context.context_arn,
        association_type="ContributedTo",
        sagemaker_session=session,
    )
    query = LineageQuery(session)
    found = query.query(start_arns=[data.artifact_arn], direction=LineageQueryDirectionEnum.DESCENDANTS)
    return [one.lineage_source for one in found.vertices]


def story(role: str, bucket: str) -> dict[str, object]:
    """All parts, with the results that test_clients.py checks."""
    found = main(role, bucket)
    session = sagemaker.Session(boto3.Session(region_name="us-east-1"), default_bucket=bucket)
    return {
        **found,
        "pipeline": pipeline(role, bucket),
        "experiment": experiment(session),
        "features": features(session, role),
        "lineage": lineage(session, bucket),
    }


if __name__ == "__main__":
    block_network()
    found = []
    for address, bucket in zip(sys.argv[2::2], sys.argv[3::2], strict=True):
        os.environ["AWS_ENDPOINT_URL"] = address
        found.append(story(sys.argv[1], bucket))
    # the SDK's progress output does not end its line
    print("\n" + json.dumps(found))  # noqa: T201
