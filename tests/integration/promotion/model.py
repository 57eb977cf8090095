"""Trains a model and registers it, as a notebook does; and the traffic of its shadow test.

``model.py register|approve|measure|remove``, with credentials of the registry, or of staging for ``measure``.
"""

from __future__ import annotations

import hashlib
import io
import json
import sys
import tarfile
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3

PROJECT = "forecasting"
REPOSITORY = f"{PROJECT}/serving"
KEY = "models/2/model.tar.gz"


def train() -> bytes:
    """Fit three unknown numbers to noisy data, check the fit with data that it has not seen, and pack the model."""
    import numpy
    from sklearn.linear_model import LinearRegression

    random = numpy.random.default_rng(7)
    rows = random.uniform(0, 10, size=(400, 2))
    values = 3 * rows[:, 0] - 2 * rows[:, 1] + 5 + random.normal(0, 0.2, size=400)
    model = LinearRegression().fit(rows[:300], values[:300])
    score = model.score(rows[300:], values[300:])
    mean = float(numpy.mean(values[:300]))
    untrained = 1 - numpy.mean((values[300:] - mean) ** 2) / numpy.var(values[300:])
    if not score > 0.99 > 0.1 > untrained:
        raise SystemExit(f"the model is not trained: R² {score:.3f}, of the mean {untrained:.3f}")
    document = {"weights": [float(one) for one in model.coef_], "intercept": float(model.intercept_)}
    content = json.dumps(document).encode()
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        member = tarfile.TarInfo("model.json")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def register(session: Any, account: str) -> None:
    """Upload the model and an image, and register a version that waits for approval."""
    content = train()
    bucket = f"{PROJECT}-registry-model-{account}"
    session.client("s3").put_object(Bucket=bucket, Key=KEY, Body=content, ChecksumAlgorithm="SHA256")
    session.client("sagemaker").create_model_package(
        ModelPackageGroupName=PROJECT,
        ModelApprovalStatus="PendingManualApproval",
        CustomerMetadataProperties={"model_data_sha256": hashlib.sha256(content).hexdigest()},
        InferenceSpecification={
            "Containers": [{"Image": _image(session, account), "ModelDataUrl": f"s3://{bucket}/{KEY}"}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    )


def approve(session: Any, account: str) -> None:
    """Approve version 2, as a reviewer does."""
    arn = f"arn:aws:sagemaker:{session.region_name}:{account}:model-package/{PROJECT}/2"
    session.client("sagemaker").update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")


def _image(session: Any, account: str) -> str:
    media = "application/vnd.oci.image.manifest.v1+json"
    config = {"mediaType": "application/vnd.oci.image.config.v1+json", "size": 2, "digest": f"sha256:{'0' * 64}"}
    manifest = {"schemaVersion": 2, "mediaType": media, "config": config, "layers": []}
    put = session.client("ecr").put_image(
        repositoryName=REPOSITORY, imageManifest=json.dumps(manifest), imageManifestMediaType=media, imageTag="2"
    )
    digest = put["image"]["imageId"]["imageDigest"]
    return f"{account}.dkr.ecr.{session.region_name}.amazonaws.com/{REPOSITORY}@{digest}"


def measure(session: Any, account: str) -> None:
    """Write the metrics of 40 minutes of traffic, which a story cannot wait for."""
    del account
    start = datetime.now(UTC) - timedelta(minutes=50)
    for variant in ("production", "shadow"):
        dimensions = [
            {"Name": "EndpointName", "Value": f"{PROJECT}-staging"},
            {"Name": "VariantName", "Value": variant},
        ]
        data: list[dict[str, Any]] = []
        for minute in range(40):
            at = {"Dimensions": dimensions, "Timestamp": start + timedelta(minutes=minute)}
            data += [
                {"MetricName": "Invocations", "Value": 100.0, **at},
                {"MetricName": "ModelLatency", "Value": 20_000.0 + minute % 3, **at},
            ]
        session.client("cloudwatch").put_metric_data(Namespace="AWS/SageMaker", MetricData=data)


def remove(session: Any, account: str) -> None:
    """Delete the artefact and the image: AWS deletes no bucket and no repository with content."""
    bucket = f"{PROJECT}-registry-model-{account}"
    s3 = session.client("s3")
    for one in s3.list_object_versions(Bucket=bucket).get("Versions", ()):
        s3.delete_object(Bucket=bucket, Key=one["Key"], VersionId=one["VersionId"])
    session.client("ecr").batch_delete_image(repositoryName=REPOSITORY, imageIds=[{"imageTag": "2"}])


if __name__ == "__main__":
    session = boto3.Session()
    account = session.client("sts").get_caller_identity()["Account"]
    {"register": register, "approve": approve, "measure": measure, "remove": remove}[sys.argv[1]](session, account)
