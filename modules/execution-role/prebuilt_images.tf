locals {
  prebuilt_image_accounts = lookup(jsondecode(file("${path.module}/prebuilt_images.json")).accounts, var.region, [])
}

data "aws_iam_policy_document" "prebuilt_images" {
  statement {
    sid = "PullImagesOfAWS"
    actions = [
      "ecr:BatchCheckLayerAvailability",
      "ecr:BatchGetImage",
      "ecr:GetDownloadUrlForLayer",
    ]
    resources = [
      for account in local.prebuilt_image_accounts : "arn:${var.partition}:ecr:${var.region}:${account}:repository/*"
    ]
  }

  # GetAuthorizationToken has no resource type in IAM.
  statement {
    sid       = "LogInToRegistriesOfAWS"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }
}

resource "aws_iam_role_policy" "prebuilt_images" {
  count = var.prebuilt_images ? 1 : 0

  name   = "prebuilt-images"
  role   = aws_iam_role.this.name
  policy = data.aws_iam_policy_document.prebuilt_images.json
}
