locals {
  is_serverless = var.kind == "serverless"

  # Instance variants by name, with their input path for error messages.
  instance_variants = merge(
    {
      for name, variant in try(var.provisioned.variants, {}) :
      name => merge(variant, { path = "provisioned.variants[\"${name}\"]" })
    },
    { for production in try([var.shadow.production], []) : "production" => merge(production, { path = "shadow.production", weight = 1 }) },
    { for shadow in try([var.shadow.shadow], []) : "shadow" => merge(shadow, { path = "shadow.shadow" }) },
    { for async in var.async[*] : "AllTraffic" => merge(async, { path = "async", weight = 1 }) },
  )

  production_variants = merge(
    { for name, variant in local.instance_variants : name => variant if !(var.kind == "shadow" && name == "shadow") },
    { for serverless in var.serverless[*] : "AllTraffic" => { model = serverless.model, weight = 1 } },
  )
  shadow_variants = { for name, variant in local.instance_variants : name => variant if var.kind == "shadow" && name == "shadow" }

  # A variant without a model uses the only one.
  only_model = keys(var.models)[0]

  volume_kms_key_arn = (
    local.is_serverless || anytrue(values(local.has_local_storage)) ? null
    : var.volume_kms_key_arn == null ? var.kms_key_arn : var.volume_kms_key_arn
  )
}

# Otherwise SageMaker creates it at the first log event, without a key or a retention period.
resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/sagemaker/Endpoints/${var.name}"
  kms_key_id        = var.kms_key_arn
  retention_in_days = var.log_retention_in_days
  tags              = var.tags
}

