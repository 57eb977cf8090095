"""Studio: domains, user profiles, spaces, apps, lifecycle configurations and app image configurations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .. import errors, network_interfaces, role_rules
from ..call import Call, Kind, Operation
from ..network_interfaces import After
from ..records import Record, Stage
from ..table import Lifecycle, Listing, Messages, newer_messages

__all__ = ["KINDS", "OPERATIONS"]

_DELETED_APP_SECONDS = 86_400.0
"""A deleted app is described and listed for a day:
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListApps.html (Status)"""


def _lifecycle(seconds: float) -> Lifecycle:
    return Lifecycle(
        member="Status",
        create=(Stage("Pending"), Stage("InService", seconds)),
        update=(Stage("Updating"), Stage("InService", seconds / 2)),
        delete=(Stage("Deleting"), Stage(None, seconds / 2)),
        update_failed="Update_Failed",
        delete_failed="Delete_Failed",
        exclusive=True,
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
    _check_home(attributes)
    settings = attributes["DefaultUserSettings"]
    _check_landing(attributes)
    _check_server(attributes)
    settings.setdefault("DefaultLandingUri", "studio::")
    settings.setdefault("StudioWebPortal", "ENABLED")
    settings.setdefault("AutoMountHomeEFS", "Enabled")


def _check_home(request: Mapping[str, Any]) -> None:
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UserSettings.html
    if (request.get("DefaultUserSettings") or {}).get("AutoMountHomeEFS") == "DefaultAsDomain":
        raise errors.validation("AutoMountHomeEFS DefaultAsDomain is only supported for user profiles.")


def _on_update_domain(call: Call, record: Record, changes: dict[str, Any]) -> None:
    _check_home(changes)
    if changes.get("AppNetworkAccessType") == "VpcOnly" and not changes.get("SubnetIds"):
        raise errors.validation("VpcId and Subnet IDs are required for updating domains to VpcOnly mode.")
    _require_no_apps(call, record, changes)
    rstudio = (record.attributes.get("DomainSettings") or {}).get("RStudioServerProDomainSettings")
    if changes.get("AppSecurityGroupManagement") and not rstudio:
        raise errors.validation("AppSecurityGroupManagement can only be set for Rstudio enabled domains.")
    update = changes.pop("DomainSettingsForUpdate", None)
    if update:
        changes["DomainSettings"] = {member.removesuffix("ForUpdate"): value for member, value in update.items()}
    _merge_settings(record, changes)


def _require_no_apps(call: Call, record: Record, changes: Mapping[str, Any]) -> None:
    """Refuse the changes that AWS refuses while the domain has apps.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateDomain.html
    """
    attributes = record.attributes
    apps = {one.attributes["Status"] for one in _members_of(call, "App", record.name)}
    if not apps & {"InService", "Pending", "Deleting"}:
        return
    access = changes.get("AppNetworkAccessType")
    subnets = attributes.get("SubnetIds") or []
    removed = set(subnets) - set(changes.get("SubnetIds") or subnets)
    rstudio = (changes.get("DomainSettingsForUpdate") or {}).get("RStudioServerProDomainSettingsForUpdate")
    if access not in (None, attributes["AppNetworkAccessType"]) or removed or rstudio:
        raise errors.validation(
            f"Unable to update Domain [{record.arn}] with InService App. Delete all InService apps in the domain "
            "including shared Apps for [domain-shared] User Profile, and try again."
        )


def _on_update_member(call: Call, record: Record, changes: dict[str, Any]) -> None:
    current = (record.attributes.get("SpaceSettings") or {}).get("AppType")
    wanted = (changes.get("SpaceSettings") or {}).get("AppType")
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_SpaceSettings.html
    if current and wanted and wanted != current:
        raise errors.validation(f"The AppType of space {record.name} cannot be changed from {current} to {wanted}.")
    _merge_settings(record, changes)


def _merge_settings(record: Record, changes: dict[str, Any]) -> None:
    """Keep the nested settings that a request does not name. Lists are replaced as a whole."""
    _check_landing(changes)
    for member, value in changes.items():
        if isinstance(value, dict):
            changes[member] = _merged(record.attributes.get(member) or {}, value)
    _check_server(changes)


_SETTINGS = ("DefaultUserSettings", "DefaultSpaceSettings", "UserSettings", "SpaceSettings")


def _check_landing(request: Mapping[str, Any]) -> None:
    """Reject a landing page in Studio that the same request disables.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UserSettings.html (DefaultLandingUri)
    """
    for settings in (request[member] for member in _SETTINGS if request.get(member)):
        if settings.get("DefaultLandingUri") == "studio::" and settings.get("StudioWebPortal") == "DISABLED":
            raise errors.validation("DefaultLandingUri studio:: is only supported when StudioWebPortal is ENABLED.")


def _check_server(attributes: Mapping[str, Any]) -> None:
    """Reject settings of JupyterServer apps that AWS rejects.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_JupyterServerAppSettings.html and
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ResourceSpec.html
    """
    for settings in (attributes[member] for member in _SETTINGS if attributes.get(member)):
        server = settings.get("JupyterServerAppSettings") or {}
        spec = server.get("DefaultResourceSpec")
        if server.get("LifecycleConfigArns") and not spec:
            raise errors.validation("DefaultResourceSpec is required when LifecycleConfigArns are specified.")
        _check_server_type((spec or {}).get("InstanceType"))


def _check_server_type(instance_type: str | None) -> None:
    if instance_type not in (None, "system"):
        raise errors.validation(f"JupyterServer apps only support the instance type system, not {instance_type}.")


def _merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    return dict(old) | {
        member: _merged(old[member], value) if isinstance(value, dict) and isinstance(old.get(member), dict) else value
        for member, value in new.items()
    }


def _members_of(call: Call, noun: str, domain: str) -> list[Record]:
    members = call.store.of(noun).values()
    return [one for one in members if one.attributes["DomainId"] == domain and one.attributes["Status"] != "Deleted"]


def _on_delete_domain(call: Call, record: Record) -> None:
    for noun in ("UserProfile", "Space", "App"):
        if _members_of(call, noun, record.name):
            raise _associated(record, noun)
    record.private["retention"] = (call.request.get("RetentionPolicy") or {}).get("HomeEfsFileSystem", "Retain")


def _on_domain_status(call: Call, record: Record) -> None:
    """Create or release the mount targets of the home file system and the security groups for it.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_RetentionPolicy.html: the file system is retained by
    default. Its mount targets and both groups then block the deletion of the VPC:
    https://github.com/hashicorp/terraform-provider-aws/issues/20986.
    """
    attributes = record.attributes
    names = [f"security-group-for-{direction}-nfs-{record.name}" for direction in ("inbound", "outbound")]
    groups = network_interfaces.create_groups(call, record, attributes.get("VpcId") or "", names)
    network = {"Subnets": attributes.get("SubnetIds"), "SecurityGroupIds": groups[:1]}
    after = After.DELETE if record.private.get("retention") == "Delete" else After.RETAIN
    network_interfaces.update(call, record, [network], after)


def _on_app_status(call: Call, record: Record) -> None:
    """An app has a network interface in one of the domain's subnets, with the security groups of its owner."""
    domain = call.store.of("Domain").get((record.attributes["DomainId"],))
    subnets = (domain.attributes.get("SubnetIds") or [])[:1] if domain else []
    groups = _groups_of(call, record, domain) if domain else []
    network = {"Subnets": subnets, "SecurityGroupIds": groups}
    network_interfaces.update(call, record, [] if record.attributes["Status"] == "Deleted" else [network])


