output "budget_name" {
  description = "Name of the budget."
  value       = module.leftover_guard.budget_name
}

output "guardrail_policy_arns" {
  description = "ARNs of the guardrail policies."
  value       = module.leftover_guard.guardrail_policy_arns
}

output "key_arn" {
  description = "ARN of the key that encrypts the topic and the queue."
  value       = module.encryption_key.arn
}

output "queue_arn" {
  description = "ARN of the queue that receives the messages."
  value       = aws_sqs_queue.reports.arn
}

output "queue_url" {
  description = "URL of the queue that receives the messages."
  value       = aws_sqs_queue.reports.url
}

output "role_arn" {
  description = "ARN of the role with the guardrail."
  value       = module.execution_role.arn
}

output "role_name" {
  description = "Name of the role with the guardrail."
  value       = module.execution_role.name
}

output "topic_arn" {
  description = "ARN of the topic."
  value       = module.leftover_guard.topic_arn
}
