output "domain_defaults_current" {
  description = "Whether the domain's own defaults are those of the configuration; false after a change of them."
  value       = module.studio_domain.domain_defaults_current
}

output "domain_id" {
  description = "Id of the domain."
  value       = module.studio_domain.id
}

output "home_file_system_id" {
  description = "The users' home file system (EFS)."
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

output "role_arn" {
  description = "ARN of the role that users act as."
  value       = module.execution_role.arn
}

output "role_name" {
  description = "Name of the role that users act as."
  value       = module.execution_role.name
}

output "security_group_id" {
  description = "Security group of the apps."
  value       = module.network.security_group_ids["studio"]
}

output "subnet_ids" {
  description = "Private subnets of the domain, by zone."
  value       = module.network.private_subnet_ids
}

output "url" {
  description = "Address of Studio; `aws sagemaker create-presigned-domain-url` opens it."
  value       = module.studio_domain.url
}

output "user_policy_arn" {
  description = "ARN of the policy that lets users work in Studio."
  value       = module.studio_domain.user_policy_arn
}

output "user_profile_arns" {
  description = "ARNs of the user profiles, by name."
  value       = module.studio_domain.user_profile_arns
}

output "vpc_id" {
  description = "VPC of the domain."
  value       = module.network.vpc_id
}
