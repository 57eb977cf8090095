resource "aws_sns_topic" "this" {
  name         = "probe"
  display_name = "probe ${var.step}"
  tags         = local.tags
}

resource "aws_sns_topic_policy" "this" {
  arn = aws_sns_topic.this.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Publish${var.step}"
      Effect    = "Allow"
      Principal = { Service = ["events.amazonaws.com", "s3.amazonaws.com"] }
      Action    = "sns:Publish"
      Resource  = aws_sns_topic.this.arn
    }]
  })
}

resource "aws_sqs_queue" "this" {
  name                       = "probe"
  visibility_timeout_seconds = 30 * var.step
  tags                       = local.tags
}

resource "aws_sns_topic_subscription" "this" {
  topic_arn            = aws_sns_topic.this.arn
  protocol             = "sqs"
  endpoint             = aws_sqs_queue.this.arn
  raw_message_delivery = var.step == 2
}

resource "aws_cloudwatch_event_rule" "this" {
  name        = "probe"
  description = "probe ${var.step}"
  tags        = local.tags

  event_pattern = jsonencode({
    source      = ["aws.sagemaker"]
    detail-type = ["SageMaker Training Job State Change"]
  })
}

resource "aws_cloudwatch_event_target" "this" {
  rule      = aws_cloudwatch_event_rule.this.name
  target_id = "probe"
  arn       = aws_sns_topic.this.arn

  input_transformer {
    input_paths    = { job = "$.detail.TrainingJobName" }
    input_template = "\"step ${var.step}: <job>\""
  }
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/sagemaker/probe"
  retention_in_days = var.step == 1 ? 14 : 30
  kms_key_id        = aws_kms_key.this.arn
  tags              = local.tags
}

resource "aws_cloudwatch_metric_alarm" "this" {
  alarm_name          = "probe"
  namespace           = "AWS/SageMaker"
  metric_name         = "Invocation5XXErrors"
  dimensions          = { EndpointName = "probe", VariantName = "live" }
  comparison_operator = "GreaterThanThreshold"
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 1
  threshold           = var.step
  treat_missing_data  = "notBreaching"
  tags                = local.tags
}

# The function is created before Terraform runs.
resource "aws_lambda_permission" "this" {
  statement_id   = "probe"
  action         = "lambda:InvokeFunction"
  function_name  = "probe"
  principal      = "s3.amazonaws.com"
  source_account = var.account
  source_arn     = aws_s3_bucket.this.arn
}
