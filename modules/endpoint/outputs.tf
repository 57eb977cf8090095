output "alarm_arns" {
  description = "ARNs of the alarms, by variant and kind: `VARIANT/errors_4xx`, `/errors_5xx`, `/latency`, `/no_invocations`."
  value = merge(
    { for key, alarm in aws_cloudwatch_metric_alarm.this : key => alarm.arn },
    { for variant, alarm in aws_cloudwatch_metric_alarm.no_invocations : "${variant}/no_invocations" => alarm.arn },
  )
}

output "arn" {
  description = "ARN of the endpoint. SageMaker lower-cases the name in it."
  value       = aws_sagemaker_endpoint.this.arn
}

output "configuration_name" {
  description = "Name of the current endpoint configuration. Each change creates a new one."
  value       = aws_sagemaker_endpoint.this.endpoint_config_name
}

output "invoke_url" {
  description = "URL to post requests to, signed for `sagemaker`."
  value = join("", [
    "https://runtime.sagemaker.${var.region}.${startswith(var.region, "cn-") ? "amazonaws.com.cn" : "amazonaws.com"}",
    "/endpoints/${aws_sagemaker_endpoint.this.name}/${var.kind == "async" ? "async-invocations" : "invocations"}",
  ])
}

output "log_group_arn" {
  description = "ARN of the containers' log group, without `:*`."
  value       = aws_cloudwatch_log_group.this.arn
}

output "log_group_name" {
  description = "Name of the containers' log group."
  value       = aws_cloudwatch_log_group.this.name
}

output "model_names" {
  description = "Names of the models, by the keys of `models`. Each change creates a new one."
  value       = { for key, model in aws_sagemaker_model.this : key => model.name }
}

output "name" {
  description = "Name of the endpoint."
  value       = aws_sagemaker_endpoint.this.name
}

output "scaling_policy_arns" {
  description = "ARNs of the scaling policies, by variant and metric: `VARIANT/invocations`, `/custom`, `/backlog`, `/from_zero`, `/utilization`."
  value = merge(
    { for variant, policy in aws_appautoscaling_policy.predefined : "${variant}/${local.predefined_policies[variant].name}" => policy.arn },
    { for variant, policy in aws_appautoscaling_policy.custom : "${variant}/${local.custom_policies[variant].name}" => policy.arn },
    { for variant, policy in aws_appautoscaling_policy.from_zero : "${variant}/from_zero" => policy.arn },
  )
}

output "variant_names" {
  description = "Names of the production variants, without the shadow variant, which cannot be invoked."
  value       = keys(local.production_variants)
}
