output "bucket_name" {
  description = "Name of the results bucket."
  value       = module.data_buckets.names["results"]
}

output "configuration_name" {
  description = "Name of the current endpoint configuration."
  value       = module.endpoint.configuration_name
}

output "endpoint_name" {
  description = "Name of the endpoint."
  value       = module.endpoint.name
}

output "invoke_url" {
  description = "URL to post requests to."
  value       = module.endpoint.invoke_url
}

output "key_arn" {
  description = "ARN of the key."
  value       = module.encryption_key.arn
}

output "log_group_name" {
  description = "Name of the log group."
  value       = module.endpoint.log_group_name
}

output "model_names" {
  description = "Names of the models."
  value       = module.endpoint.model_names
}
