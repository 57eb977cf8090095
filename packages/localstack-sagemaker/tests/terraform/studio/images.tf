resource "aws_sagemaker_image" "this" {
  image_name   = "probe"
  role_arn     = local.role
  display_name = "probe ${var.step}"
  description  = var.step == 1 ? "probe" : null
  tags         = local.tags
}

resource "aws_sagemaker_image_version" "this" {
  image_name    = aws_sagemaker_image.this.image_name
  base_image    = local.image
  release_notes = "step ${var.step}"
}

resource "aws_sagemaker_app_image_config" "this" {
  app_image_config_name = "probe"
  tags                  = local.tags

  kernel_gateway_image_config {
    kernel_spec {
      name         = "python3"
      display_name = "Python ${var.step}"
    }

    file_system_config {
      default_gid = 100
      default_uid = 1000
      mount_path  = "/home/sagemaker-user"
    }
  }
}
