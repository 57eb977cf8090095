# What differs between environments.
locals {
  name                   = "staging"
  log_retention_in_days  = 90
  endpoint_instance_type = "ml.m5.large"
}
