"""Refuses the resources of this plug-in's services in CloudFormation, which LocalStack reports as created."""

from __future__ import annotations

from typing import Any, ClassVar

__all__ = ["install", "refusal"]

_PREFIXES = ("AWS::SageMaker::", "AWS::Budgets::", "AWS::ApplicationAutoScaling::", "AWS::ECR::")


def refusal(resource_type: str) -> str:
    """Why a resource of a type is not created; empty if this plug-in does not decide."""
    if not resource_type.startswith(_PREFIXES):
        return ""
    return (
        f"{resource_type} is not emulated by localstack-sagemaker in CloudFormation stacks; "
        "create it with its own API, with an SDK, the AWS CLI or Terraform"
    )


def install() -> None:
    """Let stacks fail that have one of these resources, unless LocalStack has a provider for its type."""
    from localstack.services.cloudformation.resource_provider import (
        OperationStatus,
        ProgressEvent,
        ResourceProvider,
        ResourceProviderExecutor,
    )

    load = ResourceProviderExecutor.try_load_resource_provider

    class Refused(ResourceProvider):
        SCHEMA: ClassVar[dict[str, Any]] = {"primaryIdentifier": ["/properties/Id"]}

        def _refuse(self, request: Any) -> Any:
            return ProgressEvent(OperationStatus.FAILED, resource_model={}, message=refusal(self.type))

        def __init__(self, type_: str) -> None:
            self.type = type_

        create = update = read = list = _refuse

        def delete(self, request: Any) -> Any:
            return ProgressEvent(OperationStatus.SUCCESS, resource_model={"Id": ""})

    def try_load(resource_type: str) -> Any:
        return load(resource_type) or (Refused(resource_type) if refusal(resource_type) else None)

    ResourceProviderExecutor.try_load_resource_provider = staticmethod(try_load)
