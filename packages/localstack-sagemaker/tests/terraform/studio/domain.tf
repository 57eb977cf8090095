resource "aws_sagemaker_studio_lifecycle_config" "this" {
  studio_lifecycle_config_name     = "probe"
  studio_lifecycle_config_app_type = "JupyterLab"
  studio_lifecycle_config_content  = base64encode("echo probe")
  tags                             = local.tags
}

resource "aws_sagemaker_domain" "this" {
  domain_name = "probe"
  auth_mode   = "IAM"
  vpc_id      = "vpc-11111111"
  subnet_ids  = ["subnet-11111111"]
  kms_key_id  = local.key
  tags        = local.tags

  default_user_settings {
    execution_role  = local.role
    security_groups = ["sg-11111111"]

    jupyter_lab_app_settings {
      lifecycle_config_arns = [aws_sagemaker_studio_lifecycle_config.this.arn]

      app_lifecycle_management {
        idle_settings {
          lifecycle_management        = "ENABLED"
          idle_timeout_in_minutes     = 60 * var.step
          min_idle_timeout_in_minutes = 60
          max_idle_timeout_in_minutes = 480
        }
      }

      default_resource_spec {
        instance_type        = "ml.t3.medium"
        lifecycle_config_arn = aws_sagemaker_studio_lifecycle_config.this.arn
      }
    }
  }

  retention_policy {
    home_efs_file_system = "Delete"
  }
}

resource "aws_sagemaker_user_profile" "this" {
  domain_id         = aws_sagemaker_domain.this.id
  user_profile_name = "probe"
  tags              = local.tags

  user_settings {
    execution_role  = local.role
    security_groups = var.step == 1 ? ["sg-11111111"] : ["sg-22222222"]
  }
}

resource "aws_sagemaker_space" "this" {
  domain_id          = aws_sagemaker_domain.this.id
  space_name         = "probe"
  space_display_name = "probe-${var.step}"
  tags               = local.tags

  ownership_settings {
    owner_user_profile_name = aws_sagemaker_user_profile.this.user_profile_name
  }

  space_sharing_settings {
    sharing_type = "Private"
  }

  space_settings {
    app_type = "JupyterLab"

    jupyter_lab_app_settings {
      default_resource_spec {
        instance_type = "ml.t3.medium"
      }
    }
  }
}

resource "aws_sagemaker_app" "this" {
  domain_id         = aws_sagemaker_domain.this.id
  user_profile_name = aws_sagemaker_user_profile.this.user_profile_name
  app_name          = "probe"
  app_type          = "JupyterServer"
  tags              = local.tags
}
