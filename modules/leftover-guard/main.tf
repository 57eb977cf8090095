locals {
  job_statuses = ["InProgress", "Completed", "Failed", "Stopping", "Stopped"]

  kinds = {
    training_jobs = {
      detail_type = "SageMaker Training Job State Change"
      noun        = "training job"
      name        = "TrainingJobName"
      status      = "TrainingJobStatus"
      statuses    = local.job_statuses
      reported    = ["InProgress", "Completed", "Failed", "Stopped"]
      console     = "jobs"
      end         = "aws sagemaker stop-training-job --training-job-name"
    }
    processing_jobs = {
      detail_type = "SageMaker Processing Job State Change"
      noun        = "processing job"
      name        = "ProcessingJobName"
      status      = "ProcessingJobStatus"
      statuses    = local.job_statuses
      reported    = ["InProgress", "Completed", "Failed", "Stopped"]
      console     = "processing-jobs"
      end         = "aws sagemaker stop-processing-job --processing-job-name"
    }
    transform_jobs = {
      detail_type = "SageMaker Transform Job State Change"
      noun        = "transform job"
      name        = "TransformJobName"
      status      = "TransformJobStatus"
      statuses    = local.job_statuses
      reported    = ["InProgress", "Completed", "Failed", "Stopped"]
      console     = "transform-jobs"
      end         = "aws sagemaker stop-transform-job --transform-job-name"
    }
    tuning_jobs = {
      detail_type = "SageMaker HyperParameter Tuning Job State Change"
      noun        = "tuning job"
      name        = "HyperParameterTuningJobName"
      status      = "HyperParameterTuningJobStatus"
      statuses    = local.job_statuses
      reported    = ["InProgress", "Completed", "Failed", "Stopped"]
      console     = "hyper-tuning-jobs"
      end         = "aws sagemaker stop-hyper-parameter-tuning-job --hyper-parameter-tuning-job-name"
    }
    endpoints = {
      detail_type = "SageMaker Endpoint State Change"
      noun        = "endpoint"
      name        = "EndpointName"
      status      = "EndpointStatus"
      statuses = [
        "CREATING", "UPDATING", "SYSTEM_UPDATING", "ROLLING_BACK", "IN_SERVICE", "OUT_OF_SERVICE", "DELETING", "FAILED",
        "UPDATE_ROLLBACK_FAILED",
      ]
      reported = ["CREATING", "IN_SERVICE", "OUT_OF_SERVICE", "DELETING", "FAILED", "UPDATE_ROLLBACK_FAILED"]
      console  = "endpoints"
      end      = "aws sagemaker delete-endpoint --endpoint-name"
    }
    notebooks = {
      detail_type = "SageMaker Notebook Instance State Change"
      noun        = "notebook instance"
      name        = "NotebookInstanceName"
      status      = "NotebookInstanceStatus"
      statuses    = ["Pending", "InService", "Stopping", "Stopped", "Failed", "Deleting", "Updating"]
      reported    = ["InService", "Stopped", "Failed"]
      console     = "notebook-instances"
      end         = "aws sagemaker stop-notebook-instance --notebook-instance-name"
    }
  }

  # A training job sends an event for each step. Only the first is reported.
  silent_steps = [
    "LaunchingMLInstances", "PreparingTrainingStack", "Pending", "Downloading", "DownloadingTrainingImage", "Training",
    "Uploading", "Updating",
  ]

  patterns = {
    for kind, one in var.watched : kind => {
      source        = ["aws.sagemaker"]
      "detail-type" = [local.kinds[kind].detail_type]
      detail = merge(
        { (local.kinds[kind].status) = length(one.statuses) > 0 ? tolist(one.statuses) : local.kinds[kind].reported },
        length(one.ignored_names) > 0 ? { (local.kinds[kind].name) = [{ "anything-but" = values(one.ignored_names) }] } : {},
        kind == "training_jobs" ? { SecondaryStatus = [{ "anything-but" = local.silent_steps }] } : {},
      )
    }
  }

  console_domain = {
    aws        = "console.aws.amazon.com"
    aws-cn     = "console.amazonaws.cn"
    aws-us-gov = "console.amazonaws-us-gov.com"
  }[var.partition]
}

resource "aws_cloudwatch_event_rule" "this" {
  for_each = local.patterns

  name          = "${var.name}-${replace(each.key, "_", "-")}"
  description   = "Reports that a SageMaker ${local.kinds[each.key].noun} changed its state"
  event_pattern = jsonencode(each.value)
  tags          = var.tags
}

resource "aws_cloudwatch_event_target" "this" {
  for_each = local.patterns

  rule      = aws_cloudwatch_event_rule.this[each.key].name
  target_id = "topic"
  arn       = aws_sns_topic.this.arn

  input_transformer {
    input_paths = {
      account = "$.account"
      name    = "$.detail.${local.kinds[each.key].name}"
      region  = "$.region"
      status  = "$.detail.${local.kinds[each.key].status}"
      time    = "$.time"
    }
    input_template = join("", [
      "\"SageMaker ${local.kinds[each.key].noun} <name> is <status> in account <account>, region <region>, since <time>. ",
      "Look at it: https://<region>.${local.console_domain}/sagemaker/home?region=<region>#/${local.kinds[each.key].console}/<name> ",
      "End it: ${local.kinds[each.key].end} <name> --region <region>\"",
    ])
  }

  # Events sent before the topic policy exists would be lost.
  depends_on = [aws_sns_topic_policy.this]
}
