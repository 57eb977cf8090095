# checkov: MODPROOF_SM_1 MODPROOF_SM_2 MODPROOF_SM_3 MODPROOF_SM_4 MODPROOF_SM_5 MODPROOF_SM_6 MODPROOF_SM_7 MODPROOF_SM_8 MODPROOF_SM_9 MODPROOF_SM_10

resource "aws_sagemaker_endpoint" "pass" {
  endpoint_config_name = "demo"
  deployment_config {
    auto_rollback_configuration {
      alarms { alarm_name = "demo" }
    }
    blue_green_update_policy {
      traffic_routing_configuration {
        type                     = "ALL_AT_ONCE"
        wait_interval_in_seconds = 60
      }
    }
  }
}

resource "aws_sagemaker_endpoint" "fail" {
  endpoint_config_name = "demo"
}

resource "aws_sagemaker_endpoint_configuration" "pass" {
  production_variants { model_name = "demo" }
  shadow_production_variants { model_name = "shadow" }
  data_capture_config {
    enable_capture              = true
    initial_sampling_percentage = 100
    destination_s3_uri          = "s3://demo"
    kms_key_id                  = "alias/demo"
    capture_options { capture_mode = "Input" }
  }
}

resource "aws_sagemaker_endpoint_configuration" "pass_without_shadow" {
  production_variants { model_name = "demo" }
  data_capture_config {
    enable_capture              = true
    initial_sampling_percentage = 100
    destination_s3_uri          = "s3://demo"
    capture_options { capture_mode = "Input" }
  }
}

resource "aws_sagemaker_endpoint_configuration" "fail" {
  production_variants { model_name = "demo" }
  shadow_production_variants { model_name = "shadow" }
  data_capture_config {
    enable_capture              = true
    initial_sampling_percentage = 100
    destination_s3_uri          = "s3://demo"
    capture_options { capture_mode = "Input" }
  }
}

resource "aws_sagemaker_notebook_instance" "pass" {
  name                  = "demo"
  role_arn              = "arn:aws:iam::111122223333:role/demo"
  instance_type         = "ml.t3.medium"
  platform_identifier   = "notebook-al2023-v1"
  lifecycle_config_name = "stop"
}

resource "aws_sagemaker_notebook_instance" "fail" {
  name                = "demo"
  role_arn            = "arn:aws:iam::111122223333:role/demo"
  instance_type       = "ml.t3.medium"
  platform_identifier = "notebook-al2-v2"
}

resource "aws_iam_role_policy_attachment" "pass" {
  role       = "demo"
  policy_arn = "arn:aws:iam::aws:policy/AmazonSageMakerReadOnly"
}

resource "aws_iam_role_policy_attachment" "fail" {
  role       = "demo"
  policy_arn = "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"
}

resource "aws_iam_role" "fail" {
  assume_role_policy  = "{}"
  managed_policy_arns = ["arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::aws:policy/AmazonS3FullAccess"]
}

resource "aws_sagemaker_domain" "pass" {
  domain_name             = "demo"
  auth_mode               = "IAM"
  vpc_id                  = "vpc-1"
  subnet_ids              = ["subnet-1"]
  app_network_access_type = "VpcOnly"
  default_user_settings {
    execution_role = "arn:aws:iam::111122223333:role/demo"
    studio_web_portal_settings { hidden_instance_types = ["ml.p5.48xlarge"] }
  }
}

resource "aws_sagemaker_domain" "fail" {
  domain_name = "demo"
  auth_mode   = "IAM"
  vpc_id      = "vpc-1"
  subnet_ids  = ["subnet-1"]
  default_user_settings { execution_role = "arn:aws:iam::111122223333:role/demo" }
}

resource "aws_sagemaker_data_quality_job_definition" "pass" {
  role_arn = "arn:aws:iam::111122223333:role/demo"
  stopping_condition { max_runtime_in_seconds = 3600 }
}

resource "aws_sagemaker_data_quality_job_definition" "fail" {
  role_arn = "arn:aws:iam::111122223333:role/demo"
}

resource "aws_sagemaker_model_package_group_policy" "pass" {
  model_package_group_name = "demo"
  resource_policy = jsonencode({
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::111122223333:root" }
      Action    = "sagemaker:DescribeModelPackage"
      Resource  = "*"
    }]
  })
}

resource "aws_sagemaker_model_package_group_policy" "fail" {
  model_package_group_name = "demo"
  resource_policy = jsonencode({
    Statement = [{
      Effect    = "Allow"
      Principal = "*"
      Action    = "sagemaker:DescribeModelPackage"
      Resource  = "*"
      Condition = { StringEquals = { "aws:PrincipalOrgID" = "o-1" } }
    }]
  })
}

resource "aws_iam_policy_attachment" "fail" {
  name       = "demo"
  roles      = ["demo"]
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}

