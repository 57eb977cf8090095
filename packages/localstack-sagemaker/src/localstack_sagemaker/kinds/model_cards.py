"""Model cards, their versions, and export jobs.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-cards.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from .. import errors
from ..call import Call, Kind, Operation
from ..generic import changeable, response
from ..listing import list_operation
from ..records import Record, Stage
from ..table import Lifecycle, Listing, Messages
from ..written_json import written_json

__all__ = ["KINDS", "OPERATIONS"]


def _check_content(content: str) -> None:
    try:
        written_json(content)
    except ValueError as error:
        raise errors.validation(f"Model card content is not valid JSON: {error}") from None


def _key(call: Call, request: Mapping[str, Any]) -> tuple[str, ...]:
    return (str(request["ModelCardName"]).rpartition("/")[2],)


def _on_create(call: Call, record: Record) -> None:
    _check_content(record.attributes["Content"])
    record.attributes["ModelCardVersion"] = 1
    record.private["versions"] = [_version(call, record)]


def _version(call: Call, record: Record) -> dict[str, Any]:
    members = ("Content", "ModelCardStatus", "ModelCardVersion")
    return {**{member: record.attributes[member] for member in members}, "created": call.now()}


def _update(call: Call) -> Mapping[str, Any]:
    """A change of the content is a new version; a change of the status alone is not."""
    record = changeable(call, KINDS[0])
    attributes, request = record.attributes, call.request
    if request.get("Content"):
        _check_content(request["Content"])
    if attributes["ModelCardStatus"] == "Archived" and not request.get("ModelCardStatus"):
        raise errors.conflict(f"Model card {record.name} is archived and cannot be changed.")
    changed = request.get("Content") not in (None, attributes["Content"])
    attributes |= {name: request[name] for name in ("Content", "ModelCardStatus") if request.get(name)}
    if changed:
        attributes["ModelCardVersion"] += 1
        record.private["versions"].append(_version(call, record))
    else:
        record.private["versions"][-1]["ModelCardStatus"] = attributes["ModelCardStatus"]
    record.modified = call.now()
    return response(call, record)


def _on_describe(call: Call, record: Record, attributes: dict[str, Any]) -> None:
    attributes |= _numbered(record, call.request.get("ModelCardVersion"))


def _numbered(record: Record, number: int | None) -> dict[str, Any]:
    for version in record.private["versions"]:
        if number in (None, version["ModelCardVersion"]):
            newest = record.private["versions"][-1] if number is None else version
            return {name: newest[name] for name in ("Content", "ModelCardStatus", "ModelCardVersion")}
    raise errors.not_found(f"Model card {record.name} has no version {number}.")


def _versions(call: Call) -> Mapping[str, Any]:
    assert call.model
    record = call.get(KINDS[0], _key(call, call.request))
    call.request["ModelCardName"] = record.name
    return list_operation(_VERSION, call.model, lambda _: _version_records(record))(call) or {}


def _version_records(record: Record) -> Iterator[Record]:
    for version in record.private["versions"]:
        attributes = {"ModelCardName": record.name, "ModelCardArn": record.arn, **version}
        key = (record.name, f"{version['ModelCardVersion']:06d}")
        yield Record("ModelCardVersion", key, record.arn, attributes, version["created"], version["created"])


def _on_status(call: Call, record: Record) -> None:
    if record.attributes["ModelCardProcessingStatus"] != "ExportJobsDeleted":
        return
    jobs = call.store.of("ModelCardExportJob").values()
    for job in [one for one in jobs if one.attributes["ModelCardName"] == record.name]:
        call.store.remove(job)


def _new_export_key(call: Call) -> tuple[str, ...]:
    card = call.get(KINDS[0], _key(call, call.request))
    call.request["ModelCardName"] = card.name
    call.request["ModelCardVersion"] = _numbered(card, call.request.get("ModelCardVersion"))["ModelCardVersion"]
    return (card.name, call.request["ModelCardExportJobName"])


def _export_key(call: Call, request: Mapping[str, Any]) -> tuple[str, ...]:
    parts = request["ModelCardExportJobArn"].split("/")
    return (parts[1], parts[-1]) if len(parts) == 4 else ("", parts[-1])


def _on_export_status(call: Call, record: Record) -> None:
    if record.attributes["Status"] == "Completed":
        path = record.attributes["OutputConfig"]["S3OutputPath"].rstrip("/")
        card = f"{record.key[0]}/{record.attributes['ModelCardVersion']}"
        record.attributes["ExportArtifacts"] = {"S3ExportArtifacts": f"{path}/{card}/{record.name}.pdf"}


KINDS = [
    Kind(
        noun="ModelCard",
        arn="model-card/{ModelCardName}",
        key=("ModelCardName",),
        messages=Messages(
            missing="Model card {name} does not exist.",
            taken="Model card with name {name} already exists.",
            missing_code="ResourceNotFound",
            taken_code="ConflictException",
        ),
        # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeModelCard.html
        lifecycle=Lifecycle(
            member="ModelCardProcessingStatus",
            delete=(
                Stage("DeletePending"),
                Stage("DeleteInProgress", 1),
                Stage("ContentDeleted", 1),
                Stage("ExportJobsDeleted", 1),
                Stage("DeleteCompleted", 1),
                Stage(None, 1),
            ),
            failed="",
            delete_failed="DeleteFailed",
            exclusive=True,
            reason=None,
        ),
        listing=Listing(items="ModelCardSummaries"),
        find_key=_key,
        on_create=_on_create,
        on_describe=_on_describe,
        on_status=_on_status,
        without=frozenset({"update"}),
    ),
    Kind(
        noun="ModelCardExportJob",
        arn="model-card/{ModelCardName}/export-job/{ModelCardExportJobName}",
        key=("ModelCardName", "ModelCardExportJobName"),
        messages=Messages(
            missing="Model card export job {name} does not exist.",
            taken="Model card export job {name} already exists.",
            missing_code="ResourceNotFound",
            taken_code="ConflictException",
        ),
        lifecycle=Lifecycle(member="Status", create=(Stage("InProgress"), Stage("Completed", 30))),
        created_member="CreatedAt",
        modified_member="LastModifiedAt",
        assign_key=_new_export_key,
        find_key=_export_key,
        on_status=_on_export_status,
        taggable=False,
    ),
]

_VERSION = replace(
    KINDS[0],
    noun="ModelCardVersion",
    key=("ModelCardName", "ModelCardVersion"),
    listing=Listing(operation="ListModelCardVersions", items="ModelCardVersionSummaryList", sort_by="ModelCardVersion"),
)
"""How versions are listed. They are stored with their card."""

OPERATIONS: dict[str, Operation] = {"UpdateModelCard": _update, "ListModelCardVersions": _versions}
