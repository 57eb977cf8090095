locals {
  without_volume_key = { test = "Null", variable = "sagemaker:VolumeKmsKeyArn", values = ["true"] }
  without_output_key = { test = "Null", variable = "sagemaker:OutputKmsKeyArn", values = ["true"] }

  # Sid to the condition key with the KMS key.
  key_variables = {
    DenyOtherVolumeKey       = "sagemaker:VolumeKmsKeyArn"
    DenyOtherOutputKey       = "sagemaker:OutputKmsKeyArn"
    DenyOtherSharingKey      = "sagemaker:DomainSharingOutputKmsKeyArn"
    DenyOtherOfflineStoreKey = "sagemaker:FeatureGroupOfflineStoreKmsKeyArn"
    DenyOtherOnlineStoreKey  = "sagemaker:FeatureGroupOnlineStoreKmsKeyArn"
  }
  # ArnNotEquals also matches a request without the key; the Null condition excludes that.
  other_key_rules = {
    for sid, variable in local.key_variables : sid => {
      enabled = length(var.guardrail.kms_key_arns) > 0
      actions = local.any_action
      conditions = [
        { test = "ArnNotEquals", variable = variable, values = values(var.guardrail.kms_key_arns) },
        { test = "Null", variable = variable, values = ["false"] },
      ]
    }
  }

  key_rules = merge(local.other_key_rules, {
    DenyVolumeWithoutKey = {
      enabled = var.guardrail.require_kms
      actions = concat(local.job_actions, [
        "sagemaker:CreateAutoMLJob*",
        "sagemaker:CreateDomain",
        "sagemaker:CreateNotebookInstance",
        "sagemaker:CreateTransformJob",
      ])
      conditions = [local.without_volume_key]
    }
    DenyOutputWithoutKey = {
      enabled = var.guardrail.require_kms
      actions = concat(local.job_actions, [
        "sagemaker:CreateAutoMLJob*",
        "sagemaker:CreateJob",
        "sagemaker:CreateLabelingJob",
        "sagemaker:CreateTransformJob",
      ])
      conditions = [local.without_output_key]
    }
    DenyScheduleVolumeWithoutKey = {
      enabled    = var.guardrail.require_kms
      actions    = local.schedule_actions
      conditions = [local.without_volume_key, local.inline_schedule]
    }
    DenyScheduleOutputWithoutKey = {
      enabled    = var.guardrail.require_kms
      actions    = local.schedule_actions
      conditions = [local.without_output_key, local.inline_schedule]
    }
    # Serverless endpoints have no volume to encrypt.
    DenyEndpointVolumeWithoutKey = {
      enabled    = var.guardrail.require_kms
      actions    = ["sagemaker:CreateEndpointConfig"]
      conditions = [local.without_volume_key, { test = "Null", variable = "sagemaker:ServerlessMemorySize", values = ["true"] }]
    }
    DenyOfflineStoreWithoutKey = {
      enabled = var.guardrail.require_kms
      actions = ["sagemaker:CreateFeatureGroup"]
      conditions = [
        { test = "Null", variable = "sagemaker:FeatureGroupOfflineStoreKmsKeyArn", values = ["true"] },
        { test = "Null", variable = "sagemaker:FeatureGroupOfflineStoreConfig", values = ["false"] },
      ]
    }
    DenyOnlineStoreWithoutKey = {
      enabled = var.guardrail.require_kms
      actions = ["sagemaker:CreateFeatureGroup"]
      conditions = [
        { test = "Null", variable = "sagemaker:FeatureGroupOnlineStoreKmsKeyArn", values = ["true"] },
        { test = "Bool", variable = "sagemaker:FeatureGroupEnableOnlineStore", values = ["true"] },
      ]
    }
  })
}
