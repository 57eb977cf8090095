output "approve_policy_json" {
  description = "Policy for a role that approves versions."
  value       = module.model_registry.approve_policy_json
}

output "bucket_name" {
  description = "Name of the model bucket."
  value       = module.data_buckets.names["model"]
}

output "consumer_policy_json" {
  description = "Policy for the deploying role in a consumer's account."
  value       = module.model_registry.consumer_policy_json
}

output "copy_bucket_name" {
  description = "Name of the replica bucket in the other region."
  value       = module.copy.names["model"]
}

output "copy_key_arn" {
  description = "ARN of the key that encrypts the replicas."
  value       = module.copy_key.arn
}

output "group_arn" {
  description = "ARN of the model package group."
  value       = module.model_registry.arn
}

output "group_name" {
  description = "Name of the model package group."
  value       = module.model_registry.name
}

output "key_arn" {
  description = "ARN of the key that encrypts models and images."
  value       = module.encryption_key.arn
}

output "register_policy_json" {
  description = "Policy for a role that registers versions."
  value       = module.model_registry.register_policy_json
}

output "repository_arn" {
  description = "ARN of the ECR repository."
  value       = module.model_registry.repository_arns["serving"]
}

output "repository_url" {
  description = "URL of the ECR repository, without a tag."
  value       = module.model_registry.repository_urls["serving"]
}
