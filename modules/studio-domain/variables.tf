variable "account_id" {
  description = "Account that owns the domain, 12 digits. An input and not a lookup, so that a plan asks AWS nothing."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be 12 digits, such as 123456789012; quote it, so that leading zeros stay."
  }
}

variable "execution_role_arn" {
  description = "ARN of the role that users act as unless their profile names another, such as one of `execution-role` with `user_policy_arn` attached."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/[a-zA-Z_0-9+=,.@/-]+$", var.execution_role_arn))
    error_message = "execution_role_arn must be the ARN of an IAM role (arn:aws:iam::ACCOUNT:role/NAME); a name alone or another kind of ARN is not accepted."
  }
}

variable "kms_key_arn" {
  description = "ARN of the customer-managed key that encrypts the home file system and the volumes of spaces. Another key replaces the domain."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/.+$", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key (arn:aws:kms:REGION:ACCOUNT:key/ID); an alias can come to mean another key, so take the key behind it."
  }
}

variable "name" {
  description = "Name of the domain. Begins the names of lifecycle configurations and of the users' policy. Another name replaces the domain."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9](-*[a-zA-Z0-9])*$", var.name)) && length(var.name) <= 32
    error_message = "name must be 1-32 letters, digits and inner hyphens, so that names of lifecycle configurations can begin with it; shorten or respell it."
  }
}

variable "region" {
  description = "Region of the domain."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]+$", var.region))
    error_message = "region must be a region code such as eu-west-1; a zone (eu-west-1a) is not one."
  }
}

variable "security_group_ids" {
  description = "Security groups of every user's apps, such as one of `network`. Apps talk to each other and to the home file system over them: they need to let members reach members."
  type        = set(string)
  nullable    = false

  validation {
    condition     = length(var.security_group_ids) >= 1 && length(var.security_group_ids) <= 5
    error_message = "security_group_ids must name 1-5 groups, as many as SageMaker takes; without one it would use the VPC's default group."
  }

  validation {
    condition     = alltrue([for id in var.security_group_ids : can(regex("^sg-[0-9a-z]+$", id))])
    error_message = "security_group_ids must be ids such as sg-0123456789abcdef0; an ARN is not one."
  }
}

variable "subnet_ids" {
  description = "Private subnets of the domain, in two zones or more. Changing them replaces the domain, so name from the start all that it will need."
  type        = set(string)
  nullable    = false

  validation {
    condition     = length(var.subnet_ids) >= 1 && length(var.subnet_ids) <= 16
    error_message = "subnet_ids must name 1-16 subnets, as many as SageMaker takes; take two zones or more to survive the loss of one."
  }

  validation {
    condition     = alltrue([for id in var.subnet_ids : can(regex("^subnet-[0-9a-z]+$", id))])
    error_message = "subnet_ids must be ids such as subnet-0123456789abcdef0; an ARN is not one."
  }
}

variable "vpc_id" {
  description = "VPC of the domain. Another one replaces the domain."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^vpc-[0-9a-z]+$", var.vpc_id))
    error_message = "vpc_id must be an id such as vpc-0123456789abcdef0; an ARN is not one."
  }
}

variable "auth_mode" {
  description = "How users come in: `IAM` by a presigned address that IAM lets them make, `SSO` by IAM Identity Center, which has to be on in the same region. Changing it replaces the domain."
  type        = string
  default     = "IAM"
  nullable    = false

  validation {
    condition     = contains(["IAM", "SSO"], var.auth_mode)
    error_message = "auth_mode must be IAM or SSO; use SSO where IAM Identity Center is on in the region."
  }
}

variable "create_user_policy" {
  description = "Make the managed policy NAME-studio-user: what a user's role needs to work in a private space of its own. Attach it with `managed_policy_arns` of `execution-role`."
  type        = bool
  default     = true
  nullable    = false
}

variable "direct_internet_access" {
  description = "Insecure: let apps reach the internet past the VPC, where no security group, route or flow log of yours sees it. Only the home file system stays in the VPC."
  type        = bool
  default     = false
  nullable    = false
}

