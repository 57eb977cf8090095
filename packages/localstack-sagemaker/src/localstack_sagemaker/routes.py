"""The paths of SageMaker's smaller services, which share a signing name."""

from __future__ import annotations

__all__ = ["PATHS"]

PATHS = {
    "/FeatureGroup/": "sagemaker-featurestore-runtime",
    "/BatchGetRecord": "sagemaker-featurestore-runtime",
    "/BatchGetMetrics": "sagemaker-metrics",
    "/BatchPutMetrics": "sagemaker-metrics",
    "/GetDeployments": "sagemaker-edge",
    "/GetDeviceRegistration": "sagemaker-edge",
    "/SendHeartbeat": "sagemaker-edge",
}
"""The service of each path that starts so."""
