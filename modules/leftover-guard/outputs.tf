output "budget_name" {
  description = "Name of the budget; null where there is none."
  value       = local.makes_budget ? aws_budgets_budget.this[0].name : null
}

output "guardrail_policy_arn" {
  description = "ARN of the guardrail policy, for `managed_policy_arns` of `execution-role`; null where there is none. Known at plan."
  value       = local.makes_guardrail ? local.guardrail_arn : null

  depends_on = [aws_iam_policy.guardrail]
}

output "guardrail_policy_json" {
  description = "The guardrail policy as JSON, for roles that take their policies inline; null where there is none."
  value       = local.makes_guardrail ? data.aws_iam_policy_document.guardrail.json : null
}

output "key_policy_json" {
  description = "Statements that the policy of the topic's key needs, as a JSON policy for `source_policy_documents`. For keys that `encryption-key` does not make."
  value       = data.aws_iam_policy_document.key.json
}

output "rule_arns" {
  description = "ARNs of the EventBridge rules, by the keys of `watched`."
  value       = { for kind, rule in aws_cloudwatch_event_rule.this : kind => rule.arn }
}

output "topic_arn" {
  description = "ARN of the topic. What takes it waits until EventBridge may publish."
  value       = aws_sns_topic.this.arn

  depends_on = [aws_sns_topic_policy.this]
}

output "topic_name" {
  description = "Name of the topic, for `event_topic_names` of `encryption-key`. Known at plan and before the topic is there."
  value       = var.name
}
