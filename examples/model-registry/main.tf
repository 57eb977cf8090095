data "aws_caller_identity" "current" {}

locals {
  account_id    = data.aws_caller_identity.current.account_id
  models_prefix = "models/"

  # Settings shared by the buckets in both regions. Models are kept; noncurrent versions expire.
  access_logging = { eventbridge = true, expiration_days = 400, force_destroy = var.force_destroy }
  buckets = {
    model = {
      force_destroy   = var.force_destroy
      lifecycle_rules = { old-versions = { expired_delete_markers = true, noncurrent_expiration_days = 90 } }
    }
  }
  notifications = { model = { eventbridge = true } }
}

# Deploying accounts may decrypt models with the key, through S3 only.
module "encryption_key" {
  source = "../../modules/encryption-key"

  account_id         = local.account_id
  log_group_prefixes = []
  name               = var.name
  principal_access   = module.model_registry.key_principal_access
  region             = var.region
  tags               = var.tags
}

module "data_buckets" {
  source = "../../modules/data-buckets"

  access_logging = local.access_logging
  account_id     = local.account_id
  buckets        = local.buckets
  kms_key_arn    = module.encryption_key.arn
  name           = var.name
  notifications  = local.notifications
  tags           = var.tags

  access_log_replication = { enabled = true, bucket_arn = module.copy.access_log_bucket_arn, storage_class = "GLACIER_IR" }
  replication = {
    for key, arn in module.copy.arns : key => { bucket_arn = arn, kms_key_arn = module.copy_key.arn }
  }
  readers = length(module.model_registry.deployer_arns) > 0 ? {
    deployers = {
      principals = module.model_registry.deployer_arns
      buckets    = ["model"]
      grant_key  = false
      prefix     = local.models_prefix
    }
  } : {}
}

module "model_registry" {
  source = "../../modules/model-registry"

  account_id   = local.account_id
  consumers    = var.consumers
  description  = var.description
  kms_key_arn  = module.encryption_key.arn
  name         = var.name
  region       = var.region
  repositories = { serving = { force_delete = var.force_destroy } }
  tags         = var.tags

  artifacts = {
    model = {
      bucket_arn  = module.data_buckets.arns["model"]
      kms_key_arn = module.encryption_key.arn
      prefixes    = [local.models_prefix]
    }
  }
}
