resource "aws_sagemaker_space" "shared" {
  for_each = var.shared_spaces

  domain_id  = aws_sagemaker_domain.this.id
  space_name = each.key
  tags       = var.tags

  ownership_settings {
    owner_user_profile_name = aws_sagemaker_user_profile.this[each.value.owner].user_profile_name
  }

  space_sharing_settings {
    sharing_type = "Shared"
  }

  space_settings {
    app_type = each.value.app_type

    dynamic "code_editor_app_settings" {
      for_each = each.value.app_type == "CodeEditor" ? [each.value.instance_type] : []

      content {
        default_resource_spec {
          instance_type = code_editor_app_settings.value
        }
      }
    }

    dynamic "jupyter_lab_app_settings" {
      for_each = each.value.app_type == "JupyterLab" ? [each.value.instance_type] : []

      content {
        default_resource_spec {
          instance_type = jupyter_lab_app_settings.value
        }
      }
    }

    space_storage_settings {
      ebs_storage_settings {
        ebs_volume_size_in_gb = coalesce(each.value.volume_gb, var.space_storage.default_gb)
      }
    }
  }
}
