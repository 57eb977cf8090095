"""SageMaker's condition keys and resources of a request.

`authorization.json` lists the keys and resources of each action, from
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

__all__ = ["request_keys", "resource_keys", "resources_of"]

_VARIABLE = re.compile(r"\$\{(\w+)\}")

_MEMBERS: dict[str, tuple[str, ...]] = {
    "sagemaker:AcceleratorTypes": ("AcceleratorType", "AcceleratorTypes"),
    "sagemaker:AppNetworkAccessType": ("AppNetworkAccessType",),
    "sagemaker:AuthMode": ("AuthMode",),
    "sagemaker:CustomerMetadataPropertiesToRemove": ("CustomerMetadataPropertiesToRemove",),
    "sagemaker:DirectInternetAccess": ("DirectInternetAccess",),
    "sagemaker:EnableRemoteDebug": ("EnableRemoteDebug",),
    "sagemaker:FileSystemAccessMode": ("FileSystemAccessMode",),
    "sagemaker:FileSystemDirectoryPath": ("DirectoryPath",),
    "sagemaker:FileSystemId": ("FileSystemId",),
    "sagemaker:FileSystemType": ("FileSystemType",),
    "sagemaker:ImageArns": ("SageMakerImageArn",),
    "sagemaker:ImageVersionArns": ("SageMakerImageVersionArn",),
    "sagemaker:InstanceTypes": ("InstanceType", "DefaultInstanceType", "TransformInstanceType"),
    "sagemaker:InterContainerTrafficEncryption": ("EnableInterContainerTrafficEncryption",),
    "sagemaker:KeepAlivePeriod": ("KeepAlivePeriodInSeconds",),
    "sagemaker:MaxRuntimeInSeconds": ("MaxRuntimeInSeconds",),
    "sagemaker:MinimumInstanceMetadataServiceVersion": ("MinimumInstanceMetadataServiceVersion",),
    "sagemaker:ModelApprovalStatus": ("ModelApprovalStatus",),
    "sagemaker:ModelLifeCycle:Stage": ("Stage",),
    "sagemaker:ModelLifeCycle:StageStatus": ("StageStatus",),
    "sagemaker:NetworkIsolation": ("EnableNetworkIsolation",),
    "sagemaker:PipelineVersionId": ("PipelineVersionId",),
    "sagemaker:RemoteAccess": ("RemoteAccess",),
    "sagemaker:RootAccess": ("RootAccess",),
    "sagemaker:ServerlessMaxConcurrency": ("MaxConcurrency",),
    "sagemaker:ServerlessMemorySize": ("MemorySizeInMB",),
    "sagemaker:SpaceSharingType": ("SharingType",),
    "sagemaker:StudioLifecycleConfigArns": ("LifecycleConfigArn", "LifecycleConfigArns", "StudioLifecycleConfigArn"),
    "sagemaker:TargetModel": ("TargetModel",),
    "sagemaker:VpcSecurityGroupIds": ("SecurityGroupIds", "SecurityGroups"),
    "sagemaker:VpcSubnets": ("Subnets", "SubnetIds", "SubnetId"),
    "sagemaker:WorkteamArn": ("WorkteamArn",),
}
"""Condition key → members of the request, at any depth."""

_PATHS: dict[str, str] = {
    "sagemaker:FeatureGroupDisableGlueTableCreation": "OfflineStoreConfig.DisableGlueTableCreation",
    "sagemaker:FeatureGroupEnableOnlineStore": "OnlineStoreConfig.EnableOnlineStore",
    "sagemaker:FeatureGroupOfflineStoreKmsKeyArn": "OfflineStoreConfig.S3StorageConfig.KmsKeyId",
    "sagemaker:FeatureGroupOfflineStoreS3Uri": "OfflineStoreConfig.S3StorageConfig.S3Uri",
    "sagemaker:FeatureGroupOnlineStoreKmsKeyArn": "OnlineStoreConfig.SecurityConfig.KmsKeyId",
}
"""Condition key → path of the member in the request"""

_NAMES: dict[str, tuple[str, str]] = {
    "sagemaker:ModelArn": ("ModelName", "model/{}"),
    "sagemaker:NotebookInstanceLifecycleConfigArns": ("LifecycleConfigName", "notebook-instance-lifecycle-config/{}"),
    "sagemaker:OwnerUserProfileArn": ("OwnerUserProfileName", "user-profile/{domain}/{}"),
}
"""Condition key with an ARN → member with the name, and the end of the ARN"""

_MULTIVALUED = {
    "sagemaker:AcceleratorTypes",
    "sagemaker:CustomerMetadataPropertiesToRemove",
    "sagemaker:ImageArns",
    "sagemaker:ImageVersionArns",
    "sagemaker:InstanceTypes",
    "sagemaker:NotebookInstanceLifecycleConfigArns",
    "sagemaker:StudioLifecycleConfigArns",
    "sagemaker:VpcSecurityGroupIds",
    "sagemaker:VpcSubnets",
    "aws:TagKeys",
}
_OUTPUTS = re.compile(r"OutputDataConfig|TransformOutput|\w*OutputConfig")


@cache
def _reference() -> dict[str, dict[str, list[str]]]:
    text = (files(__package__) / "authorization.json").read_text(encoding="utf-8")
    found: dict[str, dict[str, list[str]]] = json.loads(text)
    return found


def _found(value: Any, names: tuple[str, ...]) -> Iterator[Any]:
    """The values of members with these names, at any depth."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name in names and inner is not None:
                yield from inner if isinstance(inner, list) else [inner]
            else:
                yield from _found(inner, names)
    elif isinstance(value, list):
        for inner in value:
            yield from _found(inner, names)


