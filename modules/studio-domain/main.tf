locals {
  idle_mode = var.idle_shutdown.enabled ? "ENABLED" : "DISABLED"
  # Also where the idle shutdown is disabled: the provider sends 0 for an argument that is not set, and AWS requires 60.
  idle_minutes = var.idle_shutdown.minutes
  idle_minimum = coalesce(var.idle_shutdown.user_minimum_minutes, var.idle_shutdown.minutes)
  idle_maximum = coalesce(var.idle_shutdown.user_maximum_minutes, var.idle_shutdown.minutes)
  profile_idle_minutes = {
    for name, profile in var.user_profiles : name => coalesce(profile.idle_minutes, var.idle_shutdown.minutes)
  }
  hides = length(var.hidden_app_types) + length(var.hidden_instance_types) > 0
}

resource "aws_sagemaker_domain" "this" {
  domain_name             = var.name
  app_network_access_type = var.direct_internet_access ? "PublicInternetOnly" : "VpcOnly"
  auth_mode               = var.auth_mode
  kms_key_id              = var.kms_key_arn
  subnet_ids              = var.subnet_ids
  tag_propagation         = var.propagate_tags ? "ENABLED" : "DISABLED"
  tags                    = var.tags
  vpc_id                  = var.vpc_id

  # SageMaker then sets the source identity of each session to the profile's name, which CloudTrail records.
  domain_settings {
    execution_role_identity_config = var.source_identity ? "USER_PROFILE_NAME" : "DISABLED"

    dynamic "docker_settings" {
      for_each = var.docker_access.enabled ? ["docker"] : []

      content {
        enable_docker_access      = "ENABLED"
        vpc_only_trusted_accounts = var.docker_access.trusted_account_ids
      }
    }
  }

  # Without a role here, SageMaker allows no shared spaces.
  dynamic "default_space_settings" {
    for_each = var.allow_shared_spaces ? ["shared"] : []

    content {
      execution_role  = coalesce(var.shared_space_role_arn, var.execution_role_arn)
      security_groups = var.security_group_ids

      jupyter_lab_app_settings {
        app_lifecycle_management {
          idle_settings {
            lifecycle_management        = local.idle_mode
            idle_timeout_in_minutes     = local.idle_minutes
            max_idle_timeout_in_minutes = local.idle_maximum
            min_idle_timeout_in_minutes = local.idle_minimum
          }
        }
      }

      space_storage_settings {
        default_ebs_storage_settings {
          default_ebs_volume_size_in_gb = var.space_storage.default_gb
          maximum_ebs_volume_size_in_gb = var.space_storage.maximum_gb
        }
      }
    }
  }

  # For profiles created outside this module. Profiles of this module override all of it.
  default_user_settings {
    execution_role  = var.execution_role_arn
    security_groups = var.security_group_ids

    code_editor_app_settings {
      app_lifecycle_management {
        idle_settings {
          lifecycle_management        = local.idle_mode
          idle_timeout_in_minutes     = local.idle_minutes
          max_idle_timeout_in_minutes = local.idle_maximum
          min_idle_timeout_in_minutes = local.idle_minimum
        }
      }
    }

    jupyter_lab_app_settings {
      app_lifecycle_management {
        idle_settings {
          lifecycle_management        = local.idle_mode
          idle_timeout_in_minutes     = local.idle_minutes
          max_idle_timeout_in_minutes = local.idle_maximum
          min_idle_timeout_in_minutes = local.idle_minimum
        }
      }
    }

    sharing_settings {
      notebook_output_option = "Disabled"
    }

    space_storage_settings {
      default_ebs_storage_settings {
        default_ebs_volume_size_in_gb = var.space_storage.default_gb
        maximum_ebs_volume_size_in_gb = var.space_storage.maximum_gb
      }
    }

    dynamic "studio_web_portal_settings" {
      for_each = local.hides ? ["hidden"] : []

      content {
        hidden_app_types      = var.hidden_app_types
        hidden_instance_types = var.hidden_instance_types
      }
    }
  }

  retention_policy {
    home_efs_file_system = var.retain_home_file_system ? "Retain" : "Delete"
  }

  lifecycle {
    # The provider sends the network access type with each update but not the subnets, which SageMaker rejects for a
    # VpcOnly domain (hashicorp/terraform-provider-aws#45528). Settings that may change are therefore in the profiles,
    # and the output domain_defaults_current shows whether the domain's own defaults are outdated.
    ignore_changes = [default_space_settings, default_user_settings]
  }
}

resource "aws_sagemaker_user_profile" "this" {
  for_each = var.user_profiles

  domain_id                      = aws_sagemaker_domain.this.id
  user_profile_name              = each.key
  single_sign_on_user_identifier = var.auth_mode == "SSO" ? "UserName" : null
  single_sign_on_user_value      = each.value.sso_user_name
  tags                           = merge(var.tags, each.value.tags)

  user_settings {
    execution_role  = coalesce(each.value.execution_role_arn, var.execution_role_arn)
    security_groups = length(each.value.security_group_ids) > 0 ? each.value.security_group_ids : var.security_group_ids

    code_editor_app_settings {
      lifecycle_config_arns = local.lifecycle_arns["CodeEditor"]

      app_lifecycle_management {
        idle_settings {
          lifecycle_management        = local.idle_mode
          idle_timeout_in_minutes     = local.profile_idle_minutes[each.key]
          max_idle_timeout_in_minutes = local.idle_maximum
          min_idle_timeout_in_minutes = local.idle_minimum
        }
      }

      dynamic "default_resource_spec" {
        for_each = local.default_lifecycle_arns["CodeEditor"]

        content {
          lifecycle_config_arn = default_resource_spec.value
        }
      }

      dynamic "custom_image" {
        for_each = local.image_keys["CodeEditor"]

        content {
          app_image_config_name = aws_sagemaker_app_image_config.this[custom_image.value].app_image_config_name
          image_name            = aws_sagemaker_image.this[custom_image.value].image_name
          image_version_number  = aws_sagemaker_image_version.this[custom_image.value].version
        }
      }
    }

    jupyter_lab_app_settings {
      lifecycle_config_arns = local.lifecycle_arns["JupyterLab"]

      app_lifecycle_management {
        idle_settings {
          lifecycle_management        = local.idle_mode
          idle_timeout_in_minutes     = local.profile_idle_minutes[each.key]
          max_idle_timeout_in_minutes = local.idle_maximum
          min_idle_timeout_in_minutes = local.idle_minimum
        }
      }

      dynamic "default_resource_spec" {
        for_each = local.default_lifecycle_arns["JupyterLab"]

        content {
          lifecycle_config_arn = default_resource_spec.value
        }
      }

      dynamic "custom_image" {
        for_each = local.image_keys["JupyterLab"]

        content {
          app_image_config_name = aws_sagemaker_app_image_config.this[custom_image.value].app_image_config_name
          image_name            = aws_sagemaker_image.this[custom_image.value].image_name
          image_version_number  = aws_sagemaker_image_version.this[custom_image.value].version
        }
      }
    }

    sharing_settings {
      notebook_output_option = "Disabled"
    }

    space_storage_settings {
      default_ebs_storage_settings {
        default_ebs_volume_size_in_gb = var.space_storage.default_gb
        maximum_ebs_volume_size_in_gb = var.space_storage.maximum_gb
      }
    }

    dynamic "studio_web_portal_settings" {
      for_each = local.hides ? ["hidden"] : []

      content {
        hidden_app_types      = var.hidden_app_types
        hidden_instance_types = var.hidden_instance_types
      }
    }
  }
}
