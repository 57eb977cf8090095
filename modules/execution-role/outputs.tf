output "arn" {
  description = "ARN of the role. Available once the role's policies are attached."
  value       = aws_iam_role.this.arn

  depends_on = [
    aws_iam_role_policy.hosting,
    aws_iam_role_policy.images,
    aws_iam_role_policy.job_limits,
    aws_iam_role_policy.jobs,
    aws_iam_role_policy.keys,
    aws_iam_role_policy.mlflow,
    aws_iam_role_policy.model_registration,
    aws_iam_role_policy.network,
    aws_iam_role_policy.notebooks,
    aws_iam_role_policy.observability,
    aws_iam_role_policy.pipelines,
    aws_iam_role_policy.prebuilt_images,
    aws_iam_role_policy.roles,
    aws_iam_role_policy.secrets,
    aws_iam_role_policy.storage,
    aws_iam_role_policy_attachment.this,
  ]
}

output "id" {
  description = "Stable, unique ID of the role (`AROA…`), for policies that compare `aws:userid`."
  value       = aws_iam_role.this.unique_id
}

output "name" {
  description = "Name of the role."
  value       = aws_iam_role.this.name

  depends_on = [
    aws_iam_role_policy.hosting,
    aws_iam_role_policy.images,
    aws_iam_role_policy.job_limits,
    aws_iam_role_policy.jobs,
    aws_iam_role_policy.keys,
    aws_iam_role_policy.mlflow,
    aws_iam_role_policy.model_registration,
    aws_iam_role_policy.network,
    aws_iam_role_policy.notebooks,
    aws_iam_role_policy.observability,
    aws_iam_role_policy.pipelines,
    aws_iam_role_policy.prebuilt_images,
    aws_iam_role_policy.roles,
    aws_iam_role_policy.secrets,
    aws_iam_role_policy.storage,
    aws_iam_role_policy_attachment.this,
  ]
}
