data "aws_caller_identity" "current" {}

locals {
  account_id       = data.aws_caller_identity.current.account_id
  notebooks_prefix = "notebooks/"
}

module "encryption_key" {
  source = "../../modules/encryption-key"

  account_id = local.account_id
  name       = var.name
  region     = var.region
  tags       = var.tags
}

module "data_buckets" {
  source = "../../modules/data-buckets"

  account_id  = local.account_id
  kms_key_arn = module.encryption_key.arn
  name        = var.name
  tags        = var.tags

  access_logging = { force_destroy = var.force_destroy }
  buckets = {
    for key in ["training", "output", "model"] : key => { force_destroy = var.force_destroy }
  }
}

module "log_groups" {
  source = "../../modules/log-groups"

  kms_key_arn       = module.encryption_key.arn
  retention_in_days = var.log_retention_in_days
  tags              = var.tags
}

module "execution_role" {
  source = "../../modules/execution-role"

  account_id              = local.account_id
  description             = "What the notebook ${var.name} and the jobs that it starts may do"
  log_group_arns          = module.log_groups.arns
  name                    = "${var.name}-notebook"
  notebook_instance_names = [var.name]
  prebuilt_images         = true
  region                  = var.region
  tags                    = var.tags

  buckets = {
    for key, arn in module.data_buckets.arns : key => { arn = arn, write = true }
  }
  hosting = {
    enabled     = var.host_endpoints
    name_prefix = "${var.name}-"

    # Insecure: the stack has no VPC for models.
    require_vpc = false
  }
  jobs = {
    name_prefix = "${var.name}-"
    processing  = true
    training    = true

    # Insecure: the stack has no VPC for jobs.
    require_vpc = false
  }
  kms_keys = {
    stack = { arn = module.encryption_key.arn, allow_grants = true }
  }
}

module "notebook" {
  source = "../../modules/notebook"

  # Insecure: the stack has no VPC with access to SageMaker and S3.
  direct_internet_access = true

  instance_type  = var.instance_type
  kms_key_arn    = module.encryption_key.arn
  log_group_name = module.log_groups.names["NotebookInstances"]
  name           = var.name
  region         = var.region
  role_arn       = module.execution_role.arn
  tags           = var.tags

  bucket_placeholders = {
    for key, name in module.data_buckets.names : "<${key}-bucket>" => name
  }
  notebook_sources = {
    samples = {
      bucket      = module.data_buckets.names["training"]
      destination = "samples"
      prefix      = local.notebooks_prefix
    }
  }
  sdk_defaults = {
    default_bucket     = module.data_buckets.names["output"]
    kms_key_arn        = module.encryption_key.arn
    volume_kms_key_arn = module.encryption_key.arn
  }

  # Uploaded before the notebook's first start.
  depends_on = [aws_s3_object.notebook]
}

resource "aws_s3_object" "notebook" {
  for_each = fileset("${path.module}/notebooks", "*.ipynb")

  bucket       = module.data_buckets.names["training"]
  content_type = "application/x-ipynb+json"
  key          = "${local.notebooks_prefix}${each.value}"
  kms_key_id   = module.encryption_key.arn
  source       = "${path.module}/notebooks/${each.value}"
  source_hash  = filesha256("${path.module}/notebooks/${each.value}")
  tags         = var.tags
}
