# Denials rather than conditions of the grant, so that they also apply to jobs that a managed policy of the role allows.
# When a condition key is missing from a request, Bool and NumericGreaterThan do not match, and BoolIfExists matches.
data "aws_iam_policy_document" "job_limits" {
  # A shell in the container runs with the role of the job, and its commands are not in the job's logs.
  dynamic "statement" {
    for_each = var.jobs.allow_remote_debug ? [] : ["remote debug"]

    content {
      sid       = "DenyRemoteDebug"
      effect    = "Deny"
      actions   = ["sagemaker:CreateTrainingJob", "sagemaker:UpdateTrainingJob"]
      resources = ["*"]

      condition {
        test     = "Bool"
        variable = "sagemaker:EnableRemoteDebug"
        values   = ["true"]
      }
    }
  }

  # A warm pool is billed until its period ends, whether or not another job uses it.
  statement {
    sid       = "DenyWarmPools"
    effect    = "Deny"
    actions   = ["sagemaker:CreateTrainingJob", "sagemaker:UpdateTrainingJob"]
    resources = ["*"]

    condition {
      test     = "NumericGreaterThan"
      variable = "sagemaker:KeepAlivePeriod"
      values   = [tostring(var.jobs.max_keep_alive_in_seconds)]
    }
  }

  dynamic "statement" {
    for_each = var.jobs.require_inter_container_encryption ? ["encryption"] : []

    content {
      sid       = "DenyPlainTrafficBetweenContainers"
      effect    = "Deny"
      actions   = ["sagemaker:CreateHyperParameterTuningJob", "sagemaker:CreateProcessingJob", "sagemaker:CreateTrainingJob"]
      resources = ["*"]

      condition {
        test     = "BoolIfExists"
        variable = "sagemaker:InterContainerTrafficEncryption"
        values   = ["false"]
      }
    }
  }
}

resource "aws_iam_role_policy" "job_limits" {
  count = local.runs_jobs ? 1 : 0

  name   = "job-limits"
  role   = aws_iam_role.this.name
  policy = data.aws_iam_policy_document.job_limits.json
}
