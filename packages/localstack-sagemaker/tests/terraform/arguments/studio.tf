# nothing changes: with settings of RStudio, AWS refuses updates while the domain has apps
resource "aws_sagemaker_domain" "every_argument" {
  domain_name                   = "every-argument"
  auth_mode                     = "IAM"
  vpc_id                        = "vpc-11111111"
  subnet_ids                    = ["subnet-11111111"]
  kms_key_id                    = local.key
  app_network_access_type       = "PublicInternetOnly"
  app_security_group_management = "Customer"
  tag_propagation               = "ENABLED"
  tags                          = local.tags

  default_space_settings {
    execution_role  = local.role
    security_groups = ["sg-11111111"]

    custom_file_system_config {

      efs_file_system_config {
        file_system_id   = "fs-0123456789abcdef0"
        file_system_path = "/shared"
      }
    }

    custom_posix_user_config {
      gid = 1001
      uid = 10000
    }

    jupyter_lab_app_settings {
      built_in_lifecycle_config_arn = local.lifecycle_config
      lifecycle_config_arns         = [local.lifecycle_config]

      app_lifecycle_management {

        idle_settings {
          idle_timeout_in_minutes     = 60
          lifecycle_management        = "ENABLED"
          max_idle_timeout_in_minutes = 480
          min_idle_timeout_in_minutes = 60
        }
      }

      code_repository {
        repository_url = "https://example.com/probe.git"
      }

      custom_image {
        app_image_config_name = "probe"
        image_name            = "probe"
        image_version_number  = 1
      }

      default_resource_spec {
        instance_type                 = "ml.t3.medium"
        lifecycle_config_arn          = local.lifecycle_config
        sagemaker_image_arn           = "arn:aws:sagemaker:${local.region}:${var.account}:image/probe"
        sagemaker_image_version_alias = "1.0"
        sagemaker_image_version_arn   = "arn:aws:sagemaker:${local.region}:${var.account}:image-version/probe/1"
      }

      emr_settings {
        assumable_role_arns = [local.role]
        execution_role_arns = [local.role]
      }
    }

    jupyter_server_app_settings {
      lifecycle_config_arns = [local.lifecycle_config]

      code_repository {
        repository_url = "https://example.com/probe.git"
      }

      default_resource_spec {
        instance_type                 = "system"
        lifecycle_config_arn          = local.lifecycle_config
        sagemaker_image_arn           = "arn:aws:sagemaker:${local.region}:${var.account}:image/probe"
        sagemaker_image_version_alias = "1.0"
        sagemaker_image_version_arn   = "arn:aws:sagemaker:${local.region}:${var.account}:image-version/probe/1"
      }
    }

    kernel_gateway_app_settings {
      lifecycle_config_arns = [local.lifecycle_config]

      custom_image {
        app_image_config_name = "probe"
        image_name            = "probe"
        image_version_number  = 1
      }

      default_resource_spec {
        instance_type                 = "ml.t3.medium"
        lifecycle_config_arn          = local.lifecycle_config
        sagemaker_image_arn           = "arn:aws:sagemaker:${local.region}:${var.account}:image/probe"
        sagemaker_image_version_alias = "1.0"
        sagemaker_image_version_arn   = "arn:aws:sagemaker:${local.region}:${var.account}:image-version/probe/1"
      }
    }

    space_storage_settings {

      default_ebs_storage_settings {
        default_ebs_volume_size_in_gb = 10
        maximum_ebs_volume_size_in_gb = 20
      }
    }
  }

  default_user_settings {
    auto_mount_home_efs = "Enabled"
    default_landing_uri = "studio::"
    execution_role      = local.role
    security_groups     = ["sg-11111111"]
    studio_web_portal   = "ENABLED"

    canvas_app_settings {

      direct_deploy_settings {
        status = "ENABLED"
      }

      emr_serverless_settings {
        execution_role_arn = local.role
        status             = "ENABLED"
      }

      generative_ai_settings {
        amazon_bedrock_role_arn = local.role
      }

      identity_provider_oauth_settings {
        data_source_name = "SalesforceGenie"
        secret_arn       = "arn:aws:secretsmanager:${local.region}:${var.account}:secret:probe-123456"
        status           = "ENABLED"
      }

      kendra_settings {
        status = "ENABLED"
      }

      model_register_settings {
        status = "ENABLED"
      }

      time_series_forecasting_settings {
        amazon_forecast_role_arn = local.role
        status                   = "ENABLED"
      }

      workspace_settings {
        s3_artifact_path = "s3://probe/artifacts"
        s3_kms_key_id    = local.key
      }
    }

    code_editor_app_settings {
      built_in_lifecycle_config_arn = local.lifecycle_config
      lifecycle_config_arns         = [local.lifecycle_config]

      app_lifecycle_management {

        idle_settings {
          idle_timeout_in_minutes     = 60
          lifecycle_management        = "ENABLED"
          max_idle_timeout_in_minutes = 480
          min_idle_timeout_in_minutes = 60
        }
      }

      custom_image {
        app_image_config_name = "probe"
        image_name            = "probe"
        image_version_number  = 1
      }

      default_resource_spec {
        instance_type                 = "ml.t3.medium"
        lifecycle_config_arn          = local.lifecycle_config
        sagemaker_image_arn           = "arn:aws:sagemaker:${local.region}:${var.account}:image/probe"
        sagemaker_image_version_alias = "1.0"
        sagemaker_image_version_arn   = "arn:aws:sagemaker:${local.region}:${var.account}:image-version/probe/1"
      }
    }

    custom_file_system_config {

      efs_file_system_config {
        file_system_id   = "fs-0123456789abcdef0"
        file_system_path = "/shared"
      }
    }

    custom_posix_user_config {
      gid = 1001
      uid = 10000
    }

    jupyter_lab_app_settings {
      built_in_lifecycle_config_arn = local.lifecycle_config
      lifecycle_config_arns         = [local.lifecycle_config]

      app_lifecycle_management {

        idle_settings {
          idle_timeout_in_minutes     = 60
          lifecycle_management        = "ENABLED"
          max_idle_timeout_in_minutes = 480
          min_idle_timeout_in_minutes = 60
        }
      }

      code_repository {
        repository_url = "https://example.com/probe.git"
      }

      custom_image {
        app_image_config_name = "probe"
        image_name            = "probe"
        image_version_number  = 1
      }

      default_resource_spec {
        instance_type                 = "ml.t3.medium"
        lifecycle_config_arn          = local.lifecycle_config
        sagemaker_image_arn           = "arn:aws:sagemaker:${local.region}:${var.account}:image/probe"
        sagemaker_image_version_alias = "1.0"
        sagemaker_image_version_arn   = "arn:aws:sagemaker:${local.region}:${var.account}:image-version/probe/1"
      }

      emr_settings {
        assumable_role_arns = [local.role]
        execution_role_arns = [local.role]
      }
    }

    jupyter_server_app_settings {
      lifecycle_config_arns = [local.lifecycle_config]

      code_repository {
        repository_url = "https://example.com/probe.git"
      }

      default_resource_spec {
        instance_type                 = "system"
        lifecycle_config_arn          = local.lifecycle_config
        sagemaker_image_arn           = "arn:aws:sagemaker:${local.region}:${var.account}:image/probe"
        sagemaker_image_version_alias = "1.0"
        sagemaker_image_version_arn   = "arn:aws:sagemaker:${local.region}:${var.account}:image-version/probe/1"
      }
    }

    kernel_gateway_app_settings {
      lifecycle_config_arns = [local.lifecycle_config]

      custom_image {
        app_image_config_name = "probe"
        image_name            = "probe"
        image_version_number  = 1
      }

      default_resource_spec {
        instance_type                 = "ml.t3.medium"
        lifecycle_config_arn          = local.lifecycle_config
        sagemaker_image_arn           = "arn:aws:sagemaker:${local.region}:${var.account}:image/probe"
        sagemaker_image_version_alias = "1.0"
        sagemaker_image_version_arn   = "arn:aws:sagemaker:${local.region}:${var.account}:image-version/probe/1"
      }
    }

    r_session_app_settings {

      custom_image {
        app_image_config_name = "probe"
        image_name            = "probe"
        image_version_number  = 1
      }

      default_resource_spec {
        instance_type                 = "ml.t3.medium"
        lifecycle_config_arn          = local.lifecycle_config
        sagemaker_image_arn           = "arn:aws:sagemaker:${local.region}:${var.account}:image/probe"
        sagemaker_image_version_alias = "1.0"
        sagemaker_image_version_arn   = "arn:aws:sagemaker:${local.region}:${var.account}:image-version/probe/1"
      }
    }

    r_studio_server_pro_app_settings {
      access_status = "ENABLED"
      user_group    = "R_STUDIO_USER"
    }

    sharing_settings {
      notebook_output_option = "Allowed"
      s3_kms_key_id          = local.key
      s3_output_path         = "s3://probe/sharing"
    }

    space_storage_settings {

      default_ebs_storage_settings {
        default_ebs_volume_size_in_gb = 10
        maximum_ebs_volume_size_in_gb = 20
      }
    }

    studio_web_portal_settings {
      hidden_app_types      = ["JupyterServer"]
      hidden_instance_types = ["ml.t3.large"]
      hidden_ml_tools       = ["DataWrangler"]
    }

    tensor_board_app_settings {

      default_resource_spec {
        instance_type                 = "ml.t3.medium"
        lifecycle_config_arn          = local.lifecycle_config
        sagemaker_image_arn           = "arn:aws:sagemaker:${local.region}:${var.account}:image/probe"
        sagemaker_image_version_alias = "1.0"
        sagemaker_image_version_arn   = "arn:aws:sagemaker:${local.region}:${var.account}:image-version/probe/1"
      }
    }
  }

  domain_settings {
    execution_role_identity_config = "USER_PROFILE_NAME"
    security_group_ids             = ["sg-11111111"]

    docker_settings {
      enable_docker_access = "ENABLED"
    }

    r_studio_server_pro_domain_settings {
      domain_execution_role_arn    = local.role
      r_studio_connect_url         = "https://connect.example.com"
      r_studio_package_manager_url = "https://packages.example.com"

      default_resource_spec {
        instance_type                 = "ml.t3.medium"
        lifecycle_config_arn          = local.lifecycle_config
        sagemaker_image_arn           = "arn:aws:sagemaker:${local.region}:${var.account}:image/probe"
        sagemaker_image_version_alias = "1.0"
        sagemaker_image_version_arn   = "arn:aws:sagemaker:${local.region}:${var.account}:image-version/probe/1"
      }
    }
  }

  retention_policy {
    home_efs_file_system = "Delete"
  }
}

