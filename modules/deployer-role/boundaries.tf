# The most that the deployer can ever do, whatever its policies allow, and the most that the roles it creates can do.
# AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
locals {
  services              = [for service in sort(var.services) : "${service}:*"]
  workload_boundary_arn = "${local.iam}:policy${var.path}${var.name}-workload-boundary"
  workload_roles        = "${local.iam}:role/${var.name}-*"

  states = var.state_bucket == null ? [] : ["arn:${var.partition}:s3:::${var.state_bucket}", "arn:${var.partition}:s3:::${var.state_bucket}/*"]
}

data "aws_iam_policy_document" "deployer_boundary" {
  statement {
    sid       = "Services"
    actions   = local.services
    resources = ["*"]
  }

  statement {
    sid       = "ReadIam"
    actions   = ["iam:Get*", "iam:List*"]
    resources = ["*"]
  }

  statement {
    sid = "RolesWithBoundary"
    actions = [
      "iam:AttachRolePolicy",
      "iam:CreateRole",
      "iam:DeleteRolePolicy",
      "iam:DetachRolePolicy",
      "iam:PutRolePermissionsBoundary",
      "iam:PutRolePolicy",
    ]
    resources = [local.workload_roles]

    condition {
      test     = "StringEquals"
      variable = "iam:PermissionsBoundary"
      values   = [local.workload_boundary_arn]
    }
  }

  statement {
    sid = "RolesOfTheEnvironment"
    actions = [
      "iam:DeleteRole",
      "iam:PassRole",
      "iam:TagRole",
      "iam:UntagRole",
      "iam:UpdateAssumeRolePolicy",
      "iam:UpdateRole",
      "iam:UpdateRoleDescription",
    ]
    resources = [local.workload_roles]
  }

  statement {
    sid = "PoliciesOfTheEnvironment"
    actions = [
      "iam:CreatePolicy",
      "iam:CreatePolicyVersion",
      "iam:DeletePolicy",
      "iam:DeletePolicyVersion",
      "iam:SetDefaultPolicyVersion",
      "iam:TagPolicy",
      "iam:UntagPolicy",
    ]
    resources = ["${local.iam}:policy/${var.name}-*"]
  }

  statement {
    sid       = "RolesOfServices"
    actions   = ["iam:CreateServiceLinkedRole"]
    resources = ["${local.iam}:role/aws-service-role/*"]
  }

  statement {
    sid       = "KeepBoundaries"
    effect    = "Deny"
    actions   = ["iam:DeleteRolePermissionsBoundary"]
    resources = ["*"]
  }

  statement {
    sid       = "RequireBoundary"
    effect    = "Deny"
    actions   = ["iam:CreateRole", "iam:PutRolePermissionsBoundary"]
    resources = ["*"]

    condition {
      test     = "StringNotEquals"
      variable = "iam:PermissionsBoundary"
      values   = [local.workload_boundary_arn]
    }
  }

  # A deployer reads and writes states. It may not open their bucket to others, or remove their history.
  dynamic "statement" {
    for_each = var.state_bucket == null ? [] : ["states"]

    content {
      sid         = "KeepStateBucket"
      effect      = "Deny"
      not_actions = ["s3:DeleteObject", "s3:Get*", "s3:List*", "s3:PutObject"]
      resources   = local.states
    }
  }

  statement {
    sid         = "KeepDeployers"
    effect      = "Deny"
    not_actions = ["iam:Get*", "iam:List*"]
    resources = [
      "${local.iam}:policy${var.path}*",
      "${local.iam}:role${var.path}*",
      local.oidc_provider_arn,
    ]
  }
}

resource "aws_iam_policy" "deployer_boundary" {
  description = "Permissions boundary of the deployers of ${var.name}"
  name        = "${var.name}-deployer-boundary"
  path        = var.path
  policy      = data.aws_iam_policy_document.deployer_boundary.json
  tags        = var.tags
}

data "aws_iam_policy_document" "workload_boundary" {
  statement {
    sid       = "Services"
    actions   = local.services
    resources = ["*"]
  }

  statement {
    sid       = "RolesOfTheEnvironment"
    actions   = ["iam:GetRole", "iam:PassRole"]
    resources = [local.workload_roles]
  }

  dynamic "statement" {
    for_each = var.state_bucket == null ? [] : ["states"]

    content {
      sid       = "KeepStates"
      effect    = "Deny"
      actions   = ["s3:*"]
      resources = local.states
    }
  }
}

resource "aws_iam_policy" "workload_boundary" {
  description = "Permissions boundary of the roles that the deployers of ${var.name} create"
  name        = "${var.name}-workload-boundary"
  path        = var.path
  policy      = data.aws_iam_policy_document.workload_boundary.json
  tags        = var.tags
}
