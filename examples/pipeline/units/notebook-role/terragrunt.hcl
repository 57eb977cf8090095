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

dependency "data_buckets" {
  config_path = "../data-buckets"

  mock_outputs_allowed_terraform_commands = ["init", "validate", "plan"]
  mock_outputs_merge_strategy_with_state  = "shallow"
  mock_outputs = {
    arns = { training = "arn:aws:s3:::mock-training", output = "arn:aws:s3:::mock-output" }
  }
}

dependency "log_groups" {
  config_path = "../log-groups"

  mock_outputs_allowed_terraform_commands = ["init", "validate", "plan"]
  mock_outputs_merge_strategy_with_state  = "shallow"
  mock_outputs = {
    arns = {
      for name in ["NotebookInstances", "ProcessingJobs", "TrainingJobs", "TransformJobs"] :
      name => "arn:aws:logs:eu-west-1:000000000000:log-group:/aws/sagemaker/${name}"
    }
  }
}

dependency "network" {
  config_path = "../network"

  mock_outputs_allowed_terraform_commands = ["init", "validate", "plan"]
  mock_outputs_merge_strategy_with_state  = "shallow"
  mock_outputs = {
    private_subnet_arns = {
      for zone in include.root.locals.environment.zones :
      zone => "arn:aws:ec2:eu-west-1:000000000000:subnet/subnet-00000000000000000"
    }
    security_group_arns = {
      for name in ["jobs", "notebook"] : name => "arn:aws:ec2:eu-west-1:000000000000:security-group/sg-00000000000000000"
    }
  }
}

inputs = {
  account_id              = include.root.locals.account_id
  description             = "What the notebook ${include.root.locals.name} and the jobs that it starts may do"
  log_group_arns          = dependency.log_groups.outputs.arns
  name                    = "${include.root.locals.name}-notebook"
  notebook_instance_names = [include.root.locals.name]
  permissions_boundary    = include.root.locals.boundary_arn
  region                  = include.root.locals.region

  buckets = {
    for key, arn in dependency.data_buckets.outputs.arns : key => { arn = arn, write = true }
  }
  ecr_repository_arns = { serving = include.root.locals.registry.repository_arn }
  jobs = {
    instance_types         = include.root.locals.environment.job_instance_types
    max_runtime_in_seconds = 86400
    name_prefix            = "${include.root.locals.name}-"
    processing             = true
    training               = true
  }
  kms_keys = {
    environment = { arn = dependency.encryption_key.outputs.arn, allow_grants = true }
  }
  network_interfaces = {
    enabled             = true
    security_group_arns = dependency.network.outputs.security_group_arns
    subnet_arns         = dependency.network.outputs.private_subnet_arns
  }
}
