variable "artifact_bucket_name" {
  description = "Name of an existing bucket for the artifacts, such as one of `data-buckets`."
  type        = string
  nullable    = false
}

variable "artifact_kms_key_arn" {
  description = "ARN of the key that encrypts the bucket."
  type        = string
  nullable    = false
}

variable "mlflow_version" {
  description = "MLflow version, major and minor. Changing it replaces the server, which deletes its experiments and runs."
  type        = string
  default     = "3.0"
  nullable    = false
}

variable "name" {
  description = "Name of the tracking server and prefix of the role names."
  type        = string
  default     = "ml-experiments"
  nullable    = false
}

variable "region" {
  description = "Region to deploy to."
  type        = string
  default     = "eu-west-1"
  nullable    = false
}

variable "register_models" {
  description = "Register models of the MLflow registry in the SageMaker registry too."
  type        = bool
  default     = false
  nullable    = false
}

variable "size" {
  description = "Size of the server, billed by the hour: `Small`, `Medium` or `Large`."
  type        = string
  default     = "Small"
  nullable    = false
}

variable "tags" {
  description = "Tags for everything in the stack."
  type        = map(string)
  default     = { Project = "machine-learning" }
  nullable    = false
}