variable "hidden_app_types" {
  description = "Apps that Studio does not offer its users. By default those that idle shutdown does not stop. It hides, it forbids nothing: IAM does."
  type        = set(string)
  default     = ["Canvas", "JupyterServer", "RStudioServerPro"]
  nullable    = false

  validation {
    condition     = alltrue([for type in var.hidden_app_types : contains(["Canvas", "CodeEditor", "JupyterLab", "JupyterServer", "RStudioServerPro"], type)])
    error_message = "hidden_app_types must be of Canvas, CodeEditor, JupyterLab, JupyterServer and RStudioServerPro; use [] to offer all."
  }
}

variable "idle_shutdown" {
  description = <<-EOT
    JupyterLab and Code Editor stop when nobody uses them and no kernel runs: an app is billed by the hour until it stops.
    - `enabled`: whether at all.
    - `minutes`: how long an app is idle before it stops.
    - `user_minimum_minutes`, `user_maximum_minutes`: what users may set for their own spaces. Null: as `minutes`, so no choice.
  EOT
  type = object({
    enabled              = optional(bool, true)
    minutes              = optional(number, 120)
    user_minimum_minutes = optional(number)
    user_maximum_minutes = optional(number)
  })
  default  = {}
  nullable = false

  validation {
    condition = alltrue([
      for minutes in [
        var.idle_shutdown.minutes,
        coalesce(var.idle_shutdown.user_minimum_minutes, var.idle_shutdown.minutes),
        coalesce(var.idle_shutdown.user_maximum_minutes, var.idle_shutdown.minutes),
      ] : minutes >= 60 && minutes <= 525600 && floor(minutes) == minutes
    ])
    error_message = "idle_shutdown.minutes, user_minimum_minutes and user_maximum_minutes must be 60-525600, in whole minutes; SageMaker stops nothing sooner than after an hour."
  }

  validation {
    condition = (
      coalesce(var.idle_shutdown.user_minimum_minutes, var.idle_shutdown.minutes) <= var.idle_shutdown.minutes
      && var.idle_shutdown.minutes <= coalesce(var.idle_shutdown.user_maximum_minutes, var.idle_shutdown.minutes)
    )
    error_message = "idle_shutdown.minutes must lie between user_minimum_minutes and user_maximum_minutes; widen them, or leave them out to give users no choice."
  }
}

