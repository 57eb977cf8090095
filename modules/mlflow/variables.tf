variable "artifact_bucket_name" {
  description = "Name of the bucket for the artifacts, in the server's region. Its default encryption applies to them."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.artifact_bucket_name))
    error_message = "artifact_bucket_name must be the name of a bucket; leave out s3://, and give the path as artifact_prefix."
  }
}

variable "name" {
  description = "Name of the tracking server. Changing it replaces the server, which deletes its experiments and runs."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,255}$", var.name))
    error_message = "name must be 1-256 letters, digits and inner hyphens; change it."
  }
}

variable "role_arn" {
  description = <<-EOT
    Role of the server, which reads and writes the artifacts: `execution-role` with the bucket in `buckets` and its key in
    `kms_keys`, and with `model_registration` for `automatic_model_registration`. Changing it replaces the server, which deletes
    its experiments and runs.
  EOT
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/.+$", var.role_arn))
    error_message = "role_arn must be the ARN of a role (arn:aws:iam::ACCOUNT:role/NAME); a bare name is not accepted."
  }
}

variable "artifact_prefix" {
  description = "Key prefix of the artifacts, without slashes at its ends. Null: the server's name. Existing experiments stay at the earlier prefix."
  type        = string
  default     = null

  validation {
    condition     = var.artifact_prefix == null || can(regex("^[A-Za-z0-9!_.'()-]+(/[A-Za-z0-9!_.'()-]+)*$", var.artifact_prefix))
    error_message = "artifact_prefix must be letters, digits and ! _ . ' ( ) - in parts divided by /; leave out slashes at the ends and the bucket."
  }
}

variable "automatic_model_registration" {
  description = "Register models of the MLflow registry in the SageMaker registry too. Once on, it cannot be turned off with Terraform; the apply prints the command that can."
  type        = bool
  default     = false
  nullable    = false
}

variable "mlflow_version" {
  description = <<-EOT
    MLflow version, major and minor, such as `3.0`. Null: AWS's newest when the server is created. Changing it replaces the server,
    which deletes its experiments and runs.
  EOT
  type        = string
  default     = null

  # The provider stores major and minor only, so that a patch version would replace the server in each plan.
  validation {
    condition     = var.mlflow_version == null || can(regex("^[0-9]+\\.[0-9]+$", var.mlflow_version))
    error_message = "mlflow_version must be a major and minor version such as 3.0; leave out the patch version, which would replace the server at each apply."
  }
}

variable "size" {
  description = "Size of the server: `Small` for up to 25 users, `Medium` for up to 50, `Large` for up to 100."
  type        = string
  default     = "Small"
  nullable    = false
}

variable "tags" {
  description = "Tags for the server."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "weekly_maintenance_window_start" {
  description = "Day and time of the weekly maintenance in UTC, such as `Tue:03:30`. The server is unavailable then. Null: chosen by AWS."
  type        = string
  default     = null

  validation {
    condition     = var.weekly_maintenance_window_start == null || can(regex("^(Mon|Tue|Wed|Thu|Fri|Sat|Sun):([01][0-9]|2[0-3]):[0-5][0-9]$", var.weekly_maintenance_window_start))
    error_message = "weekly_maintenance_window_start must be a day and a time of 24 hours in UTC, such as Tue:03:30; use Mon, Tue, Wed, Thu, Fri, Sat or Sun."
  }
}
