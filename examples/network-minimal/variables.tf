variable "interface_endpoints" {
  description = "AWS services to reach through interface endpoints. Each is billed per hour and zone."
  type        = set(string)
  default     = ["ecr.api", "ecr.dkr", "kms", "logs", "sagemaker.api", "sagemaker.runtime", "sts"]
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
  description = "Availability zones of the region."
  type        = list(string)
  default     = ["eu-west-1a", "eu-west-1b"]
  nullable    = false
}
