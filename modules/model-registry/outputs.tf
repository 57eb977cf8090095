output "approve_policy_json" {
  description = "Permissions of a role that approves versions, in this or a consumer's account, as a JSON policy. It denies registering them."
  value       = data.aws_iam_policy_document.approve.json
}

output "arn" {
  description = "ARN of the model package group."
  value       = aws_sagemaker_model_package_group.this.arn
}

output "bucket_policy_json" {
  description = "Policies for the artifact buckets, by the keys of `artifacts`: a JSON policy each, for `source_policy_documents`. Empty if no other account deploys."
  value       = { for key, document in data.aws_iam_policy_document.bucket : key => document.json }
}

output "consumer_policy_json" {
  description = "Permissions that the deploying role in a consumer's account needs, as a JSON policy."
  value       = data.aws_iam_policy_document.consumer.json
}

output "deployer_arns" {
  description = "Principals of other accounts that may deploy: roles or account roots, keyed by consumer and role. For `readers` of `data-buckets`, and for your own policies."
  value       = local.deployers
}

output "key_policy_json" {
  description = "Policy for the artifact keys, as a JSON policy for `source_policy_documents`. Null if no other account deploys. With `encryption-key`, use `key_principal_access`."
  value       = local.deploys ? data.aws_iam_policy_document.key.json : null
}

output "key_principal_access" {
  description = "The same permissions for `principal_access` of `encryption-key`."
  value = local.deploys ? {
    "${var.name}-deployers" = {
      principals   = values(local.deployers)
      access       = "decrypt"
      via_services = ["s3"]
    }
  } : {}
}

output "name" {
  description = "Name of the model package group."
  value       = aws_sagemaker_model_package_group.this.model_package_group_name
}

output "register_policy_json" {
  description = "Permissions of a role that registers versions, in this or a consumer's account, as a JSON policy. It denies approving them."
  value       = data.aws_iam_policy_document.register.json
}

output "repository_arns" {
  description = "ARNs of the ECR repositories, by the keys of `repositories`."
  value       = { for key, repository in aws_ecr_repository.this : key => repository.arn }
}

output "repository_urls" {
  description = "URLs of the ECR repositories, without a tag, by the keys of `repositories`."
  value       = { for key, repository in aws_ecr_repository.this : key => repository.repository_url }
}
