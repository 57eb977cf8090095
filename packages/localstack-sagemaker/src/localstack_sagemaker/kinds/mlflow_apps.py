"""MLflow apps, if the installed botocore has them: botocore 1.42 does, 1.39 does not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import errors, role_rules
from ..call import Call, Kind, Operation
from ..newer_operations import known
from ..records import Record, Stage
from ..table import Lifecycle, Listing, Messages

__all__ = ["KINDS", "OPERATIONS"]

_KNOWN = known("CreateMlflowApp")
_CHANGING = ("Creating", "Updating", "Deleting")


def _new_key(call: Call) -> tuple[str, ...]:
    name = call.request["Name"]
    if any(one.attributes["Name"] == name for one in call.store.of("MlflowApp").values()):
        raise errors.validation(f"MLflow App with name {name} already exists.")
    return (f"app-{call.random_id().upper()}",)


def _key(call: Call, request: Mapping[str, Any]) -> tuple[str, ...]:
    record = call.store.by_arn(str(request["Arn"]))
    return record.key if record else (str(request["Arn"]).rpartition("/")[2],)


def _on_create(call: Call, record: Record) -> None:
    _take_account_default(call, record, record.attributes)


def _require_steady(record: Record) -> None:
    if record.attributes["Status"] in _CHANGING:
        raise errors.conflict(f"MLflow App {record.arn} is {record.attributes['Status']}.")


def _on_update(call: Call, record: Record, changes: dict[str, Any]) -> None:
    _require_steady(record)
    changes.pop("Arn", None)
    _take_account_default(call, record, changes)


def _take_account_default(call: Call, record: Record, attributes: Mapping[str, Any]) -> None:
    """An account has one default app."""
    if attributes.get("AccountDefaultStatus") == "ENABLED":
        for other in call.store.of("MlflowApp").values():
            if other is not record:
                other.attributes["AccountDefaultStatus"] = "DISABLED"


def _on_delete(call: Call, record: Record) -> None:
    _require_steady(record)


def _presign(call: Call) -> Mapping[str, Any]:
    record = call.get(call.kinds["MlflowApp"])
    url = f"https://{record.name.lower()}.{call.region}.experiments.sagemaker.aws"
    return {"AuthorizedUrl": f"{url}/auth?authToken={call.random_id(64)}"}


_KINDS = [
    Kind(
        noun="MlflowApp",
        arn="mlflow-app/{MlflowAppId}",
        arn_member="Arn",
        key=("MlflowAppId",),
        messages=Messages(missing="MLflow App {arn} does not exist.", taken="", missing_code="ResourceNotFound"),
        lifecycle=Lifecycle(
            member="Status",
            create=(Stage("Creating"), Stage("Created", 120)),
            update=(Stage("Updating"), Stage("Updated", 60)),
            delete=(Stage("Deleting"), Stage(None, 60)),
            failed="CreateFailed",
            update_failed="UpdateFailed",
            delete_failed="DeleteFailed",
            reason=None,
        ),
        listing=Listing(items="Summaries", name="Name", filters={"DefaultForDomainId": "DefaultDomainIdList"}),
        defaults={
            "MlflowVersion": "3.4",
            "ModelRegistrationMode": "AutoModelRegistrationDisabled",
            "AccountDefaultStatus": "DISABLED",
            "WeeklyMaintenanceWindowStart": "Tue:03:30",
        },
        assign_key=_new_key,
        find_key=_key,
        on_create=_on_create,
        on_role=role_rules.mlflow,
        on_update=_on_update,
        on_delete=_on_delete,
    )
]

KINDS = _KINDS if _KNOWN else []
OPERATIONS: dict[str, Operation] = {"CreatePresignedMlflowAppUrl": _presign} if _KNOWN else {}
