resource "aws_sagemaker_pipeline" "this" {
  pipeline_name         = "probe"
  pipeline_display_name = "probe-${var.step}"
  role_arn              = local.role
  tags                  = local.tags

  pipeline_definition = jsonencode({
    Version = "2020-12-01"
    Steps = [{
      Name      = "Stop${var.step}"
      Type      = "Fail"
      Arguments = { ErrorMessage = "probe" }
    }]
  })
}

resource "aws_sagemaker_project" "this" {
  project_name        = "probe"
  project_description = "probe ${var.step}"
  tags                = local.tags

  service_catalog_provisioning_details {
    product_id = "prod-probe12345678"
  }
}
