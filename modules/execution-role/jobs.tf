locals {
  job_arns = [
    for kind in local.job_kinds :
    "arn:${var.partition}:sagemaker:${var.region}:${var.account_id}:${kind}/${local.job_name_prefix}*"
  ]

  job_key_arns = values(var.kms_keys)[*].arn

  # ForAllValues also matches a request without the key; the Null condition excludes that.
  job_conditions = concat(
    var.jobs.require_output_kms_key ? [
      { test = "ArnEquals", variable = "sagemaker:OutputKmsKeyArn", values = local.job_key_arns },
    ] : [],
    var.jobs.require_volume_kms_key ? [
      { test = "ArnEquals", variable = "sagemaker:VolumeKmsKeyArn", values = local.job_key_arns },
    ] : [],
    var.jobs.require_vpc ? [
      { test = "ForAllValues:StringEquals", variable = "sagemaker:VpcSubnets", values = local.subnet_ids },
      { test = "Null", variable = "sagemaker:VpcSubnets", values = ["false"] },
      { test = "ForAllValues:StringEquals", variable = "sagemaker:VpcSecurityGroupIds", values = local.security_group_ids },
      { test = "Null", variable = "sagemaker:VpcSecurityGroupIds", values = ["false"] },
    ] : [],
    var.jobs.require_network_isolation ? [
      { test = "Bool", variable = "sagemaker:NetworkIsolation", values = ["true"] },
    ] : [],
    length(var.jobs.instance_types) > 0 ? [
      { test = "ForAllValues:StringLike", variable = "sagemaker:InstanceTypes", values = tolist(var.jobs.instance_types) },
      { test = "Null", variable = "sagemaker:InstanceTypes", values = ["false"] },
    ] : [],
    var.jobs.max_runtime_in_seconds > 0 ? [
      { test = "NumericLessThanEquals", variable = "sagemaker:MaxRuntimeInSeconds", values = [tostring(var.jobs.max_runtime_in_seconds)] },
    ] : [],
  )

  # Training and processing jobs have the same actions under different names.
  job_nouns = concat(var.jobs.training ? ["TrainingJob"] : [], var.jobs.processing ? ["ProcessingJob"] : [])
}

data "aws_iam_policy_document" "jobs" {
  statement {
    sid       = "CreateJobs"
    actions   = [for noun in local.job_nouns : "sagemaker:Create${noun}"]
    resources = local.job_arns

    dynamic "condition" {
      for_each = local.job_conditions

      content {
        test     = condition.value.test
        variable = condition.value.variable
        values   = condition.value.values
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

  # List actions support no narrower resource. They return names only.
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
    resources = concat(local.passes_itself ? [local.role_arn] : [], values(var.pass_role_arns))

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["sagemaker.amazonaws.com"]
    }
  }

  # get_execution_role() of the SageMaker SDK looks up the role by name.
  statement {
    sid       = "ReadOwnRole"
    actions   = ["iam:GetRole"]
    resources = [local.role_arn]
  }
}

resource "aws_iam_role_policy" "roles" {
  count = local.passes_itself || length(var.pass_role_arns) > 0 ? 1 : 0

  name   = "roles"
  role   = aws_iam_role.this.name
  policy = data.aws_iam_policy_document.roles.json
}
