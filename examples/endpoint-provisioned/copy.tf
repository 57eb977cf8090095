# Replicas of the buckets in another region, in both directions: see `data-buckets-complete`.
module "copy_key" {
  source    = "../../modules/encryption-key"
  providers = { aws = aws.copy }

  account_id         = local.account_id
  log_group_prefixes = []
  name               = "${var.name}-copy"
  region             = var.copy_region
  tags               = var.tags
}

module "copy" {
  source    = "../../modules/data-buckets"
  providers = { aws = aws.copy }

  access_logging = local.access_logging
  account_id     = local.account_id
  buckets        = local.buckets
  kms_key_arn    = module.copy_key.arn
  name           = "${var.name}-copy"
  notifications  = local.notifications
  tags           = var.tags

  access_log_replication = { enabled = true, bucket_arn = module.data_buckets.access_log_bucket_arn, storage_class = "GLACIER_IR" }
  replication = {
    for key, arn in module.data_buckets.arns : key => { bucket_arn = arn, kms_key_arn = module.encryption_key.arn }
  }
}
