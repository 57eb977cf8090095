output "access_log_bucket_name" {
  description = "Name of the bucket that receives the access logs of the others."
  value       = module.data_buckets.access_log_bucket_name
}

output "bucket_names" {
  description = "Names of the buckets: `training`, `output`, `model`."
  value       = module.data_buckets.names
}

output "copy_bucket_names" {
  description = "Names of the buckets' copies in the other region."
  value       = module.copy.names
}

output "copy_key_arn" {
  description = "ARN of the key that encrypts the copies."
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
  description = "Address of Jupyter; `aws sagemaker create-presigned-notebook-instance-url` opens it."
  value       = module.notebook.url
}

output "role_arn" {
  description = "ARN of the role that the notebook acts as."
  value       = module.execution_role.arn
}

output "role_name" {
  description = "Name of the role that the notebook acts as."
  value       = module.execution_role.name
}

output "security_group_ids" {
  description = "Security groups of the notebook and of its jobs: `notebook`, `jobs`."
  value       = module.network.security_group_ids
}

output "subnet_ids" {
  description = "Private subnets, by zone."
  value       = module.network.private_subnet_ids
}

output "vpc_id" {
  description = "Id of the VPC."
  value       = module.network.vpc_id
}
