output "arn" {
  description = "ARN of the notebook instance."
  value       = aws_sagemaker_notebook_instance.this.arn
}

output "code_repository_names" {
  description = "Names of the created SageMaker code repositories, by the keys of `managed_code_repositories`."
  value       = local.managed_names
}

output "id" {
  description = "ID of the notebook instance, which is its name."
  value       = aws_sagemaker_notebook_instance.this.id
}

output "lifecycle_configuration_arn" {
  description = "ARN of the lifecycle configuration."
  value       = aws_sagemaker_notebook_instance_lifecycle_configuration.this.arn
}

output "lifecycle_configuration_name" {
  description = "Name of the lifecycle configuration."
  value       = aws_sagemaker_notebook_instance_lifecycle_configuration.this.name
}

output "log_streams" {
  description = "Log streams of this notebook in `/aws/sagemaker/NotebookInstances`: `on_start` (the start script), `jupyter` (the Jupyter server) and `stop_when_idle` (the reason for an idle stop)."
  value = {
    jupyter        = "${aws_sagemaker_notebook_instance.this.name}/jupyter.log"
    on_start       = "${aws_sagemaker_notebook_instance.this.name}/LifecycleConfigOnStart"
    stop_when_idle = "${aws_sagemaker_notebook_instance.this.name}/StopWhenIdle"
  }
}

output "name" {
  description = "Name of the notebook instance."
  value       = aws_sagemaker_notebook_instance.this.name
}

output "network_interface_id" {
  description = "ID of the notebook's network interface in your VPC. Null without a subnet."
  value       = var.subnet_id == null ? null : aws_sagemaker_notebook_instance.this.network_interface_id
}

output "on_start_script" {
  description = "The script that runs at each start."
  value       = local.on_start
}

output "url" {
  description = "URL of Jupyter. Opening it needs a presigned URL (`aws sagemaker create-presigned-notebook-instance-url`)."
  value       = aws_sagemaker_notebook_instance.this.url
}
