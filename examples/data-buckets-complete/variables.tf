variable "copy_region" {
  description = "Region of the copies."
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

variable "model_readers" {
  description = "ARNs of roles of other accounts that may read approved models, by a name of your own."
  type        = map(string)
  default     = { production = "arn:aws:iam::210987654321:role/deployment" }
  nullable    = false
}

variable "name" {
  description = "Begins the names of everything in the stack."
  type        = string
  default     = "ml-data"
  nullable    = false
}

variable "noncurrent_expiration_days" {
  description = "Days after which what was overwritten or deleted is gone for good, but for the three newest versions."
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
  description = "Tags of everything in the stack."
  type        = map(string)
  default     = { Project = "machine-learning" }
  nullable    = false
}
