locals {
  job_arns = [
    for kind in local.job_kinds :
    "arn:${var.partition}:sagemaker:${var.region}:${var.account_id}:${kind}/${local.job_name_prefix}*"
  ]

  # Training and processing jobs have the same verbs, under names of their own.
  job_nouns = concat(var.jobs.training ? ["TrainingJob"] : [], var.jobs.processing ? ["ProcessingJob"] : [])
}

data "aws_iam_policy_document" "jobs" {
  statement {
    sid       = "CreateJobs"
    actions   = [for noun in local.job_nouns : "sagemaker:Create${noun}"]
    resources = local.job_arns

    dynamic "condition" {
      for_each = var.jobs.require_output_kms_key ? ["required"] : []

      content {
        test     = "ArnEquals"
        variable = "sagemaker:OutputKmsKey"
        values   = values(var.kms_keys)[*].arn
      }
    }
  }

  statement {
    sid = "WatchAndStopJobs"
    actions = concat(
      ["sagemaker:AddTags", "sagemaker:ListTags"],
      [for noun in local.job_nouns : "sagemaker:Describe${noun}"],
      [for noun in local.job_nouns : "sagemaker:Stop${noun}"],
    )
    resources = local.job_arns
  }

  # AWS offers no narrower resource for lists. Names are seen, nothing else.
  statement {
    sid       = "ListJobs"
    actions   = [for noun in local.job_nouns : "sagemaker:List${noun}s"]
    resources = ["*"]
  }
}

resource "aws_iam_role_policy" "jobs" {
  count = local.runs_jobs ? 1 : 0

  name   = "jobs"
  role   = aws_iam_role.this.name
  policy = data.aws_iam_policy_document.jobs.json
}

data "aws_iam_policy_document" "roles" {
  statement {
    sid       = "PassNamedRolesToSageMaker"
    actions   = ["iam:PassRole"]
    resources = concat(local.runs_jobs ? [local.role_arn] : [], values(var.pass_role_arns))

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["sagemaker.amazonaws.com"]
    }
  }

  # The SageMaker SDK's get_execution_role() asks for the role by its name.
  statement {
    sid       = "ReadOwnRole"
    actions   = ["iam:GetRole"]
    resources = [local.role_arn]
  }
}

resource "aws_iam_role_policy" "roles" {
  count = local.runs_jobs || length(var.pass_role_arns) > 0 ? 1 : 0

  name   = "roles"
  role   = aws_iam_role.this.name
  policy = data.aws_iam_policy_document.roles.json
}
