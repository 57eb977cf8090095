resource "aws_iam_role" "this" {
  name        = "probe"
  description = "probe ${var.step}"
  tags        = local.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = ["sagemaker.amazonaws.com", "vpc-flow-logs.amazonaws.com"] }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "this" {
  name = "probe"
  role = aws_iam_role.this.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "Read${var.step}"
      Effect   = "Allow"
      Action   = "s3:GetObject"
      Resource = "${aws_s3_bucket.this.arn}/*"
    }]
  })
}

resource "aws_iam_policy" "this" {
  name = "probe"
  tags = local.tags
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "List${var.step}"
      Effect   = "Allow"
      Action   = "s3:ListBucket"
      Resource = aws_s3_bucket.this.arn
    }]
  })
}

resource "aws_iam_openid_connect_provider" "this" {
  client_id_list  = ["sts.amazonaws.com"]
  tags            = local.tags
  thumbprint_list = [format("%040d", var.step)]
  url             = "https://token.actions.githubusercontent.com"
}

resource "aws_iam_role_policy_attachment" "this" {
  role       = aws_iam_role.this.name
  policy_arn = aws_iam_policy.this.arn
}
