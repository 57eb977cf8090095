variable "force_destroy" {
  description = "Destroy the buckets and the data in them. For short-lived stacks."
  type        = bool
  default     = false
  nullable    = false
}

variable "host_endpoints" {
  description = "Let the notebook host models: create, use and delete endpoints under the stack's name. Each is billed until it is deleted."
  type        = bool
  default     = false
  nullable    = false
}

variable "instance_type" {
  description = "Instance type of the notebook. Changing it restarts the notebook."
  type        = string
  default     = "ml.t3.medium"
  nullable    = false
}

variable "log_retention_in_days" {
  description = "Days to retain logs of notebooks and jobs."
  type        = number
  default     = 365
  nullable    = false
}

variable "name" {
  description = "Prefix of all names in the stack."
  type        = string
  default     = "ml-notebook"
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
