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
"""Condition key → members of the request, at any depth. Keys that are absent here are never sent."""

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


def request_keys(operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """The condition keys that a request sends for its action, in lower case."""
    keys: dict[str, Any] = {}
    for key in _reference().get(operation, {}).get("keys", []):
        values = list(_special(key, request) if key in _SPECIAL else _found(request, _MEMBERS.get(key, ())))
        if values:
            keys[key.lower()] = values if key in _MULTIVALUED else values[0]
    for tag in request.get("Tags") or []:
        keys[f"aws:requesttag/{tag['Key'].lower()}"] = tag["Value"]
    for name, value in (request.get("CustomerMetadataProperties") or {}).items():
        keys[f"sagemaker:customermetadataproperties/{name.lower()}"] = value
    return keys


def _special(key: str, request: Mapping[str, Any]) -> list[Any]:
    if key == "aws:TagKeys":
        return [tag["Key"] for tag in request.get("Tags") or []] or list(request.get("TagKeys") or [])
    if key == "sagemaker:VolumeKmsKeyArn":
        volumes = list(_found(request, ("VolumeKmsKeyId",)))
        return volumes or [one for one in (request.get("KmsKeyId"), request.get("HomeEfsFileSystemKmsKeyId")) if one]
    return [one for name in _OUTPUTS for one in _found(request.get(name), ("KmsKeyId",))]


_SPECIAL = {"aws:TagKeys", "sagemaker:OutputKmsKeyArn", "sagemaker:VolumeKmsKeyArn"}


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
