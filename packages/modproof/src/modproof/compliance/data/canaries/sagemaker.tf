# checkov: CKV_AWS_22 CKV_AWS_98 CKV_AWS_122 CKV_AWS_187 CKV_AWS_306 CKV_AWS_307 CKV_AWS_367 CKV_AWS_368 CKV_AWS_369
# checkov: CKV_AWS_370 CKV_AWS_371 CKV_AWS_372 CKV2_AWS_68

resource "aws_sagemaker_notebook_instance" "fail" {
  name                   = "demo"
  role_arn               = "arn:aws:iam::111122223333:role/demo"
  instance_type          = "ml.t3.medium"
  direct_internet_access = "Enabled"
}

resource "aws_sagemaker_endpoint_configuration" "fail" {
  production_variants {
    model_name             = "demo"
    initial_instance_count = 1
    instance_type          = "ml.m5.large"
  }
}

resource "aws_sagemaker_model" "fail" {
  execution_role_arn = "arn:aws:iam::111122223333:role/demo"
}

resource "aws_sagemaker_domain" "fail" {
  domain_name = "demo"
  auth_mode   = "IAM"
  vpc_id      = "vpc-1"
  subnet_ids  = ["subnet-1"]
  default_user_settings {
    execution_role = "arn:aws:iam::111122223333:role/demo"
  }
}

resource "aws_sagemaker_data_quality_job_definition" "fail" {
  role_arn = "arn:aws:iam::111122223333:role/demo"
  data_quality_job_output_config {
    monitoring_outputs {
      s3_output {
        s3_uri = "s3://demo"
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

resource "aws_sagemaker_flow_definition" "fail" {
  flow_definition_name = "demo"
  role_arn             = "arn:aws:iam::111122223333:role/demo"
  output_config {
    s3_output_path = "s3://demo"
  }
}

resource "aws_iam_role" "pass" {
  name = "demo"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "sagemaker.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_role_policy" "pass" {
  role   = aws_iam_role.pass.id
  policy = data.aws_iam_policy_document.pass.json
}

data "aws_iam_policy_document" "pass" {
  statement {
    effect    = "Allow"
    actions   = ["sqs:GetQueueAttributes"]
    resources = ["arn:aws:sqs:eu-west-1:111122223333:demo"]
  }
}

resource "aws_sagemaker_notebook_instance" "pass" {
  name                   = "demo"
  role_arn               = aws_iam_role.pass.arn
  instance_type          = "ml.t3.medium"
  direct_internet_access = "Disabled"
  root_access            = "Disabled"
  subnet_id              = "subnet-1"
  kms_key_id             = "arn:aws:kms:eu-west-1:111122223333:key/demo"
  instance_metadata_service_configuration {
    minimum_instance_metadata_service_version = "2"
  }
}

resource "aws_sagemaker_endpoint_configuration" "pass" {
  kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/demo"
  production_variants {
    model_name             = "demo"
    initial_instance_count = 1
    instance_type          = "ml.m5.large"
  }
}

resource "aws_sagemaker_model" "pass" {
  execution_role_arn       = "arn:aws:iam::111122223333:role/demo"
  enable_network_isolation = true
}

resource "aws_sagemaker_domain" "pass" {
  domain_name = "demo"
  auth_mode   = "IAM"
  vpc_id      = "vpc-1"
  subnet_ids  = ["subnet-1"]
  kms_key_id  = "arn:aws:kms:eu-west-1:111122223333:key/demo"
  default_user_settings {
    execution_role = "arn:aws:iam::111122223333:role/demo"
  }
}

resource "aws_sagemaker_data_quality_job_definition" "pass" {
  role_arn = "arn:aws:iam::111122223333:role/demo"
  data_quality_job_output_config {
    kms_key_id = "arn:aws:kms:eu-west-1:111122223333:key/demo"
    monitoring_outputs {
      s3_output {
        s3_uri = "s3://demo"
      }
    }
  }
  job_resources {
    cluster_config {
      instance_count    = 1
      instance_type     = "ml.m5.large"
      volume_size_in_gb = 20
      volume_kms_key_id = "arn:aws:kms:eu-west-1:111122223333:key/demo"
    }
  }
  network_config {
    enable_inter_container_traffic_encryption = true
  }
}

resource "aws_sagemaker_flow_definition" "pass" {
  flow_definition_name = "demo"
  role_arn             = "arn:aws:iam::111122223333:role/demo"
  output_config {
    s3_output_path = "s3://demo"
    kms_key_id     = "arn:aws:kms:eu-west-1:111122223333:key/demo"
  }
}
