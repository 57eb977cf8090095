include "root" {
  path   = find_in_parent_folders("root.hcl")
  expose = true
}

terraform {
  source = "git::https://github.com/example-org/terraform-aws-ml-pipeline.git//modules/encryption-key?ref=v0.1.0"
}

inputs = {
  account_id         = include.root.locals.account_id
  log_group_prefixes = values.log_group_prefixes
  name               = include.root.locals.name
  principal_access   = values.principal_access
  region             = include.root.locals.region
}
