"""The table of kinds has only operations of botocore's model and no gaps."""

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


def test_table_has_only_aws_operations() -> None:
    provider = sagemaker_provider()
    assert set(provider.operations) <= set(provider.model.operation_names)


def test_notebooks_are_complete() -> None:
    assert set(sagemaker_provider().operations) >= NOTEBOOKS


def test_every_aws_operation_has_a_handler() -> None:
    provider = sagemaker_provider()
    assert set(provider.dispatch_table()) == set(provider.model.operation_names)
