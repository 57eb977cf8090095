locals {
  arn_prefix = "arn:${var.partition}"
  dns_suffix = var.partition == "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com"

  actions = {
    decrypt = ["kms:Decrypt", "kms:DescribeKey"]
    use     = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
  }
  # Services encrypt with data keys: AWS documents these two actions for S3, SNS, SQS, CloudWatch alarms and Budgets.
  service_actions = {
    decrypt = ["kms:Decrypt"]
    use     = ["kms:Decrypt", "kms:GenerateDataKey*"]
  }
}

# In a key policy, "*" is the only resource and means the key itself.
data "aws_iam_policy_document" "this" {
  # Without this statement, IAM policies of the account do not apply to the key and a mistake in the key policy is
  # final: KMS rejects a policy that leaves no one able to change it.
  statement {
    sid       = "RootAdministration"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["${local.arn_prefix}:iam::${var.account_id}:root"]
    }
  }

  dynamic "statement" {
    for_each = length(var.administrators) > 0 ? ["administrators"] : []

    content {
      sid = "Administration"
      actions = [
        "kms:CancelKeyDeletion",
        "kms:CreateAlias",
        "kms:DeleteAlias",
        "kms:DescribeKey",
        "kms:DisableKey",
        "kms:EnableKey",
        "kms:EnableKeyRotation",
        "kms:GetKeyPolicy",
        "kms:GetKeyRotationStatus",
        "kms:ListGrants",
        "kms:ListKeyPolicies",
        "kms:ListKeyRotations",
        "kms:ListResourceTags",
        "kms:PutKeyPolicy",
        "kms:RevokeGrant",
        "kms:RotateKeyOnDemand",
        "kms:ScheduleKeyDeletion",
        "kms:TagResource",
        "kms:UntagResource",
        "kms:UpdateAlias",
        "kms:UpdateKeyDescription",
      ]
      resources = ["*"]

      principals {
        type        = "AWS"
        identifiers = var.administrators
      }
    }
  }

  # CloudWatch Logs puts the log group into the encryption context and sends no source account.
  dynamic "statement" {
    for_each = length(var.log_group_prefixes) > 0 ? ["logs"] : []

    content {
      sid       = "CloudWatchLogs"
      actions   = local.actions.use
      resources = ["*"]

      principals {
        type        = "Service"
        identifiers = ["logs.${var.region}.${local.dns_suffix}"]
      }

      condition {
        test     = "ArnLike"
        variable = "kms:EncryptionContext:aws:logs:arn"
        values = [
          for prefix in var.log_group_prefixes :
          "${local.arn_prefix}:logs:${var.region}:${var.account_id}:log-group:${prefix}*"
        ]
      }
    }
  }

  # EventBridge sends no source account or ARN for an encrypted topic: a condition on either would silently drop every
  # event. The topic ARN, which SNS puts into the encryption context, limits the scope instead.
  dynamic "statement" {
    for_each = length(var.event_topic_names) > 0 ? ["events"] : []

    content {
      sid       = "EventBridgeToTopics"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey*"]
      resources = ["*"]

      principals {
        type        = "Service"
        identifiers = ["events.amazonaws.com"]
      }

      condition {
        test     = "StringEquals"
        variable = "kms:EncryptionContext:aws:sns:topicArn"
        values   = [for name in var.event_topic_names : "${local.arn_prefix}:sns:${var.region}:${var.account_id}:${name}"]
      }
    }
  }

  dynamic "statement" {
    for_each = var.service_access

    content {
      actions   = concat(local.service_actions[statement.value.access], tolist(statement.value.additional_actions))
      resources = ["*"]

      principals {
        type        = "Service"
        identifiers = [statement.value.principal]
      }

      condition {
        test     = "StringEquals"
        variable = "aws:SourceAccount"
        values   = [var.account_id]
      }

      dynamic "condition" {
        for_each = length(statement.value.source_arns) > 0 ? ["sources"] : []

        content {
          test     = "ArnLike"
          variable = "aws:SourceArn"
          values   = statement.value.source_arns
        }
      }
    }
  }

  dynamic "statement" {
    for_each = var.principal_access

    content {
      actions   = local.actions[statement.value.access]
      resources = ["*"]

      principals {
        type        = "AWS"
        identifiers = statement.value.principals
      }

      dynamic "condition" {
        for_each = length(statement.value.via_services) > 0 ? ["services"] : []

        content {
          test     = "StringEquals"
          variable = "kms:ViaService"
          values   = [for service in statement.value.via_services : "${service}.${var.region}.${local.dns_suffix}"]
        }
      }
    }
  }

  dynamic "statement" {
    for_each = { for key, value in var.principal_access : key => value if value.allow_grants }

    content {
      actions   = ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"]
      resources = ["*"]

      principals {
        type        = "AWS"
        identifiers = statement.value.principals
      }

      condition {
        test     = "Bool"
        variable = "kms:GrantIsForAWSResource"
        values   = ["true"]
      }
    }
  }
}
