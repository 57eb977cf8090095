resource "aws_sagemaker_hub" "this" {
  hub_name            = "probe"
  hub_description     = "probe ${var.step}"
  hub_display_name    = "probe"
  hub_search_keywords = var.step == 1 ? ["zebra", "aardvark"] : ["zebra", "aardvark", "mole"]
  tags                = local.tags

  s3_storage_config {
    s3_output_path = "s3://probe/hub"
  }
}

resource "aws_sagemaker_mlflow_tracking_server" "this" {
  tracking_server_name            = "probe"
  role_arn                        = local.role
  artifact_store_uri              = "s3://probe/mlflow"
  tracking_server_size            = var.step == 1 ? "Small" : "Medium"
  automatic_model_registration    = var.step == 2
  mlflow_version                  = "2.16"
  weekly_maintenance_window_start = var.step == 1 ? "Sun:04:00" : "Sat:05:30"
  tags                            = local.tags
}

resource "aws_sagemaker_servicecatalog_portfolio_status" "this" {
  status = var.step == 1 ? "Enabled" : "Disabled"
}
