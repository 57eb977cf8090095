variable "kms_key_arn" {
  description = "ARN of the customer-managed key that encrypts the notebook's volume. The role must be allowed to use it and to create grants for it. Changing it replaces the notebook and its volume."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/.+$", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key (arn:aws:kms:REGION:ACCOUNT:key/ID); an alias can be moved to another key, so use the key behind it."
  }
}

variable "name" {
  description = "Name of the notebook instance and its lifecycle configuration. Both are unique in an account and region."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9](-*[a-zA-Z0-9])*$", var.name)) && length(var.name) <= 63
    error_message = "name must be 1-63 letters, digits and inner hyphens, as in SageMaker notebook names; use hyphens instead of other characters."
  }
}

variable "region" {
  description = "Region of the notebook. The start script calls S3 and CloudWatch Logs there."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]+$", var.region))
    error_message = "region must be a region code such as eu-west-1; an availability zone (eu-west-1a) is not accepted."
  }
}

variable "role_arn" {
  description = "ARN of the execution role of the notebook and its users, such as the one from `execution-role`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/[a-zA-Z_0-9+=,.@/-]+$", var.role_arn))
    error_message = "role_arn must be the ARN of an IAM role (arn:aws:iam::ACCOUNT:role/NAME); a name or another kind of ARN is not accepted."
  }
}

variable "bucket_placeholders" {
  description = "Placeholders in copied notebooks and the bucket names that replace them, such as `{\"<LabBucketName>\" = \"example-training\"}`. If two placeholders overlap, the longer one wins."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition = alltrue([
      for placeholder in keys(var.bucket_placeholders) : can(regex("^[ !#-\\[\\]-~]{3,128}$", placeholder))
    ])
    error_message = "bucket_placeholders must have keys of 3-128 printable ASCII characters without quotes (\") and backslashes, which notebooks escape; use a marker such as <LabBucketName>."
  }

  validation {
    condition = alltrue([
      for bucket in values(var.bucket_placeholders) : can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", bucket))
    ])
    error_message = "bucket_placeholders must have bucket names as values: 3-63 lower-case letters, digits, dots and hyphens; leave out s3:// and prefixes."
  }
}

variable "code_repositories" {
  description = <<-EOT
    Git repositories that SageMaker clones into the notebook: a key of `managed_code_repositories`, the name of another SageMaker
    code repository, or an `https://` URL. The subnet needs network access to the repository.
    - `default`: the repository that Jupyter opens in.
    - `additional`: up to three more.
  EOT
  type = object({
    additional = optional(set(string), [])
    default    = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition = alltrue([
      for repository in compact(concat([var.code_repositories.default], tolist(var.code_repositories.additional))) :
      can(regex("^(https://[^/@\\s]+(/\\S*)?|[a-zA-Z0-9](-*[a-zA-Z0-9])*)$", repository)) && length(repository) <= 1024
    ])
    error_message = "code_repositories must be https:// addresses without credentials, or names of SageMaker code repositories, of at most 1024 characters; keep credentials in a SageMaker code repository and use its name."
  }

  validation {
    condition     = length(var.code_repositories.additional) <= 3
    error_message = "code_repositories.additional must have at most 3 repositories; clone others from within the notebook."
  }

  validation {
    condition     = var.code_repositories.default == null ? true : !contains(var.code_repositories.additional, var.code_repositories.default)
    error_message = "code_repositories.default must not be in code_repositories.additional too; list each repository once."
  }
}

variable "direct_internet_access" {
  description = "Insecure: give the notebook internet access that bypasses your security groups, routes and flow logs. When off, `subnet_id` and `security_group_ids` are required. Changing it replaces the notebook and its volume."
  type        = bool
  default     = false
  nullable    = false
}

variable "instance_type" {
  description = "Instance type, with the `ml.` prefix. Billed by the hour while the notebook is in service, idle or not."
  type        = string
  default     = "ml.t3.medium"
  nullable    = false

  validation {
    condition     = can(regex("^ml\\.[a-z0-9-]+\\.[a-z0-9]+$", var.instance_type))
    error_message = "instance_type must be a SageMaker instance type such as ml.t3.medium; add the ml. prefix to the EC2 type."
  }
}

variable "log_group_name" {
  description = "Log group for copies that outlast the start script, and for the idle stop. Use the one from `log-groups`, so that it exists before the notebook writes to it."
  type        = string
  default     = "/aws/sagemaker/NotebookInstances"
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9_/.#-]{1,512}$", var.log_group_name))
    error_message = "log_group_name must be 1-512 letters, digits and _ / . # -; use the name, not the ARN."
  }
}

