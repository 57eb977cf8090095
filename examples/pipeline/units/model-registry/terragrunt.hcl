include "root" {
  path   = find_in_parent_folders("root.hcl")
  expose = true
}

terraform {
  source = "git::https://github.com/example-org/terraform-aws-ml-pipeline.git//modules/model-registry?ref=v0.1.0"
}

dependency "encryption_key" {
  config_path = "../encryption-key"

  mock_outputs_allowed_terraform_commands = ["init", "validate", "plan"]
  mock_outputs_merge_strategy_with_state  = "shallow"
  mock_outputs = {
    arn = "arn:aws:kms:eu-west-1:000000000000:key/00000000-0000-0000-0000-000000000000"
  }
}

dependency "data_buckets" {
  config_path = "../data-buckets"

  mock_outputs_allowed_terraform_commands = ["init", "validate", "plan"]
  mock_outputs_merge_strategy_with_state  = "shallow"
  mock_outputs = {
    arns = { model = "arn:aws:s3:::mock-model" }
  }
}

inputs = {
  account_id   = include.root.locals.account_id
  consumers    = values.consumers
  description  = "Versions of the forecasting model, and which of them may be deployed"
  kms_key_arn  = dependency.encryption_key.outputs.arn
  name         = include.root.locals.project
  region       = include.root.locals.region
  repositories = { serving = {} }

  artifacts = {
    model = {
      bucket_arn  = dependency.data_buckets.outputs.arns["model"]
      kms_key_arn = dependency.encryption_key.outputs.arn
      prefixes    = [include.root.locals.registry.models_prefix]
    }
  }
}
