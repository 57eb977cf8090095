variable "account_id" {
  description = "Account that owns the key, 12 digits. An input and not a lookup, so that a plan asks AWS nothing."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be 12 digits, such as 123456789012; quote it, so that leading zeros stay."
  }
}

variable "name" {
  description = "Name of the key's alias, without `alias/`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9/_-]{1,250}$", var.name)) && !startswith(var.name, "alias/")
    error_message = "name must be 1-250 letters, digits, slashes, underscores and hyphens; leave out \"alias/\", it is added."
  }

  validation {
    condition     = !startswith(lower(var.name), "aws/")
    error_message = "name must not start with aws/, which AWS reserves for its own keys; choose another prefix."
  }
}

variable "region" {
  description = "Region that the key lives in. It names the services that the key policy lets in."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]+$", var.region))
    error_message = "region must be a region code such as eu-west-1; a zone (eu-west-1a) is not one."
  }
}

variable "administrators" {
  description = "ARNs of roles and users that may administer the key but not encrypt or decrypt with it. The account's root is an administrator in any case: without it a key can become one that nobody can change."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.administrators : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:(role|user)/.+$", arn))])
    error_message = "administrators must be ARNs of IAM roles or users, such as arn:aws:iam::123456789012:role/key-admin; the account's root is an administrator already."
  }
}

variable "deletion_window_in_days" {
  description = "Days between the destruction of this module and the loss of the key, in which it can be brought back."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.deletion_window_in_days >= 7 && var.deletion_window_in_days <= 30 && floor(var.deletion_window_in_days) == var.deletion_window_in_days
    error_message = "deletion_window_in_days must be 7-30, in whole days; use 7 for stacks that come and go."
  }
}

variable "description" {
  description = "What the key is for, as the console shows it."
  type        = string
  default     = "Encrypts the data of the machine-learning pipeline"
  nullable    = false
}

variable "event_topic_names" {
  description = "SNS topics of this account and region, encrypted with the key, that EventBridge rules publish to. EventBridge sends no source account with it, so that an entry in `service_access` would let nothing through."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for name in var.event_topic_names : can(regex("^[A-Za-z0-9_-]{1,256}$", name))])
    error_message = "event_topic_names must be 1-256 letters, digits, underscores and hyphens each; give names, not ARNs, of standard topics."
  }
}

variable "log_group_prefixes" {
  description = "CloudWatch Logs of this region may use the key for log groups of this account whose names start so. Empty: for none."
  type        = set(string)
  default     = ["/aws/sagemaker/"]
  nullable    = false

  validation {
    condition     = alltrue([for prefix in var.log_group_prefixes : can(regex("^[A-Za-z0-9_/.#-]{1,512}$", prefix))])
    error_message = "log_group_prefixes must be 1-512 letters, digits and _ / . # - each, such as /aws/sagemaker/; leave out the *, it is added."
  }
}

variable "partition" {
  description = "AWS partition: `aws`, `aws-cn` or `aws-us-gov`."
  type        = string
  default     = "aws"
  nullable    = false

  validation {
    condition     = contains(["aws", "aws-cn", "aws-us-gov"], var.partition)
    error_message = "partition must be aws, aws-cn or aws-us-gov; use aws outside China and GovCloud."
  }
}

variable "principal_access" {
  description = <<-EOT
    Roles, users and accounts that the key policy itself lets use the key, by a name of your own. Roles of this account do not need
    an entry: root administration lets their own policies do it (the `execution-role` module does). Other accounts do.
    - `principals`: ARNs of roles or users, or `arn:aws:iam::ACCOUNT:root` for what that account's own policies allow.
    - `access`: `use` to encrypt and decrypt, `decrypt` to read only.
    - `via_services`: only through these services of the key's region, such as `["s3"]`. Empty: any way.
    - `allow_grants`: may also create grants for AWS resources, as volumes of notebooks and jobs need.
  EOT
  type = map(object({
    principals   = set(string)
    access       = optional(string, "use")
    allow_grants = optional(bool, false)
    via_services = optional(set(string), [])
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for entry in values(var.principal_access) : contains(["use", "decrypt"], entry.access)])
    error_message = "principal_access[*].access must be use or decrypt; use decrypt for readers."
  }

  validation {
    condition = alltrue(flatten([for entry in values(var.principal_access) : [
      for arn in entry.principals : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:(root|(role|user)/[^*]+)$", arn))
    ]]))
    error_message = "principal_access[*].principals must be ARNs of IAM roles, users or account roots, such as arn:aws:iam::123456789012:root; a wildcard is not accepted, name each account."
  }

  validation {
    condition     = alltrue([for entry in values(var.principal_access) : length(entry.principals) > 0])
    error_message = "principal_access[*].principals must name at least one ARN; remove the entry to give nobody access."
  }

  validation {
    condition = alltrue(flatten([for entry in values(var.principal_access) : [
      for service in entry.via_services : can(regex("^[a-z0-9-]+$", service))
    ]]))
    error_message = "principal_access[*].via_services must be service names such as s3 or sagemaker; leave out the region and amazonaws.com, they are added."
  }
}

variable "rotation_period_in_days" {
  description = "Days between two rotations of the key material. Rotation is always on; old material stays for decryption."
  type        = number
  default     = 365
  nullable    = false

  validation {
    condition     = var.rotation_period_in_days >= 90 && var.rotation_period_in_days <= 2560 && floor(var.rotation_period_in_days) == var.rotation_period_in_days
    error_message = "rotation_period_in_days must be 90-2560, in whole days; use 365 for once a year."
  }
}

variable "service_access" {
  description = <<-EOT
    AWS services that may use the key as themselves and on behalf of this account only (`aws:SourceAccount`), by a name of your own.
    CloudWatch Logs has its own input, `log_group_prefixes`; SageMaker needs no entry, it uses the role that it is given.
    - `principal`: service principal, such as `s3.amazonaws.com`.
    - `access`: `use` to encrypt and decrypt, `decrypt` to read only.
    - `source_arns`: only for these resources (`aws:SourceArn`; `*` and `?` are wildcards). Empty: any of this account.
  EOT
  type = map(object({
    principal   = string
    access      = optional(string, "use")
    source_arns = optional(set(string), [])
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for entry in values(var.service_access) : contains(["use", "decrypt"], entry.access)])
    error_message = "service_access[*].access must be use or decrypt; use decrypt for services that only read."
  }

  validation {
    condition     = alltrue([for entry in values(var.service_access) : can(regex("^[a-z0-9.-]+\\.amazonaws\\.com(\\.cn)?$", entry.principal))])
    error_message = "service_access[*].principal must be a service principal such as s3.amazonaws.com; for roles and accounts use principal_access."
  }

  validation {
    condition     = alltrue([for entry in values(var.service_access) : !startswith(entry.principal, "logs.")])
    error_message = "service_access[*].principal must not be CloudWatch Logs, which sends no source account; use log_group_prefixes."
  }
}

variable "tags" {
  description = "Tags of the key."
  type        = map(string)
  default     = {}
  nullable    = false
}
