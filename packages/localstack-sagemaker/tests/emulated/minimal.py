"""Builds the smallest valid request for an input shape, so that a new kind needs no example."""

from __future__ import annotations

import re
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from localstack_sagemaker.validation import java_pattern

__all__ = ["minimal", "text_for"]

_TEXTS = (
    "example",
    "1",
    "abcdefghij",
    "example-text-example-text-example-text",
    "arn:aws:iam::123456789012:role/example",
    "s3://example-bucket/example",
    "https://example.com/example.git",
    "123456789012.dkr.ecr.us-east-1.amazonaws.com/example:1",
    "arn:aws:sns:us-east-1:123456789012:example",
    "arn:aws:sagemaker:us-east-1:123456789012:model/example",
    "arn:aws:sagemaker:us-east-1:123456789012:model-package/example/1",
    "arn:aws:sagemaker:us-east-1:123456789012:model-package-group/example",
    "arn:aws:sagemaker:us-east-1:123456789012:cluster/abcdefghijkl",
    "arn:aws:sagemaker:us-east-1:123456789012:workteam/private-crowd/example",
    "arn:aws:sagemaker:us-east-1:123456789012:artifact/example",
    "arn:aws:sagemaker:us-east-1:123456789012:model-card/example/export-job/example",
    "arn:aws:sagemaker:us-east-1:123456789012:mlflow-app/example",
    "arn:aws:sagemaker:us-east-1:aws:hub-content/SageMakerPublicHub/Model/example",
    "arn:aws:sagemaker:us-east-1:123456789012:pipeline/example/execution/example",
    "arn:aws:application-autoscaling:us-east-1:123456789012:scalable-target/example",
    "123456789012",
    "/opt/ml/processing/input",
    "10.0.0.0/16",
    "ml.m5.large",
    "d-example",
    "2026-01-01T00:00:00Z",
    "Sun:04:00",
    "-PT1H",
    "text/csv",
    "2.1",
    "PyTorch 2.1",
    "us-east-1_example",
    "fs-0123456789abcdef0",
    "fs-0123456789abcdef0.fsx.us-east-1.amazonaws.com",
    "vpc-12345678",
    "subnet-12345678",
    "sg-12345678",
    "sha256:" + "0123456789abcdef" * 4,
    "notebook-al2-v3",
    "arn:aws:sagemaker:us-east-1:123456789012:image/example",
    "arn:aws:sagemaker:us-east-1:123456789012:image-version/example/1",
    "arn:aws:sagemaker:us-east-1:123456789012:studio-lifecycle-config/example",
    "arn:aws:sagemaker:us-east-1:123456789012:human-task-ui/example",
    "arn:aws:sagemaker:us-east-1:123456789012:training-job/example",
    "arn:aws:sagemaker:us-east-1:123456789012:hub-content/example/Model/example",
    "arn:aws:sagemaker:us-east-1:123456789012:hub-content/example/DataSet/example",
    "arn:aws:secretsmanager:us-east-1:123456789012:secret:example",
    "arn:aws:lambda:us-east-1:123456789012:function:example",
    "arn:aws:eks:us-east-1:123456789012:cluster/example",
    "arn:aws:sagemaker:us-east-1:123456789012:training-plan/example",
    "arn:aws:sagemaker:us-east-1:123456789012:ml-reservation/example",
    "arn:aws:codewhisperer:us-east-1:123456789012:profile/example",
    "arn:aws:sso::123456789012:application/ssoins-0123456789abcdef/apl-0123456789abcdef",
    "dzd_example",
    "UserName",
)


def minimal(shape: Shape | None, path: str = "request") -> Any:
    """Return a value with only the required members."""
    if shape is None:
        return {}
    if isinstance(shape, StructureShape):
        return {name: minimal(shape.members[name], f"{path}.{name}") for name in shape.required_members}
    if isinstance(shape, ListShape):
        return [minimal(shape.member, f"{path}[]") for _ in range(int(shape.metadata.get("min", 0)))]
    if isinstance(shape, MapShape):
        keys = range(int(shape.metadata.get("min", 0)))
        return {minimal(shape.key, f"{path}.key"): minimal(shape.value, f"{path}.value") for _ in keys}
    if shape.type_name == "boolean":
        return True
    if shape.type_name in ("integer", "long", "float", "double"):
        return shape.metadata.get("min", 1) or 1
    if shape.type_name == "timestamp":
        return 1_767_225_600
    return text_for(shape, path)


def text_for(shape: Shape, path: str, suffix: str = "") -> str:
    """Return a text that fits a shape's limits and pattern, with ``suffix`` if such a text fits."""
    enum = shape.metadata.get("enum")
    if enum:
        return str(enum[0])
    low, high = shape.metadata.get("min", 0), shape.metadata.get("max", 10**9)
    pattern = java_pattern(shape.metadata["pattern"]) if shape.metadata.get("pattern") else re.compile(r"(?s).*")
    for text in [text + suffix for text in _TEXTS] if suffix else _TEXTS:
        if low <= len(text) <= high and (pattern is None or pattern.fullmatch(text)):
            return text
    if suffix:
        return text_for(shape, path)
    raise AssertionError(f"{path}: no example text fits {shape.metadata}; add one to {__name__}")
