locals {
  issuer             = "token.actions.githubusercontent.com"
  github_environment = coalesce(var.github_environment, var.name)

  # Built, not read from the resources, so that policies that name them are known at plan.
  iam               = "arn:${var.partition}:iam::${var.account_id}"
  oidc_provider_arn = coalesce(var.oidc_provider_arn, "${local.iam}:oidc-provider/${local.issuer}")

  plans = length(var.plan_policies) > 0
}

# AWS trusts GitHub's certificate by its own list of authorities, so that no thumbprint is needed.
resource "aws_iam_openid_connect_provider" "github" {
  count = var.oidc_provider_arn == null ? 1 : 0

  client_id_list = ["sts.amazonaws.com"]
  tags           = var.tags
  url            = "https://${local.issuer}"
}

# Claims that AWS compares: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
data "aws_iam_policy_document" "apply_trust" {
  statement {
    sid     = "WorkflowsOfTheEnvironment"
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [local.oidc_provider_arn]
    }

    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:aud"
      values   = ["sts.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:ref"
      values   = ["refs/heads/${var.branch}"]
    }

    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:repository"
      values   = [var.repository]
    }

    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:sub"
      values   = ["repo:${var.repository}:environment:${local.github_environment}"]
    }
  }
}

data "aws_iam_policy_document" "plan_trust" {
  statement {
    sid     = "PullRequestsAndTheBranch"
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [local.oidc_provider_arn]
    }

    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:aud"
      values   = ["sts.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:repository"
      values   = [var.repository]
    }

    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:sub"
      values   = ["repo:${var.repository}:pull_request", "repo:${var.repository}:ref:refs/heads/${var.branch}"]
    }
  }
}

resource "aws_iam_role" "apply" {
  assume_role_policy   = data.aws_iam_policy_document.apply_trust.json
  description          = "Applies ${var.name} from GitHub"
  max_session_duration = var.max_session_duration_in_seconds
  name                 = "${var.name}-apply"
  path                 = var.path
  permissions_boundary = aws_iam_policy.deployer_boundary.arn
  tags                 = var.tags

  depends_on = [aws_iam_openid_connect_provider.github]
}

resource "aws_iam_policy" "apply" {
  count = length(var.apply_policies)

  description = "What ${var.name}-apply may do, part ${count.index + 1}"
  name        = "${var.name}-apply-${count.index + 1}"
  path        = var.path
  policy      = var.apply_policies[count.index]
  tags        = var.tags
}

resource "aws_iam_role_policy_attachment" "apply" {
  count = length(var.apply_policies)

  policy_arn = aws_iam_policy.apply[count.index].arn
  role       = aws_iam_role.apply.name
}

resource "aws_iam_role" "plan" {
  count = local.plans ? 1 : 0

  assume_role_policy   = data.aws_iam_policy_document.plan_trust.json
  description          = "Plans ${var.name} from GitHub"
  max_session_duration = var.max_session_duration_in_seconds
  name                 = "${var.name}-plan"
  path                 = var.path
  permissions_boundary = aws_iam_policy.deployer_boundary.arn
  tags                 = var.tags

  depends_on = [aws_iam_openid_connect_provider.github]
}

resource "aws_iam_policy" "plan" {
  count = length(var.plan_policies)

  description = "What ${var.name}-plan may do, part ${count.index + 1}"
  name        = "${var.name}-plan-${count.index + 1}"
  path        = var.path
  policy      = var.plan_policies[count.index]
  tags        = var.tags
}

resource "aws_iam_role_policy_attachment" "plan" {
  count = length(var.plan_policies)

  policy_arn = aws_iam_policy.plan[count.index].arn
  role       = aws_iam_role.plan[0].name
}
