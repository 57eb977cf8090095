data "aws_caller_identity" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  image      = { repository = "linear-learner", tag = "1" }
}

# The account that owns the image repository.
data "aws_sagemaker_prebuilt_ecr_image" "this" {
  image_tag       = local.image.tag
  region          = var.region
  repository_name = local.image.repository
}

module "encryption_key" {
  source = "../../modules/encryption-key"

  account_id = local.account_id
  name       = var.name
  region     = var.region
  tags       = var.tags
}

module "execution_role" {
  source = "../../modules/execution-role"

  account_id  = local.account_id
  description = "What the containers of the endpoint ${var.name} may do"
  name        = "${var.name}-endpoint"
  region      = var.region
  tags        = var.tags

  buckets = {
    model = { arn = "arn:aws:s3:::${split("/", var.model_data_url)[2]}" }
  }
  ecr_repository_arns = {
    image = "arn:aws:ecr:${var.region}:${data.aws_sagemaker_prebuilt_ecr_image.this.registry_id}:repository/${local.image.repository}"
  }
  kms_keys = merge(
    { endpoint = { arn = module.encryption_key.arn, allow_grants = true } },
    { for key, arn in var.model_kms_key_arns : "model-${key}" => { arn = arn, access = "decrypt" } },
  )
  # Built, not read: the endpoint creates the group, and needs the role first.
  log_group_arns = {
    endpoint = "arn:aws:logs:${var.region}:${local.account_id}:log-group:/aws/sagemaker/Endpoints/${var.name}"
  }
}

module "endpoint" {
  source = "../../modules/endpoint"

  execution_role_arn    = module.execution_role.arn
  kind                  = "serverless"
  kms_key_arn           = module.encryption_key.arn
  log_retention_in_days = var.log_retention_in_days
  name                  = var.name
  region                = var.region
  tags                  = var.tags

  models = {
    linear = {
      containers = [{ prebuilt_image = local.image, model_data_url = var.model_data_url }]
    }
  }
  serverless = {
    max_concurrency         = 10
    memory_in_mb            = 2048
    provisioned_concurrency = var.provisioned_concurrency
  }
}