variable "managed_code_repositories" {
  description = <<-EOT
    SageMaker code repositories to create, named NAME-KEY; use their keys in `code_repositories`. Unlike a URL, they can have a
    branch and credentials.
    - `url`: `https://` URL of the Git repository.
    - `branch`: the branch to check out. Null: the repository's default branch.
    - `secret_arn`: Secrets Manager secret with `{"username": …, "password": …}`, labelled AWSCURRENT. The role must be allowed to
      read it (`secret_arns` of `execution-role`). Null: no credentials.
  EOT
  type = map(object({
    url        = string
    branch     = optional(string)
    secret_arn = optional(string)
  }))
  default  = {}
  nullable = false

  validation {
    condition = alltrue([
      for key in keys(var.managed_code_repositories) : can(regex("^[a-zA-Z0-9](-*[a-zA-Z0-9])*$", key)) && length("${var.name}-${key}") <= 63
    ])
    error_message = "managed_code_repositories must have keys of letters, digits and inner hyphens, and NAME-KEY at most 63 characters; shorten or change them."
  }

  validation {
    condition = alltrue([
      for repository in values(var.managed_code_repositories) :
      can(regex("^https://[^/@\\s]+(/\\S*)?$", repository.url)) && length(repository.url) <= 1024
    ])
    error_message = "managed_code_repositories[*].url must be an https:// address without credentials, of at most 1024 characters; put credentials into a secret and set secret_arn."
  }

  validation {
    condition = alltrue([
      for repository in values(var.managed_code_repositories) :
      repository.branch == null ? true : can(regex("^[^ ~^:?*\\[\\\\]+$", repository.branch)) && length(repository.branch) <= 1024
    ])
    error_message = "managed_code_repositories[*].branch must be a branch name of 1-1024 characters without spaces and ~ ^ : ? * [ \\; leave it out for the default branch."
  }

  validation {
    condition = alltrue([
      for repository in values(var.managed_code_repositories) :
      repository.secret_arn == null ? true : can(regex("^arn:[a-z-]+:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[^*]+$", repository.secret_arn))
    ])
    error_message = "managed_code_repositories[*].secret_arn must be the ARN of one secret (arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-SUFFIX), or null where the repository needs no credentials."
  }
}

variable "notebook_sources" {
  description = <<-EOT
    Notebooks to copy at each start, keyed by a name you choose, which appears in the log.
    - `bucket`, `prefix`: the folder in S3. An empty prefix means the whole bucket.
    - `include`: AWS CLI patterns (`*`, `?`, `[abc]`, `[!abc]`) for the part of the key after the prefix; `*` also matches
      slashes.
    - `destination`: folder under `/home/ec2-user/SageMaker`. Empty: that folder itself. Subfolders of the prefix are kept.
    - `overwrite`: replace existing files, including users' changes. When off, existing files are kept.

    In `*.ipynb` files, outputs are cleared and `bucket_placeholders` replaced; other files are copied unchanged.
  EOT
  type = map(object({
    bucket      = string
    prefix      = string
    destination = optional(string, "")
    include     = optional(list(string), ["*.ipynb"])
    overwrite   = optional(bool, false)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for label in keys(var.notebook_sources) : can(regex("^[a-zA-Z0-9_-]{1,64}$", label))])
    error_message = "notebook_sources must have names of 1-64 letters, digits, underscores and hyphens as keys; shorten or change them."
  }

  validation {
    condition = alltrue([
      for source in values(var.notebook_sources) : can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", source.bucket))
    ])
    error_message = "notebook_sources[*].bucket must be a bucket name: 3-63 lower-case letters, digits, dots and hyphens; leave out s3:// and put the folder into prefix."
  }

  validation {
    condition = alltrue([
      for source in values(var.notebook_sources) :
      !startswith(source.prefix, "/") && !can(regex("[[:cntrl:]]", source.prefix)) && length(source.prefix) <= 1024
    ])
    error_message = "notebook_sources[*].prefix must be at most 1024 characters without a leading slash and without control characters; use \"\" for the whole bucket."
  }

  validation {
    condition = alltrue(flatten([
      for source in values(var.notebook_sources) : [
        for pattern in source.include :
        pattern != "" && !startswith(pattern, "/") && !can(regex("[[:cntrl:]]", pattern))
      ]
    ]))
    error_message = "notebook_sources[*].include must have patterns that are not empty, without a leading slash and without control characters; they are matched against the part of the key after the prefix."
  }

  validation {
    condition     = alltrue([for source in values(var.notebook_sources) : length(source.include) > 0])
    error_message = "notebook_sources[*].include must have at least one pattern; use [\"*\"] for every file, or remove the source."
  }

  validation {
    condition = alltrue([
      for source in values(var.notebook_sources) :
      source.destination == "" || (
        can(regex("^[^/[:cntrl:]]+(/[^/[:cntrl:]]+)*$", source.destination)) &&
        !anytrue([for part in split("/", source.destination) : contains([".", ".."], part)])
      )
    ])
    error_message = "notebook_sources[*].destination must be a path relative to /home/ec2-user/SageMaker, without leading, trailing or double slashes, . and .. parts and control characters; use \"\" for that folder itself."
  }
}

