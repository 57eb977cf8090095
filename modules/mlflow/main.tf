locals {
  artifact_store_uri = "s3://${var.artifact_bucket_name}/${coalesce(var.artifact_prefix, var.name)}"
}

resource "aws_sagemaker_mlflow_tracking_server" "this" {
  tracking_server_name            = var.name
  artifact_store_uri              = local.artifact_store_uri
  automatic_model_registration    = var.automatic_model_registration
  mlflow_version                  = var.mlflow_version
  role_arn                        = var.role_arn
  tags                            = var.tags
  tracking_server_size            = var.size
  weekly_maintenance_window_start = var.weekly_maintenance_window_start

  lifecycle {
    # The provider does not send false, so that each plan would show the same change.
    postcondition {
      condition     = self.automatic_model_registration == var.automatic_model_registration
      error_message = "Tracking server ${self.tracking_server_name} must have automatic_model_registration = ${var.automatic_model_registration}, which the AWS provider cannot set on an existing server; run aws sagemaker update-mlflow-tracking-server --tracking-server-name ${self.tracking_server_name} --no-automatic-model-registration."
    }
  }
}
