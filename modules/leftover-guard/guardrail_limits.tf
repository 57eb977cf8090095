locals {
  # By feature: actions that start costs or run code, and that condition keys do not limit enough.
  unlimited_features = {
    ai_jobs      = ["sagemaker:CreateAIBenchmarkJob", "sagemaker:CreateAIRecommendationJob"]
    automl       = ["sagemaker:CreateAutoMLJob*"]
    clusters     = ["sagemaker:AttachClusterNode*", "sagemaker:BatchAddClusterNodes", "sagemaker:BatchReplaceClusterNodes", "sagemaker:CreateCluster", "sagemaker:UpdateCluster*"]
    compilation  = ["sagemaker:CreateCompilationJob", "sagemaker:CreateEdgePackagingJob"]
    custom_jobs  = ["sagemaker:CreateJob"]
    labeling     = ["sagemaker:CreateFlowDefinition", "sagemaker:CreateLabelingJob", "sagemaker:StartHumanLoop"]
    mlflow       = ["sagemaker:CreateMlflow*", "sagemaker:StartMlflow*", "sagemaker:UpdateMlflow*"]
    optimization = ["sagemaker:CreateOptimizationJob"]
    partner_apps = ["sagemaker:CreatePartnerApp", "sagemaker:UpdatePartnerApp"]

    inference_components      = ["sagemaker:CreateInferenceComponent", "sagemaker:UpdateInferenceComponent*"]
    inference_experiments     = ["sagemaker:CreateInferenceExperiment", "sagemaker:StartInferenceExperiment", "sagemaker:UpdateInferenceExperiment"]
    inference_recommendations = ["sagemaker:CreateInferenceRecommendationsJob"]
    lifecycle_configurations  = ["sagemaker:CreateNotebookInstanceLifecycleConfig", "sagemaker:CreateStudioLifecycleConfig", "sagemaker:UpdateNotebookInstanceLifecycleConfig"]
    training_plans            = ["sagemaker:CreateReservedCapacity", "sagemaker:CreateTrainingPlan", "sagemaker:ExtendTrainingPlan"]
  }
  denied_features       = setsubtract(keys(local.unlimited_features), var.guardrail.allowed_features)
  denied_feature_groups = [for feature in local.denied_features : local.unlimited_features[feature]]

  job_actions = [
    "sagemaker:Create*JobDefinition",
    "sagemaker:CreateHyperParameterTuningJob",
    "sagemaker:CreateProcessingJob",
    "sagemaker:CreateTrainingJob",
  ]
  # A schedule that names a job definition sends none of the keys of jobs; one with the definition in the request does.
  schedule_actions = ["sagemaker:CreateMonitoringSchedule", "sagemaker:UpdateMonitoringSchedule"]
  inline_schedule  = { test = "Null", variable = "sagemaker:InstanceTypes", values = ["false"] }

  limit_rules = {
    DenyUnlimitedFeatures = {
      enabled = length(local.denied_features) > 0
      actions = flatten(local.denied_feature_groups)
    }

    # "system" is the type of Jupyter Server apps.
    DenyOtherInstanceTypes = {
      enabled    = length(var.guardrail.instance_types) > 0
      actions    = local.any_action
      conditions = [{ test = "ForAnyValue:StringNotLike", variable = "sagemaker:InstanceTypes", values = concat(["system"], tolist(var.guardrail.instance_types)) }]
    }

    # No SageMaker action has a condition key for the role in its request.
    DenyOtherRoles = {
      enabled    = length(var.guardrail.pass_role_arns) > 0
      actions    = ["iam:PassRole"]
      except     = values(var.guardrail.pass_role_arns)
      conditions = [{ test = "StringEquals", variable = "iam:PassedToService", values = ["sagemaker.amazonaws.com"] }]
    }

    DenyLongJobs = {
      enabled    = var.guardrail.max_runtime_in_seconds > 0
      actions    = local.any_action
      conditions = [{ test = "NumericGreaterThan", variable = "sagemaker:MaxRuntimeInSeconds", values = [tostring(var.guardrail.max_runtime_in_seconds)] }]
    }
    # Without a limit, SageMaker's own applies: a day or more.
    DenyJobsWithoutLimit = {
      enabled    = var.guardrail.max_runtime_in_seconds > 0
      actions    = local.job_actions
      conditions = [{ test = "Null", variable = "sagemaker:MaxRuntimeInSeconds", values = ["true"] }]
    }
    DenySchedulesWithoutLimit = {
      enabled    = var.guardrail.max_runtime_in_seconds > 0
      actions    = local.schedule_actions
      conditions = [{ test = "Null", variable = "sagemaker:MaxRuntimeInSeconds", values = ["true"] }, local.inline_schedule]
    }

    DenyWarmPools = {
      enabled    = true
      actions    = local.any_action
      conditions = [{ test = "NumericGreaterThan", variable = "sagemaker:KeepAlivePeriod", values = [tostring(var.guardrail.max_keep_alive_in_seconds)] }]
    }
    DenyRemoteDebug = {
      enabled    = !var.guardrail.allow_remote_debug
      actions    = local.any_action
      conditions = [{ test = "Bool", variable = "sagemaker:EnableRemoteDebug", values = ["true"] }]
    }

    # Root access is the default of new notebooks.
    DenyRootAccess = {
      enabled    = !var.guardrail.allow_root_access
      actions    = ["sagemaker:CreateNotebookInstance"]
      conditions = [{ test = "StringNotEquals", variable = "sagemaker:RootAccess", values = ["Disabled"] }]
    }
    DenyRootAccessLater = {
      enabled    = !var.guardrail.allow_root_access
      actions    = ["sagemaker:UpdateNotebookInstance"]
      conditions = [{ test = "StringEquals", variable = "sagemaker:RootAccess", values = ["Enabled"] }]
    }
  }
}
