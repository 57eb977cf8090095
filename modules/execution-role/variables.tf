variable "account_id" {
  description = "Account that owns the role, 12 digits. Passed in rather than looked up, so that a plan makes no AWS calls."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be 12 digits, such as 123456789012; quote it to keep leading zeros."
  }
}

variable "name" {
  description = "Name of the role. Role names are unique in an account, across all regions."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9+=,.@_-]{1,64}$", var.name))
    error_message = "name must be 1-64 letters, digits and + = , . @ _ -; shorten it, or move part of it to path."
  }
}

variable "region" {
  description = "Region in which SageMaker may assume the role and run its jobs."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]+$", var.region))
    error_message = "region must be a region code such as eu-west-1; an availability zone (eu-west-1a) is not accepted."
  }
}

variable "alarm_arns" {
  description = "CloudWatch alarms that the role may describe, keyed by a name you choose. SageMaker uses this role to watch the alarms that roll back its endpoint's deployments; pass the output `alarm_arns` of `endpoint`. The name may end in `*`."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for arn in values(var.alarm_arns) : can(regex("^arn:[a-z-]+:cloudwatch:[a-z0-9-]+:[0-9]{12}:alarm:[^*?]+\\*?$", arn))])
    error_message = "alarm_arns must be alarm ARNs (arn:aws:cloudwatch:REGION:ACCOUNT:alarm:NAME); the name must not start with * or contain ?, and * is allowed only at its end."
  }
}

variable "attach_sagemaker_full_access" {
  description = "Attach the AWS managed policy AmazonSageMakerFullAccess, which overrides nearly every limit of this module. For experiments, never for production."
  type        = bool
  default     = false
  nullable    = false
}

variable "buckets" {
  description = <<-EOT
    Buckets that the role may use, keyed by a name you choose.
    - `arn`: ARN of the bucket.
    - `read`: list the bucket and get its objects.
    - `write`: put objects.
    - `delete`: delete objects. With versioning on, noncurrent versions remain.
  EOT
  type = map(object({
    arn    = string
    read   = optional(bool, true)
    write  = optional(bool, false)
    delete = optional(bool, false)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for bucket in values(var.buckets) : can(regex("^arn:[a-z-]+:s3:::[a-z0-9][a-z0-9.-]+$", bucket.arn))])
    error_message = "buckets[*].arn must be the ARN of one bucket (arn:aws:s3:::NAME); leave out wildcards and object paths."
  }

  validation {
    condition     = alltrue([for bucket in values(var.buckets) : bucket.read || bucket.write || bucket.delete])
    error_message = "buckets[*] must allow at least one of read, write and delete; remove the entry to deny access."
  }
}

variable "description" {
  description = "Description of the role in the console."
  type        = string
  default     = "Execution role of the machine-learning pipeline"
  nullable    = false
}

variable "ecr_repository_arns" {
  description = "ECR repositories that the role may pull images from, keyed by a name you choose. The name may end in `*`. For AWS's own images use `prebuilt_images`."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for arn in values(var.ecr_repository_arns) : can(regex("^arn:[a-z-]+:ecr:[a-z0-9-]+:[0-9]{12}:repository/[a-z0-9][a-z0-9._/-]*\\*?$", arn))])
    error_message = "ecr_repository_arns must be repository ARNs (arn:aws:ecr:REGION:ACCOUNT:repository/NAME); the account and the first letter of the name cannot be wildcards."
  }
}

