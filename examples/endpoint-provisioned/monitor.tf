# Compares captured requests with a baseline each hour. Off by default: AWS accepts no new customers for Model Monitor.
locals {
  monitors = var.baseline_s3_uri != null
}

module "monitor_role" {
  count  = local.monitors ? 1 : 0
  source = "../../modules/execution-role"

  account_id  = local.account_id
  description = "What the monitoring jobs of the endpoint ${var.name} may do"
  name        = "${var.name}-monitor"
  region      = var.region
  tags        = var.tags

  buckets = {
    baseline = { arn = "arn:aws:s3:::${split("/", coalesce(var.baseline_s3_uri, "s3://none"))[2]}" }
    captured = { arn = module.data_buckets.arns["captured"], write = true }
  }
  ecr_repository_arns = {
    analyzer = "arn:aws:ecr:${var.region}:${data.aws_sagemaker_prebuilt_ecr_image.analyzer.registry_id}:repository/sagemaker-model-monitor-analyzer"
  }
  kms_keys = merge(
    { monitor = { arn = module.encryption_key.arn, allow_grants = true } },
    { for key, arn in var.model_kms_key_arns : "model-${key}" => { arn = arn, access = "decrypt" } },
  )
  log_group_arns = {
    processing = "arn:aws:logs:${var.region}:${local.account_id}:log-group:/aws/sagemaker/ProcessingJobs"
  }
  metric_namespaces = ["aws/sagemaker/Endpoints/data-metrics"]
}

data "aws_sagemaker_prebuilt_ecr_image" "analyzer" {
  region          = var.region
  repository_name = "sagemaker-model-monitor-analyzer"
}

module "monitor" {
  count  = local.monitors ? 1 : 0
  source = "../../modules/monitor"

  alarms        = { max_drift = var.max_drift, sns_topic_arns = [aws_sns_topic.alarms.arn] }
  endpoint_name = module.endpoint.name
  kms_key_arn   = module.encryption_key.arn
  name          = "${var.name}-data-quality"
  notifications = { sns_topic_arns = { alarms = aws_sns_topic.alarms.arn } }
  region        = var.region
  report_prefix = "reports"
  role_arn      = module.monitor_role[0].arn
  tags          = var.tags

  report_bucket_name = module.data_buckets.names["captured"]

  baseline = {
    constraints_s3_uri = "${var.baseline_s3_uri}/constraints.json"
    statistics_s3_uri  = "${var.baseline_s3_uri}/statistics.json"
  }

  depends_on = [aws_sns_topic_policy.alarms]
}

data "aws_iam_policy_document" "alarms" {
  statement {
    sid       = "AlarmsPublish"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alarms.arn]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }
  }

  # EventBridge sends no source account or ARN to a topic.
  statement {
    sid       = "EventBridgePublishes"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alarms.arn]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
  }
}

resource "aws_sns_topic_policy" "alarms" {
  arn    = aws_sns_topic.alarms.arn
  policy = data.aws_iam_policy_document.alarms.json
}