resource "aws_sagemaker_endpoint_configuration" "this" {
  # The provider adds 26 characters; SageMaker allows 63.
  name_prefix = "${substr(var.name, 0, 36)}-"
  kms_key_arn = local.volume_kms_key_arn
  tags        = var.tags

  dynamic "production_variants" {
    for_each = local.production_variants

    content {
      variant_name           = production_variants.key
      model_name             = aws_sagemaker_model.this[production_variants.value.model == null ? local.only_model : production_variants.value.model].name
      initial_variant_weight = production_variants.value.weight

      container_startup_health_check_timeout_in_seconds = try(production_variants.value.container_startup_timeout_in_seconds, null)
      initial_instance_count                            = try(production_variants.value.instance_count, null)
      instance_type                                     = try(production_variants.value.instance_type, null)
      model_data_download_timeout_in_seconds            = try(production_variants.value.model_download_timeout_in_seconds, null)
      volume_size_in_gb                                 = try(production_variants.value.volume_size_in_gb, null)

      dynamic "routing_config" {
        for_each = try(production_variants.value.routing_strategy, null)[*]

        content {
          routing_strategy = routing_config.value
        }
      }

      dynamic "serverless_config" {
        for_each = local.is_serverless ? var.serverless[*] : []

        content {
          max_concurrency         = serverless_config.value.max_concurrency
          memory_size_in_mb       = serverless_config.value.memory_in_mb
          provisioned_concurrency = serverless_config.value.provisioned_concurrency == 0 ? null : serverless_config.value.provisioned_concurrency
        }
      }
    }
  }

  dynamic "shadow_production_variants" {
    for_each = local.shadow_variants

    content {
      variant_name = shadow_production_variants.key
      model_name   = aws_sagemaker_model.this[shadow_production_variants.value.model == null ? local.only_model : shadow_production_variants.value.model].name
      # Relative to the production variant, which has weight 1.
      initial_variant_weight = shadow_production_variants.value.traffic_percentage / 100

      container_startup_health_check_timeout_in_seconds = shadow_production_variants.value.container_startup_timeout_in_seconds
      initial_instance_count                            = shadow_production_variants.value.instance_count
      instance_type                                     = shadow_production_variants.value.instance_type
      model_data_download_timeout_in_seconds            = shadow_production_variants.value.model_download_timeout_in_seconds
      volume_size_in_gb                                 = shadow_production_variants.value.volume_size_in_gb

      dynamic "routing_config" {
        for_each = shadow_production_variants.value.routing_strategy[*]

        content {
          routing_strategy = routing_config.value
        }
      }
    }
  }

  dynamic "async_inference_config" {
    for_each = var.async[*]

    content {
      dynamic "client_config" {
        for_each = async_inference_config.value.max_concurrent_invocations_per_instance[*]

        content {
          max_concurrent_invocations_per_instance = client_config.value
        }
      }

      output_config {
        kms_key_id      = var.kms_key_arn
        s3_failure_path = async_inference_config.value.failure_s3_uri
        s3_output_path  = async_inference_config.value.output_s3_uri

        dynamic "notification_config" {
          for_each = async_inference_config.value.notifications[*]

          content {
            error_topic                   = notification_config.value.error_topic_arn
            include_inference_response_in = notification_config.value.include_response_in
            success_topic                 = notification_config.value.success_topic_arn
          }
        }
      }
    }
  }

  dynamic "data_capture_config" {
    for_each = var.data_capture[*]

    content {
      destination_s3_uri          = data_capture_config.value.destination_s3_uri
      enable_capture              = true
      initial_sampling_percentage = data_capture_config.value.sampling_percentage
      kms_key_id                  = var.kms_key_arn

      dynamic "capture_options" {
        for_each = concat(data_capture_config.value.input ? ["Input"] : [], data_capture_config.value.output ? ["Output"] : [])

        content {
          capture_mode = capture_options.value
        }
      }

      dynamic "capture_content_type_header" {
        for_each = length(data_capture_config.value.csv_content_types) + length(data_capture_config.value.json_content_types) > 0 ? ["text"] : []

        content {
          csv_content_types  = length(data_capture_config.value.csv_content_types) > 0 ? data_capture_config.value.csv_content_types : null
          json_content_types = length(data_capture_config.value.json_content_types) > 0 ? data_capture_config.value.json_content_types : null
        }
      }
    }
  }

  lifecycle {
    # Immutable, and in use until the endpoint is updated.
    create_before_destroy = true

    precondition {
      condition     = length(local.bad_instance_types) == 0
      error_message = "${join(", ", local.bad_instance_types)} must be SageMaker instance types such as ml.m5.large; add the ml. prefix to the EC2 type."
    }

    precondition {
      condition     = length(local.bad_instance_counts) == 0
      error_message = "${join(", ", local.bad_instance_counts)} must be whole and 1 or more; only autoscaling of an async endpoint scales to 0."
    }

    precondition {
      condition     = length(local.bad_timeouts) == 0
      error_message = "${join(", ", local.bad_timeouts)} must be 60-3600, in whole seconds; leave it out for SageMaker's default."
    }

    precondition {
      condition     = length(local.bad_volume_sizes) == 0
      error_message = "${join(", ", local.bad_volume_sizes)} must be 1-512, in whole gigabytes, and left out where the instance type has local storage; leave it out for SageMaker's default size."
    }

    precondition {
      condition     = length(local.bad_routing_strategies) == 0
      error_message = "${join(", ", local.bad_routing_strategies)} must be LEAST_OUTSTANDING_REQUESTS or RANDOM; leave it out for RANDOM."
    }

    precondition {
      condition     = length(local.bad_models) == 0
      error_message = "${join(", ", local.bad_models)} must be a key of models (${join(", ", keys(var.models))}), and may be left out only where there is one model; set the variant's model."
    }

    precondition {
      condition     = length(distinct(values(local.has_local_storage))) <= 1
      error_message = "${var.kind} must not mix instance types with local storage (${join(", ", [for name, found in local.has_local_storage : local.instance_variants[name].instance_type if found])}) and without: SageMaker accepts no volume key where one has it, and the other volumes would be encrypted without yours. Use types of one sort."
    }

    precondition {
      condition     = var.volume_kms_key_arn == null || !anytrue(values(local.has_local_storage))
      error_message = "volume_kms_key_arn must be null where an instance type has local storage (${join(", ", [for name, found in local.has_local_storage : local.instance_variants[name].instance_type if found])}): SageMaker rejects a key, because the hardware encrypts. Remove it or use another type."
    }
  }
}

resource "terraform_data" "kind" {
  input = var.kind
}

