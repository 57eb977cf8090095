"""Lineage: actions, artifacts and contexts, and the associations between them and with trial components."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from .. import errors
from ..call import Call, Kind, Operation
from ..generic import delete_operation
from ..listing import moment, page
from ..records import Record
from ..table import Listing, Messages

__all__ = ["KINDS", "OPERATIONS"]

_ENDS = ("Action", "Artifact", "Context", "Experiment", "TrialComponent")
_VERTICES = ("Action", "Artifact", "Context", "TrialComponent")
_MAX_DEPTH, _PAGE_SIZE = 10, 50


def _messages(words: str) -> Messages:
    return Messages(
        missing=f"{words} '{{name}}' does not exist.",
        taken=f"{words} names must be unique within an AWS account and region. "
        f"{words} with name ({{name}}) already exists.",
        missing_code="ResourceNotFound",
    )


def _on_create(call: Call, record: Record) -> None:
    # ListX filters on the source's address, which Describe returns inside Source
    record.attributes["SourceUri"] = record.attributes["Source"]["SourceUri"]
    record.attributes["LineageGroupArn"] = call.arn("lineage-group/sagemaker-default-lineage-group")


def _on_update(call: Call, record: Record, changes: dict[str, Any]) -> None:
    removed = set(changes.pop("PropertiesToRemove", []))
    if removed or "Properties" in changes:
        merged = {**(record.attributes.get("Properties") or {}), **(changes.get("Properties") or {})}
        changes["Properties"] = {key: value for key, value in merged.items() if key not in removed}


def _on_delete(call: Call, record: Record) -> None:
    if any(record.arn in key for key in call.store.of("Association")):
        raise errors.validation(f"{record.arn} cannot be deleted while it has associations; delete them first.")


def _artifact_hash(source: Mapping[str, Any]) -> str:
    """An artifact's identity is its source: its address and, if given, its types.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ArtifactSource.html
    """
    types = sorted((one["SourceIdType"], one["Value"]) for one in source.get("SourceTypes") or [])
    return hashlib.sha256(repr((source["SourceUri"], types)).encode()).hexdigest()[:32]


def _new_artifact_key(call: Call) -> tuple[str, ...]:
    return (_artifact_hash(call.request["Source"]),)


def _artifact_key(call: Call, request: Mapping[str, Any]) -> tuple[str, ...]:
    if request.get("ArtifactArn"):
        return (request["ArtifactArn"].rpartition("/")[2],)
    if request.get("Source"):
        return (_artifact_hash(request["Source"]),)
    raise errors.validation("One of ArtifactArn and Source must be specified.")


def _delete_artifact(call: Call) -> Mapping[str, Any]:
    call.request["ArtifactArn"] = call.get(call.kinds["Artifact"]).arn
    return delete_operation(call.kinds["Artifact"])(call) or {}


def _end(call: Call, arn: str) -> Record:
    """The record at an end of an association. ARNs of other resources are not lineage entities."""
    record = call.store.by_arn(arn) or call.store.by_arn(arn.lower())
    if record is None or record.noun not in _ENDS:
        raise errors.not_found(f"Lineage entity '{arn}' does not exist.")
    return record


def _key(call: Call, request: Mapping[str, Any]) -> tuple[str, ...]:
    return (str(request["SourceArn"]), str(request["DestinationArn"]))


def _add(call: Call) -> Mapping[str, Any]:
    source, destination = (_end(call, call.request[member]) for member in ("SourceArn", "DestinationArn"))
    if source is destination:
        raise errors.validation("The source and the destination of an association must differ.")
    key = (source.arn, destination.arn)
    if key in call.store.of("Association"):
        raise errors.validation(f"An association from {key[0]} to {key[1]} already exists.")
    now = call.now()
    attributes: dict[str, Any] = {
        "SourceArn": source.arn,
        "DestinationArn": destination.arn,
        "SourceType": _type_of(source),
        "DestinationType": _type_of(destination),
        "SourceName": _name_of(source),
        "DestinationName": _name_of(destination),
        "AssociationType": call.request.get("AssociationType"),
        "CreatedBy": {},
    }
    record = Record("Association", key, f"{source.arn}->{destination.arn}", attributes, now, now)
    call.store.add(record)
    return {"SourceArn": source.arn, "DestinationArn": destination.arn}


def _type_of(record: Record) -> str:
    return str(record.attributes.get(f"{record.noun}Type") or record.noun)


def _name_of(record: Record) -> str:
    return str(record.attributes.get(f"{record.noun}Name") or record.name)


def _remove(call: Call) -> Mapping[str, Any]:
    record = call.get(call.kinds["Association"], _key(call, call.request))
    call.store.remove(record)
    return {"SourceArn": record.key[0], "DestinationArn": record.key[1]}


def _query(call: Call) -> Mapping[str, Any]:
    """Walk the associations from the start, breadth first.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_QueryLineage.html
    """
    request = call.request
    starts = [_end(call, arn).arn for arn in request.get("StartArns") or []]
    if not starts:
        raise errors.validation("StartArns must be specified.")
    direction = request.get("Direction") or "Both"
    edges: dict[tuple[str, ...], Record] = {}
    seen, border = set(starts), set(starts)
    for _ in range(request.get("MaxDepth") or _MAX_DEPTH):
        following = set()
        for edge, reached in _from(call, border, direction):
            edges[edge.key] = edge
            if reached not in seen:
                following.add(reached)
        seen |= following
        border = following
    vertices = [_vertex(call, arn) for arn in sorted(seen - set(starts))]
    shown = [one for one in vertices if one and _matches(call, one["Arn"], request.get("Filters") or {})]
    part, token = page(shown, request, _PAGE_SIZE, lambda one: str(one["Arn"]))
    found: dict[str, Any] = {"Vertices": part} | ({"NextToken": token} if token else {})
    if request.get("IncludeEdges", True):
        found["Edges"] = [_edge(edge) for edge in edges.values()]
    return found


def _from(call: Call, arns: set[str], direction: str) -> Iterator[tuple[Record, str]]:
    for (source, destination), edge in call.store.of("Association").items():
        if source in arns and direction in ("Both", "Descendants"):
            yield edge, destination
        if destination in arns and direction in ("Both", "Ascendants"):
            yield edge, source


def _vertex(call: Call, arn: str) -> dict[str, Any] | None:
    record = call.store.by_arn(arn)
    if record is None or record.noun not in _VERTICES:
        return None
    return {"Arn": arn, "Type": _type_of(record), "LineageType": record.noun}


def _edge(edge: Record) -> dict[str, Any]:
    members = ("SourceArn", "DestinationArn", "AssociationType")
    return {member: edge.attributes[member] for member in members if edge.attributes.get(member)}


def _matches(call: Call, arn: str, filters: Mapping[str, Any]) -> bool:
    record = call.store.by_arn(arn)
    assert record is not None
    properties = record.attributes.get("Properties") or {}
    tests = (
        ("Types", lambda value: _type_of(record) in value),
        ("LineageTypes", lambda value: record.noun in value),
        ("CreatedBefore", lambda value: record.created < moment(value)),
        ("CreatedAfter", lambda value: record.created > moment(value)),
        ("ModifiedBefore", lambda value: record.modified < moment(value)),
        ("ModifiedAfter", lambda value: record.modified > moment(value)),
        ("Properties", lambda value: value.items() <= properties.items()),
    )
    return all(test(filters[name]) for name, test in tests if filters.get(name))


KINDS = [
    Kind(
        noun="Action",
        arn="action/{ActionName}",
        key=("ActionName",),
        messages=_messages("Action"),
        listing=Listing(items="ActionSummaries"),
        on_create=_on_create,
        on_update=_on_update,
        on_delete=_on_delete,
    ),
    Kind(
        noun="Artifact",
        arn="artifact/{ArtifactId}",
        key=("ArtifactId",),
        messages=_messages("Artifact"),
        listing=Listing(items="ArtifactSummaries"),
        assign_key=_new_artifact_key,
        find_key=_artifact_key,
        on_create=_on_create,
        on_update=_on_update,
        on_delete=_on_delete,
    ),
    Kind(
        noun="Context",
        arn="context/{ContextName}",
        key=("ContextName",),
        messages=_messages("Context"),
        listing=Listing(items="ContextSummaries"),
        on_create=_on_create,
        on_update=_on_update,
        on_delete=_on_delete,
    ),
    Kind(
        noun="Association",
        arn="association",
        key=("SourceArn", "DestinationArn"),
        messages=Messages(
            missing="There is no association with this source and destination {name}.",
            taken="",
            missing_code="ResourceNotFound",
        ),
        find_key=_key,
        without=frozenset({"create", "describe", "update", "delete"}),
        taggable=False,
    ),
]

OPERATIONS: dict[str, Operation] = {
    "AddAssociation": _add,
    "DeleteArtifact": _delete_artifact,
    "DeleteAssociation": _remove,
    "QueryLineage": _query,
}
