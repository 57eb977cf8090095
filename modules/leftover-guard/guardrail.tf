# Deny statements only. When a condition key is missing from a request: Null matches, negated operators (…Not…) match,
# ForAnyValue does not match. A statement on sagemaker:* matches only requests that send its key, so it also covers
# actions that AWS adds later.
locals {
  makes_guardrail = lookup(var.guardrail, "enabled", true)
  sagemaker_arn   = "arn:${var.partition}:sagemaker:${var.region}:${var.account_id}"
  any_action      = ["sagemaker:*"]

  # A policy has at most 6144 characters, too few for all rules.
  guardrail_rules = {
    limits  = local.limit_rules
    names   = local.name_rules
    network = local.network_rules
    keys    = local.key_rules
  }
  guardrail_statements = {
    for part, rules in local.guardrail_rules : part => [for sid, rule in rules : merge({ sid = sid, except = [], conditions = [] }, rule) if rule.enabled]
  }
  guardrail_names = {
    limits  = "${var.name}-guardrail"
    names   = "${var.name}-guardrail-names"
    network = "${var.name}-guardrail-network"
    keys    = "${var.name}-guardrail-keys"
  }
  # IAM rejects a policy without statements. Does not count the statements, which may be unknown at plan: anytrue is true if
  # one of its conditions is, even if another is unknown.
  has_guardrail = {
    limits  = true
    names   = anytrue([length(var.guardrail.required_tags) > 0, var.guardrail.name_prefix != ""])
    network = var.guardrail.require_vpc
    keys    = anytrue([var.guardrail.require_kms, length(var.guardrail.kms_key_arns) > 0])
  }
  guardrail_arns = {
    for part, name in local.guardrail_names : part => "arn:${var.partition}:iam::${var.account_id}:policy/${name}"
    if local.makes_guardrail && local.has_guardrail[part]
  }
}

data "aws_iam_policy_document" "guardrail" {
  for_each = local.guardrail_arns

  dynamic "statement" {
    for_each = local.guardrail_statements[each.key]

    content {
      sid           = statement.value.sid
      effect        = "Deny"
      actions       = statement.value.actions
      resources     = length(statement.value.except) > 0 ? null : ["*"]
      not_resources = length(statement.value.except) > 0 ? statement.value.except : null

      dynamic "condition" {
        for_each = statement.value.conditions

        content {
          test     = condition.value.test
          variable = condition.value.variable
          values   = condition.value.values
        }
      }
    }
  }
}

resource "aws_iam_policy" "guardrail" {
  for_each = local.guardrail_arns

  name        = local.guardrail_names[each.key]
  description = "Denies what SageMaker jobs, endpoints and notebooks of ${var.name} must not be; allows nothing"
  policy      = data.aws_iam_policy_document.guardrail[each.key].json
  tags        = var.tags

  lifecycle {
    precondition {
      condition     = length(jsonencode(jsondecode(data.aws_iam_policy_document.guardrail[each.key].json))) <= 6144
      error_message = "guardrail must result in policies of at most 6144 characters, as IAM counts them; use fewer instance types (ml.m5.* covers many), subnets, keys or tags."
    }
  }
}

moved {
  from = aws_iam_policy.guardrail[0]
  to   = aws_iam_policy.guardrail["limits"]
}
