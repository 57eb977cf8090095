variable "account_id" {
  description = "Account that owns the key, 12 digits. Passed in rather than looked up, so that a plan makes no AWS calls."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be 12 digits, such as 123456789012; quote it to keep leading zeros."
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
  description = "Region of the key. Used in the service names of the key policy."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]+$", var.region))
    error_message = "region must be a region code such as eu-west-1; an availability zone (eu-west-1a) is not accepted."
  }
}

variable "administrators" {
  description = "ARNs of roles and users that may administer the key and its aliases, but not encrypt or decrypt with it unless they change the key policy, which they may. The account root is always an administrator, because without it the key could become unmanageable."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.administrators : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:(role|user)/.+$", arn))])
    error_message = "administrators must be ARNs of IAM roles or users, such as arn:aws:iam::123456789012:role/key-admin; the account root is always an administrator."
  }
}

variable "deletion_window_in_days" {
  description = "Waiting period before the key is deleted when the module is destroyed. The deletion can be cancelled until then."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.deletion_window_in_days >= 7 && var.deletion_window_in_days <= 30 && floor(var.deletion_window_in_days) == var.deletion_window_in_days
    error_message = "deletion_window_in_days must be 7-30, in whole days; use 7 for short-lived stacks."
  }
}

variable "description" {
  description = "Description of the key in the console."
  type        = string
  default     = "Encrypts the data of the machine-learning pipeline"
  nullable    = false
}

variable "event_topic_names" {
  description = "SNS topics of this account and region, encrypted with the key, that EventBridge rules publish to. An entry in `service_access` would not work, because EventBridge sends no source account."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for name in var.event_topic_names : can(regex("^[A-Za-z0-9_-]{1,256}$", name))])
    error_message = "event_topic_names must be 1-256 letters, digits, underscores and hyphens each; use names of standard topics, not ARNs."
  }
}

variable "log_group_prefixes" {
  description = "Log group name prefixes for which CloudWatch Logs of this account and region may use the key. Empty: none."
  type        = set(string)
  default     = ["/aws/sagemaker/"]
  nullable    = false

  validation {
    condition     = alltrue([for prefix in var.log_group_prefixes : can(regex("^[A-Za-z0-9_/.#-]{1,512}$", prefix))])
    error_message = "log_group_prefixes must be 1-512 letters, digits and _ / . # - each, such as /aws/sagemaker/; leave out the trailing *, it is added."
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
    Roles, users and accounts that the key policy allows to use the key, keyed by a name you choose. Mainly for other accounts:
    roles of this account can be allowed by their own policies, as `execution-role` does.
    - `principals`: ARNs of roles or users. `arn:aws:iam::ACCOUNT:root` delegates to that account's policies.
    - `access`: `use` to encrypt and decrypt, `decrypt` to only decrypt.
    - `via_services`: only through these services of the key's region, such as `["s3"]`. Empty: no restriction.
    - `allow_grants`: also allow grants for AWS resources, which volumes of notebooks and jobs need.
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
    error_message = "principal_access[*].principals must be ARNs of IAM roles, users or account roots, such as arn:aws:iam::123456789012:root; wildcards are not accepted, list each account."
  }

  validation {
    condition     = alltrue([for entry in values(var.principal_access) : length(entry.principals) > 0])
    error_message = "principal_access[*].principals must have at least one ARN; remove the entry to deny access."
  }

  validation {
    condition = alltrue(flatten([for entry in values(var.principal_access) : [
      for service in entry.via_services : can(regex("^[a-z0-9-]+$", service))
    ]]))
    error_message = "principal_access[*].via_services must be service names such as s3 or sagemaker; leave out the region and amazonaws.com, they are added."
  }
}

variable "rotation_period_in_days" {
  description = "Days between automatic rotations of the key material. Rotation is always on; previous key material is kept for decryption."
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
    AWS service principals that may use the key on behalf of this account (`aws:SourceAccount`), keyed by a name you choose. For
    CloudWatch Logs use `log_group_prefixes`. SageMaker needs no entry: it uses the notebook's or job's role.
    - `principal`: service principal, such as `s3.amazonaws.com`.
    - `access`: `use` to encrypt and decrypt with data keys (`kms:GenerateDataKey*`, `kms:Decrypt`), `decrypt` to only decrypt.
    - `additional_actions`: for services that AWS documents more for: `kms:DescribeKey`, `kms:Encrypt`, `kms:ReEncryptFrom` or
      `kms:ReEncryptTo`. CloudTrail, for example, describes the key.
    - `source_arns`: only for these resources (`aws:SourceArn`; `*` and `?` are wildcards). Empty: any resource of this account.
  EOT
  type = map(object({
    principal          = string
    access             = optional(string, "use")
    additional_actions = optional(set(string), [])
    source_arns        = optional(set(string), [])
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for entry in values(var.service_access) : contains(["use", "decrypt"], entry.access)])
    error_message = "service_access[*].access must be use or decrypt; use decrypt for services that only read."
  }

  validation {
    condition = alltrue(flatten([
      for entry in values(var.service_access) : [
        for action in entry.additional_actions : contains(["kms:DescribeKey", "kms:Encrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo"], action)
      ]
    ]))
    error_message = "service_access[*].additional_actions must be kms:DescribeKey, kms:Encrypt, kms:ReEncryptFrom or kms:ReEncryptTo; services do not administer the key."
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
  description = "Tags for the key."
  type        = map(string)
  default     = {}
  nullable    = false
}
