variable "account_id" {
  description = "Account that owns the registry, 12 digits. An input and not a lookup, so that a plan asks AWS nothing."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be 12 digits, such as 123456789012; quote it, so that leading zeros stay."
  }
}

variable "name" {
  description = "Name of the model package group. Begins the names of the container repositories. Another name replaces them all."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9](-?[a-z0-9])*$", var.name)) && length(var.name) <= 63
    error_message = "name must be 1-63 lower-case letters, digits and single inner hyphens: container repositories and ARNs are written so; respell it."
  }
}

variable "region" {
  description = "Region of the registry. SageMaker deploys a model package from a group of its own region only."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]+$", var.region))
    error_message = "region must be a region code such as eu-west-1; a zone (eu-west-1a) is not one."
  }
}

variable "artifacts" {
  description = <<-EOT
    Where the models of the group lie, by a name of your own. Bucket and key are their owners': what this module says of them comes out
    as policies (`bucket_policy_json`, `key_policy_json`, `consumer_policy_json`).
    - `bucket_arn`: ARN of the bucket.
    - `prefixes`: only keys that begin so. Empty: the whole bucket.
    - `kms_key_arn`: ARN of the customer-managed key that encrypts the models. AWS's own key (`aws/s3`) no other account can use.
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
    error_message = "artifacts[*].prefixes must not be empty, begin with a slash or hold * and ?; write models/, and leave prefixes out for the whole bucket."
  }

  validation {
    condition     = alltrue([for one in values(var.artifacts) : can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[^*]+$", one.kms_key_arn))])
    error_message = "artifacts[*].kms_key_arn must be the ARN of one key (arn:aws:kms:REGION:ACCOUNT:key/ID); IAM does not accept aliases here."
  }
}

variable "consumers" {
  description = <<-EOT
    Other accounts that may use the group, by a name of your own. All may look at it and at its versions.
    - `account_id`: the account, 12 digits.
    - `role_arns`: only these roles of it, by a name of your own. Empty: whoever that account's own policies let. A role that is deleted and made again is
      another one to AWS: apply again.
    - `deploy`: make models from versions, pull their images, and read their artifacts.
    - `approve`: change a version, its approval above all.
    - `register`: add versions.
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
    error_message = "consumers[*].account_id must be 12 digits, such as 123456789012; quote it, so that leading zeros stay."
  }

  validation {
    condition     = alltrue([for one in values(var.consumers) : one.account_id != var.account_id])
    error_message = "consumers[*].account_id must be another account; roles of account_id need no entry, their own policies let them in."
  }

  validation {
    condition = alltrue(flatten([for one in values(var.consumers) : [
      for arn in values(one.role_arns) : can(regex("^arn:aws[a-z-]*:iam::${one.account_id}:role/[a-zA-Z_0-9+=,.@/-]+$", arn))
    ]]))
    error_message = "consumers[*].role_arns must be ARNs of roles of the same entry's account_id (arn:aws:iam::ACCOUNT:role/NAME); wildcards are not accepted."
  }
}

variable "description" {
  description = "What the group holds, as the console shows it. Another one replaces the group, which AWS refuses while it holds versions."
  type        = string
  default     = "Versions of a model, and which of them may be deployed"
  nullable    = false

  validation {
    condition     = length(var.description) <= 1024
    error_message = "description must have at most 1024 characters; shorten it."
  }
}

variable "kms_key_arn" {
  description = "ARN of the customer-managed key that encrypts the container repositories; needed for those only. Another key replaces them."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null ? true : can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/.+$", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key (arn:aws:kms:REGION:ACCOUNT:key/ID); an alias can come to mean another key, so take the key behind it."
  }

  validation {
    condition     = length(var.repositories) == 0 || var.kms_key_arn != null
    error_message = "kms_key_arn must be given where repositories are made; take the one of encryption-key."
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
    Container repositories for the images that serve the models, by key; each is called NAME/KEY. Tags in them cannot be moved, and each
    image is scanned when it is pushed. Consumers that may deploy may pull.
    - `kept_images`: how many images to keep, the newest. 0 keeps all: a version of the group that names a lost image cannot be deployed.
    - `untagged_days`: days after which images without a tag are deleted. 0 keeps them.
    - `force_delete`: delete the repository even with images in it.
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
  description = "Tags of the group and of the container repositories."
  type        = map(string)
  default     = {}
  nullable    = false
}
