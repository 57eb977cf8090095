locals {
  app_types = ["CodeEditor", "JupyterLab"]

  lifecycle_arns = {
    for type in local.app_types : type => [
      for key, one in var.lifecycle_scripts : aws_sagemaker_studio_lifecycle_config.this[key].arn if one.app_type == type
    ]
  }
  default_lifecycle_arns = {
    for type in local.app_types : type => [
      for key, one in var.lifecycle_scripts : aws_sagemaker_studio_lifecycle_config.this[key].arn if one.app_type == type && one.default
    ]
  }
}

# A lifecycle configuration cannot be changed, or deleted while a profile uses it. The hash in its name allows the new
# one to be created first.
resource "aws_sagemaker_studio_lifecycle_config" "this" {
  for_each = var.lifecycle_scripts

  studio_lifecycle_config_name     = "${var.name}-${each.key}-${substr(sha256("${each.value.app_type}\n${each.value.script}"), 0, 8)}"
  studio_lifecycle_config_app_type = each.value.app_type
  studio_lifecycle_config_content  = base64encode(each.value.script)
  tags                             = var.tags

  lifecycle {
    create_before_destroy = true
  }
}
