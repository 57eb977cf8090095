locals {
  scaled_variants = merge(
    {
      for name, variant in try(var.provisioned.variants, {}) : name => {
        dimension     = "sagemaker:variant:DesiredInstanceCount"
        instance_type = variant.instance_type
        max           = variant.autoscaling.max_capacity
        min           = variant.autoscaling.min_capacity
      } if variant.autoscaling != null
    },
    {
      for scaling in try(var.async.autoscaling, null)[*] : "AllTraffic" => {
        dimension     = "sagemaker:variant:DesiredInstanceCount"
        instance_type = var.async.instance_type
        max           = scaling.max_capacity
        min           = scaling.min_capacity
      }
    },
    {
      for scaling in try(var.serverless.autoscaling, null)[*] : "AllTraffic" => {
        dimension     = "sagemaker:variant:DesiredProvisionedConcurrency"
        instance_type = "serverless"
        max           = scaling.max_provisioned_concurrency
        min           = scaling.min_provisioned_concurrency
      }
    },
  )

  predefined_policies = merge(
    {
      for name, variant in try(var.provisioned.variants, {}) : name => {
        name               = "invocations"
        metric             = "SageMakerVariantInvocationsPerInstance"
        target             = variant.autoscaling.invocations_per_instance
        scale_in           = variant.autoscaling.scale_in
        scale_in_cooldown  = variant.autoscaling.scale_in_cooldown_in_seconds
        scale_out_cooldown = variant.autoscaling.scale_out_cooldown_in_seconds
      } if try(variant.autoscaling.invocations_per_instance, null) != null
    },
    {
      for scaling in try(var.serverless.autoscaling, null)[*] : "AllTraffic" => {
        name               = "utilization"
        metric             = "SageMakerVariantProvisionedConcurrencyUtilization"
        target             = scaling.utilization_percentage / 100
        scale_in           = scaling.scale_in
        scale_in_cooldown  = scaling.scale_in_cooldown_in_seconds
        scale_out_cooldown = scaling.scale_out_cooldown_in_seconds
      }
    },
  )

  custom_policies = merge(
    {
      for name, variant in try(var.provisioned.variants, {}) : name => {
        name               = "custom"
        metric             = variant.autoscaling.custom_metric
        dimensions         = merge({ EndpointName = var.name, VariantName = name }, variant.autoscaling.custom_metric.dimensions)
        scale_in           = variant.autoscaling.scale_in
        scale_in_cooldown  = variant.autoscaling.scale_in_cooldown_in_seconds
        scale_out_cooldown = variant.autoscaling.scale_out_cooldown_in_seconds
      } if try(variant.autoscaling.custom_metric, null) != null
    },
    {
      for scaling in try(var.async.autoscaling, null)[*] : "AllTraffic" => {
        name = "backlog"
        metric = {
          name      = "ApproximateBacklogSizePerInstance"
          namespace = "AWS/SageMaker"
          statistic = "Average"
          target    = scaling.backlog_per_instance
          unit      = null
        }
        dimensions         = { EndpointName = var.name }
        scale_in           = scaling.scale_in
        scale_in_cooldown  = scaling.scale_in_cooldown_in_seconds
        scale_out_cooldown = scaling.scale_out_cooldown_in_seconds
      }
    },
  )

  # Target tracking has no backlog per instance at 0 instances.
  wakes_from_zero = toset(try(var.async.autoscaling.min_capacity, null) == 0 ? ["AllTraffic"] : [])
}

# SageMaker does not change the instance type of a variant with a registered scalable target. Replacing this resource
# orders the target's deregistration before the endpoint's update.
resource "terraform_data" "scaled" {
  for_each = local.scaled_variants

  triggers_replace = {
    instance_type = each.value.instance_type
    kind          = var.kind
  }
}

