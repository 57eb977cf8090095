variable "account_id" {
  description = "Account of the environment, 12 digits. Passed in rather than looked up, so that a plan makes no AWS calls."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be 12 digits, such as 123456789012."
  }
}

variable "name" {
  description = "Name of the environment. The names of all roles and policies that the deployer may create start with it and a hyphen."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9_-]{1,40}$", var.name))
    error_message = "name must be 2 to 41 letters, digits, hyphens and underscores and start with a letter or digit: AWS allows 64 characters for the names of roles, which start with it."
  }
}

variable "apply_policies" {
  description = "IAM policy documents (JSON) of the role that applies. Each becomes a managed policy: at most 6,144 characters without white space, and at most 10."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.apply_policies) <= 10
    error_message = "apply_policies must have at most 10 policies, the number that AWS attaches to a role by default; use fewer, longer documents."
  }

  validation {
    condition     = alltrue([for policy in var.apply_policies : can(jsondecode(policy).Statement) && length(replace(policy, "/\\s/", "")) <= 6144])
    error_message = "apply_policies must be IAM policies as JSON of at most 6144 characters each without white space; split a longer one."
  }
}

variable "plan_policies" {
  description = "IAM policy documents (JSON) of the role that plans, for pull requests. With the same limits as `apply_policies`. Empty: no such role."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.plan_policies) <= 10
    error_message = "plan_policies must have at most 10 policies, the number that AWS attaches to a role by default; use fewer, longer documents."
  }

  validation {
    condition     = alltrue([for policy in var.plan_policies : can(jsondecode(policy).Statement) && length(replace(policy, "/\\s/", "")) <= 6144])
    error_message = "plan_policies must be IAM policies as JSON of at most 6144 characters each without white space; split a longer one."
  }
}

variable "repository" {
  description = "GitHub repository with the environments, as `OWNER/NAME`. Only its workflows may assume the roles."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+$", var.repository))
    error_message = "repository must be OWNER/NAME without wildcards, such as example-org/environments."
  }
}

variable "services" {
  description = "Prefixes of the IAM actions of the services that the environment uses, such as `s3`. The boundaries allow no other service."
  type        = set(string)
  nullable    = false

  validation {
    condition     = length(var.services) > 0 && alltrue([for service in var.services : can(regex("^[a-z0-9-]+$", service))])
    error_message = "services must be prefixes of IAM actions, such as s3 and sagemaker."
  }

  validation {
    condition     = length(setintersection(var.services, ["account", "iam", "identitystore", "organizations", "rolesanywhere", "sso", "sso-directory", "sts"])) == 0
    error_message = "services must not have account, iam, identitystore, organizations, rolesanywhere, sso, sso-directory or sts: they grant rights; the boundaries allow what a deployer needs of iam."
  }
}

variable "branch" {
  description = "Branch of the workflows that may apply. They may plan too."
  type        = string
  default     = "main"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9._/-]+$", var.branch))
    error_message = "branch must be the name of one branch without wildcards, such as main."
  }
}

variable "github_environment" {
  description = "GitHub environment that a job must name to apply. Its required reviewers approve before GitHub issues a token. Null: `name`."
  type        = string
  default     = null
  nullable    = true

  validation {
    condition     = var.github_environment == null || can(regex("^[A-Za-z0-9._-]+$", var.github_environment))
    error_message = "github_environment must be the name of one GitHub environment without wildcards or slashes, such as production."
  }
}

variable "max_session_duration_in_seconds" {
  description = "Longest session of the roles. A workflow that runs longer loses its access."
  type        = number
  default     = 3600
  nullable    = false

  validation {
    condition     = var.max_session_duration_in_seconds >= 3600 && var.max_session_duration_in_seconds <= 43200
    error_message = "max_session_duration_in_seconds must be between 3600 and 43200."
  }
}

variable "oidc_provider_arn" {
  description = "ARN of GitHub's OIDC provider in the account. An account can have only one. Null: the module creates it."
  type        = string
  default     = null
  nullable    = true

  validation {
    condition     = var.oidc_provider_arn == null || can(regex("^arn:[a-z-]+:iam::[0-9]{12}:oidc-provider/token\\.actions\\.githubusercontent\\.com$", var.oidc_provider_arn))
    error_message = "oidc_provider_arn must be arn:aws:iam::ACCOUNT:oidc-provider/token.actions.githubusercontent.com, or null to create it."
  }
}

variable "partition" {
  description = "AWS partition: `aws`, `aws-cn` or `aws-us-gov`."
  type        = string
  default     = "aws"
  nullable    = false

  validation {
    condition     = contains(["aws", "aws-cn", "aws-us-gov"], var.partition)
    error_message = "partition must be aws, aws-cn or aws-us-gov."
  }
}

variable "path" {
  description = "IAM path of the roles, policies and boundaries of all deployers of the account. A deployer cannot change anything below it."
  type        = string
  default     = "/deployer/"
  nullable    = false

  validation {
    condition     = can(regex("^/([A-Za-z0-9._-]+/)+$", var.path)) && length(var.path) <= 512
    error_message = "path must be at least one folder, start and end with a slash and be at most 512 characters, such as /deployer/."
  }
}

variable "state_bucket" {
  description = "Name of the bucket with the Terraform states. Deployers may only read and write its objects, and the roles that they create may not use it. Null: no such bucket."
  type        = string
  default     = null
  nullable    = true

  validation {
    condition     = var.state_bucket == null || can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.state_bucket))
    error_message = "state_bucket must be the name of a bucket, such as forecasting-develop-state-123456789012, or null."
  }
}

variable "tags" {
  description = "Tags for the roles, policies and OIDC provider."
  type        = map(string)
  default     = {}
  nullable    = false
}
