resource "aws_sagemaker_data_quality_job_definition" "this" {
  name     = "probe"
  role_arn = local.role
  tags     = local.tags

  data_quality_app_specification {
    image_uri = local.image
  }

  data_quality_job_input {
    endpoint_input {
      endpoint_name = aws_sagemaker_endpoint.this.name
    }
  }

  data_quality_job_output_config {
    monitoring_outputs {
      s3_output {
        s3_uri = "s3://probe/quality"
      }
    }
  }

  job_resources {
    cluster_config {
      instance_count    = 1
      instance_type     = "ml.t3.medium"
      volume_size_in_gb = 20
    }
  }
}

resource "aws_sagemaker_monitoring_schedule" "this" {
  name = "probe"
  tags = local.tags

  monitoring_schedule_config {
    monitoring_job_definition_name = aws_sagemaker_data_quality_job_definition.this.name
    monitoring_type                = "DataQuality"

    schedule_config {
      schedule_expression = var.step == 1 ? "cron(0 * ? * * *)" : "cron(0 0 ? * * *)"
    }
  }
}