variable "hosting" {
  description = <<-EOT
    Models, endpoint configurations and endpoints that the role may create, use and delete, as `deploy()` of the SageMaker SDK
    does. They outlive the notebook: an endpoint is billed until it is deleted. For endpoints that last, use the module `endpoint`.
    - `enabled`: whether to allow it.
    - `name_prefix`: prefix of all three names, by default the role's name and a hyphen. Lower case, as in SageMaker ARNs, with a
      hyphen at its end. No endpoint that Terraform manages may have it, because the role may delete whatever has it.
    - `instance_types`: allowed instance types; `*` and `?` are wildcards, as in `ml.m5.*`. Empty: any, and serverless.
    - `require_volume_kms_key`: configurations must name one of `kms_keys` (`KmsKeyId`, the ARN), which serverless and instance
      types with local storage do not support.
    - `require_vpc`: models must use only subnets and security groups listed in `network_interfaces`.
  EOT
  type = object({
    enabled                = optional(bool, false)
    name_prefix            = optional(string)
    instance_types         = optional(set(string), [])
    require_volume_kms_key = optional(bool, true)
    require_vpc            = optional(bool, true)
  })
  default  = {}
  nullable = false

  validation {
    condition     = !var.hosting.enabled || can(regex("^[a-z0-9][a-z0-9-]{0,60}-$", coalesce(var.hosting.name_prefix, "${var.name}-")))
    error_message = "hosting.name_prefix must be 2-62 lower-case letters, digits and hyphens, start without a hyphen and end with one; set it when the role's name has other characters."
  }

  validation {
    condition     = !var.hosting.enabled || !var.hosting.require_volume_kms_key || length(var.kms_keys) > 0
    error_message = "hosting.require_volume_kms_key must be false where kms_keys is empty; add a key to kms_keys, or set it to false to let SageMaker encrypt volumes with an AWS-owned key."
  }

  validation {
    condition = anytrue([
      !var.hosting.enabled,
      !var.hosting.require_vpc,
      length(var.network_interfaces.subnet_arns) > 0 && length(var.network_interfaces.security_group_arns) > 0,
    ])
    error_message = "hosting.require_vpc must be false unless network_interfaces lists subnet_arns and security_group_arns; add them, or set it to false to let models run outside your network."
  }

  validation {
    condition     = alltrue([for type in var.hosting.instance_types : can(regex("^ml\\.[a-z0-9*?.-]+$", type))])
    error_message = "hosting.instance_types must be SageMaker instance types such as ml.m5.xlarge or ml.m5.*; add the ml. prefix, or leave it empty for any type."
  }
}

variable "jobs" {
  description = <<-EOT
    Jobs that the role may create, describe, list, stop and tag, but not delete.
    - `training`, `processing`, `transform`, `tuning`: the job types to allow. A transform job has the network and the role of its
      model, so only models with `hosting.name_prefix` are allowed: `hosting` can create them.
    - `name_prefix`: prefix of the job names, by default the role's name and a hyphen. Lower case, as in SageMaker ARNs, and ends
      in a hyphen.
    - `instance_types`: allowed instance types; `*` and `?` are wildcards, as in `ml.m5.*`. Empty: any.
    - `max_runtime_in_seconds`: maximum that a job may set in `StoppingCondition`, which is then required. 0: no limit required.
    - `allow_remote_debug`: allow a shell in the container of a training job (`RemoteDebugConfig`), which runs as the job's role.
    - `max_keep_alive_in_seconds`: how long a training job may keep its instances, billed, for the next one
      (`KeepAlivePeriodInSeconds`). 0: not at all.
    - `require_inter_container_encryption`: jobs must encrypt traffic between their containers, which slows down distributed
      training.
    - `require_network_isolation`: jobs must enable network isolation. Their containers reach no network, S3 included; SageMaker
      copies input and output.
    - `require_output_kms_key`: jobs must name one of `kms_keys` for their output. Otherwise SageMaker uses the account's `aws/s3`
      key, which no other account can read. `OutputDataConfig.KmsKeyId` (training) or `KmsKeyId` (processing) must be the key's
      ARN.
    - `require_volume_kms_key`: jobs must name one of `kms_keys` for their volumes (`VolumeKmsKeyId`, the ARN). Set it to false
      for instance types with local NVMe disks: SageMaker accepts no such key for them, because the disks are encrypted by
      hardware.
    - `require_vpc`: jobs must use only subnets and security groups listed in `network_interfaces`.
  EOT
  type = object({
    training                           = optional(bool, false)
    processing                         = optional(bool, false)
    transform                          = optional(bool, false)
    tuning                             = optional(bool, false)
    name_prefix                        = optional(string)
    instance_types                     = optional(set(string), [])
    max_runtime_in_seconds             = optional(number, 0)
    allow_remote_debug                 = optional(bool, false)
    max_keep_alive_in_seconds          = optional(number, 0)
    require_inter_container_encryption = optional(bool, false)
    require_network_isolation          = optional(bool, false)
    require_output_kms_key             = optional(bool, true)
    require_volume_kms_key             = optional(bool, true)
    require_vpc                        = optional(bool, true)
  })
  default  = {}
  nullable = false

  validation {
    condition = !anytrue([var.jobs.processing, var.jobs.training, var.jobs.transform, var.jobs.tuning]) || can(
      regex("^[a-z0-9][a-z0-9-]{0,60}-$", coalesce(var.jobs.name_prefix, "${var.name}-"))
    )
    error_message = "jobs.name_prefix must be 2-62 lower-case letters, digits and hyphens, begin with a letter or digit and end in a hyphen, or ml would also allow mlops-1; set it when the role's name has other characters."
  }

  validation {
    condition     = var.jobs.max_keep_alive_in_seconds >= 0 && var.jobs.max_keep_alive_in_seconds <= 3600 && floor(var.jobs.max_keep_alive_in_seconds) == var.jobs.max_keep_alive_in_seconds
    error_message = "jobs.max_keep_alive_in_seconds must be whole seconds from 0 to 3600, the limit of SageMaker; use 0 to deny warm pools."
  }

  validation {
    condition = anytrue([
      !anytrue([var.jobs.processing, var.jobs.training, var.jobs.transform, var.jobs.tuning]),
      !var.jobs.require_output_kms_key,
      length(var.kms_keys) > 0,
    ])
    error_message = "jobs.require_output_kms_key must be false where kms_keys is empty; add a key to kms_keys, or set it to false to let jobs use the account's aws/s3 key."
  }

  validation {
    condition = anytrue([
      !anytrue([var.jobs.processing, var.jobs.training, var.jobs.transform, var.jobs.tuning]),
      !var.jobs.require_volume_kms_key,
      length(var.kms_keys) > 0,
    ])
    error_message = "jobs.require_volume_kms_key must be false where kms_keys is empty; add a key to kms_keys, or set it to false to let SageMaker encrypt volumes with an AWS-owned key."
  }

  validation {
    condition = anytrue([
      !anytrue([var.jobs.processing, var.jobs.training, var.jobs.tuning]),
      !var.jobs.require_vpc,
      length(var.network_interfaces.subnet_arns) > 0 && length(var.network_interfaces.security_group_arns) > 0,
    ])
    error_message = "jobs.require_vpc must be false unless network_interfaces lists subnet_arns and security_group_arns; add them, or set it to false to let jobs run outside your network."
  }

  validation {
    condition     = alltrue([for type in var.jobs.instance_types : can(regex("^ml\\.[a-z0-9*?.-]+$", type))])
    error_message = "jobs.instance_types must be SageMaker instance types such as ml.m5.xlarge or ml.m5.*; add the ml. prefix, or leave it empty for any type."
  }

  validation {
    condition = anytrue([
      var.jobs.max_runtime_in_seconds == 0,
      var.jobs.max_runtime_in_seconds >= 60 && floor(var.jobs.max_runtime_in_seconds) == var.jobs.max_runtime_in_seconds,
    ])
    error_message = "jobs.max_runtime_in_seconds must be 60 or more, in whole seconds; use 0 for no limit."
  }
}

