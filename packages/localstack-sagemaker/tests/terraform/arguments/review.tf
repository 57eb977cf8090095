resource "aws_sagemaker_workforce" "open_id" {
  workforce_name = "open-id"

  oidc_config {
    authentication_request_extra_params = { prompt = "login", max_age = "600" }
    authorization_endpoint              = "https://id.example.com/authorize"
    client_id                           = "probe" # AWS refuses another one while there are work teams
    client_secret                       = "probe"
    issuer                              = "https://id.example.com"
    jwks_uri                            = "https://id.example.com/keys"
    logout_endpoint                     = "https://id.example.com/logout"
    scope                               = "openid profile"
    token_endpoint                      = "https://id.example.com/token"
    user_info_endpoint                  = "https://id.example.com/user"
  }

  workforce_vpc_config {
    security_group_ids = ["sg-22222222", "sg-11111111"]
    subnets            = var.step == 1 ? ["subnet-22222222", "subnet-11111111"] : ["subnet-33333333"]
    vpc_id             = "vpc-11111111"
  }
}

resource "aws_sagemaker_workteam" "open_id" {
  workteam_name  = "open-id"
  workforce_name = aws_sagemaker_workforce.open_id.workforce_name
  description    = "probe ${var.step}"
  tags           = local.tags

  member_definition {
    oidc_member_definition {
      groups = var.step == 1 ? ["writers", "readers"] : ["writers", "readers", "owners"]
    }
  }

  notification_configuration {
    notification_topic_arn = "arn:aws:sns:${local.region}:${var.account}:probe-${var.step}"
  }

  worker_access_configuration {
    s3_presign {
      iam_policy_constraints {
        vpc_source_ip = var.step == 1 ? "Enabled" : "Disabled"
      }
    }
  }
}

resource "aws_sagemaker_human_task_ui" "this" {
  human_task_ui_name = "probe"

  ui_template {
    content = "<p>probe</p>"
  }
}

resource "aws_sagemaker_flow_definition" "every_argument" {
  flow_definition_name = "every-argument"
  role_arn             = local.role
  tags                 = local.tags

  human_loop_activation_config {
    human_loop_activation_conditions_config {
      human_loop_activation_conditions = jsonencode({
        Conditions = [{
          ConditionType       = "ModerationLabelConfidenceCheck"
          ConditionParameters = { ModerationLabelName = "*", ConfidenceLessThan = 90 }
        }]
      })
    }
  }

  human_loop_config {
    human_task_ui_arn                     = aws_sagemaker_human_task_ui.this.arn
    task_availability_lifetime_in_seconds = 3600
    task_count                            = 2
    task_description                      = "probe"
    task_keywords                         = ["pictures", "moderation"]
    task_time_limit_in_seconds            = 600
    task_title                            = "probe"
    workteam_arn                          = "arn:aws:sagemaker:${local.region}:394669845002:workteam/public-crowd/default"

    public_workforce_task_price {
      amount_in_usd {
        cents                     = 3
        dollars                   = 0
        tenth_fractions_of_a_cent = 6
      }
    }
  }

  human_loop_request_source {
    aws_managed_human_loop_request_source = "AWS/Rekognition/DetectModerationLabels/Image/V3"
  }

  output_config {
    kms_key_id     = local.key
    s3_output_path = "s3://probe/flow"
  }
}