variable "lifecycle_scripts" {
  description = <<-EOT
    Shell scripts that run when an app of a user of this module starts, by a name of your own. A changed script is a new lifecycle
    configuration, which apps take at their next start.
    - `app_type`: `JupyterLab` or `CodeEditor`.
    - `script`: the text. It runs as the user, has 5 minutes, and an app does not start if it fails.
    - `default`: run it where a space chooses none. At most one for each kind of app.
  EOT
  type = map(object({
    app_type = string
    script   = string
    default  = optional(bool, false)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for key in keys(var.lifecycle_scripts) : can(regex("^[a-zA-Z0-9](-*[a-zA-Z0-9])*$", key)) && length(key) <= 20])
    error_message = "lifecycle_scripts must have keys of 1-20 letters, digits and inner hyphens; the key is part of the lifecycle configuration's name."
  }

  validation {
    condition     = alltrue([for one in values(var.lifecycle_scripts) : contains(["JupyterLab", "CodeEditor"], one.app_type)])
    error_message = "lifecycle_scripts[*].app_type must be JupyterLab or CodeEditor; give a script for both kinds twice."
  }

  validation {
    condition     = alltrue([for one in values(var.lifecycle_scripts) : length(one.script) > 0 && length(base64encode(one.script)) <= 16384])
    error_message = "lifecycle_scripts[*].script must have 1-12288 bytes (16384 in base64); let the script fetch what is larger."
  }

  validation {
    condition = alltrue([
      for type in ["JupyterLab", "CodeEditor"] :
      length([for one in values(var.lifecycle_scripts) : one if one.app_type == type && one.default]) <= 1
    ])
    error_message = "lifecycle_scripts[*].default must be true for at most one script of each app_type; users can choose the others."
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

variable "propagate_tags" {
  description = "Put the tags of domain and user profiles on the spaces and apps that users make, so that their costs can be told apart."
  type        = bool
  default     = true
  nullable    = false
}

variable "retain_home_file_system" {
  description = "Keep the home file system (EFS) when the domain is destroyed: it is then nobody's, billed by the GB, and holds subnets and VPC. Off, users' home folders are deleted with the domain. Decide before the domain is made, see Limits."
  type        = bool
  default     = true
  nullable    = false
}

variable "space_storage" {
  description = <<-EOT
    Volumes of spaces, in GB. They are billed until their space is deleted, whether an app runs or not.
    - `default_gb`: what a space gets that asks for nothing.
    - `maximum_gb`: what a user may ask for.
  EOT
  type = object({
    default_gb = optional(number, 5)
    maximum_gb = optional(number, 100)
  })
  default  = {}
  nullable = false

  validation {
    condition = alltrue([
      for size in [var.space_storage.default_gb, var.space_storage.maximum_gb] : size >= 5 && size <= 16384 && floor(size) == size
    ])
    error_message = "space_storage.default_gb and maximum_gb must be 5-16384, in whole GB; use 5 to keep volumes small."
  }

  validation {
    condition     = var.space_storage.default_gb <= var.space_storage.maximum_gb
    error_message = "space_storage.default_gb must be at most space_storage.maximum_gb; raise the maximum."
  }
}

variable "tags" {
  description = "Tags of the domain, user profiles, lifecycle configurations and policy."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "user_profiles" {
  description = <<-EOT
    Users by the name of their profile.
    - `execution_role_arn`: the role that this user acts as. Null: the domain's.
    - `idle_minutes`: minutes after which this user's idle apps stop. Null: as `idle_shutdown` says; not beyond what that lets users set.
    - `security_group_ids`: groups of this user's apps in place of the domain's. Empty: the domain's.
    - `sso_user_name`: with `auth_mode = "SSO"`, and only then, the user's name in IAM Identity Center. Another one replaces the profile.
    - `tags`: tags besides `tags`.
  EOT
  type = map(object({
    execution_role_arn = optional(string)
    idle_minutes       = optional(number)
    security_group_ids = optional(set(string), [])
    sso_user_name      = optional(string)
    tags               = optional(map(string), {})
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.user_profiles) : can(regex("^[a-zA-Z0-9](-*[a-zA-Z0-9])*$", name)) && length(name) <= 63])
    error_message = "user_profiles must have names of 1-63 letters, digits and inner hyphens; write ada-lovelace, not ada.lovelace or an address."
  }

  validation {
    condition = alltrue([
      for profile in values(var.user_profiles) :
      profile.execution_role_arn == null ? true : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/[a-zA-Z_0-9+=,.@/-]+$", profile.execution_role_arn))
    ])
    error_message = "user_profiles[*].execution_role_arn must be the ARN of an IAM role (arn:aws:iam::ACCOUNT:role/NAME); leave it out to use the domain's."
  }

  validation {
    condition = alltrue([
      for profile in values(var.user_profiles) : profile.idle_minutes == null ? true : (
        floor(profile.idle_minutes) == profile.idle_minutes
        && profile.idle_minutes >= coalesce(var.idle_shutdown.user_minimum_minutes, var.idle_shutdown.minutes)
        && profile.idle_minutes <= coalesce(var.idle_shutdown.user_maximum_minutes, var.idle_shutdown.minutes)
      )
    ])
    error_message = "user_profiles[*].idle_minutes must be whole minutes between idle_shutdown.user_minimum_minutes and user_maximum_minutes; widen those first."
  }

  validation {
    condition = alltrue(flatten([for profile in values(var.user_profiles) : [
      length(profile.security_group_ids) <= 5,
      [for id in profile.security_group_ids : can(regex("^sg-[0-9a-z]+$", id))],
    ]]))
    error_message = "user_profiles[*].security_group_ids must be at most 5 ids such as sg-0123456789abcdef0; leave it out to use the domain's."
  }

  validation {
    condition     = alltrue([for profile in values(var.user_profiles) : (profile.sso_user_name != null) == (var.auth_mode == "SSO")])
    error_message = "user_profiles[*].sso_user_name must be given where auth_mode is SSO, and nowhere else; add it, or remove it."
  }
}
