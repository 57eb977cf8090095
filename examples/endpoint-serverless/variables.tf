variable "log_retention_in_days" {
  description = "Days to retain container logs."
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
  description = "Keys that encrypt the model, keyed by a name you choose."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "name" {
  description = "Name of the endpoint and prefix of the other names."
  type        = string
  default     = "ml-serverless"
  nullable    = false
}

variable "provisioned_concurrency" {
  description = "Concurrent requests to keep warm capacity for, billed by the second. 0: none."
  type        = number
  default     = 0
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
