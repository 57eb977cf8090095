output "access_log_bucket_name" {
  description = "Name of the access log bucket."
  value       = module.data_buckets.access_log_bucket_name
}

output "bucket_names" {
  description = "Names of the buckets: `training`, `output`, `model`."
  value       = module.data_buckets.names
}

output "copy_bucket_names" {
  description = "Names of the replica buckets in the other region."
  value       = module.copy.names
}

output "copy_key_arn" {
  description = "ARN of the key that encrypts the replicas."
  value       = module.copy_key.arn
}

output "key_alias_name" {
  description = "Alias of the key."
  value       = module.encryption_key.alias_name
}

output "key_arn" {
  description = "ARN of the key that encrypts buckets, logs and the notebook's volume."
  value       = module.encryption_key.arn
}

output "log_group_names" {
  description = "Names of the log groups, by short name."
  value       = module.log_groups.names
}

output "notebook_arn" {
  description = "ARN of the notebook instance."
  value       = module.notebook.arn
}

output "notebook_lifecycle_configuration_name" {
  description = "Name of the notebook's lifecycle configuration."
  value       = module.notebook.lifecycle_configuration_name
}

output "notebook_name" {
  description = "Name of the notebook instance."
  value       = module.notebook.name
}

output "notebook_url" {
  description = "URL of Jupyter. Opening it needs a presigned URL (`aws sagemaker create-presigned-notebook-instance-url`)."
  value       = module.notebook.url
}

output "role_arn" {
  description = "ARN of the notebook's execution role."
  value       = module.execution_role.arn
}

output "role_name" {
  description = "Name of the notebook's execution role."
  value       = module.execution_role.name
}

output "security_group_ids" {
  description = "IDs of the security groups of the notebook and its jobs: `notebook`, `jobs`."
  value       = module.network.security_group_ids
}

output "subnet_ids" {
  description = "IDs of the private subnets, by zone."
  value       = module.network.private_subnet_ids
}

output "vpc_id" {
  description = "ID of the VPC."
  value       = module.network.vpc_id
}
