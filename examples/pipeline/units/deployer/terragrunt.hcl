include "root" {
  path   = find_in_parent_folders("root.hcl")
  expose = true
}

terraform {
  source = "git::https://github.com/example-org/terraform-aws-ml-pipeline.git//modules/deployer-role?ref=v0.1.0"
}

inputs = {
  account_id         = include.root.locals.account_id
  apply_policies     = [for policy in include.root.locals.permissions.apply : jsonencode(policy)]
  github_environment = include.root.locals.environment.name
  name               = include.root.locals.name
  plan_policies      = [for policy in include.root.locals.permissions.plan : jsonencode(policy)]
  repository         = include.root.locals.repository
  services           = values.services
  state_bucket       = include.root.locals.state_bucket
}
