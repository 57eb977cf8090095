resource "aws_sagemaker_image" "this" {
  image_name = "probe"
  role_arn   = local.role
}

resource "aws_sagemaker_image_version" "every_argument" {
  image_name       = aws_sagemaker_image.this.image_name
  base_image       = local.image
  horovod          = var.step == 2
  job_type         = var.step == 1 ? "TRAINING" : "NOTEBOOK_KERNEL"
  ml_framework     = "PyTorch 2.${var.step}"
  processor        = var.step == 1 ? "CPU" : "GPU"
  programming_lang = "Python 3.1${var.step}"
  release_notes    = "step ${var.step}"
  vendor_guidance  = var.step == 1 ? "STABLE" : "ARCHIVED"
}

resource "aws_sagemaker_app_image_config" "code_editor" {
  app_image_config_name = "code-editor"
  tags                  = local.tags

  code_editor_app_image_config {
    container_config {
      container_arguments             = ["--port", "8888", "--log-level", "debug-${var.step}"]
      container_entrypoint            = ["/usr/bin/entry"]
      container_environment_variables = { MODE = "probe", LEVEL = "debug" }
    }

    file_system_config {
      default_gid = 100
      default_uid = 1000
      mount_path  = "/home/sagemaker-user/${var.step}"
    }
  }
}

resource "aws_sagemaker_app_image_config" "jupyter_lab" {
  app_image_config_name = "jupyter-lab"

  jupyter_lab_image_config {
    container_config {
      container_arguments             = ["--port", "8888", "--log-level", "debug-${var.step}"]
      container_entrypoint            = ["/usr/bin/entry"]
      container_environment_variables = { MODE = "probe", LEVEL = "debug" }
    }

    file_system_config {
      default_gid = 0
      default_uid = 0
      mount_path  = "/home/sagemaker-user/${var.step}"
    }
  }
}

resource "aws_sagemaker_space" "code_editor" {
  domain_id  = aws_sagemaker_domain.every_argument.id
  space_name = "code-editor"
  tags       = local.tags

  ownership_settings {
    owner_user_profile_name = aws_sagemaker_user_profile.every_argument.user_profile_name
  }

  space_sharing_settings {
    sharing_type = "Private"
  }

  space_settings {
    app_type = "CodeEditor"

    code_editor_app_settings {
      app_lifecycle_management {
        idle_settings {
          idle_timeout_in_minutes = 60 * var.step
        }
      }

      default_resource_spec {
        instance_type                 = "ml.t3.medium"
        lifecycle_config_arn          = local.lifecycle_config
        sagemaker_image_arn           = aws_sagemaker_image.this.arn
        sagemaker_image_version_alias = "1.0"
        sagemaker_image_version_arn   = aws_sagemaker_image_version.every_argument.arn
      }
    }

    custom_file_system {
      efs_file_system {
        file_system_id = "fs-0123456789abcdef0"
      }
    }

    space_storage_settings {
      ebs_storage_settings {
        ebs_volume_size_in_gb = 10 * var.step
      }
    }
  }
}

resource "aws_sagemaker_space" "jupyter_lab" {
  domain_id          = aws_sagemaker_domain.every_argument.id
  space_name         = "jupyter-lab"
  space_display_name = "probe-${var.step}"

  ownership_settings {
    owner_user_profile_name = aws_sagemaker_user_profile.every_argument.user_profile_name
  }

  space_sharing_settings {
    sharing_type = "Private"
  }

  space_settings {
    app_type = "JupyterLab"

    jupyter_lab_app_settings {
      app_lifecycle_management {
        idle_settings {
          idle_timeout_in_minutes = 60 * var.step
        }
      }

      code_repository {
        repository_url = "https://example.com/zebra.git"
      }

      code_repository {
        repository_url = "https://example.com/aardvark-${var.step}.git"
      }

      default_resource_spec {
        instance_type                 = var.step == 1 ? "ml.t3.medium" : "ml.t3.large"
        lifecycle_config_arn          = local.lifecycle_config
        sagemaker_image_arn           = aws_sagemaker_image.this.arn
        sagemaker_image_version_alias = "1.0"
        sagemaker_image_version_arn   = aws_sagemaker_image_version.every_argument.arn
      }
    }
  }
}

