"""The actions that a resource type needs: recorded in stories, or declared by AWS's resource providers.

``data/resource_types.json`` is written by ``tools/resource_types.py`` of the repository.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

__all__ = ["TypeActions", "type_actions"]

_PREFIXES = {
    "acm_": "certificatemanager",
    "alb": "elasticloadbalancingv2loadbalancer",
    "api_gateway_": "apigateway",
    "appautoscaling_policy": "applicationautoscalingscalingpolicy",
    "appautoscaling_target": "applicationautoscalingscalabletarget",
    "cloudwatch_event_bus": "eventseventbus",
    "cloudwatch_event_rule": "eventsrule",
    "cloudwatch_log_group": "logsloggroup",
    "cloudwatch_log_stream": "logslogstream",
    "cloudwatch_metric_alarm": "cloudwatchalarm",
    "db_instance": "rdsdbinstance",
    "db_subnet_group": "rdsdbsubnetgroup",
    "eip": "ec2eip",
    "flow_log": "ec2flowlog",
    "iam_policy": "iammanagedpolicy",
    "instance": "ec2instance",
    "internet_gateway": "ec2internetgateway",
    "launch_template": "ec2launchtemplate",
    "lb": "elasticloadbalancingv2loadbalancer",
    "lb_listener": "elasticloadbalancingv2listener",
    "lb_target_group": "elasticloadbalancingv2targetgroup",
    "msk_cluster": "mskcluster",
    "nat_gateway": "ec2natgateway",
    "network_acl": "ec2networkacl",
    "network_interface": "ec2networkinterface",
    "opensearch_": "opensearchservice",
    "route": "ec2route",
    "route53_record": "route53recordset",
    "route53_zone": "route53hostedzone",
    "route_table": "ec2routetable",
    "secretsmanager_": "secretsmanager",
    "security_group": "ec2securitygroup",
    "sfn_state_machine": "stepfunctionsstatemachine",
    "sns_topic_subscription": "snssubscription",
    "subnet": "ec2subnet",
    "volume_attachment": "ec2volumeattachment",
    "vpc": "ec2vpc",
    "vpc_endpoint": "ec2vpcendpoint",
    "vpc_security_group_egress_rule": "ec2securitygroupegress",
    "vpc_security_group_ingress_rule": "ec2securitygroupingress",
}
"""Names of types, or their beginnings with ``_``, where the names of Terraform and CloudFormation differ."""


@dataclass(frozen=True, slots=True)
class TypeActions:
    """The actions to ``plan`` and to ``apply`` resources of a type. ``declared_by`` is a type of CloudFormation.

    ``declared_by`` is empty if the actions were recorded.
    """

    plan: tuple[str, ...]
    apply: tuple[str, ...]
    declared_by: str = ""


def type_actions(type_: str, recorded: Mapping[str, Any]) -> TypeActions | None:
    """The actions of a resource type of the AWS provider, or of ``data.TYPE``; None if there is no mapping.

    ``recorded`` are those of the project, which come before those of the package.
    """
    known = _data()
    entry = recorded.get(type_) or known["recorded"].get(type_)
    if entry is not None:
        return TypeActions(tuple(entry["plan"]), tuple({*entry["plan"], *entry["apply"]}))
    entry = known["declared"].get(_key(type_))
    if entry is None:
        return None
    # a data source only reads
    changing = () if type_.startswith("data.") else entry["apply"]
    return TypeActions(tuple(entry["plan"]), tuple({*entry["plan"], *changing}), entry["type"])


def _key(type_: str) -> str:
    name = type_.removeprefix("data.").removeprefix("aws_")
    for begin, other in _PREFIXES.items():
        if name == begin:
            return other
        if begin.endswith("_") and name.startswith(begin):
            name = other + name.removeprefix(begin)
    return re.sub(r"[^a-z0-9]", "", name)


@cache
def _data() -> dict[str, Any]:
    text = (resources.files("modproof.permissions") / "data/resource_types.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found
