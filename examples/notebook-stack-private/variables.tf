variable "copy_region" {
  description = "Region of the replicas."
  type        = string
  default     = "eu-central-1"
  nullable    = false
}

variable "force_destroy" {
  description = "Destroy the buckets and the data in them. For short-lived stacks."
  type        = bool
  default     = false
  nullable    = false
}

variable "idle_minutes" {
  description = "Minutes without activity after which the notebook stops."
  type        = number
  default     = 60
  nullable    = false
}

variable "instance_type" {
  description = "Instance type of the notebook. Changing it restarts the notebook."
  type        = string
  default     = "ml.t3.medium"
  nullable    = false
}

variable "job_instance_types" {
  description = "Instance types for jobs; `*` and `?` are wildcards."
  type        = set(string)
  default     = ["ml.c5.*", "ml.m5.*"]
  nullable    = false
}

variable "job_max_runtime_in_seconds" {
  description = "Maximum runtime that a job may set."
  type        = number
  default     = 86400
  nullable    = false
}

variable "log_retention_in_days" {
  description = "Days to retain logs of notebooks, jobs and the network."
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

variable "zones" {
  description = "Availability zones to create subnets in. The notebook is in the first by name."
  type        = list(string)
  default     = ["eu-west-1a", "eu-west-1b"]
  nullable    = false
}
