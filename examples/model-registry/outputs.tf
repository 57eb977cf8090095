output "bucket_name" {
  description = "Name of the bucket for models."
  value       = module.data_buckets.names["model"]
}

output "consumer_policy_json" {
  description = "What the role that deploys in a consumer's account has to be allowed."
  value       = module.model_registry.consumer_policy_json
}

output "copy_bucket_name" {
  description = "Name of the bucket's copy in the other region."
  value       = module.copy.names["model"]
}

output "copy_key_arn" {
  description = "ARN of the key that encrypts the copies."
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

output "repository_arn" {
  description = "ARN of the container repository."
  value       = module.model_registry.repository_arns["serving"]
}

output "repository_url" {
  description = "Address of the container repository, without a tag."
  value       = module.model_registry.repository_urls["serving"]
}
