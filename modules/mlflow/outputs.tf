output "arn" {
  description = "ARN of the tracking server: the tracking URI of MLflow clients (`mlflow.set_tracking_uri`), and for `mlflow_servers` of `execution-role`."
  value       = aws_sagemaker_mlflow_tracking_server.this.arn
}

output "artifact_store_uri" {
  description = "S3 URI of the artifacts. New experiments store theirs below it."
  value       = local.artifact_store_uri
}

output "mlflow_version" {
  description = "MLflow version of the server, major and minor. Clients must be compatible."
  value       = aws_sagemaker_mlflow_tracking_server.this.mlflow_version
}

output "name" {
  description = "Name of the tracking server."
  value       = aws_sagemaker_mlflow_tracking_server.this.tracking_server_name
}

output "url" {
  description = "URL of the MLflow user interface. It needs a presigned URL: `aws sagemaker create-presigned-mlflow-tracking-server-url`."
  value       = aws_sagemaker_mlflow_tracking_server.this.tracking_server_url
}
