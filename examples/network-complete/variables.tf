variable "flow_log_retention_in_days" {
  description = "Days to retain flow logs."
  type        = number
  default     = 365
  nullable    = false
}

variable "https_destinations" {
  description = "CIDR blocks that notebooks may reach by HTTPS through NAT, keyed by a name you choose, such as a package index, a proxy or the AWS ranges of the region."
  type        = map(string)
  default     = { package-index = "203.0.113.0/24" }
  nullable    = false
}

variable "name" {
  description = "Name of the network and prefix of the names in it."
  type        = string
  default     = "ml-network"
  nullable    = false
}

variable "region" {
  description = "Region to deploy to."
  type        = string
  default     = "eu-west-1"
  nullable    = false
}

variable "tags" {
  description = "Tags for everything in the stack."
  type        = map(string)
  default     = { Project = "machine-learning" }
  nullable    = false
}

variable "zones" {
  description = "Availability zones of the region. Append new ones at the end."
  type        = list(string)
  default     = ["eu-west-1a", "eu-west-1b"]
  nullable    = false
}
