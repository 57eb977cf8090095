locals {
  prebuilt_images = merge([
    for key, model in var.models : {
      for index, container in model.containers : "${key}/${index}" => container.prebuilt_image if container.prebuilt_image != null
    }
  ]...)

  # On where SageMaker can.
  network_isolation = var.network_isolation == null ? !local.is_serverless : var.network_isolation

  images = {
    for key, model in var.models : key => [
      for index, container in model.containers :
      container.prebuilt_image == null ? container.image : data.aws_sagemaker_prebuilt_ecr_image.this["${key}/${index}"].registry_path
    ]
  }
}

# The provider knows the registries: no call to AWS.
data "aws_sagemaker_prebuilt_ecr_image" "this" {
  for_each = local.prebuilt_images

  image_tag       = each.value.tag
  region          = var.region
  repository_name = each.value.repository
}

# Names the model anew with each of its versions. A name that followed from the content would clash where a version comes back
# while its like still serves: after an update that was rolled back. A name of the provider's would not begin with `name`, and
# no IAM policy could then be held to a prefix.
resource "terraform_data" "model" {
  for_each = var.models

  triggers_replace = {
    containers        = each.value.containers
    images            = local.images[each.key]
    invocation        = each.value.invocation
    network_isolation = local.network_isolation
    role              = var.execution_role_arn
    vpc               = var.vpc
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_sagemaker_model" "this" {
  for_each = var.models

  name                     = "${substr("${var.name}-${each.key}", 0, 50)}-${substr(replace(terraform_data.model[each.key].id, "-", ""), 0, 12)}"
  enable_network_isolation = local.network_isolation
  execution_role_arn       = var.execution_role_arn
  tags                     = var.tags

  dynamic "primary_container" {
    for_each = length(each.value.containers) == 1 ? each.value.containers : []

    content {
      container_hostname = primary_container.value.hostname
      environment        = primary_container.value.environment
      image              = local.images[each.key][0]
      mode               = "SingleModel"
      model_data_url     = primary_container.value.model_data_compressed ? primary_container.value.model_data_url : null

      dynamic "model_data_source" {
        for_each = primary_container.value.model_data_compressed ? [] : [primary_container.value.model_data_url]

        content {
          s3_data_source {
            compression_type = "None"
            s3_data_type     = "S3Prefix"
            s3_uri           = model_data_source.value
          }
        }
      }
    }
  }

  dynamic "container" {
    for_each = length(each.value.containers) == 1 ? [] : each.value.containers

    content {
      container_hostname = container.value.hostname
      environment        = container.value.environment
      image              = local.images[each.key][container.key]
      mode               = "SingleModel"
      model_data_url     = container.value.model_data_compressed ? container.value.model_data_url : null

      dynamic "model_data_source" {
        for_each = container.value.model_data_compressed ? [] : [container.value.model_data_url]

        content {
          s3_data_source {
            compression_type = "None"
            s3_data_type     = "S3Prefix"
            s3_uri           = model_data_source.value
          }
        }
      }
    }
  }

  dynamic "inference_execution_config" {
    for_each = length(each.value.containers) == 1 ? [] : [each.value.invocation]

    content {
      mode = inference_execution_config.value
    }
  }

  dynamic "vpc_config" {
    for_each = var.vpc[*]

    content {
      security_group_ids = vpc_config.value.security_group_ids
      subnets            = vpc_config.value.subnet_ids
    }
  }

  lifecycle {
    # Immutable, and in use until the endpoint has taken the next one.
    create_before_destroy = true
  }
}
