"""Routes requests to SageMaker's smaller services. They share a signing name, and LocalStack knows only some paths."""

from __future__ import annotations

from localstack.aws.protocol import service_router

__all__ = ["install"]

_PATHS = {
    "/FeatureGroup/": "sagemaker-featurestore-runtime",
    "/BatchGetRecord": "sagemaker-featurestore-runtime",
    "/BatchGetMetrics": "sagemaker-metrics",
    "/BatchPutMetrics": "sagemaker-metrics",
    "/GetDeployments": "sagemaker-edge",
    "/GetDeviceRegistration": "sagemaker-edge",
    "/SendHeartbeat": "sagemaker-edge",
}


def install() -> None:
    """Add the paths to LocalStack's rules."""
    rules = service_router.signing_name_path_prefix_rules.setdefault("sagemaker", {})
    for path, service in _PATHS.items():
        rules.setdefault(path, service_router.ServiceModelIdentifier(service))
