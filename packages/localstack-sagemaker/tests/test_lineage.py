"""Lineage: associations between actions, artifacts and contexts, and queries along them."""

from __future__ import annotations

from typing import Any

import pytest
from emulated.account import Account, error_of


@pytest.fixture
def graph(account: Account) -> dict[str, str]:
    """data → training (action) → model → endpoint (context), by name."""
    client = account.sagemaker
    arns = {
        name: client.create_artifact(
            ArtifactName=name,
            ArtifactType=type_,
            Source={"SourceUri": f"s3://bucket/{name}"},
            Properties={"stage": name},
        )["ArtifactArn"]
        for name, type_ in (("data", "DataSet"), ("model", "Model"))
    }
    source = {"SourceUri": "arn:aws:sagemaker:us-east-1:123456789012:training-job/t"}
    arns["training"] = client.create_action(ActionName="training", ActionType="Training", Source=source)["ActionArn"]
    context = client.create_context(ContextName="endpoint", ContextType="Endpoint", Source=source)
    arns["endpoint"] = context["ContextArn"]
    for start, end, edge in (
        ("data", "training", "ContributedTo"),
        ("training", "model", "Produced"),
        ("model", "endpoint", "AssociatedWith"),
    ):
        client.add_association(SourceArn=arns[start], DestinationArn=arns[end], AssociationType=edge)
    return arns


def _query(account: Account, start: str, **request: Any) -> list[str]:
    found = account.sagemaker.query_lineage(StartArns=[start], **request)
    return sorted(one["Type"] for one in found["Vertices"])


@pytest.mark.parametrize(
    ("start", "request_", "types"),
    [
        ("model", {"Direction": "Ascendants"}, ["DataSet", "Training"]),
        ("model", {"Direction": "Descendants"}, ["Endpoint"]),
        ("model", {"Direction": "Both"}, ["DataSet", "Endpoint", "Training"]),
        ("endpoint", {"Direction": "Ascendants", "MaxDepth": 1}, ["Model"]),
        ("endpoint", {"Direction": "Ascendants", "Filters": {"LineageTypes": ["Artifact"]}}, ["DataSet", "Model"]),
        ("endpoint", {"Direction": "Ascendants", "Filters": {"Types": ["DataSet"]}}, ["DataSet"]),
        ("endpoint", {"Direction": "Ascendants", "Filters": {"Properties": {"stage": "model"}}}, ["Model"]),
    ],
)
def test_a_query_walks_the_associations(
    account: Account, graph: dict[str, str], start: str, request_: dict[str, Any], types: list[str]
) -> None:
    assert _query(account, graph[start], **request_) == types


def test_a_query_returns_the_edges(account: Account, graph: dict[str, str]) -> None:
    found = account.sagemaker.query_lineage(StartArns=[graph["endpoint"]], Direction="Ascendants", IncludeEdges=True)
    assert {one["AssociationType"] for one in found["Edges"]} == {"ContributedTo", "Produced", "AssociatedWith"}


def test_associations_are_listed_by_either_end(account: Account, graph: dict[str, str]) -> None:
    client = account.sagemaker
    for member, name in (("SourceArn", "model"), ("DestinationArn", "model"), ("SourceType", "DataSet")):
        value = graph[name] if member.endswith("Arn") else name
        listed = client.list_associations(**{member: value if member.endswith("Arn") else "DataSet"})
        assert len(listed["AssociationSummaries"]) == 1


def test_an_entity_with_associations_is_kept(account: Account, graph: dict[str, str]) -> None:
    client = account.sagemaker
    assert error_of(lambda: client.delete_context(ContextName="endpoint"))[0] == "ValidationException"
    client.delete_association(SourceArn=graph["model"], DestinationArn=graph["endpoint"])
    client.delete_context(ContextName="endpoint")
    assert client.list_contexts()["ContextSummaries"] == []


def test_an_artifact_is_its_source(account: Account) -> None:
    client = account.sagemaker
    request = {"ArtifactType": "DataSet", "Source": {"SourceUri": "s3://bucket/data"}}
    client.create_artifact(**request)
    assert error_of(lambda: client.create_artifact(**request))[0] == "ValidationException"
    assert len(client.list_artifacts(SourceUri="s3://bucket/data")["ArtifactSummaries"]) == 1
    client.delete_artifact(Source=request["Source"])
    assert client.list_artifacts()["ArtifactSummaries"] == []


def test_an_association_needs_both_ends(account: Account, graph: dict[str, str]) -> None:
    none = account.arn("artifact/none")
    code, _ = error_of(lambda: account.sagemaker.add_association(SourceArn=graph["model"], DestinationArn=none))
    assert code == "ResourceNotFound"
