"""Finds what a story leaves behind: snapshots of an account before and after it must be equal.

A table lists the API calls. Default resources (the default VPC, AWS managed keys, service-linked roles) and KMS keys
that are pending deletion do not count.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["KINDS", "Kind", "Snapshot", "difference", "services_of", "take_snapshot", "unlisted"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of resource to list.

    ``names`` is a JMESPath for the response that selects a name, or a list of parts of a name, per item. ``types`` are
    prefixes of the Terraform resource types that this call lists.
    """

    title: str
    service: str
    operation: str
    names: str
    types: tuple[str, ...] = ()
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def call(self) -> str:
        return f"{self.service}.{self.operation}"


KINDS: tuple[Kind, ...] = (
    Kind("S3 bucket", "s3", "list_buckets", "Buckets[].Name", ("aws_s3_",)),
    Kind("KMS key", "kms", "list_keys", "Keys[].KeyId", ("aws_kms_",)),
    Kind("KMS alias", "kms", "list_aliases", "Aliases[?!starts_with(AliasName, 'alias/aws/')].AliasName"),
    Kind("log group", "logs", "describe_log_groups", "logGroups[].logGroupName", ("aws_cloudwatch_log_",)),
    Kind("log metric filter", "logs", "describe_metric_filters", "metricFilters[].[logGroupName, filterName]"),
    Kind("IAM role", "iam", "list_roles", "Roles[?!starts_with(Path, '/aws-service-role/')].RoleName", ("aws_iam_",)),
    Kind("IAM policy", "iam", "list_policies", "Policies[].PolicyName", arguments={"Scope": "Local"}),
    Kind("IAM instance profile", "iam", "list_instance_profiles", "InstanceProfiles[].InstanceProfileName"),
    Kind("IAM user", "iam", "list_users", "Users[].UserName"),
    Kind("IAM group", "iam", "list_groups", "Groups[].GroupName"),
    Kind("IAM OIDC provider", "iam", "list_open_id_connect_providers", "OpenIDConnectProviderList[].Arn"),
    Kind("VPC", "ec2", "describe_vpcs", "Vpcs[?!IsDefault].VpcId", ("aws_vpc", "aws_default_")),
    Kind("subnet", "ec2", "describe_subnets", "Subnets[?!DefaultForAz].SubnetId", ("aws_subnet",)),
    Kind(
        "security group",
        "ec2",
        "describe_security_groups",
        "SecurityGroups[?GroupName != 'default'].GroupId",
        ("aws_security_group",),
    ),
    Kind(
        "route table",
        "ec2",
        "describe_route_tables",
        "RouteTables[?!(Associations[?Main])].RouteTableId",
        ("aws_route",),
    ),
    Kind("network ACL", "ec2", "describe_network_acls", "NetworkAcls[?!IsDefault].NetworkAclId", ("aws_network_acl",)),
    Kind(
        "NAT gateway",
        "ec2",
        "describe_nat_gateways",
        "NatGateways[?State != 'deleted' && State != 'deleting'].NatGatewayId",
        ("aws_nat_gateway",),
    ),
    Kind(
        "internet gateway",
        "ec2",
        "describe_internet_gateways",
        "InternetGateways[].InternetGatewayId",
        ("aws_internet_gateway",),
    ),
    Kind("VPC endpoint", "ec2", "describe_vpc_endpoints", "VpcEndpoints[?State != 'deleted'].VpcEndpointId"),
    Kind("flow log", "ec2", "describe_flow_logs", "FlowLogs[].FlowLogId", ("aws_flow_log",)),
    Kind("elastic IP", "ec2", "describe_addresses", "Addresses[].AllocationId", ("aws_eip",)),
    Kind(
        "network interface",
        "ec2",
        "describe_network_interfaces",
        "NetworkInterfaces[].NetworkInterfaceId",
        ("aws_network_interface",),
    ),
    Kind(
        "instance",
        "ec2",
        "describe_instances",
        "Reservations[].Instances[?State.Name != 'terminated'][].InstanceId",
        ("aws_instance",),
    ),
    Kind("CloudWatch alarm", "cloudwatch", "describe_alarms", "MetricAlarms[].AlarmName", ("aws_cloudwatch_metric_",)),
    Kind("CloudWatch composite alarm", "cloudwatch", "describe_alarms", "CompositeAlarms[].AlarmName",
         ("aws_cloudwatch_composite_",), {"AlarmTypes": ["CompositeAlarm"]}),
    Kind("CloudWatch dashboard", "cloudwatch", "list_dashboards", "DashboardEntries[].DashboardName",
         ("aws_cloudwatch_dashboard",)),
    Kind("SNS topic", "sns", "list_topics", "Topics[].TopicArn", ("aws_sns_",)),
    Kind("SNS subscription", "sns", "list_subscriptions", "Subscriptions[].SubscriptionArn"),
    Kind("SQS queue", "sqs", "list_queues", "QueueUrls[]", ("aws_sqs_",)),
    Kind("EventBridge rule", "events", "list_rules", "Rules[].Name", ("aws_cloudwatch_event_",)),
    Kind("EventBridge bus", "events", "list_event_buses", "EventBuses[?Name != 'default'].Name"),
    Kind("SSM parameter", "ssm", "describe_parameters", "Parameters[].Name", ("aws_ssm_",)),
    Kind("secret", "secretsmanager", "list_secrets", "SecretList[].Name", ("aws_secretsmanager_",)),
    Kind("Lambda function", "lambda", "list_functions", "Functions[].FunctionName", ("aws_lambda_",)),
    Kind("DynamoDB table", "dynamodb", "list_tables", "TableNames[]", ("aws_dynamodb_",)),
    Kind("state machine", "stepfunctions", "list_state_machines", "stateMachines[].name", ("aws_sfn_",)),
    Kind("schedule", "scheduler", "list_schedules", "Schedules[].[GroupName, Name]", ("aws_scheduler_",)),
    Kind("ECR repository", "ecr", "describe_repositories", "repositories[].repositoryName", ("aws_ecr_",)),
    Kind(
        "scalable target",
        "application-autoscaling",
        "describe_scalable_targets",
        "ScalableTargets[].ResourceId",
        ("aws_appautoscaling_",),
        {"ServiceNamespace": "sagemaker"},
    ),
    Kind(
        "budget",
        "budgets",
        "describe_budgets",
        "Budgets[].BudgetName",
        ("aws_budgets_",),
        {"AccountId": "{account}"},
    ),
    *(
        Kind(f"SageMaker {title}", "sagemaker", operation, names, (f"aws_sagemaker_{kind}",))
        for title, kind, operation, names in (
            ("app", "app", "list_apps", "Apps[?Status != 'Deleted'].[DomainId, AppName]"),
            ("code repository", "code_repository", "list_code_repositories",
             "CodeRepositorySummaryList[].CodeRepositoryName"),
            ("data quality job definition", "data_quality_job_definition", "list_data_quality_job_definitions",
             "JobDefinitionSummaries[].MonitoringJobDefinitionName"),
            ("domain", "domain", "list_domains", "Domains[].DomainId"),
            ("endpoint", "endpoint", "list_endpoints", "Endpoints[].EndpointName"),
            ("endpoint configuration", "endpoint_configuration", "list_endpoint_configs",
             "EndpointConfigs[].EndpointConfigName"),
            ("feature group", "feature_group", "list_feature_groups", "FeatureGroupSummaries[].FeatureGroupName"),
            ("image", "image", "list_images", "Images[].ImageName"),
            ("MLflow tracking server", "mlflow_tracking_server", "list_mlflow_tracking_servers",
             "TrackingServerSummaries[].TrackingServerName"),
            ("model", "model", "list_models", "Models[].ModelName"),
            ("model package group", "model_package", "list_model_package_groups",
             "ModelPackageGroupSummaryList[].ModelPackageGroupName"),
            ("monitoring schedule", "monitoring_schedule", "list_monitoring_schedules",
             "MonitoringScheduleSummaries[].MonitoringScheduleName"),
            ("notebook instance", "notebook_instance", "list_notebook_instances",
             "NotebookInstances[].NotebookInstanceName"),
            ("notebook lifecycle configuration", "notebook_instance_lifecycle",
             "list_notebook_instance_lifecycle_configs",
             "NotebookInstanceLifecycleConfigs[].NotebookInstanceLifecycleConfigName"),
            ("pipeline", "pipeline", "list_pipelines", "PipelineSummaries[].PipelineName"),
            ("space", "space", "list_spaces", "Spaces[].[DomainId, SpaceName]"),
            ("Studio lifecycle configuration", "studio_lifecycle", "list_studio_lifecycle_configs",
             "StudioLifecycleConfigs[].StudioLifecycleConfigName"),
            ("user profile", "user_profile", "list_user_profiles", "UserProfiles[].[DomainId, UserProfileName]"),
        )
    ),
)  # fmt: skip

