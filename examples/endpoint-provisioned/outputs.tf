output "alarm_arns" {
  description = "ARNs of the alarms."
  value       = module.endpoint.alarm_arns
}

output "bucket_name" {
  description = "Name of the bucket of captured requests."
  value       = module.data_buckets.names["captured"]
}

output "configuration_name" {
  description = "Name of the current endpoint configuration."
  value       = module.endpoint.configuration_name
}

output "copy_bucket_name" {
  description = "Name of the replica bucket in the other region."
  value       = module.copy.names["captured"]
}

output "copy_key_arn" {
  description = "ARN of the key that encrypts the replicas."
  value       = module.copy_key.arn
}

output "endpoint_arn" {
  description = "ARN of the endpoint."
  value       = module.endpoint.arn
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

output "monitor_role_arn" {
  description = "ARN of the role of the monitoring jobs. Null without monitoring."
  value       = one(module.monitor_role[*].arn)
}

output "monitoring_schedule_arn" {
  description = "ARN of the monitoring schedule. Null without monitoring."
  value       = one(module.monitor[*].arn)
}

output "role_arn" {
  description = "ARN of the execution role of the containers."
  value       = module.execution_role.arn
}

output "topic_arn" {
  description = "ARN of the alarm topic. Subscribe to it."
  value       = aws_sns_topic.alarms.arn
}

output "variant_names" {
  description = "Names of the production variants."
  value       = module.endpoint.variant_names
}
