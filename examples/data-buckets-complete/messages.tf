# Notifications of new models and new output. S3 checks both targets when the notifications are created, so their
# policies come first.
locals {
  # `[0]` adds a dependency on both policies.
  queue_arn = [aws_sqs_queue.output.arn, aws_sqs_queue_policy.output.id][0]
}

resource "aws_sns_topic" "models" {
  name              = "${var.name}-models"
  kms_master_key_id = module.encryption_key.arn
  tags              = var.tags
}

data "aws_iam_policy_document" "models" {
  statement {
    sid       = "LetTheModelBucketTell"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.models.arn]

    principals {
      type        = "Service"
      identifiers = ["s3.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [local.bucket_arns["model"]]
    }
  }
}

resource "aws_sns_topic_policy" "models" {
  arn    = aws_sns_topic.models.arn
  policy = data.aws_iam_policy_document.models.json
}

resource "aws_sqs_queue" "output" {
  name              = "${var.name}-output"
  kms_master_key_id = module.encryption_key.arn
  tags              = var.tags
}

data "aws_iam_policy_document" "output" {
  statement {
    sid       = "LetTheOutputBucketTell"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.output.arn]

    principals {
      type        = "Service"
      identifiers = ["s3.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [local.bucket_arns["output"]]
    }
  }
}

resource "aws_sqs_queue_policy" "output" {
  queue_url = aws_sqs_queue.output.url
  policy    = data.aws_iam_policy_document.output.json
}