variable "kms_keys" {
  description = <<-EOT
    Customer-managed keys that the role may use, keyed by a name you choose.
    - `arn`: ARN of the key.
    - `access`: `use` to encrypt and decrypt, `decrypt` to only decrypt.
    - `allow_grants`: also allow grants for AWS resources, which jobs with encrypted volumes (`VolumeKmsKeyId`) need.
    - `via_services`: only through these services of the region.
  EOT
  type = map(object({
    arn          = string
    access       = optional(string, "use")
    allow_grants = optional(bool, false)
    via_services = optional(set(string), ["s3", "sagemaker"])
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for key in values(var.kms_keys) : contains(["use", "decrypt"], key.access)])
    error_message = "kms_keys[*].access must be use or decrypt; use decrypt for roles that only read."
  }

  validation {
    condition     = alltrue([for key in values(var.kms_keys) : can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[^*]+$", key.arn))])
    error_message = "kms_keys[*].arn must be the ARN of one key (arn:aws:kms:REGION:ACCOUNT:key/ID); IAM does not accept aliases here."
  }

  validation {
    condition = alltrue(flatten([for key in values(var.kms_keys) : [
      length(key.via_services) > 0, [for service in key.via_services : can(regex("^[a-z0-9-]+$", service))]
    ]]))
    error_message = "kms_keys[*].via_services must be at least one service name such as s3 or sagemaker; leave out the region and amazonaws.com, they are added."
  }
}

variable "log_group_arns" {
  description = "Log groups that the role may write to and read, keyed by a name you choose. The role may not create groups; create them with `log-groups`."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for arn in values(var.log_group_arns) : can(regex("^arn:[a-z-]+:logs:[a-z0-9-]+:[0-9]{12}:log-group:[^:*]+(:\\*)?$", arn))])
    error_message = "log_group_arns must be log group ARNs (arn:aws:logs:REGION:ACCOUNT:log-group:NAME); * is allowed only for the streams, as :* at the end."
  }
}

