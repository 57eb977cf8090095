locals {
  # `lookup` keeps the scanners working, see main.tf.
  replicates_logs = local.makes_log_store && lookup(var.access_log_replication, "enabled", false)
  replicates      = local.replicates_logs || length(var.replication) > 0

  replicated_arns  = concat([for key in keys(var.replication) : local.arns[key]], local.replicates_logs ? [local.log_store_arn] : [])
  replica_arns     = concat(values(var.replication)[*].bucket_arn, local.replicates_logs ? [var.access_log_replication.bucket_arn] : [])
  replica_key_arns = values(var.replication)[*].kms_key_arn
  dns_suffix       = var.partition == "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com"
}

data "aws_iam_policy_document" "replication_trust" {
  statement {
    sid     = "S3ForTheseBuckets"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["s3.amazonaws.com"]
    }

    dynamic "condition" {
      for_each = var.restrict_replication_trust ? ["account"] : []

      content {
        test     = "StringEquals"
        variable = "aws:SourceAccount"
        values   = [var.account_id]
      }
    }

    dynamic "condition" {
      for_each = var.restrict_replication_trust ? ["buckets"] : []

      content {
        test     = "ArnEquals"
        variable = "aws:SourceArn"
        values   = local.replicated_arns
      }
    }
  }
}

data "aws_iam_policy_document" "replication" {
  statement {
    sid       = "ReadConfiguration"
    actions   = ["s3:GetReplicationConfiguration", "s3:ListBucket"]
    resources = local.replicated_arns
  }

  statement {
    sid = "ReadVersions"
    actions = [
      "s3:GetObjectVersionAcl",
      "s3:GetObjectVersionForReplication",
      "s3:GetObjectVersionTagging",
    ]
    resources = [for arn in local.replicated_arns : "${arn}/*"]
  }

  statement {
    sid = "WriteReplicas"
    actions = [
      "s3:ObjectOwnerOverrideToBucketOwner",
      "s3:ReplicateDelete",
      "s3:ReplicateObject",
      "s3:ReplicateTags",
    ]
    resources = [for arn in local.replica_arns : "${arn}/*"]
  }

  dynamic "statement" {
    for_each = length(var.replication) > 0 ? ["keys"] : []

    content {
      sid       = "DecryptOriginals"
      actions   = ["kms:Decrypt"]
      resources = [var.kms_key_arn]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["s3.${split(":", var.kms_key_arn)[3]}.${local.dns_suffix}"]
      }
    }
  }

  # With an S3 Bucket Key on the destination, S3 requests data keys as well as encryption.
  dynamic "statement" {
    for_each = length(var.replication) > 0 ? ["keys"] : []

    content {
      sid       = "EncryptReplicas"
      actions   = ["kms:Encrypt", "kms:GenerateDataKey"]
      resources = distinct(local.replica_key_arns)

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = distinct([for arn in local.replica_key_arns : "s3.${split(":", arn)[3]}.${local.dns_suffix}"])
      }
    }
  }
}

resource "aws_iam_role" "replication" {
  count = local.replicates ? 1 : 0

  name                 = "${var.name}-replication"
  description          = "Lets S3 copy objects of the buckets of ${var.name} to their replicas"
  assume_role_policy   = data.aws_iam_policy_document.replication_trust.json
  permissions_boundary = var.permissions_boundary
  tags                 = var.tags
}

resource "aws_iam_role_policy" "replication" {
  count = local.replicates ? 1 : 0

  name   = "replication"
  role   = aws_iam_role.replication[0].name
  policy = data.aws_iam_policy_document.replication.json
}

resource "aws_s3_bucket_replication_configuration" "this" {
  for_each = var.replication

  bucket = aws_s3_bucket.this[each.key].id
  role   = aws_iam_role.replication[0].arn

  rule {
    id       = "replicate"
    priority = 0
    status   = "Enabled"

    filter {
      prefix = each.value.prefix
    }

    delete_marker_replication {
      status = each.value.delete_markers ? "Enabled" : "Disabled"
    }

    source_selection_criteria {
      sse_kms_encrypted_objects {
        status = "Enabled"
      }
    }

    destination {
      account       = each.value.account_id
      bucket        = each.value.bucket_arn
      storage_class = each.value.storage_class

      # The destination account owns the replicas.
      dynamic "access_control_translation" {
        for_each = each.value.other_account ? ["owner"] : []

        content {
          owner = "Destination"
        }
      }

      encryption_configuration {
        replica_kms_key_id = each.value.kms_key_arn
      }

      dynamic "metrics" {
        for_each = each.value.time_control ? ["fifteen minutes"] : []

        content {
          status = "Enabled"

          event_threshold {
            minutes = 15
          }
        }
      }

      dynamic "replication_time" {
        for_each = each.value.time_control ? ["fifteen minutes"] : []

        content {
          status = "Enabled"

          time {
            minutes = 15
          }
        }
      }
    }
  }

  depends_on = [
    aws_iam_role_policy.replication,
    aws_s3_bucket_versioning.this,
  ]
}

# No KMS key: access logs are encrypted with SSE-S3.
resource "aws_s3_bucket_replication_configuration" "access_logs" {
  count = local.replicates_logs ? 1 : 0

  bucket = aws_s3_bucket.access_logs[0].id
  role   = aws_iam_role.replication[0].arn

  rule {
    id       = "replicate"
    priority = 0
    status   = "Enabled"

    filter {}

    delete_marker_replication {
      status = "Disabled"
    }

    destination {
      account       = var.access_log_replication.account_id
      bucket        = var.access_log_replication.bucket_arn
      storage_class = var.access_log_replication.storage_class

      dynamic "access_control_translation" {
        for_each = var.access_log_replication.other_account ? ["owner"] : []

        content {
          owner = "Destination"
        }
      }
    }
  }

  depends_on = [
    aws_iam_role_policy.replication,
    aws_s3_bucket_versioning.access_logs,
  ]
}
