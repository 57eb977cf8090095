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

variable "other_groups" {
  description = "Other log groups below `/aws/sagemaker/` to create, such as `InferenceComponents/NAME` and `Clusters/NAME/ID`. SageMaker creates a group that does not exist, without a key and without a retention."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for name in var.other_groups : can(regex("^[a-zA-Z0-9_.#-]+(/[a-zA-Z0-9_.#-]+)*$", name)) && length(name) <= 497])
    error_message = "other_groups must be names of at most 497 letters, digits and _ . # - in parts divided by /; leave out /aws/sagemaker/, it is added."
  }

  validation {
    condition     = length(setintersection(var.other_groups, setunion(var.shared_groups, [for name in var.endpoint_names : "Endpoints/${name}"]))) == 0
    error_message = "other_groups must not repeat a group of shared_groups or endpoint_names; list each group once."
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
  description = <<-EOT
    Shared log groups of the account and region to create. Each can have one owner: list only those that no other stack owns.
    `studio` is that of Studio's apps and lifecycle scripts. AWS lists the groups in
    https://docs.aws.amazon.com/sagemaker/latest/dg/logging-cloudwatch.html.
  EOT
  type        = set(string)
  default     = ["NotebookInstances", "ProcessingJobs", "TrainingJobs", "TransformJobs"]
  nullable    = false

  validation {
    condition = alltrue([
      for name in var.shared_groups : contains([
        "CompilationJobs",
        "InferenceRecommendationsJobs",
        "LabelingJobs",
        "NotebookInstances",
        "ProcessingJobs",
        "TrainingJobs",
        "TransformJobs",
        "groundtruth/WorkerActivity",
        "studio",
      ], name)
    ])
    error_message = "shared_groups must be any of CompilationJobs, InferenceRecommendationsJobs, LabelingJobs, NotebookInstances, ProcessingJobs, TrainingJobs, TransformJobs, groundtruth/WorkerActivity and studio; for an endpoint's group use endpoint_names, for others other_groups."
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
