"""The order of resources that no reference shows, in every module: what waits, and what is replaced when.

A plan does not show it: each entry is a decision, with the reason in the module.
"""

from __future__ import annotations

from pathlib import Path

from modproof.hcl.reader import module_blocks

MODULES = Path(__file__).parents[2] / "modules"

BUCKET = {
    "aws_s3_bucket_ownership_controls.this",
    "aws_s3_bucket_policy.this",
    "aws_s3_bucket_public_access_block.this",
    "aws_s3_bucket_server_side_encryption_configuration.this",
    "aws_s3_bucket_versioning.this",
}
GROUP_RULES = {
    f"aws_security_group_rule.{name}"
    for name in ("endpoint_clients", "endpoints", "internet_https", "members_in", "members_out", "own", "s3")
}
ROUTES = {"aws_route.private_internet", "aws_route_table_association.private"}

WAITS = {
    "data-buckets": {
        "aws_s3_bucket_lifecycle_configuration.access_logs": {"aws_s3_bucket_versioning.access_logs"},
        "aws_s3_bucket_lifecycle_configuration.this": {"aws_s3_bucket_versioning.this"},
        "aws_s3_bucket_logging.this": {"aws_s3_bucket_policy.access_logs"},
        "aws_s3_bucket_notification.this": {"aws_lambda_permission.notifications"},
        "aws_s3_bucket_policy.access_logs": {"aws_s3_bucket_public_access_block.access_logs"},
        "aws_s3_bucket_policy.this": {"aws_s3_bucket_public_access_block.this"},
        "aws_s3_bucket_replication_configuration.access_logs": {
            "aws_iam_role_policy.replication",
            "aws_s3_bucket_versioning.access_logs",
        },
        "aws_s3_bucket_replication_configuration.this": {
            "aws_iam_role_policy.replication",
            "aws_s3_bucket_versioning.this",
        },
        "output.access_log_bucket_arn": {"aws_s3_bucket_policy.access_logs", "aws_s3_bucket_versioning.access_logs"},
        "output.arns": BUCKET,
        "output.ids": BUCKET,
        "output.names": BUCKET,
    },
    "deployer-role": {
        "aws_iam_role.this": {"aws_iam_openid_connect_provider.github"},
        "output.apply_role_arn": {"aws_iam_role_policy_attachment.this"},
        "output.plan_role_arn": {"aws_iam_role_policy_attachment.this"},
    },
    "endpoint": {"aws_sagemaker_endpoint.this": {"aws_cloudwatch_log_group.this", "terraform_data.scaled"}},
    "leftover-guard": {
        "aws_budgets_budget.this": {"aws_sns_topic_policy.this"},
        "aws_cloudwatch_event_target.this": {"aws_sns_topic_policy.this"},
        "output.guardrail_policy_arns": {"aws_iam_policy.guardrail"},
        "output.topic_arn": {"aws_sns_topic_policy.this"},
    },
    "network": {
        "aws_eip.nat": {"aws_internet_gateway.this"},
        "aws_flow_log.this": {"aws_iam_role_policy.flow_logs"},
        "aws_nat_gateway.this": {"aws_route.public_internet"},
        "output.private_subnet_ids": {*ROUTES, "aws_vpc_endpoint.interface", "aws_vpc_endpoint.s3"},
        "output.security_group_ids": GROUP_RULES,
    },
    "studio-domain": {"output.user_policy_arn": {"aws_iam_policy.user"}},
}
"""What does not exist before, by module and address. `test_order.py` checks the outputs of `execution-role`."""

REPLACED_FIRST = {
    "endpoint": {"aws_sagemaker_endpoint_configuration.this", "aws_sagemaker_model.this", "terraform_data.model"},
    "network": {"aws_security_group.this"},
    "notebook": {"aws_sagemaker_notebook_instance_lifecycle_configuration.this"},
    "studio-domain": {
        "aws_sagemaker_app_image_config.this",
        "aws_sagemaker_image.this",
        "aws_sagemaker_image_version.this",
        "aws_sagemaker_studio_lifecycle_config.this",
    },
}
"""What AWS does not delete while something uses it: the new one is created first."""

REPLACED_WITH = {
    "endpoint": {
        "aws_appautoscaling_policy.custom": "terraform_data.scaled[each.key]",
        "aws_appautoscaling_policy.from_zero": "terraform_data.scaled[each.key]",
        "aws_appautoscaling_policy.predefined": "terraform_data.scaled[each.key]",
        "aws_appautoscaling_target.this": "terraform_data.scaled[each.key]",
        "aws_sagemaker_endpoint.this": "terraform_data.kind",
    },
    "monitor": {
        "aws_sagemaker_data_quality_job_definition.this": "terraform_data.role",
        "aws_sagemaker_monitoring_schedule.this": "aws_sagemaker_data_quality_job_definition.this.id",
    },
}


def _listed(text: str | None) -> set[str]:
    return {one.strip() for one in (text or "").strip("[] \n").split(",") if one.strip()}


def _lifecycle(name: str) -> dict[str, dict[str, str]]:
    """The values of a lifecycle argument, by module and address."""
    found: dict[str, dict[str, str]] = {}
    for module in MODULES.iterdir():
        for block in module_blocks(module, "resource"):
            for inner in block.blocks:
                if inner.kind == "lifecycle" and (text := inner.text(name)):
                    found.setdefault(module.name, {})[block.address] = text
    return found


def test_each_resource_and_output_waits_for_what_it_needs() -> None:
    found: dict[str, dict[str, set[str]]] = {}
    for module in MODULES.iterdir():
        for block in (one for kind in ("resource", "output") for one in module_blocks(module, kind)):
            if waits := _listed(block.text("depends_on")):
                found.setdefault(module.name, {})[block.address] = waits
    del found["execution-role"]

    assert found == WAITS


def test_what_is_in_use_is_created_before_the_old_one_is_deleted() -> None:
    found = _lifecycle("create_before_destroy")

    assert {text for texts in found.values() for text in texts.values()} == {"true"}
    assert {module: set(texts) for module, texts in found.items()} == REPLACED_FIRST


def test_what_aws_cannot_change_is_replaced_with_what_it_depends_on() -> None:
    found = _lifecycle("replace_triggered_by")

    assert {
        module: {address: text.removeprefix("[").removesuffix("]") for address, text in texts.items()}
        for module, texts in found.items()
    } == REPLACED_WITH


def test_only_the_defaults_of_a_domain_are_left_to_others() -> None:
    found = _lifecycle("ignore_changes")

    assert {module: {a: _listed(text) for a, text in texts.items()} for module, texts in found.items()} == {
        "studio-domain": {"aws_sagemaker_domain.this": {"default_space_settings", "default_user_settings"}}
    }
