output "arns" {
  description = "ARNs of the groups, without `:*`: shared groups by their short name (`TrainingJobs`), endpoints' groups as `Endpoints/NAME`."
  value       = { for key, group in aws_cloudwatch_log_group.this : key => group.arn }
}

output "names" {
  description = "Full names of the groups, by the same keys as `arns`."
  value       = { for key, group in aws_cloudwatch_log_group.this : key => group.name }
}
