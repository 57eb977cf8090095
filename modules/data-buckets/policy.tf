data "aws_iam_policy_document" "this" {
  for_each = var.buckets

  statement {
    sid       = "DenyPlainHttp"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [local.arns[each.key], "${local.arns[each.key]}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }

  statement {
    sid       = "DenyOldTls"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [local.arns[each.key], "${local.arns[each.key]}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "NumericLessThan"
      variable = "s3:TlsVersion"
      values   = ["1.2"]
    }
  }

  dynamic "statement" {
    for_each = local.readers_of[each.key]

    content {
      sid       = "Find${statement.value.sid}"
      actions   = ["s3:GetBucketLocation"]
      resources = [local.arns[each.key]]

      principals {
        type        = "AWS"
        identifiers = values(statement.value.principals)
      }
    }
  }

  # A reader may list keys below its prefix only.
  dynamic "statement" {
    for_each = local.readers_of[each.key]

    content {
      sid       = "List${statement.value.sid}"
      actions   = ["s3:ListBucket"]
      resources = [local.arns[each.key]]

      principals {
        type        = "AWS"
        identifiers = values(statement.value.principals)
      }

      dynamic "condition" {
        for_each = statement.value.prefix == "" ? [] : ["prefix"]

        content {
          test     = "StringLike"
          variable = "s3:prefix"
          values   = ["${statement.value.prefix}*"]
        }
      }
    }
  }

  dynamic "statement" {
    for_each = local.readers_of[each.key]

    content {
      sid       = "Read${statement.value.sid}"
      actions   = ["s3:GetObject", "s3:GetObjectVersion"]
      resources = ["${local.arns[each.key]}/${statement.value.prefix}*"]

      principals {
        type        = "AWS"
        identifiers = values(statement.value.principals)
      }
    }
  }

  # An upload without encryption headers gets the bucket's default key and is allowed. An upload with other encryption
  # settings would override the default and is denied.
  dynamic "statement" {
    for_each = each.value.require_kms_key ? {
      DenyOtherEncryption = [
        { test = "Null", variable = "s3:x-amz-server-side-encryption", values = ["false"] },
        { test = "StringNotEquals", variable = "s3:x-amz-server-side-encryption", values = ["aws:kms", "aws:kms:dsse"] },
      ]
      DenyOtherKeys = [
        { test = "Null", variable = "s3:x-amz-server-side-encryption-aws-kms-key-id", values = ["false"] },
        { test = "StringNotEquals", variable = "s3:x-amz-server-side-encryption-aws-kms-key-id", values = [var.kms_key_arn] },
      ]
      # "aws:kms" without a key ID selects the account's aws/s3 key, which other accounts cannot use.
      DenyKmsWithoutKey = [
        { test = "StringEquals", variable = "s3:x-amz-server-side-encryption", values = ["aws:kms", "aws:kms:dsse"] },
        { test = "Null", variable = "s3:x-amz-server-side-encryption-aws-kms-key-id", values = ["true"] },
      ]
      DenyCustomerProvidedKeys = [
        { test = "Null", variable = "s3:x-amz-server-side-encryption-customer-algorithm", values = ["false"] },
      ]
    } : {}

    content {
      sid       = statement.key
      effect    = "Deny"
      actions   = ["s3:PutObject"]
      resources = ["${local.arns[each.key]}/*"]

      principals {
        type        = "*"
        identifiers = ["*"]
      }

      dynamic "condition" {
        for_each = statement.value

        content {
          test     = condition.value.test
          variable = condition.value.variable
          values   = condition.value.values
        }
      }
    }
  }
}

resource "aws_s3_bucket_policy" "this" {
  for_each = var.buckets

  bucket = aws_s3_bucket.this[each.key].id
  policy = data.aws_iam_policy_document.this[each.key].json

  # S3 rejects concurrent changes to a bucket, and checks a policy against the public access block.
  depends_on = [aws_s3_bucket_public_access_block.this]
}