_NO_TRACE = ("terraform_data", "aws_cloudwatch_log_resource_policy", "aws_caller_identity")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The resources of an account as ``title: name`` lines. ``skipped`` has the error of each failed call."""

    found: frozenset[str]
    skipped: Mapping[str, str]


def take_snapshot(
    session: Any, *, services: Mapping[str, str] | None = None, kinds: Iterable[Kind] = KINDS
) -> Snapshot:
    """List everything in the account and region of ``session`` (a session of the emulator).

    ``services`` is the status of LocalStack's services. One that is ``available`` but not ``running`` was never called
    and has no resources. It is skipped, because a call would start it.
    """
    idle = {name for name, state in (services or {}).items() if state == "available"}
    found: set[str] = set()
    skipped: dict[str, str] = {}
    errors: Any = importlib.import_module("botocore.exceptions")
    for kind in kinds:
        if kind.service in idle:
            continue
        try:
            found.update(f"{kind.title}: {name}" for name in _names(session, kind))
        except errors.ClientError as error:
            answer = error.response
            status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode")
            skipped[kind.call] = f"{answer.get('Error', {}).get('Code', 'error')} ({status})"
    return Snapshot(frozenset(found), skipped)


def _names(session: Any, kind: Kind) -> Iterator[str]:
    client = session.client(kind.service)
    arguments = {key: session.account if value == "{account}" else value for key, value in kind.arguments.items()}
    if client.can_paginate(kind.operation):
        pages = client.get_paginator(kind.operation).paginate(**arguments)
    else:
        pages = [getattr(client, kind.operation)(**arguments)]
    search: Any = importlib.import_module("jmespath").search
    for page in pages:
        for name in search(kind.names, page) or ():
            if kind.operation != "list_keys" or _key_counts(client, name):
                yield "/".join(map(str, name)) if isinstance(name, list) else str(name)


def _key_counts(client: Any, key: str) -> bool:
    described = client.describe_key(KeyId=key)["KeyMetadata"]
    return described["KeyManager"] == "CUSTOMER" and described["KeyState"] not in (
        "PendingDeletion",
        "PendingReplicaDeletion",
    )


def difference(before: Snapshot, after: Snapshot) -> list[str]:
    """The resources that were left behind, and those that were deleted although they existed before, as lines."""
    left = [f"left behind: {item}" for item in sorted(after.found - before.found)]
    gone = [f"deleted, but it existed before: {item}" for item in sorted(before.found - after.found)]
    return left + gone


def services_of(types: Iterable[str]) -> set[str]:
    """The services of Terraform resource types, as far as :data:`KINDS` has them."""
    return {kind.service for name in types for kind in KINDS if kind.types and name.startswith(kind.types)}


def unlisted(types: Iterable[str], snapshot: Snapshot) -> list[str]:
    """The Terraform resource types that no call can list, with the reason."""
    lines = []
    for name in sorted(set(types)):
        kinds = [kind for kind in KINDS if name.startswith(kind.types)] if not name.startswith(_NO_TRACE) else []
        failed = [kind.call for kind in kinds if kind.call in snapshot.skipped]
        if failed:
            lines.append(f"{name}: the emulator has no {failed[0]}: {snapshot.skipped[failed[0]]}")
        elif not kinds and not name.startswith(_NO_TRACE):
            lines.append(f"{name}: there is no list call for it")
    return lines
