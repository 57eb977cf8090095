data "aws_caller_identity" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  image      = { repository = "linear-learner", tag = "1" }

  # Settings shared by the buckets in both regions. EventBridge receives an event for each capture; captures expire.
  access_logging = { eventbridge = true, expiration_days = 400, force_destroy = var.force_destroy }
  buckets = {
    captured = {
      force_destroy   = var.force_destroy
      lifecycle_rules = { old-captures = { expiration_days = 90, noncurrent_expiration_days = 7 } }
    }
  }
  notifications = { captured = { eventbridge = true } }
}

# The account that owns the image repository.
data "aws_sagemaker_prebuilt_ecr_image" "this" {
  image_tag       = local.image.tag
  region          = var.region
  repository_name = local.image.repository
}

module "encryption_key" {
  source = "../../modules/encryption-key"

  account_id        = local.account_id
  event_topic_names = ["${var.name}-alarms"]
  name              = var.name
  region            = var.region
  tags              = var.tags

  # CloudWatch encrypts messages to the topic.
  service_access = {
    alarms = { principal = "cloudwatch.amazonaws.com" }
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

module "execution_role" {
  source = "../../modules/execution-role"

  account_id  = local.account_id
  description = "What the containers of the endpoint ${var.name} may do"
  name        = "${var.name}-endpoint"
  region      = var.region
  tags        = var.tags

  buckets = {
    captured = { arn = module.data_buckets.arns["captured"], write = true }
    model    = { arn = "arn:aws:s3:::${split("/", var.model_data_url)[2]}" }
  }
  ecr_repository_arns = {
    image = "arn:aws:ecr:${var.region}:${data.aws_sagemaker_prebuilt_ecr_image.this.registry_id}:repository/${local.image.repository}"
  }
  kms_keys = merge(
    { endpoint = { arn = module.encryption_key.arn, allow_grants = true } },
    { for key, arn in var.model_kms_key_arns : "model-${key}" => { arn = arn, access = "decrypt" } },
  )
  # SageMaker describes the endpoint's alarms with this role during a deployment. No cycle: alarms do not need the role.
  alarm_arns = module.endpoint.alarm_arns
  # Built, so that it is known at plan.
  log_group_arns = {
    endpoint = "arn:aws:logs:${var.region}:${local.account_id}:log-group:/aws/sagemaker/Endpoints/${var.name}"
  }
}

resource "aws_sns_topic" "alarms" {
  name              = "${var.name}-alarms"
  kms_master_key_id = module.encryption_key.arn
  tags              = var.tags
}

module "endpoint" {
  source = "../../modules/endpoint"

  execution_role_arn    = module.execution_role.arn
  kind                  = "provisioned"
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
  provisioned = {
    variants = {
      main = {
        instance_count = 2
        instance_type  = var.instance_type
        autoscaling = {
          max_capacity             = 4
          min_capacity             = 2
          invocations_per_instance = 600
        }
      }
    }
  }

  alarms = {
    latency        = { max_milliseconds = 500 }
    no_invocations = { hours = 24 }
    sns_topic_arns = [aws_sns_topic.alarms.arn]
  }
  data_capture = {
    csv_content_types   = ["text/csv"]
    destination_s3_uri  = "s3://${module.data_buckets.names["captured"]}/${var.name}/"
    sampling_percentage = 20
  }
  # Half of the instances get a new model first; the rest after ten minutes without an alarm.
  deployment = {
    step                        = { percentage = 50 }
    strategy                    = "canary"
    termination_wait_in_seconds = 300
    wait_in_seconds             = 600
  }
}
