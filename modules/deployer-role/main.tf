locals {
  audience           = "sts.amazonaws.com"
  issuer             = "token.actions.githubusercontent.com"
  github_environment = coalesce(var.github_environment, var.name)

  # Built, not read from the resources, so that policies that name them are known at plan.
  iam               = "arn:${var.partition}:iam::${var.account_id}"
  oidc_provider_arn = coalesce(var.oidc_provider_arn, "${local.iam}:oidc-provider/${local.issuer}")

  # Claims that AWS compares: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
  roles = {
    for name, role in {
      apply = {
        description = "Applies ${var.name} from GitHub"
        policies    = var.apply_policies
        trust_sid   = "WorkflowsOfTheEnvironment"
        claims = {
          aud        = [local.audience]
          ref        = ["refs/heads/${var.branch}"]
          repository = [var.repository]
          sub        = ["repo:${var.repository}:environment:${local.github_environment}"]
        }
      }
      plan = {
        description = "Plans ${var.name} from GitHub"
        policies    = var.plan_policies
        trust_sid   = "PullRequestsAndTheBranch"
        claims = {
          aud        = [local.audience]
          repository = [var.repository]
          sub        = ["repo:${var.repository}:pull_request", "repo:${var.repository}:ref:refs/heads/${var.branch}"]
        }
      }
    } : name => role if name == "apply" || length(role.policies) > 0
  }
  policies = merge([
    for name, role in local.roles : {
      for index, policy in role.policies : "${name}-${index + 1}" => { role = name, part = index + 1, policy = policy }
    }
  ]...)
}

# AWS trusts GitHub's certificate by its own list of authorities, so that no thumbprint is needed.
resource "aws_iam_openid_connect_provider" "github" {
  count = var.oidc_provider_arn == null ? 1 : 0

  client_id_list = [local.audience]
  tags           = var.tags
  url            = "https://${local.issuer}"
}

data "aws_iam_policy_document" "trust" {
  for_each = local.roles

  statement {
    sid     = each.value.trust_sid
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [local.oidc_provider_arn]
    }

    dynamic "condition" {
      for_each = each.value.claims

      content {
        test     = "StringEquals"
        variable = "${local.issuer}:${condition.key}"
        values   = condition.value
      }
    }
  }
}

resource "aws_iam_role" "this" {
  for_each = local.roles

  assume_role_policy   = data.aws_iam_policy_document.trust[each.key].json
  description          = each.value.description
  max_session_duration = var.max_session_duration_in_seconds
  name                 = "${var.name}-${each.key}"
  path                 = var.path
  permissions_boundary = aws_iam_policy.deployer_boundary.arn
  tags                 = var.tags

  depends_on = [aws_iam_openid_connect_provider.github]
}

resource "aws_iam_policy" "this" {
  for_each = local.policies

  description = "What ${var.name}-${each.value.role} may do, part ${each.value.part}"
  name        = "${var.name}-${each.key}"
  path        = var.path
  policy      = each.value.policy
  tags        = var.tags
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each = local.policies

  policy_arn = aws_iam_policy.this[each.key].arn
  role       = aws_iam_role.this[each.value.role].name
}