resource "aws_sagemaker_training_job" "pass" {
  training_job_name = "demo"
  role_arn          = "arn:aws:iam::111122223333:role/demo"
  stopping_condition {
    max_runtime_in_seconds = 3600
  }
}

resource "aws_sagemaker_training_job" "fail" {
  training_job_name = "demo"
  role_arn          = "arn:aws:iam::111122223333:role/demo"
}

resource "aws_sagemaker_hyper_parameter_tuning_job" "pass" {
  name = "demo"
  training_job_definition {
    stopping_condition {
      max_runtime_in_seconds = 3600
    }
  }
}

resource "aws_sagemaker_hyper_parameter_tuning_job" "fail" {
  name = "demo"
  config {
    resource_limits {
      max_parallel_training_jobs = 2
    }
  }
}

resource "aws_sagemaker_monitoring_schedule" "pass" {
  monitoring_schedule_config {
    monitoring_type                = "DataQuality"
    monitoring_job_definition_name = aws_sagemaker_data_quality_job_definition.pass.name
  }
}

resource "aws_sagemaker_monitoring_schedule" "fail" {
  monitoring_schedule_config {
    monitoring_type = "DataQuality"
    monitoring_job_definition {
      role_arn = "arn:aws:iam::111122223333:role/demo"
    }
  }
}

resource "aws_sagemaker_pipeline" "pass" {
  pipeline_name = "demo"
  role_arn      = "arn:aws:iam::111122223333:role/demo"
  pipeline_definition = jsonencode({
    Version    = "2020-12-01"
    Parameters = [{ Name = "Limit", Type = "Integer", DefaultValue = 3600 }]
    Steps = [
      { Name = "Train", Type = "Training", Arguments = { StoppingCondition = { MaxRuntimeInSeconds = { Get = "Parameters.Limit" } } } },
      { Name = "Stop", Type = "Fail", Arguments = { ErrorMessage = "demo" } },
    ]
  })
}

resource "aws_sagemaker_pipeline" "fail" {
  pipeline_name = "demo"
  role_arn      = "arn:aws:iam::111122223333:role/demo"
  pipeline_definition = jsonencode({
    Version = "2020-12-01"
    Steps = [{
      Name = "Check"
      Type = "Condition"
      Arguments = {
        Conditions = [{ Type = { Get = "Parameters.Kind" } }]
        IfSteps    = [{ Name = "Prepare", Type = "Processing", Arguments = { RoleArn = "arn:aws:iam::111122223333:role/demo" } }]
        ElseSteps  = []
      }
    }]
  })
}

resource "aws_sfn_state_machine" "pass" {
  role_arn = "arn:aws:iam::111122223333:role/demo"
  definition = jsonencode({
    StartAt = "Train"
    States = {
      Train = {
        Type       = "Task"
        Resource   = "arn:aws:states:::sagemaker:createTrainingJob.sync"
        Parameters = { "TrainingJobName.$" = "$.name", "StoppingCondition.$" = "$.limit" }
        End        = true
      }
    }
  })
}

resource "aws_sfn_state_machine" "fail" {
  role_arn = "arn:aws:iam::111122223333:role/demo"
  definition = jsonencode({
    StartAt = "Both"
    States = {
      Both = {
        Type = "Parallel"
        End  = true
        Branches = [{
          StartAt = "Prepare"
          States = {
            Prepare = {
              Type      = "Task"
              Resource  = "arn:aws:states:::aws-sdk:sagemaker:createProcessingJob"
              Arguments = { ProcessingJobName = "demo" }
              End       = true
            }
          }
        }]
      }
    }
  })
}

resource "aws_scheduler_schedule" "pass" {
  schedule_expression = "rate(1 days)"
  flexible_time_window {
    mode = "OFF"
  }
  target {
    arn      = "arn:aws:scheduler:::aws-sdk:sagemaker:createTrainingJob"
    role_arn = "arn:aws:iam::111122223333:role/demo"
    input    = jsonencode({ TrainingJobName = "demo", StoppingCondition = { MaxRuntimeInSeconds = 3600 } })
  }
}

resource "aws_scheduler_schedule" "pass_other_target" {
  schedule_expression = "rate(1 days)"
  flexible_time_window {
    mode = "OFF"
  }
  target {
    arn      = "arn:aws:scheduler:::aws-sdk:sagemaker:stopNotebookInstance"
    role_arn = "arn:aws:iam::111122223333:role/demo"
    input    = jsonencode({ NotebookInstanceName = "demo" })
  }
}

resource "aws_scheduler_schedule" "fail" {
  schedule_expression = "rate(1 days)"
  flexible_time_window {
    mode = "OFF"
  }
  target {
    arn      = "arn:aws:scheduler:::aws-sdk:sagemaker:createTrainingJob"
    role_arn = "arn:aws:iam::111122223333:role/demo"
    input    = jsonencode({ TrainingJobName = "demo" })
  }
}
