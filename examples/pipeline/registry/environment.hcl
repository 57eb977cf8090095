# What differs between environments.
locals {
  name = "registry"
}
