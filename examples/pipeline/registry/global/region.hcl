# The region of the state. IAM has none.
locals {
  region = "eu-west-1"
}
