"""Actions of a service, as the service authorization reference lists them."""

from __future__ import annotations

import pytest

from modproof.core.errors import ConfigurationError
from modproof.policies import service_actions


def test_an_action_has_its_access_level_condition_keys_and_resources() -> None:
    action = service_actions("sagemaker")["sagemaker:CreateTrainingJob"]

    assert (action.name, action.access_level) == ("sagemaker:CreateTrainingJob", "Write")
    assert {"sagemaker:InstanceTypes", "aws:RequestTag/${TagKey}"} <= action.condition_keys
    assert (
        action.resource_types[0].arn
        == "arn:${Partition}:sagemaker:${Region}:${Account}:training-job/${TrainingJobName}"
    )


def test_an_action_without_resources_has_none() -> None:
    assert service_actions("ecr")["ecr:GetAuthorizationToken"].resource_types == ()


def test_unknown_service_is_an_error() -> None:
    with pytest.raises(ConfigurationError, match="AWS has no service 'sagemakers'"):
        service_actions("sagemakers")


@pytest.mark.parametrize("service", ["", "../actions/s3"])
def test_what_is_not_a_service_prefix_is_an_error(service: str) -> None:
    with pytest.raises(ConfigurationError):
        service_actions(service)
