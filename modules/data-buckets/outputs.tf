output "access_log_bucket_arn" {
  description = "ARN of the access log bucket that the module created. Null when it created none."
  value       = local.makes_log_store ? local.log_store_arn : null

  depends_on = [
    aws_s3_bucket_policy.access_logs,
    aws_s3_bucket_versioning.access_logs,
  ]
}

output "access_log_bucket_name" {
  description = "Name of the bucket that receives the access logs. Null when access logging is off."
  value       = local.logs_access ? one(distinct(values(aws_s3_bucket_logging.this)[*].target_bucket)) : null
}

output "arns" {
  description = "ARNs of the buckets, by the keys of `buckets`. Known at plan."
  value       = local.arns

  depends_on = [
    aws_s3_bucket_ownership_controls.this,
    aws_s3_bucket_policy.this,
    aws_s3_bucket_public_access_block.this,
    aws_s3_bucket_server_side_encryption_configuration.this,
    aws_s3_bucket_versioning.this,
  ]
}

output "ids" {
  description = "IDs of the buckets, by the keys of `buckets`. Known after apply."
  value       = { for key, bucket in aws_s3_bucket.this : key => bucket.id }

  depends_on = [
    aws_s3_bucket_ownership_controls.this,
    aws_s3_bucket_policy.this,
    aws_s3_bucket_public_access_block.this,
    aws_s3_bucket_server_side_encryption_configuration.this,
    aws_s3_bucket_versioning.this,
  ]
}

output "names" {
  description = "Names of the buckets, by the keys of `buckets`. Known at plan."
  value       = { for key, bucket in aws_s3_bucket.this : key => bucket.bucket }

  depends_on = [
    aws_s3_bucket_ownership_controls.this,
    aws_s3_bucket_policy.this,
    aws_s3_bucket_public_access_block.this,
    aws_s3_bucket_server_side_encryption_configuration.this,
    aws_s3_bucket_versioning.this,
  ]
}

output "replication_role_arn" {
  description = "ARN of the role that S3 assumes to write the replicas. A bucket and key in another account must allow it. Null without replication."
  value       = one(aws_iam_role.replication[*].arn)
}
