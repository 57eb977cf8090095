output "apply_role_arn" {
  description = "ARN of the role that applies. Workflows assume it in the GitHub environment."
  value       = aws_iam_role.this["apply"].arn

  depends_on = [aws_iam_role_policy_attachment.this]
}

output "deployer_boundary_arn" {
  description = "ARN of the permissions boundary of the roles that plan and apply."
  value       = aws_iam_policy.deployer_boundary.arn
}

output "oidc_provider_arn" {
  description = "ARN of GitHub's OIDC provider."
  value       = local.oidc_provider_arn
}

output "plan_role_arn" {
  description = "ARN of the role that plans, or null."
  value       = try(aws_iam_role.this["plan"].arn, null)

  depends_on = [aws_iam_role_policy_attachment.this]
}

output "workload_boundary_arn" {
  description = "ARN of the permissions boundary that every role of the environment must have (`permissions_boundary` of the other modules)."
  value       = aws_iam_policy.workload_boundary.arn
}
