resource "aws_sagemaker_model_package_group" "this" {
  model_package_group_name        = "probe"
  model_package_group_description = "probe"
  tags                            = local.tags
}

resource "aws_sagemaker_model_package_group_policy" "this" {
  model_package_group_name = aws_sagemaker_model_package_group.this.model_package_group_name
  resource_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Read${var.step}"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::111111111111:root" }
      Action    = ["sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"]
      Resource  = [aws_sagemaker_model_package_group.this.arn]
    }]
  })
}