def _groups_of(call: Call, app: Record, domain: Record) -> list[str]:
    user = app.attributes.get("UserProfileName")
    owner = call.store.of("UserProfile").get((domain.name, user)) if user else None
    own = (owner.attributes.get("UserSettings") or {}).get("SecurityGroups") if owner else None
    defaults = domain.attributes.get("DefaultUserSettings" if user else "DefaultSpaceSettings") or {}
    return own or defaults.get("SecurityGroups") or []


def _associated(record: Record, noun: str) -> Exception:
    # recorded: https://github.com/aws/amazon-sagemaker-feedback/issues/113
    return errors.in_use(f"Unable to delete {record.noun} [{record.arn}] because {noun}(s) are associated with it.")


def _require_domain(call: Call, record: Record) -> Record:
    domain = call.get(call.kinds["Domain"], (record.attributes["DomainId"],))
    status = domain.attributes["Status"]
    if status in ("Pending", "Deleting", "Failed"):
        raise errors.in_use(f"Unable to create {record.noun} because Domain [{domain.arn}] is in status {status}.")
    return domain


def _on_create_member(call: Call, record: Record) -> None:
    domain = _require_domain(call, record)
    record.attributes["HomeEfsFileSystemUid"] = str(200000 + call.store.next_number("uid"))
    _check_landing(record.attributes)
    _check_server(record.attributes)
    if record.noun == "UserProfile":
        _check_user(domain, record.attributes)
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


