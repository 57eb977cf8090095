resource "aws_ecr_repository" "this" {
  for_each = var.repositories

  name                 = local.repository_names[each.key]
  force_delete         = each.value.force_delete
  image_tag_mutability = "IMMUTABLE"
  tags                 = var.tags

  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = var.kms_key_arn
  }

  image_scanning_configuration {
    scan_on_push = true
  }
}

resource "aws_ecr_lifecycle_policy" "this" {
  for_each = { for key, one in var.repositories : key => one if one.kept_images + one.untagged_days > 0 }

  repository = aws_ecr_repository.this[each.key].name
  policy = jsonencode({
    rules = [for rule in [
      {
        rulePriority = 1
        description  = "delete images without a tag"
        selection = {
          tagStatus   = "untagged"
          countType   = "sinceImagePushed"
          countUnit   = "days"
          countNumber = each.value.untagged_days
        }
        action = { type = "expire" }
      },
      {
        rulePriority = 2
        description  = "keep the newest images"
        selection = {
          tagStatus   = "any"
          countType   = "imageCountMoreThan"
          countNumber = each.value.kept_images
        }
        action = { type = "expire" }
      },
    ] : rule if rule.selection.countNumber > 0]
  })
}

data "aws_iam_policy_document" "repository" {
  statement {
    sid = "PullToDeploy"
    actions = [
      "ecr:BatchCheckLayerAvailability",
      "ecr:BatchGetImage",
      "ecr:GetDownloadUrlForLayer",
    ]

    principals {
      type        = "AWS"
      identifiers = values(local.deployers)
    }
  }
}

resource "aws_ecr_repository_policy" "this" {
  for_each = local.deploys ? var.repositories : {}

  repository = aws_ecr_repository.this[each.key].name
  policy     = data.aws_iam_policy_document.repository.json
}
