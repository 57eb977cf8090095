# Production: a serverless endpoint, or one on instances (`endpoint_kind` in environment.hcl).
locals {
  environment = read_terragrunt_config(find_in_parent_folders("environment.hcl")).locals
  units       = find_in_parent_folders("units")

  kinds = {
    provisioned = {
      provisioned = {
        variants = {
          main = {
            instance_type  = local.environment.endpoint_instance_type
            instance_count = 2
            autoscaling    = { min_capacity = 2, max_capacity = 4, invocations_per_instance = 600 }
          }
        }
      }
      deployment = { strategy = "canary", step = { percentage = 50 }, wait_in_seconds = 600 }
    }
    serverless = {
      deployment = {}
      serverless = { max_concurrency = 20, memory_in_mb = 2048 }
    }
  }
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

  values = merge(local.kinds[local.environment.endpoint_kind], {
    alarms = {}
    kind   = local.environment.endpoint_kind
    models = { model = jsondecode(file(find_in_parent_folders("model.json"))) }
  })
}