def _check_user(domain: Record, attributes: Mapping[str, Any]) -> None:
    """Reject a user profile that does not fit the domain's authentication.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateUserProfile.html
    """
    single_sign_on = domain.attributes["AuthMode"] == "SSO"
    for member in ("SingleSignOnUserIdentifier", "SingleSignOnUserValue"):
        if single_sign_on and not attributes.get(member):
            raise errors.validation(f"{member} is required: the AuthMode of domain {domain.name} is SSO.")
        if attributes.get(member) and not single_sign_on:
            raise errors.validation(f"{member} cannot be specified: the AuthMode of domain {domain.name} is not SSO.")
    settings = (attributes.get("UserSettings") or {}, domain.attributes["DefaultUserSettings"])
    secured = any(one.get("SecurityGroups") for one in settings)
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UserSettings.html
    if domain.attributes["AppNetworkAccessType"] == "VpcOnly" and not secured:
        raise errors.validation(f"SecurityGroups must be specified: domain {domain.name} is VpcOnly.")


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


def _on_delete_app(call: Call, record: Record) -> None:
    # recorded: https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/sagemaker/app.go
    if record.attributes["Status"] == "Deleted":
        raise errors.validation(f"App {record.arn} has already been deleted.")
    if record.attributes["Status"] == "Deleting":
        raise errors.in_use(f"App [{record.arn}] is in status Deleting.")


def _on_create_app(call: Call, record: Record) -> None:
    attributes = record.attributes
    domain = _require_domain(call, record)
    for noun in ("UserProfile", "Space"):
        if attributes.get(f"{noun}Name"):
            call.get(call.kinds[noun], (domain.name, attributes[f"{noun}Name"]))
    attributes["LastUserActivityTimestamp"] = record.created
    instance_type = (attributes.get("ResourceSpec") or {}).get("InstanceType")
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ResourceSpec.html
    if attributes["AppType"] == "JupyterServer":
        _check_server_type(instance_type)
    if attributes["AppType"] == "KernelGateway" and instance_type == "system":
        attributes["ResourceSpec"]["InstanceType"] = "ml.t3.medium"


_IMAGE_CONFIGS = ("KernelGatewayImageConfig", "JupyterLabAppImageConfig", "CodeEditorAppImageConfig")


def _on_create_image_config(call: Call, record: Record) -> None:
    """Reject several image configurations.

    https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/sagemaker_app_image_config
    """
    given = [member for member in _IMAGE_CONFIGS if record.attributes.get(member) is not None]
    if len(given) > 1:
        raise errors.validation(f"Only one of {' and '.join(given)} can be specified.")


def _on_delete_config(call: Call, record: Record) -> None:
    """Reject if a domain, user profile, space or app uses the configuration."""
    for noun in ("Domain", "UserProfile", "Space", "App"):
        for one in call.store.of(noun).values():
            if one.attributes["Status"] != "Deleted" and _contains(one.attributes, record.arn):
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
        on_status=_on_domain_status,
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
        lifecycle=replace(
            _lifecycle(60),
            update=(),
            delete=(Stage("Deleting"), Stage("Deleted", 30), Stage(None, _DELETED_APP_SECONDS)),
            update_failed="",
            delete_failed="",
            gone="Deleted",
            exclusive=False,
        ),
        find_key=_app_key,
        assign_key=_new_app_key,
        on_create=_on_create_app,
        on_delete=_on_delete_app,
        on_role=role_rules.app,
        on_status=_on_app_status,
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
        on_create=_on_create_image_config,
    ),
]

OPERATIONS: dict[str, Operation] = {"CreatePresignedDomainUrl": _presign}
