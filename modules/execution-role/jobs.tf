locals {
  # Jobs of all types have the same actions under different names.
  job_types = {
    for key, one in {
      processing = { enabled = var.jobs.processing, kind = "processing-job", noun = "ProcessingJob" }
      training   = { enabled = var.jobs.training, kind = "training-job", noun = "TrainingJob" }
      transform  = { enabled = var.jobs.transform, kind = "transform-job", noun = "TransformJob" }
      tuning     = { enabled = var.jobs.tuning, kind = "hyper-parameter-tuning-job", noun = "HyperParameterTuningJob" }
    } : key => one if one.enabled
  }
  job_arns  = { for key, one in local.job_types : key => "${local.sagemaker_arn}:${one.kind}/${local.job_name_prefix}*" }
  job_nouns = values(local.job_types)[*].noun

  # A transform job has the network, the isolation and the role of its model, and no time limit. With the model of another
  # role, it would read and write with the permissions of that role.
  # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html
  transform_keys = ["sagemaker:InstanceTypes", "sagemaker:OutputKmsKeyArn", "sagemaker:VolumeKmsKeyArn"]
  created_jobs = {
    for sid, one in {
      CreateJobs = {
        types      = setsubtract(keys(local.job_types), ["transform"])
        conditions = local.job_conditions
      }
      CreateTransformJobs = {
        types = setintersection(keys(local.job_types), ["transform"])
        conditions = concat(
          [for condition in local.job_conditions : condition if contains(local.transform_keys, condition.variable)],
          [{ test = "ArnLike", variable = "sagemaker:ModelArn", values = local.model_arns }],
        )
      }
    } : sid => one if length(one.types) > 0
  }

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
}

data "aws_iam_policy_document" "jobs" {
  dynamic "statement" {
    for_each = local.created_jobs

    content {
      sid       = statement.key
      actions   = [for type in statement.value.types : "sagemaker:Create${local.job_types[type].noun}"]
      resources = [for type in statement.value.types : local.job_arns[type]]

      dynamic "condition" {
        for_each = statement.value.conditions

        content {
          test     = condition.value.test
          variable = condition.value.variable
          values   = condition.value.values
        }
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
    resources = values(local.job_arns)
  }

  # The training jobs of a tuning job have names that begin with its name.
  dynamic "statement" {
    for_each = var.jobs.tuning ? ["tuning"] : []

    content {
      sid       = "WatchTuning"
      actions   = ["sagemaker:DescribeTrainingJob", "sagemaker:ListTrainingJobsForHyperParameterTuningJob"]
      resources = [local.job_arns["tuning"], "${local.sagemaker_arn}:training-job/${local.job_name_prefix}*"]
    }
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
