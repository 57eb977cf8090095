data "aws_caller_identity" "current" {}

locals {
  account_id          = data.aws_caller_identity.current.account_id
  artifact_bucket_arn = "arn:aws:s3:::${var.artifact_bucket_name}"
}

module "server_role" {
  source = "../../modules/execution-role"

  account_id        = local.account_id
  description       = "What the MLflow tracking server ${var.name} may do"
  metric_namespaces = []
  name              = "${var.name}-server"
  region            = var.region
  tags              = var.tags

  buckets            = { artifacts = { arn = local.artifact_bucket_arn, write = true } }
  kms_keys           = { artifacts = { arn = var.artifact_kms_key_arn, via_services = ["s3"] } }
  model_registration = { enabled = var.register_models }
}

module "mlflow" {
  source = "../../modules/mlflow"

  artifact_bucket_name            = var.artifact_bucket_name
  automatic_model_registration    = var.register_models
  mlflow_version                  = var.mlflow_version
  name                            = var.name
  role_arn                        = module.server_role.arn
  size                            = var.size
  tags                            = var.tags
  weekly_maintenance_window_start = "Sun:03:00"
}

# For jobs that log their runs. Clients read and write the artifacts themselves.
module "client_role" {
  source = "../../modules/execution-role"

  account_id  = local.account_id
  description = "What jobs that log to the MLflow tracking server ${var.name} may do"
  name        = "${var.name}-client"
  region      = var.region
  tags        = var.tags

  buckets         = { artifacts = { arn = local.artifact_bucket_arn, write = true } }
  kms_keys        = { artifacts = { arn = var.artifact_kms_key_arn, via_services = ["s3"] } }
  mlflow_servers  = { experiments = { arn = module.mlflow.arn } }
  prebuilt_images = true
}
