# checkov: CKV_AWS_7 CKV_AWS_33 CKV2_AWS_64 CKV_AWS_66 CKV_AWS_158 CKV_AWS_338
# tfsec: aws-kms-auto-rotate-keys aws-cloudwatch-log-group-customer-key
# trivy: AWS-0017 AWS-0065

resource "aws_kms_key" "fail" {
  description = "demo"
}

resource "aws_kms_key" "fail_open" {
  description         = "demo"
  enable_key_rotation = true
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = "*" }, Action = "kms:*", Resource = "*" }]
  })
}

resource "aws_cloudwatch_log_group" "fail" {
  name = "demo"
}

resource "aws_kms_key" "pass" {
  description         = "demo"
  enable_key_rotation = true
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::111122223333:root" }
      Action    = "kms:*"
      Resource  = "*"
    }]
  })
}

resource "aws_cloudwatch_log_group" "pass" {
  name              = "demo"
  retention_in_days = 365
  kms_key_id        = aws_kms_key.pass.arn
}
