"""The table of kinds against botocore's model: no operation that AWS does not have, none of a kind left out."""

from __future__ import annotations

from localstack_sagemaker.provider import sagemaker_provider

NOTEBOOKS = {
    "CreateNotebookInstance",
    "DescribeNotebookInstance",
    "UpdateNotebookInstance",
    "DeleteNotebookInstance",
    "StartNotebookInstance",
    "StopNotebookInstance",
    "ListNotebookInstances",
    "CreateNotebookInstanceLifecycleConfig",
    "DescribeNotebookInstanceLifecycleConfig",
    "UpdateNotebookInstanceLifecycleConfig",
    "DeleteNotebookInstanceLifecycleConfig",
    "ListNotebookInstanceLifecycleConfigs",
    "AddTags",
    "ListTags",
    "DeleteTags",
}


def test_every_operation_of_the_table_is_one_that_aws_has() -> None:
    provider = sagemaker_provider()
    assert set(provider.operations) <= set(provider.model.operation_names)


def test_notebooks_have_every_operation() -> None:
    assert set(sagemaker_provider().operations) >= NOTEBOOKS


def test_every_operation_of_aws_has_a_handler_be_it_one_that_refuses() -> None:
    provider = sagemaker_provider()
    assert set(provider.dispatch_table()) == set(provider.model.operation_names)
