output "arn" {
  description = "ARN of the model package group."
  value       = aws_sagemaker_model_package_group.this.arn
}

output "bucket_policy_json" {
  description = "What the policies of the artifacts' buckets have to say, by the keys of `artifacts`: a JSON policy each, for `source_policy_documents`. Empty where nobody else deploys."
  value       = { for key, document in data.aws_iam_policy_document.bucket : key => document.json }
}

output "consumer_policy_json" {
  description = "What the role that deploys in a consumer's account has to be allowed, as a JSON policy: the other half of each access."
  value       = data.aws_iam_policy_document.consumer.json
}

output "deployer_arns" {
  description = "Who of other accounts may deploy: roles, or account roots, by the names of `consumers` and of their roles. For `readers` of `data-buckets`, and for policies of your own."
  value       = local.deployers
}

output "key_policy_json" {
  description = "What the policies of the artifacts' keys have to say, as a JSON policy for `source_policy_documents`; null where nobody else deploys. Keys of `encryption-key` take `key_principal_access`."
  value       = local.deploys ? data.aws_iam_policy_document.key.json : null
}

output "key_principal_access" {
  description = "The same for `principal_access` of `encryption-key`."
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

output "repository_arns" {
  description = "ARNs of the container repositories, by the keys of `repositories`."
  value       = { for key, repository in aws_ecr_repository.this : key => repository.arn }
}

output "repository_urls" {
  description = "Addresses of the container repositories to push to and pull from, without a tag, by the keys of `repositories`."
  value       = { for key, repository in aws_ecr_repository.this : key => repository.repository_url }
}
