locals {
  mlflow_read_actions = [
    "sagemaker-mlflow:GetDownloadURIForModelVersionArtifacts",
    "sagemaker-mlflow:GetExperiment",
    "sagemaker-mlflow:GetExperimentByName",
    "sagemaker-mlflow:GetLatestModelVersions",
    "sagemaker-mlflow:GetLoggedModel",
    "sagemaker-mlflow:GetMetricHistory",
    "sagemaker-mlflow:GetModelVersion",
    "sagemaker-mlflow:GetModelVersionByAlias",
    "sagemaker-mlflow:GetRegisteredModel",
    "sagemaker-mlflow:GetRun",
    "sagemaker-mlflow:GetTraceInfo",
    "sagemaker-mlflow:ListArtifacts",
    "sagemaker-mlflow:ListLoggedModelArtifacts",
    "sagemaker-mlflow:SearchExperiments",
    "sagemaker-mlflow:SearchLoggedModels",
    "sagemaker-mlflow:SearchModelVersions",
    "sagemaker-mlflow:SearchRegisteredModels",
    "sagemaker-mlflow:SearchRuns",
    "sagemaker-mlflow:SearchTraces",
    "sagemaker:CreatePresignedMlflowTrackingServerUrl",
    "sagemaker:DescribeMlflowTrackingServer",
  ]

  # Without the actions that delete, and without those that change which version of a model is deployed.
  mlflow_log_actions = [
    "sagemaker-mlflow:CreateExperiment",
    "sagemaker-mlflow:CreateModelVersion",
    "sagemaker-mlflow:CreateRegisteredModel",
    "sagemaker-mlflow:CreateRun",
    "sagemaker-mlflow:EndTrace",
    "sagemaker-mlflow:FinalizeLoggedModel",
    "sagemaker-mlflow:LogBatch",
    "sagemaker-mlflow:LogInputs",
    "sagemaker-mlflow:LogLoggedModelParams",
    "sagemaker-mlflow:LogMetric",
    "sagemaker-mlflow:LogModel",
    "sagemaker-mlflow:LogOutputs",
    "sagemaker-mlflow:LogParam",
    "sagemaker-mlflow:SetExperimentTag",
    "sagemaker-mlflow:SetLoggedModelTags",
    "sagemaker-mlflow:SetModelVersionTag",
    "sagemaker-mlflow:SetRegisteredModelTag",
    "sagemaker-mlflow:SetTag",
    "sagemaker-mlflow:SetTraceTag",
    "sagemaker-mlflow:StartTrace",
    "sagemaker-mlflow:UpdateExperiment",
    "sagemaker-mlflow:UpdateModelVersion",
    "sagemaker-mlflow:UpdateRegisteredModel",
    "sagemaker-mlflow:UpdateRun",
  ]

  mlflow_server_arns       = values(var.mlflow_servers)[*].arn
  logged_mlflow_servers    = [for server in values(var.mlflow_servers) : server.arn if server.log]
  registered_group_arns    = ["${local.sagemaker_arn}:model-package-group/${var.model_registration.group_prefix}*"]
  registered_package_arns  = ["${local.sagemaker_arn}:model-package/${var.model_registration.group_prefix}*"]
  registered_resource_arns = concat(local.registered_group_arns, local.registered_package_arns)
}

data "aws_iam_policy_document" "mlflow" {
  statement {
    sid       = "ReadExperiments"
    actions   = local.mlflow_read_actions
    resources = local.mlflow_server_arns
  }

  # AccessUI supports no narrower resource. Opening the user interface also takes a presigned URL of the server.
  statement {
    sid       = "OpenUserInterface"
    actions   = ["sagemaker-mlflow:AccessUI"]
    resources = ["*"]
  }

  dynamic "statement" {
    for_each = length(local.logged_mlflow_servers) > 0 ? ["log"] : []

    content {
      sid       = "LogExperiments"
      actions   = local.mlflow_log_actions
      resources = local.logged_mlflow_servers
    }
  }
}

resource "aws_iam_role_policy" "mlflow" {
  count = length(var.mlflow_servers) > 0 ? 1 : 0

  name   = "mlflow"
  role   = aws_iam_role.this.name
  policy = data.aws_iam_policy_document.mlflow.json
}

# The actions that AWS lists for the role of a tracking server:
# https://docs.aws.amazon.com/sagemaker/latest/dg/mlflow-create-tracking-server-iam.html
data "aws_iam_policy_document" "model_registration" {
  statement {
    sid = "RegisterModels"
    actions = [
      "sagemaker:AddTags",
      "sagemaker:CreateModelPackageGroup",
      "sagemaker:DescribeModelPackageGroup",
    ]
    resources = local.registered_resource_arns
  }

  # Who registers a model does not approve it. Without a status in the request, the version is pending.
  statement {
    sid       = "RegisterVersionsAsPending"
    actions   = ["sagemaker:CreateModelPackage", "sagemaker:UpdateModelPackage"]
    resources = local.registered_resource_arns

    condition {
      test     = "StringEqualsIfExists"
      variable = "sagemaker:ModelApprovalStatus"
      values   = ["PendingManualApproval"]
    }
  }
}

resource "aws_iam_role_policy" "model_registration" {
  # `lookup` is for tfsec, see network.tf.
  count = lookup(var.model_registration, "enabled", false) ? 1 : 0

  name   = "model-registration"
  role   = aws_iam_role.this.name
  policy = data.aws_iam_policy_document.model_registration.json
}
