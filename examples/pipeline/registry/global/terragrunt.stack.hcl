# The roles with which CI deploys this account. An administrator applies them; they cannot change themselves.
locals {
  units = find_in_parent_folders("units")
}

unit "deployer" {
  source = "${local.units}/deployer"
  path   = "deployer"

  values = {
    services = ["ecr", "kms", "s3", "sagemaker"]
  }
}
