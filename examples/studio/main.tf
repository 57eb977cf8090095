data "aws_caller_identity" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id

  # Where the SageMaker SDK looks for its defaults in an app of Studio. Without the key it uploads with aws:kms and no key,
  # which the bucket denies.
  sdk_vpc = { SecurityGroupIds = [module.network.security_group_ids["studio"]], Subnets = values(module.network.private_subnet_ids) }
  sdk_defaults = jsonencode({
    SchemaVersion = "1.0"
    SageMaker = {
      ProcessingJob = {
        NetworkConfig          = { VpcConfig = local.sdk_vpc }
        ProcessingOutputConfig = { KmsKeyId = module.encryption_key.arn }
        ProcessingResources    = { ClusterConfig = { VolumeKmsKeyId = module.encryption_key.arn } }
      }
      PythonSDK = { Modules = { Session = { DefaultS3Bucket = module.data_buckets.names["data"] } } }
      TrainingJob = {
        OutputDataConfig = { KmsKeyId = module.encryption_key.arn }
        ResourceConfig   = { VolumeKmsKeyId = module.encryption_key.arn }
        VpcConfig        = local.sdk_vpc
      }
    }
  })
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

module "data_buckets" {
  source = "../../modules/data-buckets"

  account_id  = local.account_id
  kms_key_arn = module.encryption_key.arn
  name        = var.name
  tags        = var.tags

  access_logging = { force_destroy = var.force_destroy }
  buckets        = { data = { force_destroy = var.force_destroy } }
}

module "log_groups" {
  source = "../../modules/log-groups"

  kms_key_arn   = module.encryption_key.arn
  shared_groups = ["ProcessingJobs", "TrainingJobs", "studio"]
  tags          = var.tags
}

module "execution_role" {
  source = "../../modules/execution-role"

  account_id      = local.account_id
  buckets         = { data = { arn = module.data_buckets.arns["data"], write = true, delete = true } }
  description     = "What users of the Studio domain ${var.name} and the jobs that they start may do"
  log_group_arns  = module.log_groups.arns
  name            = "${var.name}-studio"
  prebuilt_images = true
  region          = var.region
  tags            = var.tags

  trust_source_identity = true

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
  allow_shared_spaces     = true
  custom_images           = var.custom_images
  execution_role_arn      = module.execution_role.arn
  hidden_instance_types   = ["ml.p4d.24xlarge", "ml.p5.48xlarge"]
  kms_key_arn             = module.encryption_key.arn
  name                    = var.name
  region                  = var.region
  retain_home_file_system = var.retain_home_file_system
  security_group_ids      = [module.network.security_group_ids["studio"]]
  shared_spaces           = var.shared_spaces
  source_identity         = true
  subnet_ids              = values(module.network.private_subnet_ids)
  tags                    = merge(var.tags, var.studio_tags)
  user_profiles           = { for name in var.users : name => {} }
  vpc_id                  = module.network.vpc_id

  docker_access = { enabled = true, trusted_account_ids = [local.account_id] }
  idle_shutdown = { minutes = var.idle_minutes }
  lifecycle_scripts = {
    setup = {
      app_type = "JupyterLab"
      default  = true
      script   = <<-EOT
        ${trimspace(var.setup_script)}
        mkdir -p ~/.config/sagemaker
        cat >~/.config/sagemaker/config.yaml <<'JSON'
        ${local.sdk_defaults}
        JSON
      EOT
    }
  }
}
