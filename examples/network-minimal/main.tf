data "aws_caller_identity" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
}

module "encryption_key" {
  source = "../../modules/encryption-key"

  account_id         = local.account_id
  log_group_prefixes = ["/aws/vpc-flow-logs/"]
  name               = var.name
  region             = var.region
  tags               = var.tags
}

module "network" {
  source = "../../modules/network"

  account_id          = local.account_id
  interface_endpoints = var.interface_endpoints
  kms_key_arn         = module.encryption_key.arn
  name                = var.name
  region              = var.region
  tags                = var.tags
  zones               = var.zones
}
