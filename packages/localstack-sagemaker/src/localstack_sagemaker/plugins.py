"""The entry points of the plug-in. LocalStack's internals are imported on first use, for a fast start."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from localstack.runtime.hooks import on_infra_start
from localstack.services.plugins import Service, aws_provider

if TYPE_CHECKING:
    from .data_plane import DataPlane
    from .provider import Provider
    from .runtime.invoke import RuntimeProvider

__all__ = [
    "application_autoscaling",
    "budgets",
    "ecr",
    "on_start",
    "sagemaker",
    "sagemaker_a2i_runtime",
    "sagemaker_edge",
    "sagemaker_featurestore_runtime",
    "sagemaker_geospatial",
    "sagemaker_metrics",
    "sagemaker_moto",
    "sagemaker_runtime",
]


def _service(make: Callable[[], Provider | DataPlane | RuntimeProvider]) -> Service:
    from .garbage import keep_loaded
    from .in_localstack.handlers import adapted
    from .in_localstack.host import install
    from .in_localstack.json_protocol import JsonSkeleton

    install()
    provider = make()
    service = Service(name=provider.service, skeleton=JsonSkeleton(provider.model, adapted(provider.dispatch_table())))
    service._provider = provider
    keep_loaded()
    return service


def _moto(name: str, own: Mapping[str, Any] | None = None) -> Service:
    from localstack.aws.skeleton import Skeleton
    from localstack.aws.spec import load_service

    from .in_localstack.handlers import adapted
    from .in_localstack.moto_backed import dispatch_table

    model = load_service(name)
    return Service(name=name, skeleton=Skeleton(model, adapted({**dispatch_table(model), **(own or {})})))


@aws_provider(api="sagemaker")
def sagemaker() -> Service:
    """SageMaker of this plug-in, the default once the package is installed."""
    from .provider import sagemaker_provider

    return _service(sagemaker_provider)


@aws_provider(api="sagemaker", name="moto")
def sagemaker_moto() -> Service:
    """Moto's SageMaker for comparison, selected with PROVIDER_OVERRIDE_SAGEMAKER=moto."""
    return _moto("sagemaker")


@aws_provider(api="sagemaker-runtime")
def sagemaker_runtime() -> Service:
    """Invocations of endpoints; an answer, a handler or an echo replaces the container."""
    from .runtime.invoke import RuntimeProvider

    return _service(RuntimeProvider)


@aws_provider(api="application-autoscaling")
def application_autoscaling() -> Service:
    """Scalable targets, policies, scheduled actions and their tags. Moto has no tags and no SageMaker alarms."""
    from .autoscaling import autoscaling_provider

    return _service(autoscaling_provider)


@aws_provider(api="budgets")
def budgets() -> Service:
    """Budgets with notifications, subscribers, updates and tags. Moto has only part of the first two."""
    from .budgets import budgets_provider

    return _service(budgets_provider)


@aws_provider(api="ecr")
def ecr() -> Service:
    """Moto's ECR, which LocalStack includes but does not register, with layers."""
    from .in_localstack.ecr_layers import OPERATIONS

    return _moto("ecr", OPERATIONS)


def _refused(name: str) -> Service:
    from localstack.aws.skeleton import Skeleton
    from localstack.aws.spec import load_service

    from .in_localstack.handlers import adapted
    from .refused import refused_table

    model = load_service(name)
    return Service(name=name, skeleton=Skeleton(model, adapted(refused_table(model))))


@aws_provider(api="sagemaker-a2i-runtime")
def sagemaker_a2i_runtime() -> Service:
    """Human loops: refused."""
    return _refused("sagemaker-a2i-runtime")


@aws_provider(api="sagemaker-edge")
def sagemaker_edge() -> Service:
    """Calls of edge devices: refused."""
    return _refused("sagemaker-edge")


@aws_provider(api="sagemaker-featurestore-runtime")
def sagemaker_featurestore_runtime() -> Service:
    """Records of feature groups with an online store."""
    from .feature_records import feature_records

    return _service(feature_records)


@aws_provider(api="sagemaker-metrics")
def sagemaker_metrics() -> Service:
    """Metrics of trial components."""
    from .trial_metrics import trial_metrics

    return _service(trial_metrics)


@aws_provider(api="sagemaker-geospatial")
def sagemaker_geospatial() -> Service:
    """Geospatial jobs: refused."""
    return _refused("sagemaker-geospatial")


@on_infra_start(name="localstack_sagemaker")
def on_start() -> None:
    """Connect to LocalStack; register the control API, routes, AWS's errors for unparsable requests, and patches."""
    from .in_localstack import (
        direct,
        host,
        json_protocol,
        parse_errors,
        patches,
        policy_simulation,
        protocols,
        service_loading,
        stacks,
        tagging_api,
        web_server,
    )
    from .provider import run_due

    host.install()
    host.register_routes()
    parse_errors.install()
    json_protocol.install()
    more = {
        "cloudformation": stacks.install,
        "iam": policy_simulation.install,
        "resourcegroupstaggingapi": tagging_api.install,
    }
    patches.install(run_due, more)
    service_loading.install()
    protocols.install()
    direct.install()
    web_server.install()
