locals {
  # Built, so that a new schedule of the same name changes no rule. SageMaker writes names in ARNs in lower case.
  schedule_arns = [for name in distinct([var.name, lower(var.name)]) : { suffix = ":monitoring-schedule/${name}" }]

  # An execution is a processing job of the schedule. Its exit message says whether there were violations.
  notified = {
    violations = {
      description = "Reports data quality violations of endpoint ${var.endpoint_name}"
      detail      = { ExitMessage = [{ prefix = "CompletedWithViolations" }] }
      message     = "found violations"
      enabled     = var.notifications.violations
    }
    failures = {
      description = "Reports failed executions of monitoring schedule ${var.name}"
      detail      = { ProcessingJobStatus = ["Failed", "Stopped"] }
      message     = "did not complete"
      enabled     = var.notifications.failures
    }
  }
  notifications = { for key, one in local.notified : key => one if one.enabled && length(var.notifications.sns_topic_arns) > 0 }
  targets = merge([
    for key in keys(local.notifications) : {
      for topic, arn in var.notifications.sns_topic_arns : "${key}/${topic}" => { rule = key, topic_arn = arn }
    }
  ]...)
}

resource "aws_cloudwatch_event_rule" "this" {
  for_each = local.notifications

  name        = "${substr(var.name, 0, 53)}-${each.key}"
  description = each.value.description
  tags        = var.tags

  event_pattern = jsonencode({
    source        = ["aws.sagemaker"]
    "detail-type" = ["SageMaker Processing Job State Change"]
    detail        = merge(each.value.detail, { MonitoringScheduleArn = local.schedule_arns })
  })
}

resource "aws_cloudwatch_event_target" "this" {
  for_each = local.targets

  rule      = aws_cloudwatch_event_rule.this[each.value.rule].name
  target_id = "topic"
  arn       = each.value.topic_arn

  input_transformer {
    input_paths = {
      job    = "$.detail.ProcessingJobName"
      status = "$.detail.ProcessingJobStatus"
      time   = "$.time"
    }
    input_template = join("", [
      "\"Monitoring schedule ${var.name} of endpoint ${var.endpoint_name} ${local.notified[each.value.rule].message} at <time> (job <job>: <status>). ",
      "Reports: ${local.report_s3_uri}\"",
    ])
  }
}
