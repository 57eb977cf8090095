data "aws_iam_policy_document" "keys" {
  # SageMaker checks a key directly, not through S3, before it starts a job.
  statement {
    sid       = "DescribeKeys"
    actions   = ["kms:DescribeKey"]
    resources = values(var.kms_keys)[*].arn
  }

  dynamic "statement" {
    for_each = var.kms_keys

    content {
      actions   = concat(["kms:Decrypt"], statement.value.access == "use" ? ["kms:Encrypt", "kms:GenerateDataKey"] : [])
      resources = [statement.value.arn]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = [for service in statement.value.via_services : "${service}.${var.region}.${local.dns_suffix}"]
      }
    }
  }

  dynamic "statement" {
    for_each = { for key, value in var.kms_keys : key => value if value.allow_grants }

    content {
      actions   = ["kms:CreateGrant"]
      resources = [statement.value.arn]

      condition {
        test     = "Bool"
        variable = "kms:GrantIsForAWSResource"
        values   = ["true"]
      }

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = [for service in statement.value.via_services : "${service}.${var.region}.${local.dns_suffix}"]
      }
    }
  }
}

resource "aws_iam_role_policy" "keys" {
  count = length(var.kms_keys) > 0 ? 1 : 0

  name   = "keys"
  role   = aws_iam_role.this.name
  policy = data.aws_iam_policy_document.keys.json
}
