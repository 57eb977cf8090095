# One account for each environment, and one for the registry.
locals {
  accounts = {
    registry   = "111111111111"
    develop    = "222222222222"
    staging    = "333333333333"
    production = "444444444444"
  }
}
