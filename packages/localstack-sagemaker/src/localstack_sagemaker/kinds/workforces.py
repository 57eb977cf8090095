"""Human review: workforces, work teams, task user interfaces and flow definitions."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from .. import errors, role_rules
from ..call import Call, Kind, Operation
from ..records import Record, Stage
from ..table import Lifecycle, Messages, newer_messages

__all__ = ["KINDS", "OPERATIONS"]


_VPC_MEMBERS = ("VpcId", "SecurityGroupIds", "Subnets")


def _add_vpc_endpoint(call: Call, config: dict[str, Any] | None) -> None:
    if config:
        absent = [member for member in _VPC_MEMBERS if not config.get(member)]
        if absent:
            raise errors.validation(f"{absent[0]} must be specified in WorkforceVpcConfig.")
        config.setdefault("VpcEndpointId", f"vpce-0{call.store.next_number('vpc-endpoint'):016x}")


def _new_sub_domain(call: Call) -> str:
    return f"{call.random_id(10)}.labeling.{call.region}.sagemaker.aws"


def _on_create_workforce(call: Call, record: Record) -> None:
    attributes = record.attributes
    if bool(attributes.get("CognitoConfig")) == bool(attributes.get("OidcConfig")):
        raise errors.validation("Exactly one of CognitoConfig and OidcConfig must be specified.")
    if call.store.of("Workforce"):
        raise errors.validation("A private workforce already exists in this account and region.")
    (attributes.get("OidcConfig") or {}).pop("ClientSecret", None)
    attributes["SubDomain"] = _new_sub_domain(call)
    attributes.setdefault("SourceIpConfig", {"Cidrs": []})
    _add_vpc_endpoint(call, attributes.get("WorkforceVpcConfig"))


def _on_update_workforce(call: Call, record: Record, changes: dict[str, Any]) -> None:
    if changes.get("OidcConfig") and _has_teams(call, record):
        # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateWorkforce.html
        raise errors.validation(f"OidcConfig of workforce {record.name} cannot be updated: it still has work teams.")
    (changes.get("OidcConfig") or {}).pop("ClientSecret", None)
    config = changes.get("WorkforceVpcConfig")
    if config is not None and not config:
        changes["WorkforceVpcConfig"] = None
    _add_vpc_endpoint(call, config)


def _on_delete_workforce(call: Call, record: Record) -> None:
    if _has_teams(call, record):
        raise errors.validation(f"Workforce {record.name} cannot be deleted: it still has work teams.")


def _has_teams(call: Call, record: Record) -> bool:
    return any(team.attributes.get("WorkforceArn") == record.arn for team in call.store.of("Workteam").values())


def _check_members(members: Sequence[Mapping[str, Any]]) -> None:
    """Reject members of several user pools.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateWorkteam.html (MemberDefinitions)
    """
    pools = [one["CognitoMemberDefinition"] for one in members if one.get("CognitoMemberDefinition")]
    if len({(pool["UserPool"], pool["ClientId"]) for pool in pools}) > 1:
        raise errors.validation("All Cognito member definitions must have the same ClientId and UserPool.")


def _on_update_team(call: Call, record: Record, changes: dict[str, Any]) -> None:
    _check_members(changes.get("MemberDefinitions") or [])


def _on_create_team(call: Call, record: Record) -> None:
    attributes = record.attributes
    _check_members(attributes["MemberDefinitions"])
    name = attributes.pop("WorkforceName", None)
    workforce = (
        call.get(call.kinds["Workforce"], (name,)) if name else next(iter(call.store.of("Workforce").values()), None)
    )
    if workforce:
        attributes["WorkforceArn"] = workforce.arn
    attributes["SubDomain"] = workforce.attributes["SubDomain"] if workforce else _new_sub_domain(call)
    attributes.setdefault("NotificationConfiguration", {})


def _delete_team(call: Call) -> Mapping[str, Any]:
    call.store.remove(call.get(call.kinds["Workteam"]))
    return {"Success": True}


def _on_create_flow(call: Call, record: Record) -> None:
    record.attributes["HumanLoopConfig"].setdefault("TaskTimeLimitInSeconds", 3600)


def _on_create_ui(call: Call, record: Record) -> None:
    content = record.attributes["UiTemplate"]["Content"]
    digest = hashlib.sha256(content.encode()).hexdigest()
    bucket = f"sagemaker-human-task-ui-{call.region}"
    record.attributes["UiTemplate"] = {
        "Url": f"https://{bucket}.s3.{call.region}.amazonaws.com/{call.account}/{record.name}/{digest[:16]}",
        "ContentSha256": digest,
    }


KINDS = [
    Kind(
        noun="Workforce",
        arn="workforce/{WorkforceName}",
        key=("WorkforceName",),
        messages=Messages(
            missing="No workforce found with name {name} in this account and region.",
            taken="Workforce with name {name} already exists.",
        ),
        lifecycle=Lifecycle(
            member="Status",
            create=(Stage("Initializing"), Stage("Active", 20)),
            update=(Stage("Updating"), Stage("Active", 20)),
            delete=(Stage("Deleting"), Stage(None, 20)),
            exclusive=True,
        ),
        created_member="CreateDate",
        modified_member="LastUpdatedDate",
        wrapper="Workforce",
        on_create=_on_create_workforce,
        on_update=_on_update_workforce,
        on_delete=_on_delete_workforce,
    ),
    Kind(
        noun="Workteam",
        arn="workteam/private-crowd/{WorkteamName}",
        key=("WorkteamName",),
        messages=Messages(
            missing="The work team {arn} does not exist.",
            taken="Work team with name {name} already exists.",
            taken_code="ResourceInUse",
        ),
        created_member="CreateDate",
        modified_member="LastUpdatedDate",
        wrapper="Workteam",
        on_create=_on_create_team,
        on_update=_on_update_team,
    ),
    Kind(
        noun="HumanTaskUi",
        arn="human-task-ui/{HumanTaskUiName}",
        key=("HumanTaskUiName",),
        messages=newer_messages("HumanTaskUi"),
        lifecycle=Lifecycle(member="HumanTaskUiStatus", create=(Stage("Active"),), failed=""),
        on_create=_on_create_ui,
    ),
    Kind(
        noun="FlowDefinition",
        arn="flow-definition/{FlowDefinitionName}",
        key=("FlowDefinitionName",),
        messages=newer_messages("FlowDefinition"),
        lifecycle=Lifecycle(
            member="FlowDefinitionStatus",
            create=(Stage("Initializing"), Stage("Active", 10)),
            delete=(Stage("Deleting"), Stage(None, 10)),
            exclusive=True,
        ),
        on_create=_on_create_flow,
        on_role=role_rules.assumed,
    ),
]


def _no_subscriptions(call: Call) -> Mapping[str, Any]:
    """Work teams of vendors are subscribed to in AWS Marketplace, which is not emulated."""
    return {"SubscribedWorkteams": []}


OPERATIONS: dict[str, Operation] = {
    "DeleteWorkteam": _delete_team,
    "ListSubscribedWorkteams": _no_subscriptions,
}
STORED = {"ListSubscribedWorkteams"}
