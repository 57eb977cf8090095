variable "baseline_s3_uri" {
  description = "Folder with the `constraints.json` and `statistics.json` of a baselining job, `s3://BUCKET/PATH` without a slash at its end. Null: captured requests are not monitored."
  type        = string
  default     = null
}

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

variable "instance_type" {
  description = "Instance type, billed by the hour."
  type        = string
  default     = "ml.m5.large"
  nullable    = false
}

variable "log_retention_in_days" {
  description = "Days to retain container logs."
  type        = number
  default     = 365
  nullable    = false
}

variable "max_drift" {
  description = "Greatest distance from the baseline that is not an alarm, from 0 to 1, by feature. Needs `baseline_s3_uri`."
  type        = map(number)
  default     = {}
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
  description = "Tags for everything in the stack."
  type        = map(string)
  default     = { Project = "machine-learning" }
  nullable    = false
}
