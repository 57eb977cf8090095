output "alarm_arns" {
  description = "ARNs of the drift alarms, by feature."
  value       = { for feature, alarm in aws_cloudwatch_metric_alarm.drift : feature => alarm.arn }
}

output "arn" {
  description = "ARN of the monitoring schedule."
  value       = aws_sagemaker_monitoring_schedule.this.arn
}

output "image_uri" {
  description = "Image of the jobs. The role must be allowed to pull it."
  value       = local.image_uri
}

output "job_definition_name" {
  description = "Name of the job definition."
  value       = aws_sagemaker_data_quality_job_definition.this.name
}

output "name" {
  description = "Name of the monitoring schedule."
  value       = aws_sagemaker_monitoring_schedule.this.name
}

output "report_s3_uri" {
  description = "S3 URI of the reports. Each execution writes below ENDPOINT/SCHEDULE/ and its hour."
  value       = local.report_s3_uri
}
