# All stacks in this folder are in this region.
locals {
  region = "eu-west-1"
}
