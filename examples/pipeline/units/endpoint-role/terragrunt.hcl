include "root" {
  path   = find_in_parent_folders("root.hcl")
  expose = true
}

terraform {
  source = "git::https://github.com/example-org/terraform-aws-ml-pipeline.git//modules/execution-role?ref=v0.1.0"
}

dependency "encryption_key" {
  config_path = "../encryption-key"

  mock_outputs_allowed_terraform_commands = ["init", "validate", "plan"]
  mock_outputs_merge_strategy_with_state  = "shallow"
  mock_outputs = {
    arn = "arn:aws:kms:eu-west-1:000000000000:key/00000000-0000-0000-0000-000000000000"
  }
}

# The endpoint needs this role, so that its alarms and log group are named here, not read from its outputs.
inputs = {
  account_id           = include.root.locals.account_id
  description          = "What the containers of the endpoint ${include.root.locals.name} may do"
  name                 = "${include.root.locals.name}-endpoint"
  permissions_boundary = include.root.locals.boundary_arn
  region               = include.root.locals.region

  alarm_arns = {
    endpoint = "arn:aws:cloudwatch:${include.root.locals.region}:${include.root.locals.account_id}:alarm:${include.root.locals.name}-*"
  }
  buckets             = { models = { arn = include.root.locals.registry.bucket_arn } }
  ecr_repository_arns = { serving = include.root.locals.registry.repository_arn }
  kms_keys = {
    environment = { arn = dependency.encryption_key.outputs.arn, allow_grants = true }
    registry    = { arn = include.root.locals.registry.key_arn, access = "decrypt" }
  }
  log_group_arns = {
    endpoint = "arn:aws:logs:${include.root.locals.region}:${include.root.locals.account_id}:log-group:/aws/sagemaker/Endpoints/${include.root.locals.name}"
  }
}
