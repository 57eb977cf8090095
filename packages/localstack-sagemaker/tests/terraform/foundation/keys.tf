resource "aws_kms_key" "this" {
  description             = "probe ${var.step}"
  deletion_window_in_days = 7
  enable_key_rotation     = var.step == 2
  tags                    = local.tags

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Administration${var.step}"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::${var.account}:root" }
      Action    = "kms:*"
      Resource  = "*"
    }]
  })
}

resource "aws_kms_key" "second" {
  deletion_window_in_days = 7
}

resource "aws_kms_alias" "this" {
  name          = "alias/probe"
  target_key_id = var.step == 1 ? aws_kms_key.this.key_id : aws_kms_key.second.key_id
}

resource "aws_kms_grant" "this" {
  name              = "probe"
  key_id            = aws_kms_key.this.key_id
  grantee_principal = aws_iam_role.this.arn
  operations        = ["Decrypt", "DescribeKey"]
}
