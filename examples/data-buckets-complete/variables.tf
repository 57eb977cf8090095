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

variable "model_readers" {
  description = "ARNs of roles of other accounts that may read approved models, keyed by a name you choose."
  type        = map(string)
  default     = { production = "arn:aws:iam::210987654321:role/deployment" }
  nullable    = false
}

variable "name" {
  description = "Prefix of all names in the stack."
  type        = string
  default     = "ml-data"
  nullable    = false
}

variable "noncurrent_expiration_days" {
  description = "Days after which noncurrent versions are deleted, except the three newest."
  type        = number
  default     = 90
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
