locals {
  readable_bucket_arns  = [for bucket in values(var.buckets) : bucket.arn if bucket.read]
  writable_bucket_arns  = [for bucket in values(var.buckets) : bucket.arn if bucket.write]
  deletable_bucket_arns = [for bucket in values(var.buckets) : bucket.arn if bucket.delete]
}

data "aws_iam_policy_document" "storage" {
  statement {
    sid       = "FindBuckets"
    actions   = ["s3:GetBucketLocation"]
    resources = values(var.buckets)[*].arn
  }

  dynamic "statement" {
    for_each = length(local.readable_bucket_arns) > 0 ? ["read"] : []

    content {
      sid       = "ListBuckets"
      actions   = ["s3:ListBucket"]
      resources = local.readable_bucket_arns
    }
  }

  dynamic "statement" {
    for_each = length(local.readable_bucket_arns) > 0 ? ["read"] : []

    content {
      sid       = "ReadObjects"
      actions   = ["s3:GetObject", "s3:GetObjectVersion"]
      resources = [for arn in local.readable_bucket_arns : "${arn}/*"]
    }
  }

  dynamic "statement" {
    for_each = length(local.writable_bucket_arns) > 0 ? ["write"] : []

    content {
      sid       = "WriteObjects"
      actions   = ["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:PutObject"]
      resources = [for arn in local.writable_bucket_arns : "${arn}/*"]
    }
  }

  dynamic "statement" {
    for_each = length(local.deletable_bucket_arns) > 0 ? ["delete"] : []

    content {
      sid       = "DeleteObjects"
      actions   = ["s3:DeleteObject"]
      resources = [for arn in local.deletable_bucket_arns : "${arn}/*"]
    }
  }
}

resource "aws_iam_role_policy" "storage" {
  count = length(var.buckets) > 0 ? 1 : 0

  name   = "storage"
  role   = aws_iam_role.this.name
  policy = data.aws_iam_policy_document.storage.json
}
