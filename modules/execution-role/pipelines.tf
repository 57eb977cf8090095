# The steps of a pipeline run as its role, with the permissions in the other files.
data "aws_iam_policy_document" "pipelines" {
  statement {
    sid = "UsePipelines"
    actions = [
      "sagemaker:AddTags",
      "sagemaker:CreatePipeline",
      "sagemaker:DeletePipeline",
      "sagemaker:DescribePipeline",
      "sagemaker:DescribePipelineDefinitionForExecution",
      "sagemaker:DescribePipelineExecution",
      "sagemaker:ListPipelineExecutionSteps",
      "sagemaker:ListPipelineExecutions",
      "sagemaker:ListPipelineParametersForExecution",
      "sagemaker:ListTags",
      "sagemaker:RetryPipelineExecution",
      "sagemaker:StartPipelineExecution",
      "sagemaker:StopPipelineExecution",
      "sagemaker:UpdatePipeline",
    ]
    # Executions are PIPELINE/execution/ID.
    resources = ["${local.sagemaker_arn}:pipeline/${coalesce(var.pipelines.name_prefix, "${var.name}-")}*"]
  }

  # List actions support no narrower resource. They return names only.
  statement {
    sid       = "ListPipelines"
    actions   = ["sagemaker:ListPipelines"]
    resources = ["*"]
  }
}

resource "aws_iam_role_policy" "pipelines" {
  # `lookup` is for tfsec, see network.tf.
  count = lookup(var.pipelines, "enabled", false) ? 1 : 0

  name   = "pipelines"
  role   = aws_iam_role.this.name
  policy = data.aws_iam_policy_document.pipelines.json
}
