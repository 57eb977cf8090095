include "root" {
  path   = find_in_parent_folders("root.hcl")
  expose = true
}

terraform {
  source = "git::https://github.com/example-org/terraform-aws-ml-pipeline.git//modules/endpoint?ref=v0.1.0"
}

dependency "encryption_key" {
  config_path = "../encryption-key"

  mock_outputs_allowed_terraform_commands = ["init", "validate", "plan"]
  mock_outputs_merge_strategy_with_state  = "shallow"
  mock_outputs = {
    arn = "arn:aws:kms:eu-west-1:000000000000:key/00000000-0000-0000-0000-000000000000"
  }
}

dependency "role" {
  config_path = "../endpoint-role"

  mock_outputs_allowed_terraform_commands = ["init", "validate", "plan"]
  mock_outputs_merge_strategy_with_state  = "shallow"
  mock_outputs = {
    arn = "arn:aws:iam::000000000000:role/mock"
  }
}

inputs = {
  alarms                = values.alarms
  deployment            = values.deployment
  execution_role_arn    = dependency.role.outputs.arn
  kind                  = values.kind
  kms_key_arn           = dependency.encryption_key.outputs.arn
  log_retention_in_days = include.root.locals.environment.log_retention_in_days
  models                = values.models
  name                  = include.root.locals.name
  provisioned           = try(values.provisioned, null)
  region                = include.root.locals.region
  serverless            = try(values.serverless, null)
  shadow                = try(values.shadow, null)
}
