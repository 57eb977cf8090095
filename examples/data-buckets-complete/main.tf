data "aws_caller_identity" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  keys       = ["training", "output", "model"]

  # Settings shared by both regions.
  buckets = {
    for key in local.keys : key => {
      force_destroy = var.force_destroy
      lifecycle_rules = {
        old-versions = {
          expired_delete_markers     = true
          noncurrent_expiration_days = var.noncurrent_expiration_days
          noncurrent_versions_kept   = 3
        }
      }
    }
  }
  access_logging = { eventbridge = true, expiration_days = 400, force_destroy = var.force_destroy }

  # All events go to EventBridge, so that rules can be added without changing the buckets.
  to_eventbridge = { for key in local.keys : key => { eventbridge = true } }

  # Bucket names known at plan, so that the topic, queue and key can allow S3 before the notifications exist.
  bucket_arns = { for key in local.keys : key => "arn:aws:s3:::${var.name}-${key}-${local.account_id}" }
}

module "encryption_key" {
  source = "../../modules/encryption-key"

  account_id = local.account_id
  name       = var.name
  region     = var.region
  tags       = var.tags

  # S3 encrypts messages to the topic and the queue.
  service_access = {
    notifications = { principal = "s3.amazonaws.com", source_arns = values(local.bucket_arns) }
  }
}

module "data_buckets" {
  source = "../../modules/data-buckets"

  access_logging = local.access_logging
  account_id     = local.account_id
  buckets        = local.buckets
  kms_key_arn    = module.encryption_key.arn
  name           = var.name
  tags           = var.tags

  notifications = merge(local.to_eventbridge, {
    model  = { eventbridge = true, topics = { new-models = { arn = aws_sns_topic_policy.models.arn, suffix = ".tar.gz" } } }
    output = { eventbridge = true, queues = { new-output = { arn = local.queue_arn, prefix = "jobs/" } } }
  })

  readers = {
    deployment = { principals = var.model_readers, buckets = ["model"], prefix = "approved/" }
  }

  access_log_replication = {
    enabled       = true
    bucket_arn    = module.copy.access_log_bucket_arn
    storage_class = "GLACIER_IR"
  }
  replication = {
    for key, arn in module.copy.arns : key => { bucket_arn = arn, kms_key_arn = module.copy_key.arn }
  }
}
