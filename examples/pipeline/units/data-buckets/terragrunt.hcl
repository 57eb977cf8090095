include "root" {
  path   = find_in_parent_folders("root.hcl")
  expose = true
}

terraform {
  source = "git::https://github.com/example-org/terraform-aws-ml-pipeline.git//modules/data-buckets?ref=v0.1.0"
}

dependency "encryption_key" {
  config_path = "../encryption-key"

  mock_outputs_allowed_terraform_commands = ["init", "validate", "plan"]
  mock_outputs_merge_strategy_with_state  = "shallow"
  mock_outputs = {
    arn = "arn:aws:kms:eu-west-1:000000000000:key/00000000-0000-0000-0000-000000000000"
  }
}

inputs = {
  account_id           = include.root.locals.account_id
  buckets              = values.buckets
  kms_key_arn          = dependency.encryption_key.outputs.arn
  name                 = include.root.locals.name
  permissions_boundary = include.root.locals.boundary_arn
  readers              = values.readers
}
