data "aws_iam_policy_document" "images" {
  statement {
    sid = "PullImages"
    actions = [
      "ecr:BatchCheckLayerAvailability",
      "ecr:BatchGetImage",
      "ecr:GetDownloadUrlForLayer",
    ]
    resources = values(var.ecr_repository_arns)
  }

  # GetAuthorizationToken has no resource type in IAM.
  statement {
    sid       = "LogInToRegistries"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }
}

resource "aws_iam_role_policy" "images" {
  count = length(var.ecr_repository_arns) > 0 ? 1 : 0

  name   = "images"
  role   = aws_iam_role.this.name
  policy = data.aws_iam_policy_document.images.json
}
