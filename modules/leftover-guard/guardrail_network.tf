locals {
  # SageMaker rejects a serverless endpoint of a model with a VPC.
  has_serverless_models = var.guardrail.serverless_model_prefix != ""
  serverless_model_arn  = "${local.sagemaker_arn}:model/${var.guardrail.serverless_model_prefix}*"
  outside_vpc           = { test = "Null", variable = "sagemaker:VpcSubnets", values = ["true"] }

  network_rules = {
    DenyOutsideVpc = {
      enabled = var.guardrail.require_vpc
      actions = concat(local.job_actions, [
        "sagemaker:CreateAutoMLJob*",
        "sagemaker:CreateCluster",
        "sagemaker:CreateDomain",
        "sagemaker:CreateJob",
        "sagemaker:CreateNotebookInstance",
      ])
      conditions = [local.outside_vpc]
    }
    DenySchedulesOutsideVpc = {
      enabled    = var.guardrail.require_vpc
      actions    = local.schedule_actions
      conditions = [local.outside_vpc, local.inline_schedule]
    }
    DenyModelsOutsideVpc = {
      enabled    = var.guardrail.require_vpc
      actions    = ["sagemaker:CreateModel"]
      except     = local.has_serverless_models ? [local.serverless_model_arn] : []
      conditions = [local.outside_vpc]
    }
    DenyServerlessModelsOnInstances = {
      enabled = var.guardrail.require_vpc && local.has_serverless_models
      actions = ["sagemaker:CreateEndpointConfig", "sagemaker:CreateInferenceComponent", "sagemaker:CreateTransformJob"]
      conditions = [
        { test = "ForAnyValue:ArnLike", variable = "sagemaker:ModelArn", values = [local.serverless_model_arn] },
        { test = "Null", variable = "sagemaker:ServerlessMemorySize", values = ["true"] },
      ]
    }

    DenyOtherSubnets = {
      enabled    = length(var.guardrail.subnet_ids) > 0
      actions    = local.any_action
      conditions = [{ test = "ForAnyValue:StringNotEquals", variable = "sagemaker:VpcSubnets", values = values(var.guardrail.subnet_ids) }]
    }
    DenyOtherSecurityGroups = {
      enabled    = length(var.guardrail.security_group_ids) > 0
      actions    = local.any_action
      conditions = [{ test = "ForAnyValue:StringNotEquals", variable = "sagemaker:VpcSecurityGroupIds", values = values(var.guardrail.security_group_ids) }]
    }
    # Without one, a notebook gets the default security group of the VPC, and a domain one that SageMaker creates.
    DenyDefaultSecurityGroup = {
      enabled    = length(var.guardrail.security_group_ids) > 0
      actions    = ["sagemaker:CreateDomain", "sagemaker:CreateNotebookInstance"]
      conditions = [{ test = "Null", variable = "sagemaker:VpcSecurityGroupIds", values = ["true"] }]
    }

    DenyDirectInternetAccess = {
      enabled    = var.guardrail.require_vpc
      actions    = ["sagemaker:CreateNotebookInstance"]
      conditions = [{ test = "StringNotEquals", variable = "sagemaker:DirectInternetAccess", values = ["Disabled"] }]
    }
    # Direct internet access is the default of new domains.
    DenyPublicDomain = {
      enabled    = var.guardrail.require_vpc
      actions    = ["sagemaker:CreateDomain"]
      conditions = [{ test = "StringNotEquals", variable = "sagemaker:AppNetworkAccessType", values = ["VpcOnly"] }]
    }
    DenyPublicDomainLater = {
      enabled    = var.guardrail.require_vpc
      actions    = ["sagemaker:UpdateDomain"]
      conditions = [{ test = "StringEquals", variable = "sagemaker:AppNetworkAccessType", values = ["PublicInternetOnly"] }]
    }
  }
}
