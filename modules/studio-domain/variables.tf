variable "account_id" {
  description = "Account that owns the domain, 12 digits. Passed in rather than looked up, so that a plan makes no AWS calls."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be 12 digits, such as 123456789012; quote it to keep leading zeros."
  }
}

variable "execution_role_arn" {
  description = "ARN of the default execution role of the users, such as one from `execution-role` with `user_policy_arn` attached. Profiles can override it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/[a-zA-Z_0-9+=,.@/-]+$", var.execution_role_arn))
    error_message = "execution_role_arn must be the ARN of an IAM role (arn:aws:iam::ACCOUNT:role/NAME); a name or another kind of ARN is not accepted."
  }
}

variable "kms_key_arn" {
  description = "ARN of the customer-managed key that encrypts the home file system and the volumes of spaces. Changing it replaces the domain."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/.+$", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key (arn:aws:kms:REGION:ACCOUNT:key/ID); an alias can be moved to another key, so use the key behind it."
  }
}

variable "name" {
  description = "Name of the domain, and prefix of the names of lifecycle configurations and the user policy. Changing it replaces the domain."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9](-*[a-zA-Z0-9])*$", var.name)) && length(var.name) <= 32
    error_message = "name must be 1-32 letters, digits and inner hyphens, because it is the prefix of lifecycle configuration names; shorten or change it."
  }
}

variable "region" {
  description = "Region of the domain."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]+$", var.region))
    error_message = "region must be a region code such as eu-west-1; an availability zone (eu-west-1a) is not accepted."
  }
}

variable "security_group_ids" {
  description = "Security groups of the users' apps, such as one from `network`. They must allow traffic between their members, because apps use it for each other and for the home file system."
  type        = set(string)
  nullable    = false

  validation {
    condition     = length(var.security_group_ids) >= 1 && length(var.security_group_ids) <= 5
    error_message = "security_group_ids must have 1-5 groups, the limit of SageMaker; without one it would use the VPC's default group."
  }

  validation {
    condition     = alltrue([for id in var.security_group_ids : can(regex("^sg-[0-9a-z]+$", id))])
    error_message = "security_group_ids must be IDs such as sg-0123456789abcdef0; an ARN is not accepted."
  }
}

variable "subnet_ids" {
  description = "Private subnets of the domain, in two or more zones. Changing them replaces the domain, so list all that it will need from the start."
  type        = set(string)
  nullable    = false

  validation {
    condition     = length(var.subnet_ids) >= 1 && length(var.subnet_ids) <= 16
    error_message = "subnet_ids must have 1-16 subnets, the limit of SageMaker; use two or more zones to survive the loss of one."
  }

  validation {
    condition     = alltrue([for id in var.subnet_ids : can(regex("^subnet-[0-9a-z]+$", id))])
    error_message = "subnet_ids must be IDs such as subnet-0123456789abcdef0; an ARN is not accepted."
  }
}

variable "vpc_id" {
  description = "VPC of the domain. Changing it replaces the domain."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^vpc-[0-9a-z]+$", var.vpc_id))
    error_message = "vpc_id must be an ID such as vpc-0123456789abcdef0; an ARN is not accepted."
  }
}

variable "allow_shared_spaces" {
  description = "Allow spaces in which several users work together. All users of a shared space act as `shared_space_role_arn`. Decide before the domain is created, see Limits."
  type        = bool
  default     = false
  nullable    = false
}

variable "app_instance_types" {
  description = "Instance types that users with `user_policy_arn` may run apps and spaces on; `*` and `?` are wildcards. Empty: any."
  type        = set(string)
  default     = ["ml.t3.*", "ml.m5.large", "ml.m5.xlarge", "ml.m5.2xlarge"]
  nullable    = false

  validation {
    condition     = alltrue([for type in var.app_instance_types : can(regex("^ml\\.[a-z0-9*?-]+(\\.[a-z0-9*?-]+)?$", type))])
    error_message = "app_instance_types must be SageMaker instance types such as ml.t3.medium or ml.m5.*; add the ml. prefix to the EC2 type."
  }
}

