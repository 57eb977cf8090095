# Develop: a notebook that starts jobs, and an endpoint on instances.
locals {
  environment = read_terragrunt_config(find_in_parent_folders("environment.hcl")).locals
  units       = find_in_parent_folders("units")
}

unit "encryption_key" {
  source = "${local.units}/encryption-key"
  path   = "encryption-key"

  values = {
    log_group_prefixes = ["/aws/sagemaker/", "/aws/vpc-flow-logs/"]
    principal_access   = {}
  }
}

unit "network" {
  source = "${local.units}/network"
  path   = "network"
}

unit "data_buckets" {
  source = "${local.units}/data-buckets"
  path   = "data-buckets"

  values = {
    buckets = { training = {}, output = {} }
    readers = {}
  }
}

unit "log_groups" {
  source = "${local.units}/log-groups"
  path   = "log-groups"
}

unit "notebook_role" {
  source = "${local.units}/notebook-role"
  path   = "notebook-role"
}

unit "notebook" {
  source = "${local.units}/notebook"
  path   = "notebook"
}

unit "endpoint_role" {
  source = "${local.units}/endpoint-role"
  path   = "endpoint-role"
}

unit "endpoint" {
  source = "${local.units}/endpoint"
  path   = "endpoint"

  values = {
    alarms     = { no_invocations = { hours = 24 } }
    deployment = {}
    kind       = "provisioned"
    models     = { model = jsondecode(file(find_in_parent_folders("model.json"))) }
    provisioned = {
      variants = { main = { instance_type = local.environment.endpoint_instance_type } }
    }
  }
}
