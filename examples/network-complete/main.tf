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

  account_id  = local.account_id
  cidr_block  = "10.20.0.0/16"
  kms_key_arn = module.encryption_key.arn
  name        = var.name
  region      = var.region
  tags        = var.tags
  zones       = var.zones

  # A NAT gateway in each zone. Only groups with egress rules can use it, and only to their targets.
  egress              = "nat"
  s3_readable_buckets = ["sagemaker-sample-files"]
  subnet_newbits      = { private = 4, public = 10 }

  flow_log_interval_in_seconds = 60
  flow_log_retention_in_days   = var.flow_log_retention_in_days

  security_groups = {
    notebook = {
      description = "Notebooks"
      reach       = ["s3"]
      egress = {
        for name, cidr_block in var.https_destinations : name => { cidr_block = cidr_block, from_port = 443 }
      }
    }
    jobs = {
      description = "Training and processing jobs, which talk among themselves"
      reach       = ["members", "s3"]
      egress      = { features = { group = "features", from_port = 6379 } }
    }
    features = {
      description = "The cache of features"
      reach       = []
      ingress     = { jobs = { group = "jobs", from_port = 6379 } }
    }
  }
}
