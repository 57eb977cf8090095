# What differs between environments.
locals {
  name                   = "develop"
  log_retention_in_days  = 30
  endpoint_instance_type = "ml.m5.large"
  notebook_instance_type = "ml.t3.medium"
  job_instance_types     = ["ml.m5.*", "ml.c5.*"]
  zones                  = ["eu-west-1a"]
}
