# checkov: CKV_AWS_26 CKV_AWS_27 CKV_AWS_72 CKV_AWS_168 CKV_AWS_169 CKV_AWS_387
# tfsec: aws-sns-enable-topic-encryption aws-sqs-enable-queue-encryption aws-sqs-no-wildcards-in-policy-documents
# trivy: AWS-0095 AWS-0096 AWS-0097

resource "aws_sqs_queue" "fail" {
  name = "demo"
}

resource "aws_sqs_queue_policy" "fail" {
  queue_url = "https://sqs.eu-west-1.amazonaws.com/111122223333/demo"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = "*", Action = "*", Resource = "*" }]
  })
}

resource "aws_sns_topic" "fail" {
  name = "demo"
}

resource "aws_sns_topic_policy" "fail" {
  arn = "arn:aws:sns:eu-west-1:111122223333:demo"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = "*", Action = "sns:Publish", Resource = "*" }]
  })
}

resource "aws_sqs_queue" "pass" {
  name              = "demo"
  kms_master_key_id = "arn:aws:kms:eu-west-1:111122223333:key/demo"
}

resource "aws_sqs_queue_policy" "pass" {
  queue_url = "https://sqs.eu-west-1.amazonaws.com/111122223333/demo"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::111122223333:root" }
      Action    = "sqs:SendMessage"
      Resource  = "arn:aws:sqs:eu-west-1:111122223333:demo"
    }]
  })
}

resource "aws_sns_topic" "pass" {
  name              = "demo"
  kms_master_key_id = "arn:aws:kms:eu-west-1:111122223333:key/demo"
}

resource "aws_sns_topic_policy" "pass" {
  arn = "arn:aws:sns:eu-west-1:111122223333:demo"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::111122223333:root" }
      Action    = "sns:Publish"
      Resource  = "arn:aws:sns:eu-west-1:111122223333:demo"
    }]
  })
}
