"""What Terraform's provider reads is in every Describe response, also if a resource has only its required arguments.

Measured with hashicorp/aws 5.100.0: each member was left out of the responses in turn, and the plan or apply compared.
"""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from emulated.inprocess import InProcess
from emulated.recipes import describe, make

CRASH = "the provider dereferences it without a check and crashes"
DIFF = "without it, each plan has a change"
EMPTY = "it is a computed attribute, which would be empty"

# kind → member, at any depth; of a list, the first item is checked
MEMBERS: dict[str, dict[str, str]] = {
    "App": {"AppArn": EMPTY, "AppName": DIFF, "AppType": DIFF, "DomainId": DIFF, "Status": DIFF},
    "AppImageConfig": {"AppImageConfigArn": EMPTY, "AppImageConfigName": DIFF},
    "CodeRepository": {"CodeRepositoryArn": EMPTY, "CodeRepositoryName": DIFF, "GitConfig.RepositoryUrl": DIFF},
    "DataQualityJobDefinition": {
        "DataQualityAppSpecification.ImageUri": DIFF,
        "DataQualityJobInput.EndpointInput.EndpointName": DIFF,
        "DataQualityJobInput.EndpointInput.LocalPath": DIFF,
        "DataQualityJobInput.EndpointInput.S3DataDistributionType": EMPTY,
        "DataQualityJobInput.EndpointInput.S3InputMode": EMPTY,
        "DataQualityJobOutputConfig": DIFF,
        "JobDefinitionArn": EMPTY,
        "JobDefinitionName": DIFF,
        "JobResources.ClusterConfig.InstanceCount": DIFF,
        "JobResources.ClusterConfig.InstanceType": DIFF,
        "JobResources.ClusterConfig.VolumeSizeInGB": DIFF,
        "RoleArn": DIFF,
        "StoppingCondition.MaxRuntimeInSeconds": EMPTY,
    },
    "Device": {"DeviceArn": EMPTY, "DeviceFleetName": DIFF, "DeviceName": DIFF},
    "DeviceFleet": {
        "DeviceFleetArn": EMPTY,
        "DeviceFleetName": DIFF,
        "OutputConfig.S3OutputLocation": DIFF,
    },
    "Domain": {
        "AppNetworkAccessType": DIFF,
        "AuthMode": DIFF,
        "DefaultUserSettings.ExecutionRole": DIFF,
        "DomainArn": EMPTY,
        "DomainId": EMPTY,
        "DomainName": DIFF,
        "HomeEfsFileSystemId": EMPTY,
        "Status": DIFF,
        "SubnetIds": DIFF,
        "TagPropagation": DIFF,
        "Url": EMPTY,
        "VpcId": DIFF,
    },
    "Endpoint": {"EndpointArn": EMPTY, "EndpointConfigName": DIFF, "EndpointName": DIFF, "EndpointStatus": DIFF},
    "EndpointConfig": {
        "EndpointConfigArn": EMPTY,
        "EndpointConfigName": DIFF,
        "ProductionVariants.InitialInstanceCount": DIFF,
        "ProductionVariants.InitialVariantWeight": DIFF,
        "ProductionVariants.InstanceType": DIFF,
        "ProductionVariants.ModelName": DIFF,
        "ProductionVariants.VariantName": EMPTY,
    },
    "FeatureGroup": {
        "EventTimeFeatureName": DIFF,
        "FeatureDefinitions.FeatureName": DIFF,
        "FeatureDefinitions.FeatureType": DIFF,
        "FeatureGroupArn": EMPTY,
        "FeatureGroupName": DIFF,
        "FeatureGroupStatus": DIFF,
        "OnlineStoreConfig.EnableOnlineStore": DIFF,
        "RecordIdentifierFeatureName": DIFF,
        "ThroughputConfig.ThroughputMode": EMPTY,
    },
    "FlowDefinition": {
        "FlowDefinitionArn": EMPTY,
        "FlowDefinitionName": DIFF,
        "FlowDefinitionStatus": DIFF,
        "HumanLoopConfig.HumanTaskUiArn": DIFF,
        "HumanLoopConfig.TaskCount": DIFF,
        "HumanLoopConfig.TaskDescription": DIFF,
        "HumanLoopConfig.TaskTitle": DIFF,
        "HumanLoopConfig.WorkteamArn": DIFF,
        "OutputConfig.S3OutputPath": DIFF,
        "RoleArn": DIFF,
    },
    "Hub": {"HubArn": EMPTY, "HubDescription": DIFF, "HubName": DIFF, "HubStatus": DIFF},
    "HumanTaskUi": {
        "HumanTaskUiArn": EMPTY,
        "HumanTaskUiName": DIFF,
        "UiTemplate.ContentSha256": EMPTY,
        "UiTemplate.Url": EMPTY,
    },
    "Image": {"ImageArn": EMPTY, "ImageName": DIFF, "ImageStatus": DIFF, "RoleArn": DIFF},
    "ImageVersion": {
        "BaseImage": DIFF,
        "ContainerImage": EMPTY,
        "ImageArn": EMPTY,
        "ImageVersionArn": EMPTY,
        "ImageVersionStatus": DIFF,
        "Version": EMPTY,
    },
    "MlflowTrackingServer": {
        "ArtifactStoreUri": DIFF,
        "AutomaticModelRegistration": EMPTY,
        "MlflowVersion": EMPTY,
        "RoleArn": DIFF,
        "TrackingServerArn": EMPTY,
        "TrackingServerName": DIFF,
        "TrackingServerSize": DIFF,
        "TrackingServerStatus": DIFF,
        "TrackingServerUrl": EMPTY,
        "WeeklyMaintenanceWindowStart": EMPTY,
    },
    "Model": {
        "EnableNetworkIsolation": EMPTY,
        "ExecutionRoleArn": DIFF,
        "ModelArn": EMPTY,
        "ModelName": DIFF,
        "PrimaryContainer.Image": DIFF,
        "PrimaryContainer.Mode": DIFF,
    },
    "ModelPackageGroup": {
        "ModelPackageGroupArn": EMPTY,
        "ModelPackageGroupName": DIFF,
        "ModelPackageGroupStatus": DIFF,
    },
    "MonitoringSchedule": {
        "MonitoringScheduleArn": EMPTY,
        "MonitoringScheduleConfig.MonitoringJobDefinitionName": DIFF,
        "MonitoringScheduleConfig.MonitoringType": DIFF,
        "MonitoringScheduleConfig.ScheduleConfig.ScheduleExpression": DIFF,
        "MonitoringScheduleName": DIFF,
        "MonitoringScheduleStatus": DIFF,
    },
    "NotebookInstance": {
        "DirectInternetAccess": DIFF,
        "InstanceMetadataServiceConfiguration.MinimumInstanceMetadataServiceVersion": EMPTY,
        "InstanceType": DIFF,
        "NotebookInstanceArn": EMPTY,
        "NotebookInstanceName": DIFF,
        "NotebookInstanceStatus": DIFF,
        "PlatformIdentifier": EMPTY,
        "RoleArn": DIFF,
        "RootAccess": DIFF,
        "Url": EMPTY,
        "VolumeSizeInGB": DIFF,
    },
    "NotebookInstanceLifecycleConfig": {
        "NotebookInstanceLifecycleConfigArn": EMPTY,
        "NotebookInstanceLifecycleConfigName": DIFF,
    },
    "Pipeline": {
        "PipelineArn": EMPTY,
        "PipelineDefinition": DIFF,
        "PipelineDisplayName": DIFF,
        "PipelineName": DIFF,
        "RoleArn": DIFF,
    },
    "Project": {
        "ProjectArn": EMPTY,
        "ProjectId": EMPTY,
        "ProjectName": DIFF,
        "ProjectStatus": DIFF,
        "ServiceCatalogProvisionedProductDetails": CRASH,
        "ServiceCatalogProvisioningDetails.ProductId": DIFF,
        "ServiceCatalogProvisioningDetails.ProvisioningArtifactId": EMPTY,
    },
    "Space": {
        "DomainId": DIFF,
        "HomeEfsFileSystemUid": EMPTY,
        "SpaceArn": EMPTY,
        "SpaceName": DIFF,
        "Status": DIFF,
        "Url": EMPTY,
    },
    "StudioLifecycleConfig": {
        "StudioLifecycleConfigAppType": DIFF,
        "StudioLifecycleConfigArn": EMPTY,
        "StudioLifecycleConfigContent": DIFF,
        "StudioLifecycleConfigName": DIFF,
    },
    "UserProfile": {
        "DomainId": DIFF,
        "HomeEfsFileSystemUid": EMPTY,
        "Status": DIFF,
        "UserProfileArn": EMPTY,
        "UserProfileName": DIFF,
    },
    "Workforce": {
        "CognitoConfig.ClientId": DIFF,
        "CognitoConfig.UserPool": DIFF,
        "SourceIpConfig": EMPTY,
        "Status": DIFF,
        "SubDomain": EMPTY,
        "WorkforceArn": EMPTY,
        "WorkforceName": DIFF,
    },
    "Workteam": {
        "Description": DIFF,
        "MemberDefinitions.CognitoMemberDefinition.ClientId": DIFF,
        "MemberDefinitions.CognitoMemberDefinition.UserGroup": DIFF,
        "MemberDefinitions.CognitoMemberDefinition.UserPool": DIFF,
        "SubDomain": EMPTY,
        "WorkteamArn": EMPTY,
        "WorkteamName": DIFF,
    },
}


@pytest.mark.parametrize("noun", MEMBERS)
def test_what_the_provider_reads_is_described(noun: str) -> None:
    account: Any = InProcess(str(secrets.randbelow(9 * 10**11) + 10**11))
    shown = describe(account, noun, make(account, noun))
    missing = {member: reason for member, reason in MEMBERS[noun].items() if _at(shown, member) is None}
    assert missing == {}


def _at(shown: Any, member: str) -> Any:
    for name in member.split("."):
        shown = (shown[0] if isinstance(shown, list) else shown).get(name)
        if shown is None:
            return None
    return shown
