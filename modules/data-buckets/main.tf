locals {
  names = { for key, bucket in var.buckets : key => coalesce(bucket.name, "${var.name}-${key}-${var.account_id}") }

  # The ARNs are built from the names, so policies that name a bucket are known at plan. The name is read from the
  # resource so that users of the ARN depend on the bucket.
  arns = { for key, bucket in aws_s3_bucket.this : key => "arn:${var.partition}:s3:::${bucket.bucket}" }
}

resource "aws_s3_bucket" "this" {
  for_each = var.buckets

  bucket        = local.names[each.key]
  force_destroy = each.value.force_destroy
  tags          = var.tags

  # Not a validation, because the locals in checks.tf depend on the variables.
  lifecycle {
    precondition {
      condition     = local.has_ordered_transitions[each.key]
      error_message = "buckets[*].lifecycle_rules[*] must move objects in the order STANDARD_IA, INTELLIGENT_TIERING, ONEZONE_IA, GLACIER_IR, GLACIER, DEEP_ARCHIVE, each later than the one before, and 30 days or more after STANDARD_IA or ONEZONE_IA; change the days."
    }
  }
}

resource "aws_s3_bucket_ownership_controls" "this" {
  for_each = var.buckets

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each = var.buckets

  bucket                  = aws_s3_bucket.this[each.key].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  for_each = var.buckets

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      kms_master_key_id = var.kms_key_arn
      sse_algorithm     = "aws:kms"
    }
  }
}

resource "aws_s3_bucket_versioning" "this" {
  for_each = var.buckets

  bucket = aws_s3_bucket.this[each.key].id

  versioning_configuration {
    # `lookup` is for checkov and tfsec: they ignore defaults of optional attributes and would report an unversioned
    # bucket.
    status = lookup(each.value, "versioning", true) ? "Enabled" : "Suspended"
  }
}