resource "aws_appautoscaling_target" "this" {
  for_each = local.scaled_variants

  max_capacity       = each.value.max
  min_capacity       = each.value.min
  resource_id        = "endpoint/${aws_sagemaker_endpoint.this.name}/variant/${each.key}"
  scalable_dimension = each.value.dimension
  service_namespace  = "sagemaker"
  tags               = var.tags

  lifecycle {
    replace_triggered_by = [terraform_data.scaled[each.key]]
  }
}

resource "aws_appautoscaling_policy" "predefined" {
  for_each = local.predefined_policies

  name               = "${var.name}-${each.key}-${each.value.name}"
  policy_type        = "TargetTrackingScaling"
  resource_id        = aws_appautoscaling_target.this[each.key].resource_id
  scalable_dimension = aws_appautoscaling_target.this[each.key].scalable_dimension
  service_namespace  = aws_appautoscaling_target.this[each.key].service_namespace

  target_tracking_scaling_policy_configuration {
    disable_scale_in   = !each.value.scale_in
    scale_in_cooldown  = each.value.scale_in_cooldown
    scale_out_cooldown = each.value.scale_out_cooldown
    target_value       = each.value.target

    predefined_metric_specification {
      predefined_metric_type = each.value.metric
    }
  }

  lifecycle {
    replace_triggered_by = [terraform_data.scaled[each.key]]
  }
}

resource "aws_appautoscaling_policy" "custom" {
  for_each = local.custom_policies

  name               = "${var.name}-${each.key}-${each.value.name}"
  policy_type        = "TargetTrackingScaling"
  resource_id        = aws_appautoscaling_target.this[each.key].resource_id
  scalable_dimension = aws_appautoscaling_target.this[each.key].scalable_dimension
  service_namespace  = aws_appautoscaling_target.this[each.key].service_namespace

  target_tracking_scaling_policy_configuration {
    disable_scale_in   = !each.value.scale_in
    scale_in_cooldown  = each.value.scale_in_cooldown
    scale_out_cooldown = each.value.scale_out_cooldown
    target_value       = each.value.metric.target

    customized_metric_specification {
      metric_name = each.value.metric.name
      namespace   = each.value.metric.namespace
      statistic   = each.value.metric.statistic
      unit        = each.value.metric.unit

      dynamic "dimensions" {
        for_each = each.value.dimensions

        content {
          name  = dimensions.key
          value = dimensions.value
        }
      }
    }
  }

  lifecycle {
    replace_triggered_by = [terraform_data.scaled[each.key]]
  }
}

resource "aws_appautoscaling_policy" "from_zero" {
  for_each = local.wakes_from_zero

  name               = "${var.name}-${each.key}-from-zero"
  policy_type        = "StepScaling"
  resource_id        = aws_appautoscaling_target.this[each.key].resource_id
  scalable_dimension = aws_appautoscaling_target.this[each.key].scalable_dimension
  service_namespace  = aws_appautoscaling_target.this[each.key].service_namespace

  step_scaling_policy_configuration {
    adjustment_type         = "ChangeInCapacity"
    cooldown                = var.async.autoscaling.scale_out_cooldown_in_seconds
    metric_aggregation_type = "Average"

    step_adjustment {
      metric_interval_lower_bound = 0
      scaling_adjustment          = 1
    }
  }

  lifecycle {
    replace_triggered_by = [terraform_data.scaled[each.key]]
  }
}

resource "aws_cloudwatch_metric_alarm" "from_zero" {
  for_each = local.wakes_from_zero

  alarm_name        = "${var.name}-${each.key}-from-zero"
  alarm_description = "Endpoint ${var.name} has requests waiting and no instance: starts the first."
  alarm_actions     = [aws_appautoscaling_policy.from_zero[each.key].arn]
  tags              = var.tags

  comparison_operator = "GreaterThanOrEqualToThreshold"
  dimensions          = { EndpointName = var.name }
  evaluation_periods  = 1
  metric_name         = "HasBacklogWithoutCapacity"
  namespace           = "AWS/SageMaker"
  period              = 60
  statistic           = "Average"
  threshold           = 1
  treat_missing_data  = "notBreaching"
}
