# checkov: CKV_AWS_18 CKV_AWS_21 CKV_AWS_53 CKV_AWS_54 CKV_AWS_55 CKV_AWS_56 CKV_AWS_144 CKV_AWS_145
# checkov: CKV2_AWS_6 CKV2_AWS_61 CKV2_AWS_62
# tfsec: aws-s3-block-public-acls aws-s3-block-public-policy aws-s3-enable-bucket-encryption
# tfsec: aws-s3-enable-bucket-logging aws-s3-enable-versioning aws-s3-encryption-customer-key
# tfsec: aws-s3-ignore-public-acls aws-s3-no-public-buckets aws-s3-specify-public-access-block
# trivy: AWS-0086 AWS-0087 AWS-0089 AWS-0090 AWS-0091 AWS-0093 AWS-0094 AWS-0132

resource "aws_s3_bucket" "fail" {
  bucket = "demo"
}

resource "aws_s3_bucket" "fail_open" {
  bucket = "open"
}

resource "aws_s3_bucket_public_access_block" "fail_open" {
  bucket                  = aws_s3_bucket.fail_open.id
  block_public_acls       = false
  block_public_policy     = false
  ignore_public_acls      = false
  restrict_public_buckets = false
}

resource "aws_s3_bucket" "pass" {
  bucket = "closed"
}

resource "aws_s3_bucket_public_access_block" "pass" {
  bucket                  = aws_s3_bucket.pass.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "pass" {
  bucket = aws_s3_bucket.pass.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = "arn:aws:kms:eu-west-1:111122223333:key/demo"
    }
  }
}

resource "aws_s3_bucket_versioning" "pass" {
  bucket = aws_s3_bucket.pass.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_logging" "pass" {
  bucket        = aws_s3_bucket.pass.id
  target_bucket = "logs"
  target_prefix = "demo/"
}

resource "aws_s3_bucket_lifecycle_configuration" "pass" {
  bucket = aws_s3_bucket.pass.id
  rule {
    id     = "all"
    status = "Enabled"
    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
    expiration {
      days = 90
    }
  }
}

resource "aws_s3_bucket_notification" "pass" {
  bucket      = aws_s3_bucket.pass.id
  eventbridge = true
}

resource "aws_s3_bucket_replication_configuration" "pass" {
  bucket = aws_s3_bucket.pass.id
  role   = "arn:aws:iam::111122223333:role/demo"
  rule {
    id     = "all"
    status = "Enabled"
    destination {
      bucket = "arn:aws:s3:::copy"
    }
  }
}