variable "auth_mode" {
  description = "How users sign in: `IAM` with a presigned URL that IAM lets them create, `SSO` with IAM Identity Center, which must be enabled in the same region. Changing it replaces the domain."
  type        = string
  default     = "IAM"
  nullable    = false

  validation {
    condition     = contains(["IAM", "SSO"], var.auth_mode)
    error_message = "auth_mode must be IAM or SSO; use SSO where IAM Identity Center is enabled in the region."
  }
}

variable "create_user_policy" {
  description = "Create the managed policy NAME-studio-user, with the permissions that a user's role needs to work in private spaces. Attach it with `managed_policy_arns` of `execution-role`."
  type        = bool
  default     = true
  nullable    = false
}

variable "custom_images" {
  description = <<-EOT
    Container images that users may choose for their apps, keyed by a name you choose. Another `base_image` is a new image in Studio
    with the same display name: users choose it again in their spaces.
    - `app_type`: `JupyterLab` or `CodeEditor`.
    - `base_image`: the container image in ECR, in the domain's region, by digest.
    - `role_arn`: role that pulls the container image. Null: `execution_role_arn`.
    - `display_name`: name that Studio shows. Null: the key.
    - `environment`: environment variables of the container.
  EOT
  type = map(object({
    app_type     = string
    base_image   = string
    role_arn     = optional(string)
    display_name = optional(string)
    environment  = optional(map(string), {})
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for key in keys(var.custom_images) : can(regex("^[a-zA-Z0-9](-*[a-zA-Z0-9])*$", key)) && length(key) <= 20])
    error_message = "custom_images must have keys of 1-20 letters, digits and inner hyphens; the key is part of the image's name."
  }

  validation {
    condition     = alltrue([for one in values(var.custom_images) : contains(["JupyterLab", "CodeEditor"], one.app_type)])
    error_message = "custom_images[*].app_type must be JupyterLab or CodeEditor; add the image twice for both types."
  }

  validation {
    condition = alltrue([
      for one in values(var.custom_images) :
      can(regex("^[0-9]{12}\\.dkr\\.ecr\\.${var.region}\\.amazonaws\\.com(\\.cn)?/[a-z0-9/._-]+@sha256:[0-9a-f]{64}$", one.base_image))
    ])
    error_message = "custom_images[*].base_image must be an image in ECR in the domain's region, by digest (ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY@sha256:DIGEST); a tag can be moved to another image."
  }

  validation {
    condition = alltrue([
      for one in values(var.custom_images) :
      one.role_arn == null ? true : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/[a-zA-Z_0-9+=,.@/-]+$", one.role_arn))
    ])
    error_message = "custom_images[*].role_arn must be the ARN of an IAM role (arn:aws:iam::ACCOUNT:role/NAME); leave it out to use the domain's."
  }
}

variable "direct_internet_access" {
  description = "Insecure: let apps reach the internet outside the VPC, bypassing your security groups, routes and flow logs. Only the home file system stays in the VPC."
  type        = bool
  default     = false
  nullable    = false
}

variable "docker_access" {
  description = <<-EOT
    Let apps run Docker containers, as local mode of the SageMaker SDK does. SageMaker refuses it for a private domain unless the
    accounts that own the images are named.
    - `enabled`: whether apps may use Docker.
    - `trusted_account_ids`: accounts from which apps of a private domain may pull images.
  EOT
  type = object({
    enabled             = optional(bool, false)
    trusted_account_ids = optional(set(string), [])
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for id in var.docker_access.trusted_account_ids : can(regex("^[0-9]{12}$", id))]) && length(var.docker_access.trusted_account_ids) <= 20
    error_message = "docker_access.trusted_account_ids must be at most 20 accounts of 12 digits; quote them to keep leading zeros."
  }

  validation {
    condition     = var.docker_access.enabled || length(var.docker_access.trusted_account_ids) == 0
    error_message = "docker_access.trusted_account_ids needs docker_access.enabled; set it, or remove the accounts."
  }
}

