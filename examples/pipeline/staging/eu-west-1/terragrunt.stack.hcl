# Staging: the model that serves, and a candidate that receives a copy of each request. Its responses are dropped.
locals {
  environment = read_terragrunt_config(find_in_parent_folders("environment.hcl")).locals
  units       = find_in_parent_folders("units")
}

unit "encryption_key" {
  source = "${local.units}/encryption-key"
  path   = "encryption-key"

  values = {
    log_group_prefixes = ["/aws/sagemaker/"]
    principal_access   = {}
  }
}

unit "endpoint_role" {
  source = "${local.units}/endpoint-role"
  path   = "endpoint-role"
}

unit "endpoint" {
  source = "${local.units}/endpoint"
  path   = "endpoint"

  values = {
    alarms     = {}
    deployment = {}
    kind       = "shadow"
    models = {
      production = jsondecode(file(find_in_parent_folders("model.json")))
      candidate  = jsondecode(file(find_in_parent_folders("candidate.json")))
    }
    shadow = {
      production = { model = "production", instance_type = local.environment.endpoint_instance_type }
      shadow     = { model = "candidate", instance_type = local.environment.endpoint_instance_type }
    }
  }
}
