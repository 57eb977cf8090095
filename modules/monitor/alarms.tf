# The built-in analyzer publishes one value per feature and execution. The namespace and the dimensions are those of AWS's
# samples; AWS's pages have others, which contradict each other, so that both are inputs.
resource "aws_cloudwatch_metric_alarm" "drift" {
  for_each = var.alarms.max_drift

  alarm_name        = "${var.name}-drift-${each.key}"
  alarm_description = "Feature ${each.key} of endpoint ${var.endpoint_name} is further than ${each.value} from its baseline."
  alarm_actions     = var.alarms.sns_topic_arns
  ok_actions        = var.alarms.sns_topic_arns
  tags              = var.tags

  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  metric_name         = "feature_baseline_drift_${each.key}"
  namespace           = var.alarms.namespace
  period              = var.alarms.period_in_seconds
  statistic           = "Maximum"
  threshold           = each.value

  # Between executions there is no value.
  treat_missing_data = "notBreaching"

  dimensions = {
    (var.alarms.endpoint_dimension) = var.endpoint_name
    (var.alarms.schedule_dimension) = aws_sagemaker_monitoring_schedule.this.name
  }
}
