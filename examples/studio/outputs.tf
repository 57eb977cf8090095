output "bucket_name" {
  description = "Name of the data bucket."
  value       = module.data_buckets.names["data"]
}

output "custom_image_names" {
  description = "Names of the images in Studio, by key."
  value       = module.studio_domain.custom_image_names
}

output "domain_defaults_current" {
  description = "Whether the domain's own defaults match the configuration. False after a change of them."
  value       = module.studio_domain.domain_defaults_current
}

output "domain_id" {
  description = "ID of the domain."
  value       = module.studio_domain.id
}

output "home_file_system_id" {
  description = "ID of the users' home file system (EFS)."
  value       = module.studio_domain.home_file_system_id
}

output "key_arn" {
  description = "ARN of the key that encrypts home folders, spaces and flow logs."
  value       = module.encryption_key.arn
}

output "lifecycle_configuration_arns" {
  description = "ARNs of the lifecycle configurations."
  value       = module.studio_domain.lifecycle_configuration_arns
}

output "log_group_names" {
  description = "Names of the log groups, by short name."
  value       = module.log_groups.names
}

output "role_arn" {
  description = "ARN of the users' execution role."
  value       = module.execution_role.arn
}

output "role_name" {
  description = "Name of the users' execution role."
  value       = module.execution_role.name
}

output "security_group_id" {
  description = "ID of the apps' security group."
  value       = module.network.security_group_ids["studio"]
}

output "shared_space_arns" {
  description = "ARNs of the shared spaces, by name."
  value       = module.studio_domain.shared_space_arns
}

output "subnet_ids" {
  description = "IDs of the domain's private subnets, by zone."
  value       = module.network.private_subnet_ids
}

output "url" {
  description = "URL of Studio. Opening it needs a presigned URL (`aws sagemaker create-presigned-domain-url`)."
  value       = module.studio_domain.url
}

output "user_policy_arn" {
  description = "ARN of the user policy."
  value       = module.studio_domain.user_policy_arn
}

output "user_profile_arns" {
  description = "ARNs of the user profiles, by name."
  value       = module.studio_domain.user_profile_arns
}

output "vpc_id" {
  description = "ID of the domain's VPC."
  value       = module.network.vpc_id
}
