resource "aws_sagemaker_workforce" "this" {
  workforce_name = "probe"

  cognito_config {
    client_id = "probeclientid0123456789"
    user_pool = "${local.region}_probe1234"
  }

  source_ip_config {
    cidrs = ["10.${var.step}.0.0/16"]
  }
}

resource "aws_sagemaker_workteam" "this" {
  workteam_name  = "probe"
  workforce_name = aws_sagemaker_workforce.this.workforce_name
  description    = "probe ${var.step}"
  tags           = local.tags

  member_definition {
    cognito_member_definition {
      client_id  = "probeclientid0123456789"
      user_pool  = "${local.region}_probe1234"
      user_group = "probe"
    }
  }

  worker_access_configuration {
    s3_presign {
      iam_policy_constraints {
        source_ip = var.step == 1 ? "Enabled" : "Disabled"
      }
    }
  }
}

resource "aws_sagemaker_human_task_ui" "this" {
  human_task_ui_name = "probe"
  tags               = local.tags

  ui_template {
    content = "<p>probe</p>"
  }
}

resource "aws_sagemaker_flow_definition" "this" {
  flow_definition_name = "probe"
  role_arn             = local.role
  tags                 = local.tags

  human_loop_config {
    human_task_ui_arn                     = aws_sagemaker_human_task_ui.this.arn
    task_availability_lifetime_in_seconds = 3600
    task_count                            = 1
    task_description                      = "probe"
    task_title                            = "probe"
    workteam_arn                          = aws_sagemaker_workteam.this.arn
  }

  output_config {
    s3_output_path = "s3://probe/flow"
  }
}
