# Container images for apps. Providers before 6.0 read the newest version of an image instead of their own
# (hashicorp/terraform-provider-aws#40597), so each container image is an image with one version. The hash in its name allows
# the new one to be created before profiles stop using the old one.
locals {
  image_names = {
    for key, one in var.custom_images : key => "${var.name}-${key}-${substr(sha256("${one.app_type}\n${one.base_image}"), 0, 8)}"
  }
  image_keys = {
    for type in local.app_types : type => [for key, one in var.custom_images : key if one.app_type == type]
  }
}

resource "aws_sagemaker_image" "this" {
  for_each = var.custom_images

  image_name   = local.image_names[each.key]
  display_name = coalesce(each.value.display_name, each.key)
  role_arn     = coalesce(each.value.role_arn, var.execution_role_arn)
  tags         = var.tags

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_sagemaker_image_version" "this" {
  for_each = var.custom_images

  image_name = aws_sagemaker_image.this[each.key].image_name
  base_image = each.value.base_image

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_sagemaker_app_image_config" "this" {
  for_each = var.custom_images

  app_image_config_name = local.image_names[each.key]
  tags                  = var.tags

  dynamic "code_editor_app_image_config" {
    for_each = each.value.app_type == "CodeEditor" ? [each.value] : []

    content {
      # SageMaker's defaults. A block with values is needed: the provider sends an empty one as none.
      file_system_config {
        default_gid = 100
        default_uid = 1000
        mount_path  = "/home/sagemaker-user"
      }

      dynamic "container_config" {
        for_each = length(code_editor_app_image_config.value.environment) > 0 ? ["environment"] : []

        content {
          container_environment_variables = code_editor_app_image_config.value.environment
        }
      }
    }
  }

  dynamic "jupyter_lab_image_config" {
    for_each = each.value.app_type == "JupyterLab" ? [each.value] : []

    content {
      # SageMaker's defaults. A block with values is needed: the provider sends an empty one as none.
      file_system_config {
        default_gid = 100
        default_uid = 1000
        mount_path  = "/home/sagemaker-user"
      }

      dynamic "container_config" {
        for_each = length(jupyter_lab_image_config.value.environment) > 0 ? ["environment"] : []

        content {
          container_environment_variables = jupyter_lab_image_config.value.environment
        }
      }
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}