variable "managed_policy_arns" {
  description = "Additional managed policies to attach, keyed by a name you choose. For permissions that this module has no input for."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for arn in values(var.managed_policy_arns) : can(regex("^arn:[a-z-]+:iam::(aws|[0-9]{12}):policy/.+$", arn))])
    error_message = "managed_policy_arns must be ARNs of managed policies, such as arn:aws:iam::aws:policy/CloudWatchReadOnlyAccess."
  }

  validation {
    condition     = alltrue([for arn in values(var.managed_policy_arns) : !endswith(arn, ":policy/AmazonSageMakerFullAccess")])
    error_message = "managed_policy_arns must not contain AmazonSageMakerFullAccess; set attach_sagemaker_full_access, which makes it explicit."
  }
}

variable "metric_namespaces" {
  description = "CloudWatch namespaces that the role may put metrics into; `*` and `?` are wildcards. Jobs publish under `/aws/sagemaker/`, Model Monitor under `aws/sagemaker/`. Empty: none."
  type        = set(string)
  default     = ["/aws/sagemaker/*"]
  nullable    = false

  validation {
    condition     = alltrue([for namespace in var.metric_namespaces : can(regex("^[A-Za-z0-9/._#:-][A-Za-z0-9/._#:*?-]{0,254}$", namespace))])
    error_message = "metric_namespaces must be 1-255 letters, digits and / . _ # : - each, with * and ? after the first; list the namespaces that the jobs use, not *."
  }
}

variable "mlflow_servers" {
  description = <<-EOT
    MLflow tracking servers that the role may use, keyed by a name you choose. Clients also read and write the artifacts: list
    their bucket in `buckets` and its key in `kms_keys`.
    - `arn`: ARN of the server, output `arn` of `mlflow`.
    - `log`: create experiments and runs, log to them and register models, but delete nothing and set no aliases and stages.
      Otherwise the role only reads.
  EOT
  type = map(object({
    arn = string
    log = optional(bool, true)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for server in values(var.mlflow_servers) : can(regex("^arn:[a-z-]+:sagemaker:[a-z0-9-]+:[0-9]{12}:mlflow-tracking-server/[^*?]+$", server.arn))])
    error_message = "mlflow_servers[*].arn must be the ARN of one tracking server (arn:aws:sagemaker:REGION:ACCOUNT:mlflow-tracking-server/NAME); wildcards are not accepted."
  }
}

variable "model_registration" {
  description = <<-EOT
    Model package groups and versions that the role may create, as an MLflow tracking server with `automatic_model_registration`
    does. Versions are pending approval: who registers does not approve.
    - `enabled`: whether to allow it.
    - `group_prefix`: prefix of the group names. Lower case, as in SageMaker ARNs, and ends in a hyphen. Empty: any, because
      MLflow users choose the names.
  EOT
  type = object({
    enabled      = optional(bool, false)
    group_prefix = optional(string, "")
  })
  default  = {}
  nullable = false

  validation {
    condition     = can(regex("^([a-z0-9][a-z0-9-]{0,60}-)?$", var.model_registration.group_prefix))
    error_message = "model_registration.group_prefix must be at most 62 lower-case letters, digits and hyphens, begin with a letter or digit and end in a hyphen; leave out the trailing *, it is added."
  }
}

variable "network_interfaces" {
  description = <<-EOT
    Lets SageMaker attach notebooks and jobs of this role to a VPC.
    - `enabled`: whether to allow it.
    - `subnet_arns`, `security_group_arns`: allow only these, keyed by names you choose. Empty: any in the account and region.
  EOT
  type = object({
    enabled             = optional(bool, false)
    subnet_arns         = optional(map(string), {})
    security_group_arns = optional(map(string), {})
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for arn in values(var.network_interfaces.subnet_arns) : can(regex("^arn:[a-z-]+:ec2:[a-z0-9-]+:[0-9]{12}:subnet/.+$", arn))])
    error_message = "network_interfaces.subnet_arns must be subnet ARNs (arn:aws:ec2:REGION:ACCOUNT:subnet/ID); a bare ID is not accepted."
  }

  validation {
    condition     = alltrue([for arn in values(var.network_interfaces.security_group_arns) : can(regex("^arn:[a-z-]+:ec2:[a-z0-9-]+:[0-9]{12}:security-group/.+$", arn))])
    error_message = "network_interfaces.security_group_arns must be security group ARNs (arn:aws:ec2:REGION:ACCOUNT:security-group/ID); a bare ID is not accepted."
  }

  validation {
    condition     = var.network_interfaces.enabled || length(var.network_interfaces.subnet_arns) + length(var.network_interfaces.security_group_arns) == 0
    error_message = "network_interfaces.enabled must be true where subnet_arns or security_group_arns are set; set it to true, or remove them."
  }
}

