"""Studio: domains, user profiles, spaces, apps, lifecycle configurations and app image configurations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import errors, role_rules
from ..call import Call, Kind, Operation
from ..records import Record, Stage
from ..table import Lifecycle, Listing, Messages, newer_messages

__all__ = ["KINDS", "OPERATIONS"]


def _lifecycle(seconds: float) -> Lifecycle:
    return Lifecycle(
        member="Status",
        create=(Stage("Pending"), Stage("InService", seconds)),
        update=(Stage("Updating"), Stage("InService", seconds / 2)),
        delete=(Stage("Deleting"), Stage(None, seconds / 2)),
        update_failed="Update_Failed",
    )


def _new_domain_id(call: Call) -> tuple[str, ...]:
    wanted = call.request["DomainName"]
    for domain in call.store.of("Domain").values():
        if domain.attributes["DomainName"] == wanted:
            raise errors.in_use(f"Domain with name {wanted} already exists. Please use a different name.")
    return (f"d-{call.random_id(12)}",)


def _on_create_domain(call: Call, record: Record) -> None:
    attributes = record.attributes
    attributes["HomeEfsFileSystemId"] = f"fs-0{call.store.next_number('file-system'):016x}"
    attributes["Url"] = f"https://{record.name}.studio.{call.region}.sagemaker.aws"
    if attributes["AppNetworkAccessType"] == "VpcOnly" and not attributes.get("SubnetIds"):
        raise errors.validation("SubnetIds is required when AppNetworkAccessType is VpcOnly")
    docker = (attributes.get("DomainSettings") or {}).get("DockerSettings") or {}
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DockerSettings.html
    if docker.get("VpcOnlyTrustedAccounts") and attributes["AppNetworkAccessType"] != "VpcOnly":
        raise errors.validation("VpcOnlyTrustedAccounts is only supported when AppNetworkAccessType is VpcOnly.")
    settings = attributes["DefaultUserSettings"]
    settings.setdefault("DefaultLandingUri", "studio::")
    settings.setdefault("StudioWebPortal", "ENABLED")
    settings.setdefault("AutoMountHomeEFS", "Enabled")


def _on_update_domain(call: Call, record: Record, changes: dict[str, Any]) -> None:
    if changes.get("AppNetworkAccessType") == "VpcOnly" and not changes.get("SubnetIds"):
        raise errors.validation("VpcId and Subnet IDs are required for updating domains to VpcOnly mode.")
    rstudio = (record.attributes.get("DomainSettings") or {}).get("RStudioServerProDomainSettings")
    if changes.get("AppSecurityGroupManagement") and not rstudio:
        raise errors.validation("AppSecurityGroupManagement can only be set for Rstudio enabled domains.")
    update = changes.pop("DomainSettingsForUpdate", None)
    if update:
        changes["DomainSettings"] = {member.removesuffix("ForUpdate"): value for member, value in update.items()}
    _merge_settings(record, changes)


def _on_update_member(call: Call, record: Record, changes: dict[str, Any]) -> None:
    _merge_settings(record, changes)


def _merge_settings(record: Record, changes: dict[str, Any]) -> None:
    """Keep the nested settings that a request does not name. Lists are replaced as a whole."""
    for member, value in changes.items():
        if isinstance(value, dict):
            changes[member] = _merged(record.attributes.get(member) or {}, value)


def _merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    return dict(old) | {
        member: _merged(old[member], value) if isinstance(value, dict) and isinstance(old.get(member), dict) else value
        for member, value in new.items()
    }


def _members_of(call: Call, noun: str, domain: str) -> list[Record]:
    return [one for one in call.store.of(noun).values() if one.attributes["DomainId"] == domain]


def _on_delete_domain(call: Call, record: Record) -> None:
    for noun in ("UserProfile", "Space", "App"):
        if _members_of(call, noun, record.name):
            raise _associated(record, noun)


def _associated(record: Record, noun: str) -> Exception:
    # recorded: https://github.com/aws/amazon-sagemaker-feedback/issues/113
    return errors.in_use(f"Unable to delete {record.noun} [{record.arn}] because {noun}(s) are associated with it.")


def _require_domain(call: Call, record: Record) -> Record:
    return call.get(call.kinds["Domain"], (record.attributes["DomainId"],))


def _on_create_member(call: Call, record: Record) -> None:
    domain = _require_domain(call, record)
    record.attributes["HomeEfsFileSystemUid"] = str(200000 + call.store.next_number("uid"))
    if record.noun == "Space":
        record.attributes["Url"] = f"{domain.attributes['Url']}/jupyter/{record.name}"
        owner = (record.attributes.get("OwnershipSettings") or {}).get("OwnerUserProfileName")
        if owner:
            call.get(call.kinds["UserProfile"], (domain.name, owner))
        # https://docs.aws.amazon.com/sagemaker/latest/dg/domain-space-create.html
        shared = (record.attributes.get("SpaceSharingSettings") or {}).get("SharingType") == "Shared"
        if shared and not (domain.attributes.get("DefaultSpaceSettings") or {}).get("ExecutionRole"):
            raise errors.validation(
                f"Domain {domain.name} has no DefaultSpaceSettings with an ExecutionRole, which shared spaces need."
            )


def _on_delete_member(call: Call, record: Record) -> None:
    member = f"{record.noun}Name"
    for app in _members_of(call, "App", record.attributes["DomainId"]):
        if app.attributes.get(member) == record.name and app.attributes["Status"] != "Deleting":
            raise _associated(record, "App")
    for space in _members_of(call, "Space", record.attributes["DomainId"]):
        owner = (space.attributes.get("OwnershipSettings") or {}).get("OwnerUserProfileName")
        if record.noun == "UserProfile" and owner == record.name and space.attributes["Status"] != "Deleting":
            raise _associated(record, "Space")


def _app_key(call: Call, request: Mapping[str, Any]) -> tuple[str, ...]:
    user, space = request.get("UserProfileName"), request.get("SpaceName")
    if bool(user) == bool(space):
        raise errors.validation("Exactly one of UserProfileName and SpaceName must be specified.")
    return (request["DomainId"], f"user/{user}" if user else f"space/{space}", request["AppType"], request["AppName"])


def _new_app_key(call: Call) -> tuple[str, ...]:
    key = _app_key(call, call.request)
    call.request["Owner"] = key[1].partition("/")[2]
    return key


def _on_create_app(call: Call, record: Record) -> None:
    attributes = record.attributes
    domain = _require_domain(call, record)
    for noun in ("UserProfile", "Space"):
        if attributes.get(f"{noun}Name"):
            call.get(call.kinds[noun], (domain.name, attributes[f"{noun}Name"]))
    attributes["LastUserActivityTimestamp"] = record.created


def _on_delete_config(call: Call, record: Record) -> None:
    """Reject if a domain, user profile, space or app uses the configuration."""
    for noun in ("Domain", "UserProfile", "Space", "App"):
        for one in call.store.of(noun).values():
            if _contains(one.attributes, record.arn):
                raise errors.in_use(f"Unable to delete StudioLifecycleConfig {record.name}: {noun} {one.name} uses it.")


def _contains(value: Any, text: str) -> bool:
    if isinstance(value, dict):
        return any(_contains(item, text) for item in value.values())
    if isinstance(value, list):
        return any(_contains(item, text) for item in value)
    return bool(value == text)


def _presign(call: Call) -> Mapping[str, Any]:
    domain = call.get(call.kinds["Domain"])
    call.get(call.kinds["UserProfile"], (domain.name, call.request["UserProfileName"]))
    return {"AuthorizedUrl": f"{domain.attributes['Url']}/auth?token={call.random_id(64)}"}


KINDS = [
    Kind(
        noun="Domain",
        arn="domain/{DomainId}",
        key=("DomainId",),
        messages=newer_messages("Domain"),
        lifecycle=_lifecycle(240),
        defaults={"AppNetworkAccessType": "PublicInternetOnly", "TagPropagation": "DISABLED"},
        assign_key=_new_domain_id,
        on_create=_on_create_domain,
        on_update=_on_update_domain,
        on_delete=_on_delete_domain,
    ),
    Kind(
        noun="UserProfile",
        arn="user-profile/{DomainId}/{UserProfileName}",
        key=("DomainId", "UserProfileName"),
        messages=newer_messages("UserProfile"),
        lifecycle=_lifecycle(20),
        on_create=_on_create_member,
        on_update=_on_update_member,
        on_delete=_on_delete_member,
    ),
    Kind(
        noun="Space",
        arn="space/{DomainId}/{SpaceName}",
        key=("DomainId", "SpaceName"),
        messages=Messages(
            missing="RecordNotFound",
            taken="Space with name {name} already exists. Please use a different name.",
            missing_code="ResourceNotFound",
            taken_code="ResourceInUse",
        ),
        lifecycle=_lifecycle(20),
        listing=Listing(
            summary={"SpaceSettingsSummary": "-", "SpaceSharingSettingsSummary": "SpaceSharingSettings"}
            | {"OwnershipSettingsSummary": "OwnershipSettings"}
        ),
        on_create=_on_create_member,
        on_update=_on_update_member,
        on_delete=_on_delete_member,
    ),
    Kind(
        noun="App",
        arn="app/{DomainId}/{Owner}/{AppType}/{AppName}",
        key=("DomainId", "-", "AppType", "AppName"),
        messages=Messages(
            missing="RecordNotFound",
            taken="App with name {name} already exists. Please use a different name.",
            missing_code="ResourceNotFound",
            taken_code="ResourceInUse",
        ),
        lifecycle=_lifecycle(60),
        find_key=_app_key,
        assign_key=_new_app_key,
        on_create=_on_create_app,
        on_role=role_rules.app,
    ),
    Kind(
        noun="StudioLifecycleConfig",
        arn="studio-lifecycle-config/{StudioLifecycleConfigName}",
        key=("StudioLifecycleConfigName",),
        messages=newer_messages("StudioLifecycleConfig"),
        listing=Listing(filters={"AppTypeEquals": "StudioLifecycleConfigAppType"}),
        on_delete=_on_delete_config,
    ),
    Kind(
        noun="AppImageConfig",
        arn="app-image-config/{AppImageConfigName}",
        key=("AppImageConfigName",),
        messages=newer_messages("AppImageConfig"),
    ),
]

OPERATIONS: dict[str, Operation] = {"CreatePresignedDomainUrl": _presign}
