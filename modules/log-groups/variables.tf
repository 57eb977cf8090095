variable "kms_key_arn" {
  description = "ARN of the customer-managed key that encrypts the groups. Its policy must allow CloudWatch Logs of the region, as `encryption-key` does."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/.+$", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key (arn:aws:kms:REGION:ACCOUNT:key/ID); CloudWatch Logs accepts no alias and no bare ID."
  }
}

variable "endpoint_names" {
  description = "SageMaker endpoints to create `/aws/sagemaker/Endpoints/NAME` for. Only for endpoints that are not created by this repository's modules."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for name in var.endpoint_names : can(regex("^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$", name))])
    error_message = "endpoint_names must be 1-63 letters, digits and inner hyphens each, as in SageMaker endpoint names; leave out /aws/sagemaker/Endpoints/, it is added."
  }
}

variable "retention_in_days" {
  description = "Days to retain log events. 0 retains them indefinitely."
  type        = number
  default     = 365
  nullable    = false

  validation {
    condition = contains(
      [0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
      var.retention_in_days,
    )
    error_message = "retention_in_days must be one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653; use 0 to retain events indefinitely."
  }
}

variable "shared_groups" {
  description = "Shared log groups of the account and region to create. Each can have one owner: list only those that no other stack owns."
  type        = set(string)
  default     = ["NotebookInstances", "ProcessingJobs", "TrainingJobs", "TransformJobs"]
  nullable    = false

  validation {
    condition = alltrue([
      for name in var.shared_groups : contains(["NotebookInstances", "ProcessingJobs", "TrainingJobs", "TransformJobs"], name)
    ])
    error_message = "shared_groups must be any of NotebookInstances, ProcessingJobs, TrainingJobs and TransformJobs; for an endpoint's group use endpoint_names."
  }
}

variable "skip_destroy" {
  description = "Keep the groups and their events in AWS when they are removed from Terraform's state. Import them to manage them again."
  type        = bool
  default     = false
  nullable    = false
}

variable "tags" {
  description = "Tags for every log group."
  type        = map(string)
  default     = {}
  nullable    = false
}
