variable "copy_region" {
  description = "Region of the buckets' copies."
  type        = string
  default     = "eu-central-1"
  nullable    = false
}

variable "force_destroy" {
  description = "Destroy the buckets even with data in them. For stacks that come and go; the data is lost."
  type        = bool
  default     = false
  nullable    = false
}

variable "idle_minutes" {
  description = "Minutes without activity after which the notebook stops itself."
  type        = number
  default     = 60
  nullable    = false
}

variable "instance_type" {
  description = "Instance type of the notebook. Another one stops and starts it."
  type        = string
  default     = "ml.t3.medium"
  nullable    = false
}

variable "job_instance_types" {
  description = "Instance types that jobs may run on; `*` and `?` are wildcards."
  type        = set(string)
  default     = ["ml.c5.*", "ml.m5.*"]
  nullable    = false
}

variable "job_max_runtime_in_seconds" {
  description = "Longest time that a job may ask for."
  type        = number
  default     = 86400
  nullable    = false
}

variable "log_retention_in_days" {
  description = "Days that logs of notebooks, jobs and the network are kept."
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

variable "zones" {
  description = "Availability zones of the region to have subnets in. The notebook is in the first by name."
  type        = list(string)
  default     = ["eu-west-1a", "eu-west-1b"]
  nullable    = false
}
