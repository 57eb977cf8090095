locals {
  uses_prebuilt_image = var.image_uri == null
  image_uri           = local.uses_prebuilt_image ? one(data.aws_sagemaker_prebuilt_ecr_image.this[*].registry_path) : var.image_uri
  report_s3_uri       = "s3://${var.report_bucket_name}/${coalesce(var.report_prefix, var.name)}"
  environment         = merge({ publish_cloudwatch_metrics = var.publish_metrics ? "Enabled" : "Disabled" }, var.environment)
}

# AWS's analyzer, from the account that has it in the region.
data "aws_sagemaker_prebuilt_ecr_image" "this" {
  count = local.uses_prebuilt_image ? 1 : 0

  image_tag       = "latest"
  region          = var.region
  repository_name = "sagemaker-model-monitor-analyzer"
}

# The provider would change the role in the state only.
resource "terraform_data" "role" {
  input = var.role_arn
}

resource "aws_sagemaker_data_quality_job_definition" "this" {
  name     = var.name
  role_arn = var.role_arn
  tags     = var.tags

  data_quality_app_specification {
    environment                         = local.environment
    image_uri                           = local.image_uri
    post_analytics_processor_source_uri = var.processors.report_s3_uri
    record_preprocessor_source_uri      = var.processors.record_s3_uri
  }

  dynamic "data_quality_baseline_config" {
    for_each = var.baseline[*]

    content {
      constraints_resource {
        s3_uri = data_quality_baseline_config.value.constraints_s3_uri
      }

      statistics_resource {
        s3_uri = data_quality_baseline_config.value.statistics_s3_uri
      }
    }
  }

  data_quality_job_input {
    endpoint_input {
      endpoint_name = var.endpoint_name
    }
  }

  data_quality_job_output_config {
    kms_key_id = var.kms_key_arn

    monitoring_outputs {
      s3_output {
        s3_uri = local.report_s3_uri
      }
    }
  }

  job_resources {
    cluster_config {
      instance_count    = var.instance.count
      instance_type     = var.instance.type
      volume_kms_key_id = var.instance.encrypt_volume ? var.kms_key_arn : null
      volume_size_in_gb = var.instance.volume_size_in_gb
    }
  }

  network_config {
    enable_inter_container_traffic_encryption = true
    enable_network_isolation                  = var.network_isolation

    dynamic "vpc_config" {
      for_each = var.vpc[*]

      content {
        security_group_ids = vpc_config.value.security_group_ids
        subnets            = vpc_config.value.subnet_ids
      }
    }
  }

  stopping_condition {
    max_runtime_in_seconds = var.max_runtime_in_seconds
  }

  lifecycle {
    replace_triggered_by = [terraform_data.role]
  }
}

resource "aws_sagemaker_monitoring_schedule" "this" {
  name = var.name
  tags = var.tags

  monitoring_schedule_config {
    monitoring_job_definition_name = aws_sagemaker_data_quality_job_definition.this.name
    monitoring_type                = "DataQuality"

    schedule_config {
      schedule_expression = var.schedule_expression
    }
  }
  # SageMaker does not delete a definition in use. Creating the new one first would force the same order on the endpoint,
  # which has to end its autoscaling before an update.
  lifecycle {
    replace_triggered_by = [aws_sagemaker_data_quality_job_definition.this.id]
  }
}
