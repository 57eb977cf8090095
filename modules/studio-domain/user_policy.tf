# Permissions to work in Studio: private spaces of the user's own profile and the apps in them. SageMaker sets
# ${sagemaker:DomainId} and ${sagemaker:UserProfileName} for requests from Studio; the policy document escapes "${" as
# "&{".
locals {
  sagemaker_arn   = "arn:${var.partition}:sagemaker:${var.region}:${var.account_id}"
  own_profile_arn = "${local.sagemaker_arn}:user-profile/&{sagemaker:DomainId}/&{sagemaker:UserProfileName}"
  user_policy_arn = "arn:${var.partition}:iam::${var.account_id}:policy/${var.name}-studio-user"
}

data "aws_iam_policy_document" "user" {
  statement {
    sid = "RunAppsInOwnPrivateSpaces"
    actions = [
      "sagemaker:CreateApp",
      "sagemaker:CreateSpace",
      "sagemaker:DeleteApp",
      "sagemaker:DeleteSpace",
      "sagemaker:UpdateSpace",
    ]
    resources = [
      "${local.sagemaker_arn}:app/&{sagemaker:DomainId}/*",
      "${local.sagemaker_arn}:space/&{sagemaker:DomainId}/*",
    ]

    condition {
      test     = "ArnLike"
      variable = "sagemaker:OwnerUserProfileArn"
      values   = [local.own_profile_arn]
    }

    condition {
      test     = "StringEquals"
      variable = "sagemaker:SpaceSharingType"
      values   = ["Private"]
    }
  }

  # Terraform creates the shared spaces; users run their apps.
  dynamic "statement" {
    for_each = var.allow_shared_spaces ? ["shared"] : []

    content {
      sid       = "RunAppsInSharedSpaces"
      actions   = ["sagemaker:CreateApp", "sagemaker:DeleteApp"]
      resources = ["${local.sagemaker_arn}:app/&{sagemaker:DomainId}/*"]

      condition {
        test     = "StringEquals"
        variable = "sagemaker:SpaceSharingType"
        values   = ["Shared"]
      }
    }
  }

  # "system" is the type of Jupyter Server apps.
  dynamic "statement" {
    for_each = length(var.app_instance_types) > 0 ? ["instances"] : []

    content {
      sid       = "DenyOtherInstanceTypes"
      effect    = "Deny"
      actions   = ["sagemaker:CreateApp", "sagemaker:CreateSpace", "sagemaker:UpdateSpace"]
      resources = ["*"]

      condition {
        test     = "ForAnyValue:StringNotLike"
        variable = "sagemaker:InstanceTypes"
        values   = concat(["system"], tolist(var.app_instance_types))
      }
    }
  }

  statement {
    sid       = "TagWhatIsMade"
    actions   = ["sagemaker:AddTags"]
    resources = ["${local.sagemaker_arn}:app/*", "${local.sagemaker_arn}:space/*"]

    condition {
      test     = "Null"
      variable = "sagemaker:TaggingAction"
      values   = ["false"]
    }
  }

  statement {
    sid       = "OpenOwnStudio"
    actions   = ["sagemaker:CreatePresignedDomainUrl"]
    resources = [local.own_profile_arn]
  }

  statement {
    sid = "LookAtTheDomain"
    actions = [
      "sagemaker:DescribeApp",
      "sagemaker:DescribeDomain",
      "sagemaker:DescribeSpace",
      "sagemaker:DescribeUserProfile",
      "sagemaker:ListTags",
    ]
    resources = [
      "${local.sagemaker_arn}:app/*",
      "${local.sagemaker_arn}:domain/*",
      "${local.sagemaker_arn}:space/*",
      "${local.sagemaker_arn}:user-profile/*",
    ]
  }

  # List actions support no narrower resource. They return names only.
  statement {
    sid = "ListWhatThereIs"
    actions = [
      "sagemaker:ListApps",
      "sagemaker:ListDomains",
      "sagemaker:ListSpaces",
      "sagemaker:ListUserProfiles",
    ]
    resources = ["*"]
  }
}

resource "aws_iam_policy" "user" {
  count = var.create_user_policy ? 1 : 0

  name        = "${var.name}-studio-user"
  description = "Private spaces of the own profile in the Studio domain ${var.name}, and the apps in them"
  policy      = data.aws_iam_policy_document.user.json
  tags        = var.tags
}