variable "platform_identifier" {
  description = <<-EOT
    Operating system and JupyterLab version, such as `notebook-al2023-v1`. Null: AWS's default, which is `notebook-al2023-v1` today
    and does not change an existing notebook. Version 5 of the AWS provider accepts the `al2` values only. Changing it replaces the
    notebook and its volume.
  EOT
  type        = string
  default     = null

  validation {
    condition = var.platform_identifier == null ? true : contains(
      ["notebook-al2-v2", "notebook-al2-v3", "notebook-al2023-v1", "notebook-al2023-v2"], var.platform_identifier
    )
    error_message = "platform_identifier must be notebook-al2023-v1, notebook-al2023-v2, notebook-al2-v3 or notebook-al2-v2, because AWS rejects the others; leave it out for AWS's default."
  }
}

variable "root_access" {
  description = "Insecure: give the notebook's users root access. The start script always runs as root."
  type        = bool
  default     = false
  nullable    = false
}

variable "sdk_defaults" {
  description = <<-EOT
    Defaults of the SageMaker Python SDK, which the start script writes to `/etc/xdg/sagemaker/config.yaml`; the role is set too.
    A user's own `~/.config/sagemaker/config.yaml` and arguments override them. Null: no file.
    - `default_bucket`: bucket of `sagemaker.Session()`. Null: the SDK creates `sagemaker-REGION-ACCOUNT`.
    - `kms_key_arn`: key of the outputs of jobs and of code and models that the SDK uploads. Without it the SDK requests `aws:kms`
      without a key, which means the account's `aws/s3` key, and which `data-buckets` denies.
    - `volume_kms_key_arn`: key of the volumes of jobs and endpoints. Null: none, as instance types with local storage need.
    - `subnet_ids`, `security_group_ids`: network of jobs and models. Empty: no VPC.
  EOT
  type = object({
    default_bucket     = optional(string)
    kms_key_arn        = optional(string)
    security_group_ids = optional(list(string), [])
    subnet_ids         = optional(list(string), [])
    volume_kms_key_arn = optional(string)
  })
  default = null

  validation {
    condition = var.sdk_defaults == null ? true : alltrue([
      for arn in [var.sdk_defaults.kms_key_arn, var.sdk_defaults.volume_kms_key_arn] :
      arn == null ? true : can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/.+$", arn))
    ])
    error_message = "sdk_defaults.kms_key_arn and sdk_defaults.volume_kms_key_arn must be ARNs of keys (arn:aws:kms:REGION:ACCOUNT:key/ID); policies compare ARNs, so an alias or ID is not accepted."
  }

  validation {
    condition     = var.sdk_defaults == null ? true : (length(var.sdk_defaults.subnet_ids) == 0) == (length(var.sdk_defaults.security_group_ids) == 0)
    error_message = "sdk_defaults must have both subnet_ids and security_group_ids, or neither; add the one that is missing."
  }

  validation {
    condition     = try(var.sdk_defaults.default_bucket, null) == null ? true : can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.sdk_defaults.default_bucket))
    error_message = "sdk_defaults.default_bucket must be a bucket name: 3-63 lower-case letters, digits, dots and hyphens; leave out s3:// and prefixes."
  }
}

