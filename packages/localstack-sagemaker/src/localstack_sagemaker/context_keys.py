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

__all__ = ["request_keys", "resources_of"]

_VARIABLE = re.compile(r"\$\{(\w+)\}")

_MEMBERS: dict[str, tuple[str, ...]] = {
    "sagemaker:AcceleratorTypes": ("AcceleratorType", "AcceleratorTypes"),
    "sagemaker:AppNetworkAccessType": ("AppNetworkAccessType",),
    "sagemaker:AuthMode": ("AuthMode",),
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
    "sagemaker:DomainSharingOutputKmsKeyArn": "DefaultUserSettings.SharingSettings.S3KmsKeyId",
    "sagemaker:FeatureGroupDisableGlueTableCreation": "OfflineStoreConfig.DisableGlueTableCreation",
    "sagemaker:FeatureGroupEnableOnlineStore": "OnlineStoreConfig.EnableOnlineStore",
    "sagemaker:FeatureGroupOfflineStoreKmsKeyArn": "OfflineStoreConfig.S3StorageConfig.KmsKeyId",
    "sagemaker:FeatureGroupOfflineStoreS3Uri": "OfflineStoreConfig.S3StorageConfig.S3Uri",
    "sagemaker:FeatureGroupOnlineStoreKmsKeyArn": "OnlineStoreConfig.SecurityConfig.KmsKeyId",
}
"""Condition key → path of the member in the request. A key that is in neither table is not sent."""

_NAMES: dict[str, tuple[str, str]] = {
    "sagemaker:ModelArn": ("ModelName", "model/{}"),
    "sagemaker:NotebookInstanceLifecycleConfigArns": ("LifecycleConfigName", "notebook-instance-lifecycle-config/{}"),
    "sagemaker:OwnerUserProfileArn": ("OwnerUserProfileName", "user-profile/{domain}/{}"),
}
"""Condition key with an ARN → member with the name, and the end of the ARN"""

_MULTIVALUED = {
    "sagemaker:AcceleratorTypes",
    "sagemaker:ImageArns",
    "sagemaker:ImageVersionArns",
    "sagemaker:InstanceTypes",
    "sagemaker:NotebookInstanceLifecycleConfigArns",
    "sagemaker:StudioLifecycleConfigArns",
    "sagemaker:VpcSecurityGroupIds",
    "sagemaker:VpcSubnets",
    "aws:TagKeys",
}
_OUTPUTS = ("OutputDataConfig", "TransformOutput", "ProcessingOutputConfig", "MonitoringOutputConfig", "OutputConfig")


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


def request_keys(operation: str, request: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """The condition keys that a request sends for its action, in lower case.

    `prefix` is `arn:PARTITION:sagemaker:REGION:ACCOUNT:`.
    """
    keys: dict[str, Any] = {}
    for key in _reference().get(operation, {}).get("keys", []):
        values = _values(key, request, prefix)
        if values:
            keys[key.lower()] = values if key in _MULTIVALUED else values[0]
    for tag in request.get("Tags") or []:
        keys[f"aws:requesttag/{tag['Key'].lower()}"] = tag["Value"]
    for name, value in (request.get("CustomerMetadataProperties") or {}).items():
        keys[f"sagemaker:customermetadataproperties/{name.lower()}"] = value
    return keys


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
        return [one for name in _OUTPUTS for one in _found(request.get(name), ("KmsKeyId",))]
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
