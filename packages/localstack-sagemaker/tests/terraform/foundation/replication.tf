resource "aws_s3_bucket" "origin" {
  bucket = "probe-origin-${var.account}"
}

resource "aws_s3_bucket" "copy" {
  bucket = "probe-copy-${var.account}"
}

resource "aws_s3_bucket_versioning" "origin" {
  bucket = aws_s3_bucket.origin.bucket

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_versioning" "copy" {
  bucket = aws_s3_bucket.copy.bucket

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_replication_configuration" "this" {
  bucket = aws_s3_bucket_versioning.origin.bucket
  role   = aws_iam_role.this.arn

  rule {
    id       = "replicate"
    priority = 0
    status   = "Enabled"

    filter {
      prefix = "models/${var.step}/"
    }

    delete_marker_replication {
      status = "Disabled"
    }

    destination {
      bucket = "arn:aws:s3:::${aws_s3_bucket_versioning.copy.bucket}"
    }
  }
}
