data "aws_caller_identity" "current" {}

locals {
  account_id       = data.aws_caller_identity.current.account_id
  notebooks_prefix = "notebooks/"
  zone             = sort(var.zones)[0]

  # Settings shared by the buckets in both regions. Data is kept; noncurrent versions expire.
  bucket_keys    = ["training", "output", "model"]
  access_logging = { eventbridge = true, expiration_days = 400, force_destroy = var.force_destroy }
  buckets = {
    for key in local.bucket_keys : key => {
      force_destroy   = var.force_destroy
      lifecycle_rules = { old-versions = { expired_delete_markers = true, noncurrent_expiration_days = 90 } }
    }
  }
  notifications = { for key in local.bucket_keys : key => { eventbridge = true } }
}

module "encryption_key" {
  source = "../../modules/encryption-key"

  account_id         = local.account_id
  log_group_prefixes = ["/aws/sagemaker/", "/aws/vpc-flow-logs/"]
  name               = var.name
  region             = var.region
  tags               = var.tags
}

# No internet access: AWS services through interface endpoints, S3 through a gateway endpoint.
module "network" {
  source = "../../modules/network"

  account_id                 = local.account_id
  egress                     = "endpoints"
  flow_log_retention_in_days = var.log_retention_in_days
  kms_key_arn                = module.encryption_key.arn
  name                       = var.name
  region                     = var.region
  tags                       = var.tags
  zones                      = var.zones

  security_groups = {
    jobs     = { reach = ["endpoints", "members", "s3"] }
    notebook = {}
  }
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
  jobs = {
    instance_types         = var.job_instance_types
    max_runtime_in_seconds = var.job_max_runtime_in_seconds
    name_prefix            = "${var.name}-"
    processing             = true
    training               = true
  }
  kms_keys = {
    stack = { arn = module.encryption_key.arn, allow_grants = true }
  }
  network_interfaces = {
    enabled             = true
    security_group_arns = module.network.security_group_arns
    subnet_arns         = module.network.private_subnet_arns
  }
}

module "notebook" {
  source = "../../modules/notebook"

  instance_type      = var.instance_type
  kms_key_arn        = module.encryption_key.arn
  log_group_name     = module.log_groups.names["NotebookInstances"]
  name               = var.name
  region             = var.region
  role_arn           = module.execution_role.arn
  security_group_ids = [module.network.security_group_ids["notebook"]]
  stop_when_idle     = { minutes = var.idle_minutes }
  subnet_id          = module.network.private_subnet_ids[local.zone]
  tags               = var.tags

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
    security_group_ids = [module.network.security_group_ids["jobs"]]
    subnet_ids         = values(module.network.private_subnet_ids)
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