resource "aws_sagemaker_endpoint" "this" {
  name                 = var.name
  endpoint_config_name = aws_sagemaker_endpoint_configuration.this.name
  tags                 = var.tags

  # Serverless endpoints have no deployment guardrails.
  dynamic "deployment_config" {
    for_each = local.is_serverless ? [] : [var.deployment]

    content {
      # Not optional: adding or removing it makes the provider replace the endpoint.
      auto_rollback_configuration {
        dynamic "alarms" {
          for_each = local.rollback_alarm_names

          content {
            alarm_name = alarms.value
          }
        }
      }

      dynamic "blue_green_update_policy" {
        for_each = deployment_config.value.strategy == "rolling" ? [] : [deployment_config.value]

        content {
          maximum_execution_timeout_in_seconds = blue_green_update_policy.value.timeout_in_seconds
          termination_wait_in_seconds          = blue_green_update_policy.value.termination_wait_in_seconds

          traffic_routing_configuration {
            type                     = upper(blue_green_update_policy.value.strategy)
            wait_interval_in_seconds = blue_green_update_policy.value.wait_in_seconds

            dynamic "canary_size" {
              for_each = blue_green_update_policy.value.strategy == "canary" ? [blue_green_update_policy.value.step] : []

              content {
                type  = canary_size.value.percentage == null ? "INSTANCE_COUNT" : "CAPACITY_PERCENT"
                value = canary_size.value.percentage == null ? canary_size.value.instances : canary_size.value.percentage
              }
            }

            dynamic "linear_step_size" {
              for_each = blue_green_update_policy.value.strategy == "linear" ? [blue_green_update_policy.value.step] : []

              content {
                type  = linear_step_size.value.percentage == null ? "INSTANCE_COUNT" : "CAPACITY_PERCENT"
                value = linear_step_size.value.percentage == null ? linear_step_size.value.instances : linear_step_size.value.percentage
              }
            }
          }
        }
      }

      dynamic "rolling_update_policy" {
        for_each = deployment_config.value.strategy == "rolling" ? [deployment_config.value] : []

        content {
          maximum_execution_timeout_in_seconds = rolling_update_policy.value.timeout_in_seconds
          wait_interval_in_seconds             = rolling_update_policy.value.wait_in_seconds

          maximum_batch_size {
            type  = rolling_update_policy.value.step.percentage == null ? "INSTANCE_COUNT" : "CAPACITY_PERCENT"
            value = coalesce(rolling_update_policy.value.step.percentage, rolling_update_policy.value.step.instances)
          }

          dynamic "rollback_maximum_batch_size" {
            for_each = rolling_update_policy.value.rollback_step[*]

            content {
              type  = rollback_maximum_batch_size.value.percentage == null ? "INSTANCE_COUNT" : "CAPACITY_PERCENT"
              value = coalesce(rollback_maximum_batch_size.value.percentage, rollback_maximum_batch_size.value.instances)
            }
          }
        }
      }
    }
  }

  # The log group must exist before a container logs.
  depends_on = [aws_cloudwatch_log_group.this, terraform_data.scaled]

  lifecycle {
    # SageMaker cannot change an endpoint's kind.
    replace_triggered_by = [terraform_data.kind]

    precondition {
      condition     = local.is_serverless || (length(local.rollback_alarm_names) >= 1 && length(local.rollback_alarm_names) <= 10)
      error_message = "alarms must have 1-10 rollback alarms (rollback = true, one for each variant, and rollback_alarm_names), not ${length(local.rollback_alarm_names)}; set or unset rollback on some."
    }

    precondition {
      condition     = var.deployment.strategy == "all_at_once" || !local.has_inf1_instances
      error_message = "deployment.strategy must be all_at_once for instance types ml.inf1: SageMaker has no other deployment for them. Set it, or use ml.inf2."
    }

    precondition {
      condition     = length(local.bad_steps) == 0
      error_message = "${join(", ", local.bad_steps)} must be at least 2 for deployment.strategy ${var.deployment.strategy}, and fit deployment.step.instances: SageMaker accepts steps of at most half of a variant's instances, for linear of at least 10 % and for rolling of at least 5 %. Raise it, change the step, or use all_at_once."
    }

    precondition {
      condition     = var.deployment.strategy != "rolling" || length(local.instance_variants) <= 1
      error_message = "deployment.strategy must not be rolling where there are several variants, because SageMaker rolls endpoints with one variant only; use canary, linear or all_at_once."
    }

    # After a rollback the endpoint is in service, which the provider treats as success. Terraform would then delete the
    # configuration and model that still serve.
    postcondition {
      condition     = self.endpoint_config_name == aws_sagemaker_endpoint_configuration.this.name
      error_message = "Endpoint ${self.name} must serve ${aws_sagemaker_endpoint_configuration.this.name} but was rolled back to ${self.endpoint_config_name}, which is kept and still serves; read FailureReason (aws sagemaker describe-endpoint) and the log group, then apply a model that works."
    }
  }
}
