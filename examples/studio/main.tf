data "aws_caller_identity" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
}

module "encryption_key" {
  source = "../../modules/encryption-key"

  account_id         = local.account_id
  log_group_prefixes = ["/aws/sagemaker/", "/aws/vpc-flow-logs/"]
  name               = var.name
  region             = var.region
  tags               = var.tags
}

module "network" {
  source = "../../modules/network"

  account_id  = local.account_id
  kms_key_arn = module.encryption_key.arn
  name        = var.name
  region      = var.region
  tags        = var.tags
  zones       = var.zones

  security_groups = {
    studio = {
      description = "Apps of Studio, among each other, to their home file system and to AWS"
      reach       = ["endpoints", "members", "s3"]
    }
  }
}

module "execution_role" {
  source = "../../modules/execution-role"

  account_id  = local.account_id
  description = "What users of the Studio domain ${var.name} and the jobs that they start may do"
  name        = "${var.name}-studio"
  region      = var.region
  tags        = var.tags

  jobs = {
    name_prefix = "${var.name}-"
    processing  = true
    training    = true
  }
  kms_keys            = { stack = { arn = module.encryption_key.arn, allow_grants = true } }
  managed_policy_arns = { studio = module.studio_domain.user_policy_arn }
  network_interfaces = {
    enabled             = true
    subnet_arns         = module.network.private_subnet_arns
    security_group_arns = { studio = module.network.security_group_arns["studio"] }
  }
}

module "studio_domain" {
  source = "../../modules/studio-domain"

  account_id              = local.account_id
  execution_role_arn      = module.execution_role.arn
  kms_key_arn             = module.encryption_key.arn
  name                    = var.name
  region                  = var.region
  retain_home_file_system = var.retain_home_file_system
  security_group_ids      = [module.network.security_group_ids["studio"]]
  subnet_ids              = values(module.network.private_subnet_ids)
  tags                    = merge(var.tags, var.studio_tags)
  user_profiles           = { for name in var.users : name => {} }
  vpc_id                  = module.network.vpc_id

  idle_shutdown = { minutes = var.idle_minutes }
  lifecycle_scripts = {
    setup = {
      app_type = "JupyterLab"
      default  = true
      script   = var.setup_script
    }
  }
}
