resource "aws_sagemaker_feature_group" "in_memory" {
  feature_group_name             = "in-memory"
  description                    = "Features in memory."
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

  feature_definition {
    feature_name    = "words"
    feature_type    = "String"
    collection_type = "Set"
  }

  feature_definition {
    feature_name    = "embedding"
    feature_type    = "Fractional"
    collection_type = "Vector"

    collection_config {
      vector_config {
        dimension = 128
      }
    }
  }

  online_store_config {
    enable_online_store = true
    storage_type        = "InMemory"

    security_config {
      kms_key_id = local.key
    }

    ttl_duration {
      unit  = "Hours"
      value = var.step
    }
  }
}

resource "aws_sagemaker_feature_group" "provisioned" {
  feature_group_name             = "provisioned"
  record_identifier_feature_name = "id"
  event_time_feature_name        = "at"
  role_arn                       = local.role

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
  }

  throughput_config {
    throughput_mode                  = "Provisioned"
    provisioned_read_capacity_units  = 5 * var.step
    provisioned_write_capacity_units = 10 * var.step
  }
}

resource "aws_sagemaker_feature_group" "catalogued" {
  feature_group_name             = "catalogued"
  record_identifier_feature_name = "id"
  event_time_feature_name        = "at"
  role_arn                       = local.role

  feature_definition {
    feature_name = "id"
    feature_type = "String"
  }

  feature_definition {
    feature_name = "at"
    feature_type = "Fractional"
  }

  offline_store_config {
    disable_glue_table_creation = true
    table_format                = "Glue"

    data_catalog_config {
      catalog    = "AwsDataCatalog"
      database   = "features"
      table_name = "catalogued"
    }

    s3_storage_config {
      kms_key_id             = local.key
      resolved_output_s3_uri = "s3://probe/features/resolved"
      s3_uri                 = "s3://probe/features"
    }
  }
}

resource "aws_sagemaker_feature_group" "iceberg" {
  feature_group_name             = "iceberg"
  record_identifier_feature_name = "id"
  event_time_feature_name        = "at"
  role_arn                       = local.role

  feature_definition {
    feature_name = "id"
    feature_type = "String"
  }

  feature_definition {
    feature_name = "at"
    feature_type = "Fractional"
  }

  offline_store_config {
    table_format = "Iceberg"

    s3_storage_config {
      s3_uri = "s3://probe/features"
    }
  }
}
