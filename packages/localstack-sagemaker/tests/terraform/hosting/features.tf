resource "aws_sagemaker_feature_group" "this" {
  feature_group_name             = "probe"
  record_identifier_feature_name = "id"
  event_time_feature_name        = "at"
  role_arn                       = local.role
  tags                           = local.tags

  feature_definition {
    feature_name = "id"
    feature_type = "String"
  }

  feature_definition {
    feature_name = "at"
    feature_type = "Fractional"
  }

  online_store_config {
    enable_online_store = true

    ttl_duration {
      unit  = "Days"
      value = var.step
    }
  }

  offline_store_config {
    s3_storage_config {
      s3_uri = "s3://probe/features"
    }
  }
}
