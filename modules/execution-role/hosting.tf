locals {
  hosting_prefix    = coalesce(var.hosting.name_prefix, "${var.name}-")
  sagemaker_arn     = "arn:${var.partition}:sagemaker:${var.region}:${var.account_id}"
  hosting_key_arns  = values(var.kms_keys)[*].arn
  endpoint_arns     = ["${local.sagemaker_arn}:endpoint/${local.hosting_prefix}*"]
  endpoint_log_arns = ["arn:${var.partition}:logs:${var.region}:${var.account_id}:log-group:/aws/sagemaker/Endpoints/${local.hosting_prefix}*"]
  model_arns        = ["${local.sagemaker_arn}:model/${local.hosting_prefix}*"]
  endpoint_config_arns = [
    "${local.sagemaker_arn}:endpoint-config/${local.hosting_prefix}*",
  ]
  hosting_arns = concat(local.model_arns, local.endpoint_config_arns, local.endpoint_arns)

  # ForAllValues also matches a request without the key; the Null condition excludes that.
  model_conditions = var.hosting.require_vpc ? [
    { test = "ForAllValues:StringEquals", variable = "sagemaker:VpcSubnets", values = local.subnet_ids },
    { test = "Null", variable = "sagemaker:VpcSubnets", values = ["false"] },
    { test = "ForAllValues:StringEquals", variable = "sagemaker:VpcSecurityGroupIds", values = local.security_group_ids },
    { test = "Null", variable = "sagemaker:VpcSecurityGroupIds", values = ["false"] },
  ] : []
  endpoint_config_conditions = concat(
    var.hosting.require_volume_kms_key ? [
      { test = "ArnEquals", variable = "sagemaker:VolumeKmsKeyArn", values = local.hosting_key_arns },
    ] : [],
    length(var.hosting.instance_types) > 0 ? [
      { test = "ForAllValues:StringLike", variable = "sagemaker:InstanceTypes", values = tolist(var.hosting.instance_types) },
      { test = "Null", variable = "sagemaker:InstanceTypes", values = ["false"] },
    ] : [],
  )
}

data "aws_iam_policy_document" "hosting" {
  statement {
    sid       = "CreateModels"
    actions   = ["sagemaker:CreateModel"]
    resources = local.model_arns

    dynamic "condition" {
      for_each = local.model_conditions

      content {
        test     = condition.value.test
        variable = condition.value.variable
        values   = condition.value.values
      }
    }
  }

  statement {
    sid       = "CreateEndpointConfigs"
    actions   = ["sagemaker:CreateEndpointConfig"]
    resources = local.endpoint_config_arns

    # Another model runs as another role, and captures data with its permissions.
    condition {
      test     = "ForAllValues:ArnLike"
      variable = "sagemaker:ModelArn"
      values   = local.model_arns
    }

    dynamic "condition" {
      for_each = local.endpoint_config_conditions

      content {
        test     = condition.value.test
        variable = condition.value.variable
        values   = condition.value.values
      }
    }
  }

  # An endpoint is also authorised against its configuration.
  statement {
    sid       = "CreateEndpoints"
    actions   = ["sagemaker:CreateEndpoint", "sagemaker:UpdateEndpoint"]
    resources = concat(local.endpoint_arns, local.endpoint_config_arns)
  }

  statement {
    sid = "UseAndDeleteHostedModels"
    actions = [
      "sagemaker:AddTags",
      "sagemaker:DeleteEndpoint",
      "sagemaker:DeleteEndpointConfig",
      "sagemaker:DeleteModel",
      "sagemaker:DescribeEndpoint",
      "sagemaker:DescribeEndpointConfig",
      "sagemaker:DescribeModel",
      "sagemaker:InvokeEndpoint",
      "sagemaker:ListTags",
    ]
    resources = local.hosting_arns
  }

  # The containers of an endpoint log as this role, to a group that SageMaker names.
  statement {
    sid       = "LogOfHostedModels"
    actions   = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:GetLogEvents", "logs:PutLogEvents"]
    resources = concat(local.endpoint_log_arns, [for arn in local.endpoint_log_arns : "${arn}:*"])
  }
}

resource "aws_iam_role_policy" "hosting" {
  # `lookup` is for tfsec, see network.tf.
  count = lookup(var.hosting, "enabled", false) ? 1 : 0

  name   = "hosting"
  role   = aws_iam_role.this.name
  policy = data.aws_iam_policy_document.hosting.json
}
