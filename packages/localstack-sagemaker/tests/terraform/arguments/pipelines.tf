resource "aws_sagemaker_pipeline" "from_bucket" {
  pipeline_name         = "from-bucket"
  pipeline_display_name = "from-bucket"
  pipeline_description  = "probe ${var.step}"
  role_arn              = local.role
  tags                  = local.tags

  parallelism_configuration {
    max_parallel_execution_steps = var.step
  }

  pipeline_definition_s3_location {
    bucket     = "probe-${var.account}"
    object_key = "definition-${var.step}.json"
    version_id = "null"
  }

  # the provider reads the definition and would remove it: https://github.com/hashicorp/terraform-provider-aws/issues/38259
  lifecycle {
    ignore_changes = [pipeline_definition]
  }
}

resource "aws_sagemaker_project" "every_argument" {
  project_name        = "every-argument"
  project_description = "probe ${var.step}"
  tags                = local.tags

  service_catalog_provisioning_details {
    path_id                  = "lpv2-probe12345678"
    product_id               = "prod-probe12345678"
    provisioning_artifact_id = "pa-probe1234567${var.step}"

    provisioning_parameter {
      key   = "Zone"
      value = "zone-${var.step}"
    }

    provisioning_parameter {
      key   = "Account"
      value = "probe"
    }
  }
}
