# Deny statements only. When a condition key is missing from a request: Null matches, negated operators (…Not…) match,
# ForAnyValue does not match.
locals {
  makes_guardrail = lookup(var.guardrail, "enabled", true)
  guardrail_arn   = "arn:${var.partition}:iam::${var.account_id}:policy/${var.name}-guardrail"
  sagemaker_arn   = "arn:${var.partition}:sagemaker:${var.region}:${var.account_id}"

  job_actions = [
    "sagemaker:CreateHyperParameterTuningJob",
    "sagemaker:CreateProcessingJob",
    "sagemaker:CreateTrainingJob",
  ]
  # Action to the resource type in the ARN.
  named_actions = {
    "sagemaker:CreateEndpoint"                = "endpoint"
    "sagemaker:CreateEndpointConfig"          = "endpoint-config"
    "sagemaker:CreateHyperParameterTuningJob" = "hyper-parameter-tuning-job"
    "sagemaker:CreateModel"                   = "model"
    "sagemaker:CreateNotebookInstance"        = "notebook-instance"
    "sagemaker:CreateProcessingJob"           = "processing-job"
    "sagemaker:CreateTrainingJob"             = "training-job"
    "sagemaker:CreateTransformJob"            = "transform-job"
  }
}

data "aws_iam_policy_document" "guardrail" {
  dynamic "statement" {
    for_each = length(var.guardrail.instance_types) > 0 ? ["instances"] : []

    content {
      sid    = "DenyOtherInstanceTypes"
      effect = "Deny"
      actions = concat(local.job_actions, [
        "sagemaker:CreateApp",
        "sagemaker:CreateEndpointConfig",
        "sagemaker:CreateNotebookInstance",
        "sagemaker:CreateTransformJob",
        "sagemaker:UpdateNotebookInstance",
      ])
      resources = ["*"]

      condition {
        test     = "ForAnyValue:StringNotLike"
        variable = "sagemaker:InstanceTypes"
        values   = var.guardrail.instance_types
      }
    }
  }

  # ARNs of other accounts and regions are denied too.
  dynamic "statement" {
    for_each = var.guardrail.name_prefix != "" ? ["names"] : []

    content {
      sid           = "DenyOtherNames"
      effect        = "Deny"
      actions       = keys(local.named_actions)
      not_resources = [for kind in values(local.named_actions) : "${local.sagemaker_arn}:${kind}/${var.guardrail.name_prefix}*"]
    }
  }

  dynamic "statement" {
    for_each = var.guardrail.require_vpc ? ["vpc"] : []

    content {
      sid       = "DenyOutsideVpc"
      effect    = "Deny"
      actions   = concat(local.job_actions, ["sagemaker:CreateModel", "sagemaker:CreateNotebookInstance"])
      resources = ["*"]

      condition {
        test     = "Null"
        variable = "sagemaker:VpcSubnets"
        values   = ["true"]
      }
    }
  }

  dynamic "statement" {
    for_each = var.guardrail.require_vpc && length(var.guardrail.subnet_ids) > 0 ? ["subnets"] : []

    content {
      sid       = "DenyOtherSubnets"
      effect    = "Deny"
      actions   = concat(local.job_actions, ["sagemaker:CreateModel", "sagemaker:CreateNotebookInstance"])
      resources = ["*"]

      condition {
        test     = "ForAnyValue:StringNotEquals"
        variable = "sagemaker:VpcSubnets"
        values   = values(var.guardrail.subnet_ids)
      }
    }
  }

  dynamic "statement" {
    for_each = var.guardrail.require_vpc ? ["internet"] : []

    content {
      sid       = "DenyDirectInternetAccess"
      effect    = "Deny"
      actions   = ["sagemaker:CreateNotebookInstance"]
      resources = ["*"]

      condition {
        test     = "StringNotEquals"
        variable = "sagemaker:DirectInternetAccess"
        values   = ["Disabled"]
      }
    }
  }

  dynamic "statement" {
    for_each = var.guardrail.require_kms ? {
      Volume = {
        actions = concat(local.job_actions, ["sagemaker:CreateNotebookInstance", "sagemaker:CreateTransformJob"])
        key     = "sagemaker:VolumeKmsKeyArn"
      }
      Output = {
        actions = concat(local.job_actions, ["sagemaker:CreateTransformJob"])
        key     = "sagemaker:OutputKmsKeyArn"
      }
    } : {}

    content {
      sid       = "Deny${statement.key}Without${length(var.guardrail.kms_key_arns) > 0 ? "Named" : ""}Key"
      effect    = "Deny"
      actions   = statement.value.actions
      resources = ["*"]

      # ArnNotEquals also matches a request without a key.
      condition {
        test     = length(var.guardrail.kms_key_arns) > 0 ? "ArnNotEquals" : "Null"
        variable = statement.value.key
        values   = length(var.guardrail.kms_key_arns) > 0 ? values(var.guardrail.kms_key_arns) : ["true"]
      }
    }
  }

  # Serverless endpoints have no volume to encrypt.
  dynamic "statement" {
    for_each = var.guardrail.require_kms ? ["endpoints"] : []

    content {
      sid       = "DenyEndpointVolumeWithout${length(var.guardrail.kms_key_arns) > 0 ? "Named" : ""}Key"
      effect    = "Deny"
      actions   = ["sagemaker:CreateEndpointConfig"]
      resources = ["*"]

      condition {
        test     = length(var.guardrail.kms_key_arns) > 0 ? "ArnNotEquals" : "Null"
        variable = "sagemaker:VolumeKmsKeyArn"
        values   = length(var.guardrail.kms_key_arns) > 0 ? values(var.guardrail.kms_key_arns) : ["true"]
      }

      condition {
        test     = "Null"
        variable = "sagemaker:ServerlessMemorySize"
        values   = ["true"]
      }
    }
  }

  # Conditions in one statement are combined with AND, so each tag needs a separate statement.
  dynamic "statement" {
    for_each = var.guardrail.required_tags

    content {
      effect    = "Deny"
      actions   = keys(local.named_actions)
      resources = ["*"]

      condition {
        test     = "Null"
        variable = "aws:RequestTag/${statement.value}"
        values   = ["true"]
      }
    }
  }

  dynamic "statement" {
    for_each = length(var.guardrail.required_tags) > 0 ? ["tags"] : []

    content {
      sid       = "DenyUntagging"
      effect    = "Deny"
      actions   = ["sagemaker:DeleteTags"]
      resources = ["*"]

      condition {
        test     = "ForAnyValue:StringEquals"
        variable = "aws:TagKeys"
        values   = var.guardrail.required_tags
      }
    }
  }

  dynamic "statement" {
    for_each = var.guardrail.max_runtime_in_seconds > 0 ? ["runtime"] : []

    content {
      sid       = "DenyLongJobs"
      effect    = "Deny"
      actions   = local.job_actions
      resources = ["*"]

      condition {
        test     = "NumericGreaterThan"
        variable = "sagemaker:MaxRuntimeInSeconds"
        values   = [var.guardrail.max_runtime_in_seconds]
      }
    }
  }

  # Without a limit, SageMaker's own applies: a day or more.
  dynamic "statement" {
    for_each = var.guardrail.max_runtime_in_seconds > 0 ? ["runtime"] : []

    content {
      sid       = "DenyJobsWithoutLimit"
      effect    = "Deny"
      actions   = local.job_actions
      resources = ["*"]

      condition {
        test     = "Null"
        variable = "sagemaker:MaxRuntimeInSeconds"
        values   = ["true"]
      }
    }
  }
}

resource "aws_iam_policy" "guardrail" {
  count = local.makes_guardrail ? 1 : 0

  name        = "${var.name}-guardrail"
  description = "Denies what SageMaker jobs, endpoints and notebooks of ${var.name} must not be; allows nothing"
  policy      = data.aws_iam_policy_document.guardrail.json
  tags        = var.tags

  lifecycle {
    precondition {
      condition     = length(jsonencode(jsondecode(data.aws_iam_policy_document.guardrail.json))) <= 6144
      error_message = "guardrail must result in a policy of at most 6144 characters, as IAM counts them; use fewer instance types (ml.m5.* covers many), subnets, keys or tags."
    }
  }
}