variable "hidden_app_types" {
  description = "App types to hide in Studio. By default those that idle shutdown does not stop. Hidden apps are not forbidden; use IAM for that."
  type        = set(string)
  default     = ["Canvas", "JupyterServer", "RStudioServerPro"]
  nullable    = false

  validation {
    condition     = alltrue([for type in var.hidden_app_types : contains(["Canvas", "CodeEditor", "JupyterLab", "JupyterServer", "RStudioServerPro"], type)])
    error_message = "hidden_app_types must be any of Canvas, CodeEditor, JupyterLab, JupyterServer and RStudioServerPro; use [] to show all."
  }
}

variable "hidden_instance_types" {
  description = "Instance types to hide in Studio, such as `ml.p4d.24xlarge`. Hidden types are not forbidden; `app_instance_types` does that."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "idle_shutdown" {
  description = <<-EOT
    Stops JupyterLab and Code Editor apps that are idle and run no kernel. Apps are billed by the hour until they stop.
    - `enabled`: whether to stop idle apps.
    - `minutes`: idle time after which an app stops.
    - `user_minimum_minutes`, `user_maximum_minutes`: range that users may set for their own spaces. Null: `minutes`, so users
      cannot change it.
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
    error_message = "idle_shutdown.minutes, user_minimum_minutes and user_maximum_minutes must be 60-525600, in whole minutes; an hour is the minimum of SageMaker."
  }

  validation {
    condition = (
      coalesce(var.idle_shutdown.user_minimum_minutes, var.idle_shutdown.minutes) <= var.idle_shutdown.minutes
      && var.idle_shutdown.minutes <= coalesce(var.idle_shutdown.user_maximum_minutes, var.idle_shutdown.minutes)
    )
    error_message = "idle_shutdown.minutes must be between user_minimum_minutes and user_maximum_minutes; widen the range, or leave both out so that users cannot change it."
  }
}

variable "lifecycle_scripts" {
  description = <<-EOT
    Shell scripts that run when an app starts, for users of this module, keyed by a name you choose. Changing a script creates a
    new lifecycle configuration, which apps use at their next start.
    - `app_type`: `JupyterLab` or `CodeEditor`.
    - `script`: the script. It runs as the user for at most 5 minutes, and the app does not start if it fails.
    - `default`: run it in spaces that choose none. At most one per app type.
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
    error_message = "lifecycle_scripts[*].app_type must be JupyterLab or CodeEditor; add the script twice for both types."
  }

  validation {
    condition     = alltrue([for one in values(var.lifecycle_scripts) : length(one.script) > 0 && length(base64encode(one.script)) <= 16384])
    error_message = "lifecycle_scripts[*].script must have 1-12288 bytes (16384 in base64); let the script download larger content."
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
  description = "Copy the tags of the domain and user profiles to the spaces and apps that users create, for cost allocation."
  type        = bool
  default     = true
  nullable    = false
}

variable "retain_home_file_system" {
  description = "Keep the home file system (EFS) when the domain is destroyed: it is then unmanaged, billed per GB, and blocks the deletion of subnets and VPC. When off, users' home folders are deleted with the domain. Decide before the domain is created, see Limits."
  type        = bool
  default     = true
  nullable    = false
}

variable "shared_space_role_arn" {
  description = "ARN of the role of shared spaces. Null: `execution_role_arn`."
  type        = string
  default     = null

  validation {
    condition     = var.shared_space_role_arn == null || can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/[a-zA-Z_0-9+=,.@/-]+$", var.shared_space_role_arn))
    error_message = "shared_space_role_arn must be the ARN of an IAM role (arn:aws:iam::ACCOUNT:role/NAME); leave it out to use execution_role_arn."
  }
}

