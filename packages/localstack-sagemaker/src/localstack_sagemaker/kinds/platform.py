"""Hubs, MLflow tracking servers, projects, and the Service Catalog portfolio."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import errors, role_rules
from ..call import Call, Kind, Operation
from ..generic import response
from ..records import Record, Stage
from ..status import transition
from ..table import Lifecycle, Listing, Messages, newer_messages
from ..tags import read_tags

__all__ = ["KINDS", "OPERATIONS"]


_MLFLOW_VERSIONS = ("2.13.2", "2.16.2", "3.0.0")
_SERVER_IS_CHANGING = ("Creating", "Updating", "Starting", "Stopping", "Deleting", "MaintenanceInProgress")


def _on_create_server(call: Call, record: Record) -> None:
    # AWS takes 2.16 for 2.16.2: https://github.com/hashicorp/terraform-provider-aws/pull/42435
    wanted = record.attributes["MlflowVersion"]
    known = [version for version in _MLFLOW_VERSIONS if f"{version}.".startswith(f"{wanted}.")]
    if not known:
        raise errors.validation(f"MLflow version {wanted} is not supported.")
    record.attributes["MlflowVersion"] = known[-1]
    record.attributes["TrackingServerUrl"] = f"https://t-{call.random_id(12)}.{call.region}.experiments.sagemaker.aws"


def _require_steady_server(record: Record) -> None:
    status = record.attributes["TrackingServerStatus"]
    if status in _SERVER_IS_CHANGING:
        raise errors.conflict(f"Tracking server {record.name} is {status}.")


def _on_update_server(call: Call, record: Record, changes: dict[str, Any]) -> None:
    _require_steady_server(record)


def _on_delete_server(call: Call, record: Record) -> None:
    _require_steady_server(record)


def _on_server_status(call: Call, record: Record) -> None:
    status = record.attributes["TrackingServerStatus"]
    record.attributes["IsActive"] = "Inactive" if status in ("Stopped", "Stopping") else "Active"


def _presign_server(call: Call) -> Mapping[str, Any]:
    record = call.get(call.kinds["MlflowTrackingServer"])
    return {"AuthorizedUrl": f"{record.attributes['TrackingServerUrl']}/auth?authToken={call.random_id(64)}"}


def _change_status(stages: tuple[Stage, ...], allowed: tuple[str, ...]) -> Operation:
    def change_status(call: Call) -> Mapping[str, Any]:
        record = call.get(call.kinds["MlflowTrackingServer"])
        status = record.attributes["TrackingServerStatus"]
        if status not in allowed:
            raise errors.conflict(f"Tracking server {record.name} is {status}.")
        transition(call, record, stages)
        return response(call, record)

    return change_status


def _on_create_project(call: Call, record: Record) -> None:
    attributes = record.attributes
    attributes["ProjectId"] = f"p-{call.random_id(12)}"
    details = attributes.setdefault("ServiceCatalogProvisioningDetails", {})
    if details.get("ProductId"):
        details.setdefault("ProvisioningArtifactId", f"pa-{call.random_id(13)}")
    attributes["ServiceCatalogProvisionedProductDetails"] = {"ProvisionedProductId": f"pp-{call.random_id(13)}"}


def _require_project(call: Call, record: Record) -> None:
    if record.attributes["ProjectStatus"] == "DeleteCompleted":
        raise call.missing(call.kinds["Project"], record.key)


def _on_update_project(call: Call, record: Record, changes: dict[str, Any]) -> None:
    _require_project(call, record)
    update = changes.pop("ServiceCatalogProvisioningUpdateDetails", None)
    if update:
        changes["ServiceCatalogProvisioningDetails"] = {
            **record.attributes["ServiceCatalogProvisioningDetails"],
            **update,
        }
    record.tags |= read_tags(call.request.get("Tags") or [])


def _on_delete_hub(call: Call, record: Record) -> None:
    contents = sorted({one.key[2] for one in call.store.of("HubContent").values() if one.key[0] == record.name})
    if contents:
        raise errors.in_use(f"Hub {record.name} cannot be deleted: it still has contents: {', '.join(contents)}.")


def _enable_portfolio(call: Call) -> Mapping[str, Any]:
    call.store.counters["portfolio"] = 1
    return {}


def _disable_portfolio(call: Call) -> Mapping[str, Any]:
    call.store.counters["portfolio"] = 0
    return {}


def _portfolio_status(call: Call) -> Mapping[str, Any]:
    return {"Status": "Enabled" if call.store.counters.get("portfolio") else "Disabled"}


KINDS = [
    Kind(
        noun="Hub",
        arn="hub/{HubName}",
        key=("HubName",),
        messages=newer_messages("Hub"),
        lifecycle=Lifecycle(
            member="HubStatus",
            create=(Stage("Creating"), Stage("InService", 20)),
            update=(Stage("Updating"), Stage("InService", 10)),
            delete=(Stage("Deleting"), Stage(None, 10)),
            failed="CreateFailed",
            update_failed="UpdateFailed",
            delete_failed="DeleteFailed",
            exclusive=True,
        ),
        listing=Listing(items="HubSummaries", ignored=frozenset({"AccountIdOwner"})),
        on_delete=_on_delete_hub,
    ),
    Kind(
        noun="MlflowTrackingServer",
        arn="mlflow-tracking-server/{TrackingServerName}",
        arn_member="TrackingServerArn",
        key=("TrackingServerName",),
        messages=Messages(
            missing="Tracking server with name {name} does not exist.",
            taken="Tracking server with name {name} already exists.",
            missing_code="ResourceNotFound",
            taken_code="ConflictException",
        ),
        lifecycle=Lifecycle(
            member="TrackingServerStatus",
            create=(Stage("Creating"), Stage("Created", 600)),
            update=(Stage("Updating"), Stage("Updated", 300)),
            delete=(Stage("Deleting"), Stage(None, 300)),
            failed="CreateFailed",
            update_failed="UpdateFailed",
            start_failed="StartFailed",
            stop_failed="StopFailed",
            delete_failed="DeleteFailed",
            reason=None,
        ),
        defaults={
            "TrackingServerSize": "Small",
            "MlflowVersion": "2.16.2",
            "WeeklyMaintenanceWindowStart": "Tue:03:30",
            "AutomaticModelRegistration": False,
        },
        on_create=_on_create_server,
        on_role=role_rules.mlflow,
        on_update=_on_update_server,
        on_delete=_on_delete_server,
        on_status=_on_server_status,
    ),
    Kind(
        noun="Project",
        arn="project/{ProjectName}",
        key=("ProjectName",),
        messages=Messages(missing="Project {name} does not exist.", taken="Project with name {name} already exists."),
        lifecycle=Lifecycle(
            member="ProjectStatus",
            create=(Stage("Pending"), Stage("CreateInProgress", 5), Stage("CreateCompleted", 60)),
            update=(Stage("UpdateInProgress"), Stage("UpdateCompleted", 30)),
            delete=(Stage("DeleteInProgress"), Stage("DeleteCompleted", 30), Stage(None, 24 * 3600)),
            gone="DeleteCompleted",
            exclusive=True,
            failed="CreateFailed",
            update_failed="UpdateFailed",
            delete_failed="DeleteFailed",
            reason=None,
        ),
        listing=Listing(items="ProjectSummaryList"),
        on_create=_on_create_project,
        on_delete=_require_project,
        on_update=_on_update_project,
    ),
]

OPERATIONS: dict[str, Operation] = {
    "CreatePresignedMlflowTrackingServerUrl": _presign_server,
    "StartMlflowTrackingServer": _change_status((Stage("Starting"), Stage("Started", 120)), ("Stopped", "StartFailed")),
    "StopMlflowTrackingServer": _change_status(
        (Stage("Stopping"), Stage("Stopped", 120)), ("Created", "Updated", "Started", "StopFailed")
    ),
    "EnableSagemakerServicecatalogPortfolio": _enable_portfolio,
    "DisableSagemakerServicecatalogPortfolio": _disable_portfolio,
    "GetSagemakerServicecatalogPortfolioStatus": _portfolio_status,
}
