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

output "key_arn" {
  description = "ARN of the key that encrypts the buckets."
  value       = module.encryption_key.arn
}

output "queue_url" {
  description = "Address of the queue that is told of new output of jobs."
  value       = aws_sqs_queue.output.url
}

output "replication_role_arn" {
  description = "ARN of the role with which S3 writes the copies."
  value       = module.data_buckets.replication_role_arn
}

output "topic_arn" {
  description = "ARN of the topic that is told of new models."
  value       = aws_sns_topic.models.arn
}
