"""The condition keys that SageMaker's requests send, against the service authorization reference."""

from __future__ import annotations

from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape
from emulated.recipes import model

from localstack_sagemaker.context_keys import _reference, request_keys, resource_keys

PREFIX = "arn:aws:sagemaker:us-east-1:123456789012:"
# not in the request, but of the resource, of the caller's other request, or not documented where they come from
ELSEWHERE = {
    "sagemaker:CurrentModelLifeCycleStage",
    "sagemaker:CurrentModelLifeCycleStageStatus",
    "sagemaker:DirectGatedModelAccess",
    "sagemaker:TaggingAction",
}
OF_RESOURCE = {"sagemaker:OwnerUserProfileArn", "sagemaker:SpaceSharingType"}
NEWER = {("CreateEdgeDeploymentStage", "aws:TagKeys"), ("UpdateMonitoringSchedule", "aws:TagKeys")}


def whole(shape: Shape | None, seen: tuple[str, ...] = ()) -> Any:
    """A request with every member."""
    if shape is None or shape.name in seen:
        return {}
    inside = (*seen, shape.name)
    if isinstance(shape, StructureShape):
        return {name: whole(member, inside) for name, member in shape.members.items()}
    if isinstance(shape, ListShape):
        return [whole(shape.member, inside)]
    if isinstance(shape, MapShape):
        return {"key": whole(shape.value, inside)}
    if shape.type_name == "boolean":
        return True
    if shape.type_name != "string":
        return 1
    return "arn:aws:sagemaker:us-east-1:1:workteam/private-crowd/a" if shape.name == "WorkteamArn" else "x"


def test_request_with_every_member_sends_every_documented_key() -> None:
    missing = []
    for operation, entry in _reference().items():
        if operation not in model().operation_names:
            continue
        shape = model().operation_model(operation).input_shape
        request = whole(shape)
        sent = request_keys(operation, request, PREFIX)
        expected = {key for key in entry.get("keys", []) if "${" not in key} - ELSEWHERE
        if not operation.startswith("CreateSpace"):
            expected -= OF_RESOURCE
        if "PipelineVersionId" not in (shape.members if shape else {}):  # a later botocore
            expected -= {"sagemaker:PipelineVersionId"}
        missing += [(operation, key) for key in sorted(expected) if key.lower() not in sent]
    assert set(missing) == NEWER


def test_studio_keys_have_the_values_of_nested_settings() -> None:
    sharing = {"SharingSettings": {"NotebookOutputOption": "Allowed", "S3KmsKeyId": "key-1"}}
    apps = {"JupyterLabAppSettings": {"DefaultResourceSpec": {"InstanceType": "ml.t3.medium"}}}
    for operation, member in (
        ("CreateDomain", "DefaultUserSettings"),
        ("CreateUserProfile", "UserSettings"),
        ("UpdateUserProfile", "UserSettings"),
    ):
        request = {"AppNetworkAccessType": "VpcOnly", member: {**sharing, **apps}}
        keys = request_keys(operation, request, PREFIX)
        assert keys["sagemaker:domainsharingoutputkmskeyarn"] == "key-1"
        assert keys["sagemaker:instancetypes"] == ["ml.t3.medium"]
    assert request_keys("CreateDomain", request, PREFIX)["sagemaker:appnetworkaccesstype"] == "VpcOnly"


def test_output_keys_are_found_in_nested_definitions() -> None:
    definition = {"OutputDataConfig": {"S3OutputPath": "s3://b", "KmsKeyId": "key-2"}}
    request = {"TrainingJobDefinition": definition}
    keys = request_keys("CreateHyperParameterTuningJob", request, PREFIX)
    assert keys["sagemaker:outputkmskeyarn"] == "key-2"


def test_keys_of_spaces_and_packages_that_exist() -> None:
    space = {
        "DomainId": "d-1",
        "OwnershipSettings": {"OwnerUserProfileName": "Ada"},
        "SpaceSharingSettings": {"SharingType": "Private"},
    }
    assert resource_keys("Space", space, PREFIX) == {
        "sagemaker:owneruserprofilearn": f"{PREFIX}user-profile/d-1/ada",
        "sagemaker:spacesharingtype": "Private",
    }
    package = {
        "ModelLifeCycle": {"Stage": "Production", "StageStatus": "Approved"},
        "CustomerMetadataProperties": {"Team": "risk"},
    }
    assert resource_keys("ModelPackage", package, PREFIX) == {
        "sagemaker:currentmodellifecyclestage": "Production",
        "sagemaker:currentmodellifecyclestagestatus": "Approved",
        "sagemaker:currentcustomermetadataproperties/team": "risk",
    }
