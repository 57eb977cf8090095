"""Operations that AWS added after the botocore of older LocalStack versions, which routes by botocore's model.

botocore 1.40.61 has DeleteTrainingJob and DeleteProcessingJob; LocalStack 4.7.0 requires 1.39.14.
"""

from __future__ import annotations

from typing import Any

from .others import service_model

__all__ = ["add_newer", "known"]


def _delete(noun: str) -> dict[str, Any]:
    return {
        "name": f"Delete{noun}",
        "http": {"method": "POST", "requestUri": "/"},
        "input": {"shape": f"Delete{noun}Request"},
        "errors": [{"shape": "ResourceNotFound"}, {"shape": "ResourceInUse"}],
    }


def _request(noun: str) -> dict[str, Any]:
    member = f"{noun}Name"
    return {"type": "structure", "required": [member], "members": {member: {"shape": member}}}


def add_newer(model: dict[str, Any]) -> None:
    """Add the missing operations to SageMaker's model, as botocore's loader returns it."""
    for noun in ("TrainingJob", "ProcessingJob"):
        model["operations"].setdefault(f"Delete{noun}", _delete(noun))
        model["shapes"].setdefault(f"Delete{noun}Request", _request(noun))


def known(operation: str) -> bool:
    """Whether the installed botocore has an operation of SageMaker."""
    return operation in service_model("sagemaker").operation_names
