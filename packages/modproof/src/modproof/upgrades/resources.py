"""What the plan of an upgrade does to each resource."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from modproof.core.results import Bump, ResourceUpgrade
from modproof.terraform.changes import changes

__all__ = ["ACTIONS", "LOST", "PROTECTED", "bump_of", "endangered", "is_protected", "upgraded"]

PROTECTED = frozenset(
    {
        "aws_api_gateway_rest_api", "aws_apigatewayv2_api", "aws_backup_vault", "aws_cloudfront_distribution",
        "aws_cloudwatch_log_group", "aws_codeartifact_domain", "aws_codeartifact_repository",
        "aws_codecommit_repository", "aws_cognito_identity_pool", "aws_cognito_user_pool", "aws_db_instance",
        "aws_docdb_cluster", "aws_dynamodb_table", "aws_ebs_volume", "aws_ecr_repository", "aws_ecrpublic_repository",
        "aws_efs_file_system", "aws_eks_cluster", "aws_elasticache_replication_group", "aws_elasticsearch_domain",
        "aws_fsx_lustre_file_system", "aws_fsx_ontap_file_system", "aws_fsx_openzfs_file_system",
        "aws_fsx_windows_file_system", "aws_keyspaces_table", "aws_kinesis_stream", "aws_kms_external_key",
        "aws_kms_key", "aws_kms_replica_key", "aws_lb", "aws_memorydb_cluster", "aws_mq_broker", "aws_msk_cluster",
        "aws_neptune_cluster", "aws_opensearch_domain", "aws_opensearchserverless_collection", "aws_rds_cluster",
        "aws_redshift_cluster", "aws_route53_zone", "aws_s3_bucket", "aws_s3_directory_bucket",
        "aws_s3tables_table_bucket", "aws_sagemaker_domain", "aws_sagemaker_endpoint", "aws_sagemaker_feature_group",
        "aws_sagemaker_mlflow_tracking_server", "aws_sagemaker_model_package_group",
        "aws_sagemaker_notebook_instance", "aws_sagemaker_space", "aws_sagemaker_user_profile",
        "aws_secretsmanager_secret", "aws_sqs_queue", "aws_timestreamwrite_table", "aws_transfer_server",
    }
)  # fmt: skip
"""Resource types that hold data or serve requests. Replacing or destroying one loses data or interrupts service."""

_ACTIONS: dict[tuple[str, ...], str] = {
    ("no-op",): "unchanged",
    ("create",): "created",
    ("update",): "updated",
    ("delete",): "destroyed",
    ("create", "delete"): "replaced",
    ("delete", "create"): "replaced",
    ("forget",): "forgotten",
    ("create", "forget"): "replaced",
}
ACTIONS: dict[str, Bump] = {
    "unchanged": "none",
    "moved": "patch",
    "updated": "patch",
    "created": "minor",
    "replaced": "minor",
    "destroyed": "minor",
    "orphaned": "minor",
    "forgotten": "minor",
}
"""What an upgrade does to a resource, and the bump that this implies if no protected one is lost."""


LOST = ("replaced", "destroyed", "orphaned")
"""What an upgrade may not do to a resource that holds data or serves requests."""


def is_protected(kind: str, more: Collection[str] = ()) -> bool:
    """Whether resources of the type ``kind`` hold data or serve requests. ``more`` are the project's own types."""
    return kind in PROTECTED or kind in more


def upgraded(plan: Mapping[str, Any], more_protected: Collection[str] = ()) -> list[ResourceUpgrade]:
    """Each managed resource of ``plan`` (Terraform's JSON), sorted by address.

    ``more_protected`` are the project's resource types in addition to PROTECTED.
    """
    details = {change.address: change.attributes for change in changes(plan)}
    found = []
    for resource in plan.get("resource_changes", ()):
        if resource.get("mode", "managed") != "managed":
            continue
        actions = tuple(resource["change"]["actions"])
        action = _ACTIONS.get(actions, "+".join(actions))
        previous = resource.get("previous_address", "")
        if action == "unchanged" and previous:
            action = "moved"
        attributes = details.get(resource["address"], {}) if action in ("updated", "replaced") else {}
        found.append(
            ResourceUpgrade(
                address=resource["address"],
                action=action,
                details=tuple(f"{path}: {how}" for path, how in attributes.items()),
                moved_from=previous,
                protected=is_protected(resource["type"], more_protected),
            )
        )
    return sorted(found, key=lambda each: each.address)


def endangered(resource: ResourceUpgrade) -> bool:
    """Whether the upgrade loses a resource that holds data or serves requests."""
    return resource.protected and resource.action in LOST


def bump_of(resources: Sequence[ResourceUpgrade]) -> list[Bump]:
    """The bump that each resource implies. An exception does not lower it: callers still lose the resource."""
    return ["major" if endangered(resource) else ACTIONS.get(resource.action, "minor") for resource in resources]
