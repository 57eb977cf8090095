data "aws_caller_identity" "current" {}

locals {
  account_id    = data.aws_caller_identity.current.account_id
  models_prefix = "models/"
}

# The key decrypts models for the accounts that deploy them, through S3 only.
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

  account_id  = local.account_id
  kms_key_arn = module.encryption_key.arn
  name        = var.name
  tags        = var.tags

  access_logging = { force_destroy = var.force_destroy }
  buckets        = { model = { force_destroy = var.force_destroy } }
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
