include "root" {
  path   = find_in_parent_folders("root.hcl")
  expose = true
}

terraform {
  source = "git::https://github.com/example-org/terraform-aws-ml-pipeline.git//modules/notebook?ref=v0.1.0"
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
    names = { training = "mock-training", output = "mock-output" }
  }
}

dependency "log_groups" {
  config_path = "../log-groups"

  mock_outputs_allowed_terraform_commands = ["init", "validate", "plan"]
  mock_outputs_merge_strategy_with_state  = "shallow"
  mock_outputs = {
    names = { NotebookInstances = "/aws/sagemaker/NotebookInstances" }
  }
}

dependency "network" {
  config_path = "../network"

  mock_outputs_allowed_terraform_commands = ["init", "validate", "plan"]
  mock_outputs_merge_strategy_with_state  = "shallow"
  mock_outputs = {
    private_subnet_ids = { for zone in include.root.locals.environment.zones : zone => "subnet-00000000000000000" }
    security_group_ids = { notebook = "sg-00000000000000000" }
  }
}

dependency "role" {
  config_path = "../notebook-role"

  mock_outputs_allowed_terraform_commands = ["init", "validate", "plan"]
  mock_outputs_merge_strategy_with_state  = "shallow"
  mock_outputs = {
    arn = "arn:aws:iam::000000000000:role/mock"
  }
}

inputs = {
  instance_type      = include.root.locals.environment.notebook_instance_type
  kms_key_arn        = dependency.encryption_key.outputs.arn
  log_group_name     = dependency.log_groups.outputs.names["NotebookInstances"]
  name               = include.root.locals.name
  region             = include.root.locals.region
  role_arn           = dependency.role.outputs.arn
  security_group_ids = [dependency.network.outputs.security_group_ids["notebook"]]
  subnet_id          = dependency.network.outputs.private_subnet_ids[include.root.locals.environment.zones[0]]

  bucket_placeholders = {
    for key, name in dependency.data_buckets.outputs.names : "<${key}-bucket>" => name
  }
  notebook_sources = {
    notebooks = {
      bucket      = dependency.data_buckets.outputs.names["training"]
      destination = "notebooks"
      prefix      = "notebooks/"
    }
  }
}
