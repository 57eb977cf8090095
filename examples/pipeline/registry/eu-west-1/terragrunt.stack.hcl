# Registry: the versions of the model, their artifacts and the images that serve them. The other accounts may deploy them.
locals {
  accounts = read_terragrunt_config(find_in_parent_folders("accounts.hcl")).locals.accounts
  units    = find_in_parent_folders("units")

  consumers = { for name, account_id in local.accounts : name => account_id if name != "registry" }
  deployers = { for name, account_id in local.consumers : name => "arn:aws:iam::${account_id}:root" }
}

unit "encryption_key" {
  source = "${local.units}/encryption-key"
  path   = "encryption-key"

  values = {
    log_group_prefixes = []
    principal_access = {
      deployers = { principals = values(local.deployers), access = "decrypt", via_services = ["s3"] }
    }
  }
}

unit "data_buckets" {
  source = "${local.units}/data-buckets"
  path   = "data-buckets"

  values = {
    buckets = { model = {} }
    readers = {
      deployers = { principals = local.deployers, buckets = ["model"], grant_key = false, prefix = "models/" }
    }
  }
}

unit "model_registry" {
  source = "${local.units}/model-registry"
  path   = "model-registry"

  values = {
    consumers = { for name, account_id in local.consumers : name => { account_id = account_id } }
  }
}
