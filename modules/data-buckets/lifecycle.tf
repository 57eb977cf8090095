resource "aws_s3_bucket_lifecycle_configuration" "this" {
  for_each = { for key, bucket in var.buckets : key => bucket if length(bucket.lifecycle_rules) > 0 }

  bucket = aws_s3_bucket.this[each.key].id

  # Parts of incomplete multipart uploads are billed but not listed.
  rule {
    id     = "abort-unfinished-uploads"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = each.value.abort_multipart_days
    }
  }

  dynamic "rule" {
    for_each = each.value.lifecycle_rules

    content {
      id     = rule.key
      status = rule.value.enabled ? "Enabled" : "Disabled"

      # S3 requires `and` for two or more conditions, and rejects it for one.
      filter {
        prefix = length(rule.value.tags) == 0 ? rule.value.prefix : null

        dynamic "tag" {
          for_each = length(rule.value.tags) == 1 && rule.value.prefix == "" ? rule.value.tags : {}

          content {
            key   = tag.key
            value = tag.value
          }
        }

        dynamic "and" {
          for_each = (
            length(rule.value.tags) > 1 || (length(rule.value.tags) == 1 && rule.value.prefix != "") ? ["and"] : []
          )

          content {
            prefix = rule.value.prefix == "" ? null : rule.value.prefix
            tags   = rule.value.tags
          }
        }
      }

      dynamic "expiration" {
        for_each = rule.value.expiration_days > 0 ? [rule.value.expiration_days] : []

        content {
          days = expiration.value
        }
      }

      dynamic "expiration" {
        for_each = rule.value.expired_delete_markers ? [true] : []

        content {
          expired_object_delete_marker = expiration.value
        }
      }

      dynamic "transition" {
        for_each = rule.value.transition_days

        content {
          days          = transition.value
          storage_class = transition.key
        }
      }

      dynamic "noncurrent_version_expiration" {
        for_each = rule.value.noncurrent_expiration_days > 0 ? [rule.value.noncurrent_expiration_days] : []

        content {
          noncurrent_days           = noncurrent_version_expiration.value
          newer_noncurrent_versions = rule.value.noncurrent_versions_kept > 0 ? rule.value.noncurrent_versions_kept : null
        }
      }

      dynamic "noncurrent_version_transition" {
        for_each = rule.value.noncurrent_transition_days

        content {
          noncurrent_days = noncurrent_version_transition.value
          storage_class   = noncurrent_version_transition.key
        }
      }
    }
  }

  depends_on = [aws_s3_bucket_versioning.this]
}
