# Policies that a deployment from another account needs outside this module: for the artifact buckets and keys, and for
# the deploying role. Cross-account access needs both the resource policy and a policy of the other account.
locals {
  dns_suffix = var.partition == "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com"
  object_arns = {
    for key, one in var.artifacts : key => [
      for prefix in length(one.prefixes) > 0 ? tolist(one.prefixes) : [""] : "${one.bucket_arn}/${prefix}*"
    ]
  }
}

data "aws_iam_policy_document" "bucket" {
  for_each = local.deploys ? var.artifacts : {}

  statement {
    sid       = "ReadModelsToDeploy"
    actions   = ["s3:GetObject", "s3:GetObjectVersion"]
    resources = local.object_arns[each.key]

    principals {
      type        = "AWS"
      identifiers = values(local.deployers)
    }
  }

  statement {
    sid       = "FindModelsToDeploy"
    actions   = ["s3:GetBucketLocation"]
    resources = [each.value.bucket_arn]

    principals {
      type        = "AWS"
      identifiers = values(local.deployers)
    }
  }

  statement {
    sid       = "ListModelsToDeploy"
    actions   = ["s3:ListBucket"]
    resources = [each.value.bucket_arn]

    principals {
      type        = "AWS"
      identifiers = values(local.deployers)
    }

    dynamic "condition" {
      for_each = length(each.value.prefixes) > 0 ? ["prefixes"] : []

      content {
        test     = "StringLike"
        variable = "s3:prefix"
        values   = [for prefix in each.value.prefixes : "${prefix}*"]
      }
    }
  }
}

data "aws_iam_policy_document" "key" {
  statement {
    sid       = "DecryptModelsToDeploy"
    actions   = ["kms:Decrypt", "kms:DescribeKey"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = values(local.deployers)
    }

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.${var.region}.${local.dns_suffix}"]
    }
  }
}

data "aws_iam_policy_document" "look" {
  statement {
    sid = "LookAtVersions"
    actions = [
      "sagemaker:DescribeModelPackage",
      "sagemaker:DescribeModelPackageGroup",
      "sagemaker:ListModelPackages",
    ]
    resources = [local.group_arn, local.packages_arn]
  }
}

# The artifacts and images of versions.
data "aws_iam_policy_document" "contents" {
  dynamic "statement" {
    for_each = length(var.artifacts) > 0 ? ["artifacts"] : []

    content {
      sid       = "ReadModels"
      actions   = ["s3:GetObject", "s3:GetObjectVersion"]
      resources = flatten(values(local.object_arns))
    }
  }

  dynamic "statement" {
    for_each = length(var.artifacts) > 0 ? ["artifacts"] : []

    content {
      sid       = "FindModels"
      actions   = ["s3:GetBucketLocation", "s3:ListBucket"]
      resources = values(var.artifacts)[*].bucket_arn
    }
  }

  dynamic "statement" {
    for_each = length(var.artifacts) > 0 ? ["artifacts"] : []

    content {
      sid       = "DecryptModels"
      actions   = ["kms:Decrypt", "kms:DescribeKey"]
      resources = values(var.artifacts)[*].kms_key_arn

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["s3.${var.region}.${local.dns_suffix}"]
      }
    }
  }

  dynamic "statement" {
    for_each = length(var.repositories) > 0 ? ["repositories"] : []

    content {
      sid = "PullImages"
      actions = [
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:GetDownloadUrlForLayer",
      ]
      resources = values(local.repository_arns)
    }
  }

  # GetAuthorizationToken has no resource type in IAM.
  dynamic "statement" {
    for_each = length(var.repositories) > 0 ? ["repositories"] : []

    content {
      sid       = "LogInToRegistries"
      actions   = ["ecr:GetAuthorizationToken"]
      resources = ["*"]
    }
  }
}

data "aws_iam_policy_document" "consumer" {
  source_policy_documents = [data.aws_iam_policy_document.contents.json, data.aws_iam_policy_document.look.json]

  statement {
    sid       = "DeployVersions"
    actions   = ["sagemaker:CreateModel"]
    resources = [local.packages_arn]
  }
}

# SageMaker reads artifact and image as the caller. Updates stay out: no condition limits them to pending versions, and an
# update can change the containers of an approved one.
data "aws_iam_policy_document" "register" {
  source_policy_documents = [data.aws_iam_policy_document.contents.json, data.aws_iam_policy_document.look.json]

  # The SageMaker Python SDK looks for the group by its name. ListModelPackageGroups has no resource type in IAM.
  statement {
    sid       = "FindGroup"
    actions   = ["sagemaker:ListModelPackageGroups"]
    resources = ["*"]
  }

  statement {
    sid       = "RegisterVersions"
    actions   = ["sagemaker:CreateModelPackage"]
    resources = [local.group_arn, local.packages_arn]

    condition {
      test     = local.leaves_pending.test
      variable = "sagemaker:ModelApprovalStatus"
      values   = local.leaves_pending.values
    }
  }

  # Also if another policy of the role allows it.
  statement {
    sid       = "ApproveNoVersions"
    effect    = "Deny"
    actions   = ["sagemaker:CreateModelPackage", "sagemaker:UpdateModelPackage"]
    resources = [local.group_arn, local.packages_arn]

    condition {
      test     = "StringEquals"
      variable = "sagemaker:ModelApprovalStatus"
      values   = ["Approved", "Rejected"]
    }
  }
}

data "aws_iam_policy_document" "approve" {
  source_policy_documents = [data.aws_iam_policy_document.look.json]

  statement {
    sid       = "ApproveVersions"
    actions   = ["sagemaker:UpdateModelPackage"]
    resources = [local.packages_arn]

    condition {
      test     = local.sets_approval.test
      variable = "sagemaker:ModelApprovalStatus"
      values   = local.sets_approval.values
    }
  }

  # Also if another policy of the role allows it.
  statement {
    sid       = "RegisterNoVersions"
    effect    = "Deny"
    actions   = ["sagemaker:CreateModelPackage"]
    resources = [local.group_arn, local.packages_arn]
  }
}