variable "security_group_ids" {
  description = "Security groups of the notebook's network interface. Changing them replaces the notebook and its volume."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = (var.subnet_id == null) == (length(var.security_group_ids) == 0)
    error_message = "security_group_ids must have a group where subnet_id is set, and none where it is not; use groups of the subnet's VPC."
  }

  validation {
    condition     = length(var.security_group_ids) <= 5
    error_message = "security_group_ids must have at most 5 groups, the limit of AWS; merge their rules."
  }

  validation {
    condition     = alltrue([for id in var.security_group_ids : can(regex("^sg-[0-9a-z]+$", id))])
    error_message = "security_group_ids must be IDs such as sg-0123456789abcdef0; a group's name is not accepted."
  }
}

variable "start_wait_in_seconds" {
  description = "How long a start waits for the copies before they continue in the background. SageMaker aborts a start after 300 seconds."
  type        = number
  default     = 60
  nullable    = false

  validation {
    condition     = var.start_wait_in_seconds >= 1 && var.start_wait_in_seconds <= 240 && floor(var.start_wait_in_seconds) == var.start_wait_in_seconds
    error_message = "start_wait_in_seconds must be 1-240, in whole seconds; use 1 for the shortest wait."
  }
}

variable "stop_when_idle" {
  description = <<-EOT
    Stops the notebook when idle; its volume is kept. The role must allow it (`notebook_instance_names` of `execution-role`), and
    the subnet needs access to the SageMaker API, such as an interface endpoint.
    - `enabled`: whether to stop it.
    - `minutes`: time without activity of a kernel or terminal. A busy kernel is active, however long it runs.
  EOT
  type = object({
    enabled = optional(bool, true)
    minutes = optional(number, 60)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.stop_when_idle.minutes >= 10 && var.stop_when_idle.minutes <= 10080 && floor(var.stop_when_idle.minutes) == var.stop_when_idle.minutes
    error_message = "stop_when_idle.minutes must be 10-10080 (a week), in whole minutes; set enabled to false to keep the notebook running."
  }
}

variable "subnet_id" {
  description = "Subnet of the notebook's network interface. It needs access to S3, SageMaker, STS and CloudWatch Logs, through endpoints or NAT. Changing it replaces the notebook and its volume."
  type        = string
  default     = null

  validation {
    condition     = var.direct_internet_access || var.subnet_id != null
    error_message = "subnet_id must be set unless direct_internet_access is true, because AWS rejects a notebook without any network; use a private subnet."
  }

  validation {
    condition     = var.subnet_id == null ? true : can(regex("^subnet-[0-9a-z]+$", var.subnet_id))
    error_message = "subnet_id must be an ID such as subnet-0123456789abcdef0; a subnet's name or ARN is not accepted."
  }
}

variable "tags" {
  description = "Tags for the notebook instance and its lifecycle configuration."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition = length(var.tags) <= 50 && alltrue([
      for key, value in var.tags : can(regex("^[^[:cntrl:]]{1,128}$", key)) && !startswith(lower(key), "aws:") && length(value) <= 256
    ])
    error_message = "tags must be at most 50, with keys of 1-128 characters and values of at most 256; keys that start with aws: are reserved, choose another prefix."
  }
}

variable "volume_size_in_gb" {
  description = "Size of the volume at `/home/ec2-user/SageMaker`. It can grow; a smaller value replaces the notebook and its volume."
  type        = number
  default     = 5
  nullable    = false

  validation {
    condition     = var.volume_size_in_gb >= 5 && var.volume_size_in_gb <= 16384 && floor(var.volume_size_in_gb) == var.volume_size_in_gb
    error_message = "volume_size_in_gb must be 5-16384, in whole gigabytes; 5 is the smallest volume that AWS supports."
  }
}
