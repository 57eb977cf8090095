# The permissions are in the other files, one policy each: whether a policy is created is known at plan even if its ARNs
# are not, and each policy references its document directly so that tfsec finds it.
locals {
  dns_suffix      = var.partition == "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com"
  job_name_prefix = coalesce(var.jobs.name_prefix, "${var.name}-")
  runs_jobs       = length(local.job_types) > 0
  passes_itself   = local.runs_jobs || var.hosting.enabled || var.pipelines.enabled

  trusts_any_source = coalesce(var.trust_any_source, length(var.notebook_instance_names) > 0)

  # Built, not read from the resource, so that policies naming the role are known at plan.
  role_arn = "arn:${var.partition}:iam::${var.account_id}:role${var.path}${var.name}"

  managed_policy_arns = merge(
    { for key, arn in var.managed_policy_arns : "named/${key}" => arn },
    var.attach_sagemaker_full_access ? {
      sagemaker_full_access = "arn:${var.partition}:iam::aws:policy/AmazonSageMakerFullAccess"
    } : {},
  )
}

data "aws_iam_policy_document" "trust" {
  # For domains that pass on the identity of IAM Identity Center, as in
  # https://docs.aws.amazon.com/singlesignon/latest/userguide/setting-up-trusted-identity-propagation-sagemaker-studio.html
  dynamic "statement" {
    for_each = var.trust_identity_context ? ["context"] : []

    content {
      sid     = "IdentityContextOfSageMaker"
      actions = ["sts:SetContext"]

      principals {
        type        = "Service"
        identifiers = ["sagemaker.amazonaws.com"]
      }
    }
  }

  statement {
    sid     = "SageMakerForThisAccount"
    actions = concat(["sts:AssumeRole"], var.trust_source_identity ? ["sts:SetSourceIdentity"] : [])

    principals {
      type        = "Service"
      identifiers = ["sagemaker.amazonaws.com"]
    }

    dynamic "condition" {
      for_each = local.trusts_any_source ? {} : {
        "aws:SourceAccount" = { test = "StringEquals", value = var.account_id }
        "aws:SourceArn"     = { test = "ArnLike", value = "arn:${var.partition}:sagemaker:${var.region}:${var.account_id}:*" }
      }

      content {
        test     = condition.value.test
        variable = condition.key
        values   = [condition.value.value]
      }
    }
  }
}

resource "aws_iam_role" "this" {
  name                 = var.name
  path                 = var.path
  description          = var.description
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = var.permissions_boundary
  tags                 = var.tags
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each = local.managed_policy_arns

  role       = aws_iam_role.this.name
  policy_arn = each.value
}
