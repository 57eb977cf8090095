resource "aws_sagemaker_model" "this" {
  name                     = "probe"
  execution_role_arn       = local.role
  enable_network_isolation = true
  tags                     = local.tags

  primary_container {
    image          = local.image
    model_data_url = "s3://probe/model.tar.gz"
    environment    = { MODE = "probe" }
  }

  vpc_config {
    subnets            = ["subnet-11111111"]
    security_group_ids = ["sg-11111111"]
  }
}

resource "aws_sagemaker_model" "several" {
  name               = "probe-several"
  execution_role_arn = local.role

  container {
    image          = local.image
    mode           = "MultiModel"
    model_data_url = "s3://probe/many/"

    multi_model_config {
      model_cache_setting = "Disabled"
    }
  }

  container {
    image = "registry.example.com/probe:1"

    image_config {
      repository_access_mode = "Vpc"

      repository_auth_config {
        repository_credentials_provider_arn = "arn:aws:lambda:us-east-1:123456789012:function:probe"
      }
    }

    model_data_source {
      s3_data_source {
        compression_type = "Gzip"
        s3_data_type     = "S3Object"
        s3_uri           = "s3://probe/gated.tar.gz"

        model_access_config {
          accept_eula = true
        }
      }
    }
  }

  vpc_config {
    subnets            = ["subnet-11111111"]
    security_group_ids = ["sg-11111111"]
  }
}

resource "aws_sagemaker_endpoint_configuration" "this" {
  name        = "probe"
  kms_key_arn = local.key
  tags        = local.tags

  production_variants {
    variant_name           = "live"
    model_name             = aws_sagemaker_model.this.name
    instance_type          = "ml.m5.large"
    initial_instance_count = 2
  }

  shadow_production_variants {
    variant_name           = "shadow"
    model_name             = aws_sagemaker_model.this.name
    instance_type          = "ml.m5.large"
    initial_instance_count = 1
    initial_variant_weight = 0.5
  }

  data_capture_config {
    enable_capture              = true
    initial_sampling_percentage = 20
    destination_s3_uri          = "s3://probe/capture"

    capture_options {
      capture_mode = "Input"
    }

    capture_options {
      capture_mode = "Output"
    }
  }
}

resource "aws_sagemaker_endpoint_configuration" "second" {
  name_prefix = "probe-second-"

  production_variants {
    variant_name           = "live"
    model_name             = aws_sagemaker_model.this.name
    instance_type          = "ml.m5.large"
    initial_instance_count = 2
  }
}

resource "aws_sagemaker_endpoint" "this" {
  name = "probe"
  endpoint_config_name = (
    var.step == 1 ? aws_sagemaker_endpoint_configuration.this.name : aws_sagemaker_endpoint_configuration.second.name
  )
  tags = local.tags

  deployment_config {
    blue_green_update_policy {
      termination_wait_in_seconds          = 60
      maximum_execution_timeout_in_seconds = 1800

      traffic_routing_configuration {
        type                     = "CANARY"
        wait_interval_in_seconds = 60

        canary_size {
          type  = "CAPACITY_PERCENT"
          value = 30
        }
      }
    }

    auto_rollback_configuration {
      alarms {
        alarm_name = "probe"
      }
    }
  }
}
