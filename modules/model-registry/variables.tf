variable "account_id" {
  description = "Account that owns the registry, 12 digits. Passed in rather than looked up, so that a plan makes no AWS calls."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be 12 digits, such as 123456789012; quote it to keep leading zeros."
  }
}

variable "name" {
  description = "Name of the model package group and prefix of the ECR repository names. Changing it replaces them all."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9](-?[a-z0-9])*$", var.name)) && length(var.name) <= 63
    error_message = "name must be 1-63 lower-case letters, digits and single inner hyphens, as in ECR repository names and ARNs; change it."
  }
}

variable "region" {
  description = "Region of the registry. SageMaker deploys model packages in the group's region only."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]+$", var.region))
    error_message = "region must be a region code such as eu-west-1; an availability zone (eu-west-1a) is not accepted."
  }
}

variable "artifacts" {
  description = <<-EOT
    Locations of the model artifacts, keyed by a name you choose. This module does not change the buckets and keys; it outputs the
    policies that they need (`bucket_policy_json`, `key_policy_json`, `consumer_policy_json`).
    - `bucket_arn`: ARN of the bucket.
    - `prefixes`: only object keys with these prefixes. Empty: the whole bucket.
    - `kms_key_arn`: ARN of the customer-managed key that encrypts the models. No other account can use the AWS managed key
      (`aws/s3`).
  EOT
  type = map(object({
    bucket_arn  = string
    prefixes    = optional(set(string), [])
    kms_key_arn = string
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for one in values(var.artifacts) : can(regex("^arn:[a-z-]+:s3:::[a-z0-9][a-z0-9.-]+$", one.bucket_arn))])
    error_message = "artifacts[*].bucket_arn must be the ARN of one bucket (arn:aws:s3:::NAME); leave out wildcards, and give paths as prefixes."
  }

  validation {
    condition     = alltrue(flatten([for one in values(var.artifacts) : [for prefix in one.prefixes : can(regex("^[^*?/][^*?]*$", prefix))]]))
    error_message = "artifacts[*].prefixes must not be empty, begin with a slash or contain * and ?; use models/, and leave prefixes out for the whole bucket."
  }

  validation {
    condition     = alltrue([for one in values(var.artifacts) : can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[^*]+$", one.kms_key_arn))])
    error_message = "artifacts[*].kms_key_arn must be the ARN of one key (arn:aws:kms:REGION:ACCOUNT:key/ID); IAM does not accept aliases here."
  }
}

variable "consumers" {
  description = <<-EOT
    Other accounts that may use the group, keyed by a name you choose. All may view the group and its versions.
    - `account_id`: the account, 12 digits.
    - `role_arns`: only these roles of the account, keyed by a name you choose. Empty: the account's own policies decide. Apply
      again after a role is deleted and recreated: AWS treats it as a different role.
    - `deploy`: create models from versions, pull their images and read their artifacts.
    - `approve`: approve and reject versions.
    - `register`: add versions, pending approval. Who may register may not approve.
  EOT
  type = map(object({
    account_id = string
    role_arns  = optional(map(string), {})
    deploy     = optional(bool, true)
    approve    = optional(bool, false)
    register   = optional(bool, false)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for one in values(var.consumers) : can(regex("^[0-9]{12}$", one.account_id))])
    error_message = "consumers[*].account_id must be 12 digits, such as 123456789012; quote it to keep leading zeros."
  }

  validation {
    condition     = alltrue([for one in values(var.consumers) : one.account_id != var.account_id])
    error_message = "consumers[*].account_id must be another account; roles of account_id need no entry, their own policies allow access."
  }

  validation {
    condition = alltrue(flatten([for one in values(var.consumers) : [
      for arn in values(one.role_arns) : can(regex("^arn:aws[a-z-]*:iam::${one.account_id}:role/[a-zA-Z_0-9+=,.@/-]+$", arn))
    ]]))
    error_message = "consumers[*].role_arns must be ARNs of roles of the same entry's account_id (arn:aws:iam::ACCOUNT:role/NAME); wildcards are not accepted."
  }

  # Without role_arns, an entry is for every role of its account.
  validation {
    condition = alltrue(flatten([for registering in values(var.consumers) : [
      for approving in values(var.consumers) : (
        registering.account_id != approving.account_id
        || length(registering.role_arns) > 0 && length(approving.role_arns) > 0
        && length(setintersection(values(registering.role_arns), values(approving.role_arns))) == 0
      ) if approving.approve
    ] if registering.register]))
    error_message = "consumers[*] must not let the same role register and approve versions; use an entry for each, with different role_arns where they are in one account."
  }
}

variable "description" {
  description = "Description of the group in the console. Changing it replaces the group, which AWS rejects while the group has versions."
  type        = string
  default     = "Versions of a model, and which of them may be deployed"
  nullable    = false

  validation {
    condition     = length(var.description) <= 1024
    error_message = "description must have at most 1024 characters; shorten it."
  }
}

variable "kms_key_arn" {
  description = "ARN of the customer-managed key that encrypts the ECR repositories. Required with `repositories`. Changing it replaces them."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null ? true : can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/.+$", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key (arn:aws:kms:REGION:ACCOUNT:key/ID); an alias can be moved to another key, so use the key behind it."
  }

  validation {
    condition     = length(var.repositories) == 0 || var.kms_key_arn != null
    error_message = "kms_key_arn must be set where repositories are created; use the key of encryption-key."
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

variable "repositories" {
  description = <<-EOT
    ECR repositories for the serving images, by key; each is named NAME/KEY. Tags are immutable, and images are scanned on push.
    Consumers that may deploy may pull.
    - `kept_images`: number of newest images to keep. 0 keeps all. A version whose image was deleted cannot be deployed.
    - `untagged_days`: days after which untagged images are deleted. 0 keeps them.
    - `force_delete`: delete the repository and the images in it.
  EOT
  type = map(object({
    force_delete  = optional(bool, false)
    kept_images   = optional(number, 0)
    untagged_days = optional(number, 14)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for key in keys(var.repositories) : can(regex("^[a-z0-9]([._-]?[a-z0-9])*$", key)) && length(key) <= 128])
    error_message = "repositories must have keys of 1-128 lower-case letters, digits and single inner dots, underscores and hyphens; the key is part of the repository's name."
  }

  validation {
    condition = alltrue(flatten([for one in values(var.repositories) : [
      for number in [one.kept_images, one.untagged_days] : number >= 0 && floor(number) == number
    ]]))
    error_message = "repositories[*].kept_images and untagged_days must be whole numbers of 0 or more; use 0 to keep all."
  }
}

variable "tags" {
  description = "Tags for the group and the ECR repositories."
  type        = map(string)
  default     = {}
  nullable    = false
}