resource "aws_sagemaker_space" "shared" {
  domain_id  = aws_sagemaker_domain.every_argument.id
  space_name = "shared"

  space_settings {
    jupyter_server_app_settings {
      lifecycle_config_arns = [local.lifecycle_config]

      code_repository {
        repository_url = "https://example.com/zebra.git"
      }

      code_repository {
        repository_url = "https://example.com/aardvark-${var.step}.git"
      }

      default_resource_spec {
        instance_type                 = "system"
        lifecycle_config_arn          = local.lifecycle_config
        sagemaker_image_arn           = aws_sagemaker_image.this.arn
        sagemaker_image_version_alias = "1.0"
        sagemaker_image_version_arn   = aws_sagemaker_image_version.every_argument.arn
      }
    }

    kernel_gateway_app_settings {
      lifecycle_config_arns = [local.lifecycle_config]

      custom_image {
        app_image_config_name = aws_sagemaker_app_image_config.jupyter_lab.app_image_config_name
        image_name            = aws_sagemaker_image.this.image_name
        image_version_number  = 1
      }

      default_resource_spec {
        instance_type                 = var.step == 1 ? "ml.t3.medium" : "ml.t3.large"
        lifecycle_config_arn          = local.lifecycle_config
        sagemaker_image_arn           = aws_sagemaker_image.this.arn
        sagemaker_image_version_alias = "1.0"
        sagemaker_image_version_arn   = aws_sagemaker_image_version.every_argument.arn
      }
    }
  }
}

resource "aws_sagemaker_app" "in_space" {
  domain_id  = aws_sagemaker_domain.every_argument.id
  space_name = aws_sagemaker_space.jupyter_lab.space_name
  app_name   = "default"
  app_type   = "JupyterLab"
  tags       = local.tags

  resource_spec {
    instance_type               = "ml.t3.medium"
    lifecycle_config_arn        = local.lifecycle_config
    sagemaker_image_arn         = aws_sagemaker_image.this.arn
    sagemaker_image_version_arn = aws_sagemaker_image_version.every_argument.arn
  }
}

resource "aws_sagemaker_app" "of_alias" {
  domain_id         = aws_sagemaker_domain.every_argument.id
  user_profile_name = aws_sagemaker_user_profile.every_argument.user_profile_name
  app_name          = "kernel"
  app_type          = "KernelGateway"

  resource_spec {
    instance_type                 = "ml.t3.medium"
    sagemaker_image_arn           = aws_sagemaker_image.this.arn
    sagemaker_image_version_alias = "1.0"
  }
}

resource "aws_sagemaker_domain" "single_sign_on" {
  domain_name = "single-sign-on"
  auth_mode   = "SSO"
  vpc_id      = "vpc-11111111"
  subnet_ids  = ["subnet-11111111"]

  default_user_settings {
    execution_role = local.role
  }
}

resource "aws_sagemaker_domain" "vpc_only" {
  domain_name             = "vpc-only"
  auth_mode               = "IAM"
  vpc_id                  = "vpc-11111111"
  subnet_ids              = ["subnet-22222222", "subnet-11111111"]
  app_network_access_type = "VpcOnly"

  default_user_settings {
    execution_role  = local.role
    security_groups = ["sg-22222222", "sg-11111111"]
  }

  domain_settings {
    docker_settings {
      enable_docker_access      = "ENABLED"
      vpc_only_trusted_accounts = ["999999999999", "111111111111"]
    }
  }
}

resource "aws_sagemaker_user_profile" "single_sign_on" {
  domain_id                      = aws_sagemaker_domain.single_sign_on.id
  user_profile_name              = "single-sign-on"
  single_sign_on_user_identifier = "UserName"
  single_sign_on_user_value      = "probe@example.com"
}
