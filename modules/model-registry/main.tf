locals {
  # Built, not read from the resources, so that policies naming them are known at plan.
  sagemaker_arn    = "arn:${var.partition}:sagemaker:${var.region}:${var.account_id}"
  group_arn        = "${local.sagemaker_arn}:model-package-group/${var.name}"
  packages_arn     = "${local.sagemaker_arn}:model-package/${var.name}/*"
  repository_names = { for key in keys(var.repositories) : key => "${var.name}/${key}" }
  repository_arns = {
    for key, name in local.repository_names : key => "arn:${var.partition}:ecr:${var.region}:${var.account_id}:repository/${name}"
  }

  # The keys are known at plan even if accounts and roles are not.
  principals = {
    for key, one in var.consumers : key => length(one.role_arns) > 0 ? (
      { for name, arn in one.role_arns : "${key}-${name}" => arn }
    ) : { (key) = "arn:${var.partition}:iam::${one.account_id}:root" }
  }
  deployers = merge([for key, one in var.consumers : local.principals[key] if one.deploy]...)
  deploys   = anytrue([for one in values(var.consumers) : one.deploy])

  # A version can be approved while it is registered, so that registering needs a condition too. Without a status in the
  # request, the version is pending.
  leaves_pending = { test = "StringEqualsIfExists", values = ["PendingManualApproval"] }
  sets_approval  = { test = "Null", values = ["false"] }

  rights = {
    DeployVersions = {
      action     = "sagemaker:CreateModel"
      condition  = null
      principals = flatten([for key, one in var.consumers : values(local.principals[key]) if one.deploy])
      resources  = [local.packages_arn]
    }
    ApproveVersions = {
      action     = "sagemaker:UpdateModelPackage"
      condition  = local.sets_approval
      principals = flatten([for key, one in var.consumers : values(local.principals[key]) if one.approve])
      resources  = [local.packages_arn]
    }
    RegisterVersions = {
      action     = "sagemaker:CreateModelPackage"
      condition  = local.leaves_pending
      principals = flatten([for key, one in var.consumers : values(local.principals[key]) if one.register])
      resources  = [local.group_arn, local.packages_arn]
    }
  }
}

resource "aws_sagemaker_model_package_group" "this" {
  model_package_group_name        = var.name
  model_package_group_description = var.description
  tags                            = var.tags
}

data "aws_iam_policy_document" "group" {
  statement {
    sid = "LookAtVersions"
    actions = [
      "sagemaker:DescribeModelPackage",
      "sagemaker:DescribeModelPackageGroup",
      "sagemaker:ListModelPackages",
    ]
    resources = [local.group_arn, local.packages_arn]

    principals {
      type        = "AWS"
      identifiers = flatten([for named in values(local.principals) : values(named)])
    }
  }

  dynamic "statement" {
    for_each = { for sid, one in local.rights : sid => one if length(one.principals) > 0 }

    content {
      sid       = statement.key
      actions   = [statement.value.action]
      resources = statement.value.resources

      principals {
        type        = "AWS"
        identifiers = statement.value.principals
      }

      dynamic "condition" {
        for_each = statement.value.condition[*]

        content {
          test     = condition.value.test
          variable = "sagemaker:ModelApprovalStatus"
          values   = condition.value.values
        }
      }
    }
  }
}

resource "aws_sagemaker_model_package_group_policy" "this" {
  count = length(var.consumers) > 0 ? 1 : 0

  model_package_group_name = aws_sagemaker_model_package_group.this.model_package_group_name
  resource_policy          = data.aws_iam_policy_document.group.json
}