variable "notebook_instance_names" {
  description = "Notebook instances that the role may describe and stop: its own, for the SageMaker SDK and the idle stop."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for name in var.notebook_instance_names : can(regex("^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$", name))])
    error_message = "notebook_instance_names must be 1-63 letters, digits and inner hyphens each, as in SageMaker notebook instance names; wildcards are not accepted."
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

variable "pass_role_arns" {
  description = "Other roles that this role may pass to SageMaker, keyed by a name you choose."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for arn in values(var.pass_role_arns) : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/[^*]+$", arn))])
    error_message = "pass_role_arns must be ARNs of single roles (arn:aws:iam::ACCOUNT:role/NAME); wildcards are not accepted, list each role."
  }
}

variable "path" {
  description = "IAM path of the role."
  type        = string
  default     = "/"
  nullable    = false

  validation {
    condition     = can(regex("^/([!-.0-~]+/)*$", var.path)) && length(var.path) <= 512
    error_message = "path must start and end with a slash and be at most 512 characters; use / for none."
  }
}

variable "permissions_boundary" {
  description = "ARN of the managed policy to use as the permissions boundary. Null: no boundary."
  type        = string
  default     = null
  nullable    = true

  validation {
    condition     = var.permissions_boundary == null || can(regex("^arn:[a-z-]+:iam::(aws|[0-9]{12}):policy/.+$", var.permissions_boundary))
    error_message = "permissions_boundary must be the ARN of a managed policy (arn:aws:iam::ACCOUNT:policy/NAME), or null for no boundary."
  }
}

variable "pipelines" {
  description = <<-EOT
    SageMaker pipelines that the role may create, change, start, stop and delete, and whose steps run as it: allow those in `jobs`.
    - `enabled`: whether to allow it.
    - `name_prefix`: prefix of the pipelines' names, by default the role's name and a hyphen. Lower case, as in SageMaker ARNs, and
      ends in a hyphen. No pipeline of another role may have it, because this role could change what it runs.
  EOT
  type = object({
    enabled     = optional(bool, false)
    name_prefix = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = !var.pipelines.enabled || can(regex("^[a-z0-9][a-z0-9-]{0,60}-$", coalesce(var.pipelines.name_prefix, "${var.name}-")))
    error_message = "pipelines.name_prefix must be 2-62 lower-case letters, digits and hyphens, start without a hyphen and end with one; set it when the role's name has other characters."
  }
}

variable "prebuilt_images" {
  description = "Allow pulling AWS's prebuilt images (XGBoost, scikit-learn, deep learning containers and so on) from the accounts in which AWS keeps them in this region. The accounts are in `prebuilt_images.json`."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !var.prebuilt_images || length(local.prebuilt_image_accounts) > 0
    error_message = "prebuilt_images must be false in ${var.region}, whose registries this version of the module does not have; list the repositories in ecr_repository_arns."
  }
}

variable "secret_arns" {
  description = "Secrets that the role may read, keyed by a name you choose, such as credentials of Git repositories. For a secret with a customer-managed key, add that key to `kms_keys` with `secretsmanager` in its `via_services`."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for arn in values(var.secret_arns) : can(regex("^arn:[a-z-]+:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[^*]+$", arn))])
    error_message = "secret_arns must be ARNs of single secrets (arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-SUFFIX); wildcards are not accepted, list each secret."
  }
}

variable "tags" {
  description = "Tags for the role."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "trust_any_source" {
  description = <<-EOT
    Whether to leave the conditions on `aws:SourceAccount` and `aws:SourceArn` out of the trust policy. Null: leave them out for the
    role of a notebook (`notebook_instance_names`), because AWS does not list notebook instances among the features that send these
    keys, and a notebook could not start; set them otherwise. See
    https://docs.aws.amazon.com/sagemaker/latest/dg/security-confused-deputy-prevention.html.
    - true: risk: SageMaker may assume the role for any principal that may pass it (`iam:PassRole`), from any region of the account.
    - false: risk: a feature that does not send the keys cannot assume the role.
  EOT
  type        = bool
  default     = null
}

variable "trust_identity_context" {
  description = "Let SageMaker set an identity context (`sts:SetContext`), which Studio domains with trusted identity propagation do. It needs a domain with IAM Identity Center. Without it, apps of such a domain do not start."
  type        = bool
  default     = false
  nullable    = false
}

variable "trust_source_identity" {
  description = "Let SageMaker set a source identity (`sts:SetSourceIdentity`), which Studio domains with `source_identity` do for each user profile. Without it, apps of such a domain do not start."
  type        = bool
  default     = false
  nullable    = false
}
