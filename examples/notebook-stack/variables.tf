variable "force_destroy" {
  description = "Destroy the buckets even with data in them. For stacks that come and go; the data is lost."
  type        = bool
  default     = false
  nullable    = false
}

variable "instance_type" {
  description = "Instance type of the notebook. Another one stops and starts it."
  type        = string
  default     = "ml.t3.medium"
  nullable    = false
}

variable "log_retention_in_days" {
  description = "Days that logs of notebooks and jobs are kept."
  type        = number
  default     = 365
  nullable    = false
}

variable "name" {
  description = "Begins the names of everything in the stack."
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
  description = "Tags of everything in the stack."
  type        = map(string)
  default     = { Project = "machine-learning" }
  nullable    = false
}
