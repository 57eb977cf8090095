locals {
  # Settings shared by all alarms of a kind. Error metrics are a ratio from 0 to 1.
  alarm_kinds = merge(
    var.alarms.errors_4xx.enabled ? {
      errors_4xx = {
        description = "answers more than ${var.alarms.errors_4xx.max_percentage} % of its requests with 4xx"
        metric      = "Invocation4XXErrors"
        statistic   = "Average"
        threshold   = var.alarms.errors_4xx.max_percentage / 100
        rollback    = var.alarms.errors_4xx.rollback
      }
    } : {},
    var.alarms.errors_5xx.enabled ? {
      errors_5xx = {
        description = "answers more than ${var.alarms.errors_5xx.max_percentage} % of its requests with 5xx"
        metric      = "Invocation5XXErrors"
        statistic   = "Average"
        threshold   = var.alarms.errors_5xx.max_percentage / 100
        rollback    = var.alarms.errors_5xx.rollback
      }
    } : {},
    var.alarms.latency.max_milliseconds == null ? {} : {
      latency = {
        description = "takes longer than ${coalesce(var.alarms.latency.max_milliseconds, 0)} ms at the ${var.alarms.latency.percentile}th percentile"
        metric      = "ModelLatency"
        statistic   = "p${var.alarms.latency.percentile}"
        threshold   = coalesce(var.alarms.latency.max_milliseconds, 0) * 1000 # the metric is in microseconds
        rollback    = var.alarms.latency.rollback
      }
    },
  )

  alarms = merge([
    for variant in keys(local.production_variants) : {
      for kind, alarm in local.alarm_kinds : "${variant}/${kind}" => merge(alarm, { variant = variant, kind = kind })
    }
  ]...)

  # Async endpoints have this metric per endpoint, not per variant.
  silent_variants = (
    var.alarms.no_invocations.hours == null ? {}
    : var.kind == "async" ? { AllTraffic = { metric = "InvocationsProcessed", dimensions = { EndpointName = var.name } } }
    : {
      for variant in keys(local.production_variants) :
      variant => { metric = "Invocations", dimensions = { EndpointName = var.name, VariantName = variant } }
    }
  )

  rollback_alarm_names = concat(
    [for key, alarm in local.alarms : aws_cloudwatch_metric_alarm.this[key].alarm_name if alarm.rollback],
    tolist(var.alarms.rollback_alarm_names),
  )
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name        = "${var.name}-${each.value.variant}-${replace(each.value.kind, "_", "-")}"
  alarm_description = "Variant ${each.value.variant} of endpoint ${var.name} ${each.value.description}."
  alarm_actions     = var.alarms.sns_topic_arns
  ok_actions        = var.alarms.sns_topic_arns
  tags              = var.tags

  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = var.alarms.evaluation_periods
  extended_statistic  = each.value.statistic == "Average" ? null : each.value.statistic
  metric_name         = each.value.metric
  namespace           = "AWS/SageMaker"
  period              = var.alarms.period_in_seconds
  statistic           = each.value.statistic == "Average" ? "Average" : null
  threshold           = each.value.threshold

  # Without requests there is no metric, which is not an error.
  treat_missing_data = "notBreaching"

  dimensions = {
    EndpointName = var.name
    VariantName  = each.value.variant
  }
}

resource "aws_cloudwatch_metric_alarm" "no_invocations" {
  for_each = local.silent_variants

  alarm_name        = "${var.name}-${each.key}-no-invocations"
  alarm_description = "Variant ${each.key} of endpoint ${var.name} had no request for ${coalesce(var.alarms.no_invocations.hours, 0)} h, and may be billed."
  alarm_actions     = var.alarms.sns_topic_arns
  ok_actions        = var.alarms.sns_topic_arns
  tags              = var.tags

  comparison_operator = "LessThanThreshold"
  dimensions          = each.value.dimensions
  evaluation_periods  = var.alarms.no_invocations.hours
  metric_name         = each.value.metric
  namespace           = "AWS/SageMaker"
  period              = 3600
  statistic           = "Sum"
  threshold           = 1

  # Without requests there is no metric.
  treat_missing_data = "breaching"
}