variable "shared_spaces" {
  description = <<-EOT
    Spaces in which all users of the domain work together, by name. Changing `owner` or `app_type` replaces the space and its volume.
    - `owner`: user profile that owns the space.
    - `app_type`: `JupyterLab` or `CodeEditor`.
    - `instance_type`: instance type of its app.
    - `volume_gb`: size of its volume, in GB. Null: `space_storage.default_gb`.
  EOT
  type = map(object({
    owner         = string
    app_type      = optional(string, "JupyterLab")
    instance_type = optional(string, "ml.t3.medium")
    volume_gb     = optional(number)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = var.allow_shared_spaces || length(var.shared_spaces) == 0
    error_message = "shared_spaces needs allow_shared_spaces; set it, or remove the spaces."
  }

  validation {
    condition     = alltrue([for name in keys(var.shared_spaces) : can(regex("^[a-zA-Z0-9](-*[a-zA-Z0-9])*$", name)) && length(name) <= 63])
    error_message = "shared_spaces must have names of 1-63 letters, digits and inner hyphens; use team-a, not team.a or team_a."
  }

  validation {
    condition     = alltrue([for one in values(var.shared_spaces) : contains(keys(var.user_profiles), one.owner)])
    error_message = "shared_spaces[*].owner must be a name in user_profiles; add the profile."
  }

  validation {
    condition     = alltrue([for one in values(var.shared_spaces) : contains(["JupyterLab", "CodeEditor"], one.app_type)])
    error_message = "shared_spaces[*].app_type must be JupyterLab or CodeEditor; add a space for each type."
  }

  validation {
    condition = alltrue([
      for one in values(var.shared_spaces) :
      coalesce(one.volume_gb, 5) >= 5 && coalesce(one.volume_gb, 5) <= var.space_storage.maximum_gb && floor(coalesce(one.volume_gb, 5)) == coalesce(one.volume_gb, 5)
    ])
    error_message = "shared_spaces[*].volume_gb must be 5 to space_storage.maximum_gb, in whole GB; leave it out for the default."
  }
}

variable "source_identity" {
  description = "Record the user profile's name as the source identity of its sessions, so that CloudTrail shows which user of a role made a call. The trust policy of each execution role must allow `sts:SetSourceIdentity` (`trust_source_identity` of `execution-role`), or apps do not start; therefore off by default."
  type        = bool
  default     = false
  nullable    = false
}

variable "space_storage" {
  description = <<-EOT
    Volume sizes of spaces, in GB. Volumes are billed until their space is deleted, whether or not an app runs.
    - `default_gb`: size of a space's volume by default.
    - `maximum_gb`: maximum size that a user may choose.
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
  description = "Tags for the domain, user profiles, lifecycle configurations and policy."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "user_profiles" {
  description = <<-EOT
    User profiles, by name.
    - `execution_role_arn`: execution role of this user. Null: the domain's.
    - `idle_minutes`: idle time after which this user's apps stop, within the range of `idle_shutdown`. Null: as in
      `idle_shutdown`.
    - `security_group_ids`: security groups of this user's apps, instead of the domain's. Empty: the domain's.
    - `sso_user_name`: the user's name in IAM Identity Center, only with `auth_mode = "SSO"`. Changing it replaces the profile.
    - `tags`: additional tags.
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
    error_message = "user_profiles must have names of 1-63 letters, digits and inner hyphens; use ada-lovelace, not ada.lovelace or an e-mail address."
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
    error_message = "user_profiles[*].idle_minutes must be whole minutes between idle_shutdown.user_minimum_minutes and user_maximum_minutes; widen that range first."
  }

  validation {
    condition = alltrue(flatten([for profile in values(var.user_profiles) : [
      length(profile.security_group_ids) <= 5,
      [for id in profile.security_group_ids : can(regex("^sg-[0-9a-z]+$", id))],
    ]]))
    error_message = "user_profiles[*].security_group_ids must be at most 5 IDs such as sg-0123456789abcdef0; leave it out to use the domain's."
  }

  validation {
    condition     = alltrue([for profile in values(var.user_profiles) : (profile.sso_user_name != null) == (var.auth_mode == "SSO")])
    error_message = "user_profiles[*].sso_user_name must be set where auth_mode is SSO, and only there; add it, or remove it."
  }
}
