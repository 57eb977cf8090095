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

output "key_arn" {
  description = "ARN of the key that encrypts the buckets."
  value       = module.encryption_key.arn
}

output "queue_url" {
  description = "URL of the queue that receives notifications of new job output."
  value       = aws_sqs_queue.output.url
}

output "replication_role_arn" {
  description = "ARN of the role that S3 assumes to write the replicas."
  value       = module.data_buckets.replication_role_arn
}

output "topic_arn" {
  description = "ARN of the topic that receives notifications of new models."
  value       = aws_sns_topic.models.arn
}
