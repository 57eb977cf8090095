locals {
  # Actions on a resource with a name that its creator chooses.
  named_actions = [
    "sagemaker:Create*JobDefinition",
    "sagemaker:CreateAutoMLJob*",
    "sagemaker:CreateEndpoint*",
    "sagemaker:CreateFeatureGroup",
    "sagemaker:CreateHyperParameterTuningJob",
    "sagemaker:CreateInferenceComponent",
    "sagemaker:CreateJob",
    "sagemaker:CreateLabelingJob",
    "sagemaker:CreateModel",
    "sagemaker:CreateMonitoringSchedule",
    "sagemaker:CreateNotebookInstance",
    "sagemaker:CreatePipeline",
    "sagemaker:CreatePresignedNotebookInstanceUrl",
    "sagemaker:CreateProcessingJob",
    "sagemaker:CreateTrainingJob",
    "sagemaker:CreateTransformJob",
    "sagemaker:RetryPipelineExecution",
    "sagemaker:StartMonitoringSchedule",
    "sagemaker:StartNotebookInstance",
    "sagemaker:StartPipelineExecution",
    "sagemaker:UpdateEndpoint*",
    "sagemaker:UpdateInferenceComponent*",
    "sagemaker:UpdateMonitoringSchedule",
    "sagemaker:UpdateNotebookInstance",
    "sagemaker:UpdatePipeline*",
    "sagemaker:UpdateTrainingJob",
  ]
  named_kinds = [
    "automl-job",
    "data-quality-job-definition",
    "endpoint",
    "endpoint-config",
    "feature-group",
    "hyper-parameter-tuning-job",
    "inference-component",
    "job/*",
    "labeling-job",
    "model",
    "model-bias-job-definition",
    "model-explainability-job-definition",
    "model-quality-job-definition",
    "monitoring-schedule",
    "notebook-instance",
    "pipeline",
    "processing-job",
    "training-job",
    "transform-job",
  ]
  # A training job also names the plan and the capacity it runs on, which have names of their owner.
  named_arns = concat(
    [for kind in local.named_kinds : "${local.sagemaker_arn}:${kind}/${var.guardrail.name_prefix}*"],
    ["${local.sagemaker_arn}:reserved-capacity/*", "${local.sagemaker_arn}:training-plan/*"],
  )

  tagged_actions = [
    "sagemaker:Create*JobDefinition",
    "sagemaker:Create*ingJob",
    "sagemaker:CreateAutoMLJob*",
    "sagemaker:CreateCluster",
    "sagemaker:CreateEndpoint*",
    "sagemaker:CreateInferenceComponent",
    "sagemaker:CreateModel",
    "sagemaker:CreateMonitoringSchedule",
    "sagemaker:CreateNotebookInstance",
    "sagemaker:CreateTransformJob",
  ]
  # Conditions in one statement are combined with AND, so each tag needs a separate statement.
  tag_rules = {
    for tag in var.guardrail.required_tags : "tag:${tag}" => {
      sid        = null
      enabled    = true
      actions    = local.tagged_actions
      conditions = [{ test = "Null", variable = "aws:RequestTag/${tag}", values = ["true"] }]
    }
  }

  name_rules = merge(local.tag_rules, {
    # ARNs of other accounts and regions are denied too.
    DenyOtherNames = {
      enabled = var.guardrail.name_prefix != ""
      actions = local.named_actions
      except  = local.named_arns
    }

    DenyUntagging = {
      enabled    = length(var.guardrail.required_tags) > 0
      actions    = ["sagemaker:DeleteTags"]
      conditions = [{ test = "ForAnyValue:StringEquals", variable = "aws:TagKeys", values = tolist(var.guardrail.required_tags) }]
    }
  })
}
