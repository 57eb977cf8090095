# Included by every unit: state, provider and retries.
locals {
  accounts    = read_terragrunt_config(find_in_parent_folders("accounts.hcl")).locals.accounts
  environment = read_terragrunt_config(find_in_parent_folders("environment.hcl")).locals
  region      = read_terragrunt_config(find_in_parent_folders("region.hcl")).locals.region

  project    = "forecasting"
  repository = "example-org/forecasting" # on GitHub, with this tree in its root
  account_id = local.accounts[local.environment.name]
  name       = "${local.project}-${local.environment.name}"

  state_bucket = "${local.name}-state-${local.account_id}"

  # Every role must have this permissions boundary: the deployer may not create others.
  boundary_arn = "arn:aws:iam::${local.account_id}:policy/deployer/${local.name}-workload-boundary"

  # Generated from the stories, with names instead of values.
  permissions = jsondecode(templatefile(find_in_parent_folders("permissions.json"), {
    account_id = local.account_id
    accounts   = local.accounts
    name       = local.name
    project    = local.project
    region     = local.region
  }))

  # The registry's names, as its units build them. The other accounts refer to them.
  registry = {
    account_id     = local.accounts.registry
    bucket_arn     = "arn:aws:s3:::${local.project}-registry-model-${local.accounts.registry}"
    key_arn        = jsondecode(file(find_in_parent_folders("registry.json"))).key_arn
    models_prefix  = "models/"
    repository_arn = "arn:aws:ecr:${local.region}:${local.accounts.registry}:repository/${local.project}/serving"
  }
}

remote_state {
  backend = "s3"

  config = {
    bucket       = local.state_bucket
    encrypt      = true
    key          = "${replace(path_relative_to_include(), "/.terragrunt-stack", "")}/terraform.tfstate"
    region       = local.region
    use_lockfile = true
  }

  generate = {
    path      = "backend.tf"
    if_exists = "overwrite_terragrunt"
  }
}

generate "provider" {
  path      = "provider.tf"
  if_exists = "overwrite_terragrunt"

  contents = <<-EOF
    provider "aws" {
      region              = "${local.region}"
      allowed_account_ids = ["${local.account_id}"]

      default_tags {
        tags = {
          Environment = "${local.environment.name}"
          ManagedBy   = "terragrunt"
          Project     = "${local.project}"
        }
      }
    }
  EOF
}

# IAM is eventually consistent: a role or policy that was just created can be unknown to other services for some seconds.
errors {
  retry "iam_propagation" {
    max_attempts       = 3
    sleep_interval_sec = 10

    retryable_errors = [
      "(?s).*Could not assume role.*",
      "(?s).*MalformedPolicyDocument.*Invalid principal.*",
      "(?s).*PutBucketPolicy.*Invalid principal.*",
      "(?s).*The role defined for .* cannot be assumed.*",
    ]
  }

  retry "transient" {
    max_attempts       = 3
    sleep_interval_sec = 5
    retryable_errors   = get_default_retryable_errors()
  }
}
