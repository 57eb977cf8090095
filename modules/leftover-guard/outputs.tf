output "budget_name" {
  description = "Name of the budget. Null without a budget."
  value       = local.makes_budget ? aws_budgets_budget.this[0].name : null
}

output "guardrail_policy_arns" {
  description = "ARNs of the guardrail policies by `limits`, `names`, `network` and `keys`, for `managed_policy_arns` of `execution-role`. A policy without statements is missing. Attach all. Known at plan."
  value       = local.guardrail_arns

  depends_on = [aws_iam_policy.guardrail]
}

output "guardrail_policies_json" {
  description = "The guardrail policies as JSON, by the same keys, for inline policies."
  value       = { for part, document in data.aws_iam_policy_document.guardrail : part => document.json }
}

output "key_policy_json" {
  description = "Statements that the key policy of the topic's key needs, as a JSON policy for `source_policy_documents`. For keys that are not created by `encryption-key`."
  value       = data.aws_iam_policy_document.key.json
}

output "rule_arns" {
  description = "ARNs of the EventBridge rules, by the keys of `watched`."
  value       = { for kind, rule in aws_cloudwatch_event_rule.this : kind => rule.arn }
}

output "topic_arn" {
  description = "ARN of the topic. Available once EventBridge may publish to it."
  value       = aws_sns_topic.this.arn

  depends_on = [aws_sns_topic_policy.this]
}

output "topic_name" {
  description = "Name of the topic, for `event_topic_names` of `encryption-key`. Known at plan, before the topic exists."
  value       = var.name
}
