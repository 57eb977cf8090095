# What differs between environments.
locals {
  name                  = "production"
  log_retention_in_days = 365

  # serverless or provisioned. A change replaces the endpoint, which is unavailable meanwhile.
  endpoint_kind          = "serverless"
  endpoint_instance_type = "ml.m5.large"
}