resource "aws_sagemaker_user_profile" "every_argument" {
  domain_id         = aws_sagemaker_domain.every_argument.id
  user_profile_name = "every-argument"
  tags              = local.tags

  user_settings {
    auto_mount_home_efs = "Enabled"
    default_landing_uri = "studio::"
    execution_role      = local.role
    security_groups     = ["sg-11111111"]
    studio_web_portal   = "ENABLED"

    canvas_app_settings {

      direct_deploy_settings {
        status = "ENABLED"
      }

      emr_serverless_settings {
        execution_role_arn = local.role
        status             = "ENABLED"
      }

      generative_ai_settings {
        amazon_bedrock_role_arn = local.role
      }

      identity_provider_oauth_settings {
        data_source_name = "SalesforceGenie"
        secret_arn       = "arn:aws:secretsmanager:${local.region}:${var.account}:secret:probe-123456"
        status           = "ENABLED"
      }

      kendra_settings {
        status = "ENABLED"
      }

      model_register_settings {
        status = "ENABLED"
      }

      time_series_forecasting_settings {
        amazon_forecast_role_arn = local.role
        status                   = "ENABLED"
      }

      workspace_settings {
        s3_artifact_path = "s3://probe/artifacts"
        s3_kms_key_id    = local.key
      }
    }

    code_editor_app_settings {
      built_in_lifecycle_config_arn = local.lifecycle_config
      lifecycle_config_arns         = [local.lifecycle_config]

      app_lifecycle_management {

        idle_settings {
          idle_timeout_in_minutes     = 60 * var.step
          lifecycle_management        = "ENABLED"
          max_idle_timeout_in_minutes = 480
          min_idle_timeout_in_minutes = 60
        }
      }

      custom_image {
        app_image_config_name = "probe"
        image_name            = "probe"
        image_version_number  = 1
      }

      default_resource_spec {
        instance_type                 = "ml.t3.medium"
        lifecycle_config_arn          = local.lifecycle_config
        sagemaker_image_arn           = "arn:aws:sagemaker:${local.region}:${var.account}:image/probe"
        sagemaker_image_version_alias = "1.0"
        sagemaker_image_version_arn   = "arn:aws:sagemaker:${local.region}:${var.account}:image-version/probe/1"
      }
    }

    custom_file_system_config {

      efs_file_system_config {
        file_system_id   = "fs-0123456789abcdef0"
        file_system_path = "/shared"
      }
    }

    custom_posix_user_config {
      gid = 1001
      uid = 10000
    }

    jupyter_lab_app_settings {
      built_in_lifecycle_config_arn = local.lifecycle_config
      lifecycle_config_arns         = [local.lifecycle_config]

      app_lifecycle_management {

        idle_settings {
          idle_timeout_in_minutes     = 60 * var.step
          lifecycle_management        = "ENABLED"
          max_idle_timeout_in_minutes = 480
          min_idle_timeout_in_minutes = 60
        }
      }

      code_repository {
        repository_url = "https://example.com/probe.git"
      }

      custom_image {
        app_image_config_name = "probe"
        image_name            = "probe"
        image_version_number  = 1
      }

      default_resource_spec {
        instance_type                 = "ml.t3.medium"
        lifecycle_config_arn          = local.lifecycle_config
        sagemaker_image_arn           = "arn:aws:sagemaker:${local.region}:${var.account}:image/probe"
        sagemaker_image_version_alias = "1.0"
        sagemaker_image_version_arn   = "arn:aws:sagemaker:${local.region}:${var.account}:image-version/probe/1"
      }

      emr_settings {
        assumable_role_arns = [local.role]
        execution_role_arns = [local.role]
      }
    }

    jupyter_server_app_settings {
      lifecycle_config_arns = [local.lifecycle_config]

      code_repository {
        repository_url = "https://example.com/probe.git"
      }

      default_resource_spec {
        instance_type                 = "system"
        lifecycle_config_arn          = local.lifecycle_config
        sagemaker_image_arn           = "arn:aws:sagemaker:${local.region}:${var.account}:image/probe"
        sagemaker_image_version_alias = "1.0"
        sagemaker_image_version_arn   = "arn:aws:sagemaker:${local.region}:${var.account}:image-version/probe/1"
      }
    }

    kernel_gateway_app_settings {
      lifecycle_config_arns = [local.lifecycle_config]

      custom_image {
        app_image_config_name = "probe"
        image_name            = "probe"
        image_version_number  = 1
      }

      default_resource_spec {
        instance_type                 = "ml.t3.medium"
        lifecycle_config_arn          = local.lifecycle_config
        sagemaker_image_arn           = "arn:aws:sagemaker:${local.region}:${var.account}:image/probe"
        sagemaker_image_version_alias = "1.0"
        sagemaker_image_version_arn   = "arn:aws:sagemaker:${local.region}:${var.account}:image-version/probe/1"
      }
    }

    r_session_app_settings {

      custom_image {
        app_image_config_name = "probe"
        image_name            = "probe"
        image_version_number  = 1
      }

      default_resource_spec {
        instance_type                 = "ml.t3.medium"
        lifecycle_config_arn          = local.lifecycle_config
        sagemaker_image_arn           = "arn:aws:sagemaker:${local.region}:${var.account}:image/probe"
        sagemaker_image_version_alias = "1.0"
        sagemaker_image_version_arn   = "arn:aws:sagemaker:${local.region}:${var.account}:image-version/probe/1"
      }
    }

    r_studio_server_pro_app_settings {
      access_status = "ENABLED"
      user_group    = "R_STUDIO_USER"
    }

    sharing_settings {
      notebook_output_option = "Allowed"
      s3_kms_key_id          = local.key
      s3_output_path         = "s3://probe/sharing"
    }

    space_storage_settings {

      default_ebs_storage_settings {
        default_ebs_volume_size_in_gb = 10
        maximum_ebs_volume_size_in_gb = 20
      }
    }

    studio_web_portal_settings {
      hidden_app_types      = ["JupyterServer"]
      hidden_instance_types = ["ml.t3.large"]
      hidden_ml_tools       = ["DataWrangler"]
    }

    tensor_board_app_settings {

      default_resource_spec {
        instance_type                 = "ml.t3.medium"
        lifecycle_config_arn          = local.lifecycle_config
        sagemaker_image_arn           = "arn:aws:sagemaker:${local.region}:${var.account}:image/probe"
        sagemaker_image_version_alias = "1.0"
        sagemaker_image_version_arn   = "arn:aws:sagemaker:${local.region}:${var.account}:image-version/probe/1"
      }
    }
  }
}
