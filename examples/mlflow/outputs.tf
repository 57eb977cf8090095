output "artifact_store_uri" {
  description = "S3 URI of the artifacts."
  value       = module.mlflow.artifact_store_uri
}

output "client_role_arn" {
  description = "ARN of the role for jobs that log their runs."
  value       = module.client_role.arn
}

output "server_role_arn" {
  description = "ARN of the server's role."
  value       = module.server_role.arn
}

output "tracking_server_arn" {
  description = "ARN of the tracking server, the tracking URI of MLflow clients."
  value       = module.mlflow.arn
}

output "tracking_server_name" {
  description = "Name of the tracking server."
  value       = module.mlflow.name
}

output "tracking_server_url" {
  description = "URL of the MLflow user interface."
  value       = module.mlflow.url
}
