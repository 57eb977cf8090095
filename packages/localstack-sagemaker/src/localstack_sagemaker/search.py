"""Search and GetSearchSuggestions: resources of most kinds by their properties.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Search.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.model import StructureShape

from . import errors
from .call import Call, Operation
from .listing import page
from .records import Record
from .search_filters import comparable, matches, values_at
from .tags import as_list

__all__ = ["SEARCH_OPERATIONS"]

_PAGE_SIZE = 10
_SUGGESTIONS = 20


@dataclass(frozen=True)
class Searchable:
    """A value of Resource: its kind, and the member of a result that has it."""

    noun: str
    member: str
    complete: Callable[[Call, Record, dict[str, Any]], None] = lambda _call, _record, _document: None


def _trial(call: Call, record: Record, document: dict[str, Any]) -> None:
    components = call.store.of("TrialComponent")
    names = record.attributes.get("TrialComponentNames") or []
    document["TrialComponentSummaries"] = [
        {
            "TrialComponentName": one.name,
            "TrialComponentArn": one.arn,
            "CreationTime": one.created,
            "CreatedBy": {},
            **({"TrialComponentSource": one.attributes["Source"]} if one.attributes.get("Source") else {}),
        }
        for one in (components[(name,)] for name in names if (name,) in components)
    ]


def _trial_component(call: Call, record: Record, document: dict[str, Any]) -> None:
    attributes = record.attributes
    pairs = zip(attributes.get("TrialNames") or [], attributes.get("ExperimentNames") or [], strict=False)
    document["Parents"] = [{"TrialName": trial, "ExperimentName": experiment} for trial, experiment in pairs]
    source = attributes.get("Source")
    if source:
        document["SourceDetail"] = {"SourceArn": source["SourceArn"]}


def _model(call: Call, record: Record, document: dict[str, Any]) -> None:
    model = {name: value for name, value in document.items() if name not in ("LastModifiedTime", "Tags")}
    endpoints = [
        {
            "EndpointName": one.name,
            "EndpointArn": one.arn,
            "CreationTime": one.created,
            "LastModifiedTime": one.modified,
            "EndpointStatus": one.attributes["EndpointStatus"],
        }
        for one in call.store.of("Endpoint").values()
        if record.name
        in [variant.get("ModelName") for variant in (one.private.get("deployed") or {}).get("variants", [])]
    ]
    document |= {"Model": model, "Endpoints": endpoints}


_RESOURCES = {
    "TrainingJob": Searchable("TrainingJob", "TrainingJob"),
    "Experiment": Searchable("Experiment", "Experiment"),
    "ExperimentTrial": Searchable("Trial", "Trial", _trial),
    "ExperimentTrialComponent": Searchable("TrialComponent", "TrialComponent", _trial_component),
    "Endpoint": Searchable("Endpoint", "Endpoint"),
    "Model": Searchable("Model", "Model", _model),
    "ModelPackage": Searchable("ModelPackage", "ModelPackage"),
    "ModelPackageGroup": Searchable("ModelPackageGroup", "ModelPackageGroup"),
    "ModelCard": Searchable("ModelCard", "ModelCard"),
    "Pipeline": Searchable("Pipeline", "Pipeline"),
    "PipelineExecution": Searchable("PipelineExecution", "PipelineExecution"),
    "FeatureGroup": Searchable("FeatureGroup", "FeatureGroup"),
    "Project": Searchable("Project", "Project"),
    "HyperParameterTuningJob": Searchable("HyperParameterTuningJob", "HyperParameterTuningJob"),
}


def _searchable(call: Call) -> Searchable:
    resource = call.request["Resource"]
    if resource not in _RESOURCES:
        raise errors.not_emulated("sagemaker", f"{call.operation} of {resource}")
    return _RESOURCES[resource]


def _search(call: Call) -> Mapping[str, Any]:
    resource, request = _searchable(call), call.request
    expression = request.get("SearchExpression") or {}
    if request.get("CrossAccountFilterOption") == "CrossAccount":
        return {"Results": [], "TotalHits": {"Value": 0, "Relation": "EqualTo"}}
    conditions = request.get("VisibilityConditions") or []
    # both members are optional
    complete = [one for one in conditions if {"Key", "Value"} <= one.keys()]
    wanted = {"Filters": [{"Name": one["Key"], "Value": one["Value"]} for one in complete]}
    found = [one for one in _documents(call, resource) if matches(one, expression) and matches(one, wanted)]
    _sort(found, request)
    arn = call.kinds[resource.noun].arn_attribute
    part, token = page(found, request, _PAGE_SIZE, lambda one: str(one.get(arn)))
    shape = _shape(call, resource)
    results = [{resource.member: _shown(shape, one)} for one in part]
    total = {"TotalHits": {"Value": len(found), "Relation": "EqualTo"}}
    return {"Results": results, **_known(call, total)} | ({"NextToken": token} if token else {})


def _known(call: Call, response: Mapping[str, Any]) -> dict[str, Any]:
    """The members that the installed botocore's response has."""
    assert call.model
    return {name: value for name, value in response.items() if name in call.model.output_shape.members}


