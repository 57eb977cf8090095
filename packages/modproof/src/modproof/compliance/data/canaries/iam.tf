# checkov: CKV_AWS_109 CKV_AWS_110 CKV_AWS_111 CKV_AWS_108 CKV_AWS_107 CKV_AWS_356 CKV_AWS_358 CKV_AWS_1 CKV_AWS_49
# checkov: CKV_AWS_286 CKV_AWS_287 CKV_AWS_288 CKV_AWS_289 CKV_AWS_290 CKV_AWS_355 CKV_AWS_62 CKV_AWS_63 CKV_AWS_274
# checkov: CKV_AWS_60 CKV_AWS_61 CKV2_AWS_40
# tfsec: aws-iam-no-policy-wildcards

data "aws_iam_policy_document" "fail" {
  statement {
    effect    = "Allow"
    actions   = ["*"]
    resources = ["*"]
  }
}

data "aws_iam_policy_document" "fail_trust" {
  statement {
    effect  = "Allow"
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = ["arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"]
    }
    condition {
      test     = "StringLike"
      variable = "token.actions.githubusercontent.com:sub"
      values   = ["repo:*"]
    }
  }
}

resource "aws_iam_policy" "fail" {
  name = "demo"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }]
  })
}

resource "aws_iam_policy" "fail_document" {
  name   = "demo"
  policy = data.aws_iam_policy_document.fail.json
}

resource "aws_iam_role" "fail" {
  name = "demo"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = "*" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_role" "fail_account" {
  name = "demo"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = "arn:aws:iam::111122223333:root" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_role_policy_attachment" "fail" {
  role       = "demo"
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}

data "aws_iam_policy_document" "pass" {
  statement {
    effect    = "Allow"
    actions   = ["sqs:GetQueueAttributes"]
    resources = ["arn:aws:sqs:eu-west-1:111122223333:demo"]
  }
}

data "aws_iam_policy_document" "pass_trust" {
  statement {
    effect  = "Allow"
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = ["arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:sub"
      values   = ["repo:example/demo:ref:refs/heads/main"]
    }
  }
}

resource "aws_iam_policy" "pass" {
  name = "demo"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "sqs:GetQueueAttributes"
      Resource = "arn:aws:sqs:eu-west-1:111122223333:demo"
    }]
  })
}

resource "aws_iam_policy" "pass_document" {
  name   = "demo"
  policy = data.aws_iam_policy_document.pass.json
}

resource "aws_iam_role" "pass" {
  name = "demo"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "sagemaker.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_role_policy_attachment" "pass" {
  role       = "demo"
  policy_arn = "arn:aws:iam::aws:policy/AmazonSageMakerReadOnly"
}
