resource "aws_sagemaker_model" "every_argument" {
  name                     = "every-argument"
  execution_role_arn       = local.role
  enable_network_isolation = true
  tags                     = local.tags

  primary_container {
    container_hostname = "first"
    environment        = { MODE = "probe", LEVEL = "debug" }
    image              = "registry.example.com/probe:1"
    mode               = "SingleModel"

    image_config {
      repository_access_mode = "Vpc"

      repository_auth_config {
        repository_credentials_provider_arn = "arn:aws:lambda:${local.region}:${var.account}:function:probe"
      }
    }

    model_data_source {
      s3_data_source {
        compression_type = "None"
        s3_data_type     = "S3Prefix"
        s3_uri           = "s3://probe/model/"

        model_access_config {
          accept_eula = true
        }
      }
    }
  }

  vpc_config {
    subnets            = ["subnet-22222222", "subnet-11111111"]
    security_group_ids = ["sg-22222222", "sg-11111111"]
  }
}

resource "aws_sagemaker_model" "many_models" {
  execution_role_arn = local.role

  primary_container {
    image          = local.image
    mode           = "MultiModel"
    model_data_url = "s3://probe/many/"

    multi_model_config {
      model_cache_setting = "Disabled"
    }
  }
}

resource "aws_sagemaker_model" "packaged" {
  name               = "packaged"
  execution_role_arn = local.role

  primary_container {
    model_package_name           = local.package
    inference_specification_name = "second"
  }
}

resource "aws_sagemaker_model" "direct" {
  name               = "direct"
  execution_role_arn = local.role

  container {
    container_hostname = "zebra"
    environment        = { MODE = "probe" }
    image              = local.image
    mode               = "SingleModel"
    model_data_url     = "s3://probe/model.tar.gz"
  }

  container {
    container_hostname           = "aardvark"
    model_package_name           = local.package
    inference_specification_name = "second"
  }

  inference_execution_config {
    mode = "Direct"
  }
}

resource "aws_sagemaker_endpoint_configuration" "every_argument" {
  name        = "every-argument"
  kms_key_arn = local.key
  tags        = local.tags

  production_variants {
    container_startup_health_check_timeout_in_seconds = 600
    enable_ssm_access                                 = true
    inference_ami_version                             = "al2-ami-sagemaker-inference-gpu-2"
    initial_instance_count                            = 1
    initial_variant_weight                            = 0.5
    instance_type                                     = "ml.p3.2xlarge"
    model_data_download_timeout_in_seconds            = 1200
    model_name                                        = aws_sagemaker_model.packaged.name
    variant_name                                      = "live"
    volume_size_in_gb                                 = 64

    core_dump_config {
      destination_s3_uri = "s3://probe/dumps/live"
      kms_key_id         = local.key
    }

    routing_config {
      routing_strategy = "LEAST_OUTSTANDING_REQUESTS"
    }
  }

  shadow_production_variants {
    container_startup_health_check_timeout_in_seconds = 900
    enable_ssm_access                                 = true
    inference_ami_version                             = "al2-ami-sagemaker-inference-gpu-2"
    initial_instance_count                            = 1
    initial_variant_weight                            = 0.25
    instance_type                                     = "ml.p3.2xlarge"
    model_data_download_timeout_in_seconds            = 1800
    model_name                                        = aws_sagemaker_model.packaged.name
    variant_name                                      = "shadow"
    volume_size_in_gb                                 = 32

    core_dump_config {
      destination_s3_uri = "s3://probe/dumps/shadow"
      kms_key_id         = local.key
    }

    routing_config {
      routing_strategy = "RANDOM"
    }
  }

  data_capture_config {
    enable_capture              = true
    initial_sampling_percentage = 50
    destination_s3_uri          = "s3://probe/capture"
    kms_key_id                  = local.key

    capture_content_type_header {
      csv_content_types  = ["text/csv", "application/csv"]
      json_content_types = ["application/jsonlines", "application/json"]
    }

    capture_options {
      capture_mode = "Output"
    }

    capture_options {
      capture_mode = "Input"
    }
  }
}

resource "aws_sagemaker_endpoint_configuration" "asynchronous" {
  name = "asynchronous"

  production_variants {
    model_name             = aws_sagemaker_model.direct.name
    instance_type          = "ml.m5.large"
    initial_instance_count = 1
  }

  async_inference_config {
    client_config {
      max_concurrent_invocations_per_instance = 4
    }

    output_config {
      kms_key_id      = local.key
      s3_failure_path = "s3://probe/failures"
      s3_output_path  = "s3://probe/answers"

      notification_config {
        error_topic                   = "arn:aws:sns:${local.region}:${var.account}:errors"
        success_topic                 = "arn:aws:sns:${local.region}:${var.account}:answers"
        include_inference_response_in = ["SUCCESS_NOTIFICATION_TOPIC", "ERROR_NOTIFICATION_TOPIC"]
      }
    }
  }
}

resource "aws_sagemaker_endpoint_configuration" "serverless" {
  name_prefix = "serverless-"

  production_variants {
    variant_name = "live"
    model_name   = aws_sagemaker_model.packaged.name

    serverless_config {
      max_concurrency         = 10
      memory_size_in_mb       = 3072
      provisioned_concurrency = 5
    }
  }
}

resource "aws_sagemaker_endpoint_configuration" "first" {
  name = "first"

  production_variants {
    variant_name           = "live"
    model_name             = aws_sagemaker_model.direct.name
    instance_type          = "ml.m5.large"
    initial_instance_count = 4
  }
}

resource "aws_sagemaker_endpoint_configuration" "second" {
  name = "second"

  production_variants {
    variant_name           = "live"
    model_name             = aws_sagemaker_model.direct.name
    instance_type          = "ml.m5.large"
    initial_instance_count = 4
  }
}

resource "aws_sagemaker_endpoint" "linear" {
  name = "linear"
  endpoint_config_name = (
    var.step == 1 ? aws_sagemaker_endpoint_configuration.first.name : aws_sagemaker_endpoint_configuration.second.name
  )
  tags = local.tags

  deployment_config {
    blue_green_update_policy {
      maximum_execution_timeout_in_seconds = 3600
      termination_wait_in_seconds          = 120

      traffic_routing_configuration {
        type                     = "LINEAR"
        wait_interval_in_seconds = 60 * var.step

        linear_step_size {
          type  = "CAPACITY_PERCENT"
          value = 25 * var.step
        }
      }
    }

    auto_rollback_configuration {
      alarms {
        alarm_name = "zebra"
      }

      alarms {
        alarm_name = "aardvark"
      }
    }
  }
}

resource "aws_sagemaker_endpoint" "rolling" {
  name = "rolling"
  endpoint_config_name = (
    var.step == 1 ? aws_sagemaker_endpoint_configuration.first.name : aws_sagemaker_endpoint_configuration.second.name
  )

  deployment_config {
    rolling_update_policy {
      maximum_execution_timeout_in_seconds = 3600
      wait_interval_in_seconds             = 60 * var.step

      maximum_batch_size {
        type  = "INSTANCE_COUNT"
        value = var.step
      }

      rollback_maximum_batch_size {
        type  = "CAPACITY_PERCENT"
        value = 100
      }
    }
  }
}