def _matching(value: Any, name: re.Pattern[str]) -> Iterator[Any]:
    """The values of members with a name that matches, at any depth, without those inside them."""
    if isinstance(value, Mapping):
        for member, inner in value.items():
            if name.fullmatch(member):
                yield inner
            else:
                yield from _matching(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from _matching(inner, name)


def resource_keys(noun: str, attributes: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """The condition keys that describe a space or model package that exists, in lower case.

    `prefix` is `arn:PARTITION:sagemaker:REGION:ACCOUNT:`.
    """
    keys: dict[str, Any] = {}
    if noun == "Space":
        owner = (attributes.get("OwnershipSettings") or {}).get("OwnerUserProfileName")
        if owner:
            keys["sagemaker:owneruserprofilearn"] = f"{prefix}user-profile/{attributes['DomainId']}/{owner}".lower()
        sharing = (attributes.get("SpaceSharingSettings") or {}).get("SharingType")
        if sharing:
            keys["sagemaker:spacesharingtype"] = sharing
    if noun == "ModelPackage":
        for key, member in (("stage", "Stage"), ("stagestatus", "StageStatus")):
            value = (attributes.get("ModelLifeCycle") or {}).get(member)
            if value:
                keys[f"sagemaker:currentmodellifecycle{key}"] = value
        for name, value in (attributes.get("CustomerMetadataProperties") or {}).items():
            keys[f"sagemaker:currentcustomermetadataproperties/{name.lower()}"] = value
    return keys


def request_keys(operation: str, request: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """The condition keys that a request sends for its action, in lower case.

    `prefix` is `arn:PARTITION:sagemaker:REGION:ACCOUNT:`.
    """
    keys: dict[str, Any] = {}
    present = set(_names_in(request))
    for key, name, members in _keys_of(operation):
        if members and present.isdisjoint(members):
            continue
        values = _values(key, request, prefix)
        if values:
            keys[name] = values if key in _MULTIVALUED else values[0]
    for tag in request.get("Tags") or []:
        keys[f"aws:requesttag/{tag['Key'].lower()}"] = tag["Value"]
    for name, value in (request.get("CustomerMetadataProperties") or {}).items():
        keys[f"sagemaker:customermetadataproperties/{name.lower()}"] = value
    return keys


def _names_in(value: Any) -> Iterator[str]:
    """The names of all members, at any depth."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield name
            if isinstance(inner, Mapping | list):
                yield from _names_in(inner)
    elif isinstance(value, list):
        for inner in value:
            if isinstance(inner, Mapping | list):
                yield from _names_in(inner)


@cache
def _keys_of(operation: str) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """The condition keys of an action, in lower case too, with the members that one of has; empty if not known."""
    keys = _reference().get(operation, {}).get("keys", [])
    return tuple((key, key.lower(), _NAMES[key][:1] if key in _NAMES else _MEMBERS.get(key, ())) for key in keys)


def _values(key: str, request: Mapping[str, Any], prefix: str) -> list[Any]:
    if key in _NAMES:
        member, end = _NAMES[key]
        domain = request.get("DomainId", "")
        return [(prefix + end.format(name, domain=domain)).lower() for name in _found(request, (member,))]
    if key in _PATHS:
        value: Any = request
        for member in _PATHS[key].split("."):
            value = value.get(member) if isinstance(value, Mapping) else None
        return [] if value is None else [value]
    if key == "sagemaker:FeatureGroupOfflineStoreConfig":
        return [True] if request.get("OfflineStoreConfig") else []
    if key == "aws:TagKeys":
        return [tag["Key"] for tag in request.get("Tags") or []] or list(request.get("TagKeys") or [])
    if key == "sagemaker:VolumeKmsKeyArn":
        volumes = list(_found(request, ("VolumeKmsKeyId",)))
        return volumes or [one for one in (request.get("KmsKeyId"), request.get("HomeEfsFileSystemKmsKeyId")) if one]
    if key == "sagemaker:OutputKmsKeyArn":
        return [one for output in _matching(request, _OUTPUTS) for one in _found(output, ("KmsKeyId",))]
    if key == "sagemaker:DomainSharingOutputKmsKeyArn":
        settings = _found(request, ("SharingSettings",))
        return [one for setting in settings for one in _found(setting, ("S3KmsKeyId",))]
    if key == "sagemaker:WorkteamType":
        return [arn.split("/")[1] for arn in _found(request, ("WorkteamArn",)) if arn.count("/") > 1]
    return list(_found(request, _MEMBERS.get(key, ())))


def resources_of(operation: str, request: Mapping[str, Any], prefix: str) -> list[str]:
    """The ARNs on which a request is decided. `prefix` is `arn:PARTITION:sagemaker:REGION:ACCOUNT:`.

    SageMaker writes names in ARNs in lower case.
    """
    given = request.get("ResourceArn")
    if given:
        return [str(given).lower()]
    members = {name.lower(): value for name, value in request.items() if isinstance(value, str)}
    found = [_filled(pattern, members, prefix) for pattern in _reference().get(operation, {}).get("resources", [])]
    return [arn for arn in found if arn] or ["*"]


def _filled(pattern: str, members: Mapping[str, str], prefix: str) -> str:
    names = _VARIABLE.findall(pattern)
    kind = pattern.partition("/")[0].replace("-", "")
    for name in (names[-1].lower() if names else "", f"{kind}arn"):
        if members.get(name, "").startswith("arn:"):
            return members[name].lower()
    if kind == "modelpackage" and "modelpackagename" not in members and "modelpackagegroupname" in members:
        group = members["modelpackagegroupname"].rpartition("/")[2]
        return f"{prefix}model-package/{group}/*".lower()
    if not all(name.lower() in members for name in names):
        return ""
    return (prefix + _VARIABLE.sub(lambda match: members[match[1].lower()], pattern)).lower()
