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

variable "instance_type" {
  description = "Instance type, billed by the hour."
  type        = string
  default     = "ml.m5.large"
  nullable    = false
}

variable "log_retention_in_days" {
  description = "Days that logs of the containers are kept."
  type        = number
  default     = 365
  nullable    = false
}

variable "model_data_url" {
  description = "The model: an archive (`model.tar.gz`) of a Linear Learner training job, `s3://BUCKET/KEY`."
  type        = string
  nullable    = false
}

variable "model_kms_key_arns" {
  description = "Keys that the model is encrypted with, by a name of your own."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "name" {
  description = "Name of the endpoint; begins the names of everything around it."
  type        = string
  default     = "ml-provisioned"
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
