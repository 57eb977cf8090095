resource "aws_sagemaker_data_quality_job_definition" "every_argument" {
  name     = "every-argument"
  role_arn = local.role
  tags     = local.tags

  data_quality_app_specification {
    environment                         = { LEVEL = "debug", MODE = "probe" }
    image_uri                           = local.image
    post_analytics_processor_source_uri = "s3://probe/after.py"
    record_preprocessor_source_uri      = "s3://probe/before.py"
  }

  data_quality_baseline_config {
    constraints_resource {
      s3_uri = "s3://probe/constraints.json"
    }

    statistics_resource {
      s3_uri = "s3://probe/statistics.json"
    }
  }

  data_quality_job_input {
    endpoint_input {
      endpoint_name             = aws_sagemaker_endpoint.linear.name
      local_path                = "/opt/ml/processing/captured"
      s3_data_distribution_type = "ShardedByS3Key"
      s3_input_mode             = "Pipe"
    }
  }

  data_quality_job_output_config {
    kms_key_id = local.key

    monitoring_outputs {
      s3_output {
        local_path     = "/opt/ml/processing/results"
        s3_upload_mode = "Continuous"
        s3_uri         = "s3://probe/quality"
      }
    }
  }

  job_resources {
    cluster_config {
      instance_count    = 2
      instance_type     = "ml.m5.large"
      volume_kms_key_id = local.key
      volume_size_in_gb = 50
    }
  }

  network_config {
    enable_inter_container_traffic_encryption = true
    enable_network_isolation                  = true

    vpc_config {
      security_group_ids = ["sg-22222222", "sg-11111111"]
      subnets            = ["subnet-22222222", "subnet-11111111"]
    }
  }

  stopping_condition {
    max_runtime_in_seconds = 1800
  }
}

resource "aws_sagemaker_data_quality_job_definition" "comma_separated" {
  role_arn = local.role

  data_quality_app_specification {
    image_uri = local.image
  }

  data_quality_job_input {
    batch_transform_input {
      data_captured_destination_s3_uri = "s3://probe/captured"
      local_path                       = "/opt/ml/processing/captured"
      s3_data_distribution_type        = "ShardedByS3Key"
      s3_input_mode                    = "Pipe"

      dataset_format {
        csv {
          header = true
        }
      }
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
      instance_type     = "ml.m5.large"
      volume_size_in_gb = 20
    }
  }
}

resource "aws_sagemaker_data_quality_job_definition" "lines" {
  name     = "lines"
  role_arn = local.role

  data_quality_app_specification {
    image_uri = local.image
  }

  data_quality_job_input {
    batch_transform_input {
      data_captured_destination_s3_uri = "s3://probe/captured"

      dataset_format {
        json {
          line = true
        }
      }
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
      instance_type     = "ml.m5.large"
      volume_size_in_gb = 20
    }
  }
}
