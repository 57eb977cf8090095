# S3 delivers access logs to SSE-S3 buckets only, so the customer-managed key does not encrypt this bucket. It does not
# log its own requests: each log would cause another.
locals {
  # `lookup` keeps the scanners working, see main.tf.
  logs_access     = lookup(var.access_logging, "enabled", true)
  makes_log_store = local.logs_access && lookup(var.access_logging, "create_bucket", true)
  log_store_name  = "${var.name}-access-logs-${var.account_id}"
  log_store_arn   = "arn:${var.partition}:s3:::${local.log_store_name}"
}

resource "aws_s3_bucket" "access_logs" {
  count = local.makes_log_store ? 1 : 0

  bucket        = local.log_store_name
  force_destroy = var.access_logging.force_destroy
  tags          = var.tags
}

resource "aws_s3_bucket_ownership_controls" "access_logs" {
  count = local.makes_log_store ? 1 : 0

  bucket = aws_s3_bucket.access_logs[0].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "access_logs" {
  count = local.makes_log_store ? 1 : 0

  bucket                  = aws_s3_bucket.access_logs[0].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "access_logs" {
  count = local.makes_log_store ? 1 : 0

  bucket = aws_s3_bucket.access_logs[0].id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_versioning" "access_logs" {
  count = local.makes_log_store ? 1 : 0

  bucket = aws_s3_bucket.access_logs[0].id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "access_logs" {
  count = local.makes_log_store && lookup(var.access_logging, "expiration_days", 0) > 0 ? 1 : 0

  bucket = aws_s3_bucket.access_logs[0].id

  rule {
    id     = "expire"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }

    expiration {
      days = var.access_logging.expiration_days
    }

    noncurrent_version_expiration {
      noncurrent_days = 1
    }
  }

  depends_on = [aws_s3_bucket_versioning.access_logs]
}

data "aws_iam_policy_document" "access_logs" {
  count = local.makes_log_store ? 1 : 0

  statement {
    sid       = "LetS3DeliverLogs"
    actions   = ["s3:PutObject"]
    resources = ["${local.log_store_arn}/*"]

    principals {
      type        = "Service"
      identifiers = ["logging.s3.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = values(local.arns)
    }
  }

  statement {
    sid       = "DenyPlainHttp"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [local.log_store_arn, "${local.log_store_arn}/*"]

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
}

resource "aws_s3_bucket_policy" "access_logs" {
  count = local.makes_log_store ? 1 : 0

  bucket = aws_s3_bucket.access_logs[0].id
  policy = data.aws_iam_policy_document.access_logs[0].json

  depends_on = [aws_s3_bucket_public_access_block.access_logs]
}

resource "aws_s3_bucket_logging" "this" {
  for_each = local.logs_access ? var.buckets : {}

  bucket        = aws_s3_bucket.this[each.key].id
  target_bucket = local.makes_log_store ? aws_s3_bucket.access_logs[0].bucket : var.access_logging.target_bucket
  target_prefix = "${local.names[each.key]}/"

  # S3 checks the target bucket when logging is enabled.
  depends_on = [aws_s3_bucket_policy.access_logs]
}
