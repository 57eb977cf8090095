output "arns" {
  description = "ARNs of the groups, without `:*`. The keys are `TrainingJobs` and so on for shared groups, `Endpoints/NAME` for endpoints, and the names in `other_groups`."
  value       = { for key, group in aws_cloudwatch_log_group.this : key => group.arn }
}

output "names" {
  description = "Full names of the groups, by the same keys as `arns`."
  value       = { for key, group in aws_cloudwatch_log_group.this : key => group.name }
}