def _shape(call: Call, resource: Searchable) -> StructureShape:
    assert call.model
    shape = call.model.service_model.shape_for("SearchRecord")
    assert isinstance(shape, StructureShape)
    member: StructureShape = shape.members[resource.member]
    return member


def _documents(call: Call, resource: Searchable) -> Iterator[dict[str, Any]]:
    """All resources of a kind, with the members of its Describe response and its tags."""
    kind = call.kinds[resource.noun]
    for record in list(call.store.of(resource.noun).values()):
        document = kind.attributes_of(record)
        if kind.on_describe:
            kind.on_describe(call, record, document)
        document["Tags"] = as_list(record.tags)
        resource.complete(call, record, document)
        yield document


def _shown(shape: StructureShape, document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: document[name] for name in shape.members if document.get(name) is not None}


def _sort(found: list[dict[str, Any]], request: Mapping[str, Any]) -> None:
    """Sort by any property. Resources without it are last in either order."""
    by = request.get("SortBy") or "LastModifiedTime"
    descending = (request.get("SortOrder") or "Descending") == "Descending"

    def rank(document: Mapping[str, Any]) -> tuple[bool, bool, Any]:
        value = comparable(next(values_at(document, by), None))
        number = isinstance(value, (int, float))
        return (value is not None) == descending, number, value if value is not None else ""

    found.sort(key=rank, reverse=descending)


def _suggest(call: Call) -> Mapping[str, Any]:
    """Names of properties that contain the hint: those of the model, and of the maps and tags that resources have."""
    resource = _searchable(call)
    query = (call.request.get("SuggestionQuery") or {}).get("PropertyNameQuery") or {}
    hint = str(query.get("PropertyNameHint") or "").lower()
    names = set(_names(_shape(call, resource)))
    for document in _documents(call, resource):
        names |= {f"Tags.{tag['Key']}" for tag in document.get("Tags") or []}
        for member in ("HyperParameters", "Parameters", "CustomerMetadataProperties", "Environment"):
            names |= {f"{member}.{key}" for key in document.get(member) or {}}
    shown = sorted(name for name in names if hint in name.lower())
    return {"PropertyNameSuggestions": [{"PropertyName": name} for name in shown[:_SUGGESTIONS]]}


def _names(shape: StructureShape, prefix: str = "", depth: int = 2) -> Iterator[str]:
    for name, member in shape.members.items():
        if isinstance(member, StructureShape) and depth:
            yield from _names(member, f"{prefix}{name}.", depth - 1)
        else:
            yield f"{prefix}{name}"


SEARCH_OPERATIONS: dict[str, Operation] = {"Search": _search, "GetSearchSuggestions": _suggest}
