variable "account_id" {
  description = "Account to watch, 12 digits. Passed in rather than looked up, so that a plan makes no AWS calls."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be 12 digits, such as 123456789012; quote it to keep leading zeros."
  }
}

variable "kms_key_arn" {
  description = "ARN of the customer-managed key that encrypts the topic. Its policy must allow EventBridge, or messages are silently lost: set `event_topic_names` of `encryption-key`, or use the output `key_policy_json`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/.+$", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key (arn:aws:kms:REGION:ACCOUNT:key/ID); an alias can be moved to another key, so use the key behind it."
  }
}

variable "name" {
  description = "Name of the topic and the budget, and prefix of the names of the rules and the guardrail policies."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9](-*[A-Za-z0-9])*$", var.name)) && length(var.name) <= 47
    error_message = "name must be 1-47 letters, digits and inner hyphens, because it is the prefix of rule names; shorten or change it."
  }
}

variable "region" {
  description = "Region to watch. EventBridge receives events of its own region only: call this module once per region."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]+$", var.region))
    error_message = "region must be a region code such as eu-west-1; an availability zone (eu-west-1a) is not accepted."
  }
}

variable "budget" {
  description = <<-EOT
    Budget for the SageMaker costs of the whole account, all regions. Enable it in one region's module call only.
    - `enabled`: whether to create the budget.
    - `limit`: amount in `currency` per `period`: `DAILY`, `MONTHLY`, `QUARTERLY` or `ANNUALLY`.
    - `services`: service names as in Cost Explorer. AWS Budgets accepts any name and counts nothing for an unknown one.
    - `tags`: only costs with one of the values of each cost allocation tag. Empty: all costs.
    - `actual_percent`: alarm thresholds for actual costs, in percent of the limit.
    - `forecast_percent`: alarm thresholds for forecast costs, in percent of the limit. AWS has no forecast for daily budgets.
    - `email_addresses`: recipients of the alarms in addition to the topic.
    - `notify_topic`: send the alarms to the topic. The key policy must allow `budgets.amazonaws.com` (`service_access` of
      `encryption-key`, or the output `key_policy_json`).
  EOT
  type = object({
    enabled          = optional(bool, false)
    limit            = optional(number, 0)
    currency         = optional(string, "USD")
    period           = optional(string, "MONTHLY")
    services         = optional(set(string), ["Amazon SageMaker"])
    tags             = optional(map(set(string)), {})
    actual_percent   = optional(set(number), [50, 80, 100])
    forecast_percent = optional(set(number), [100])
    email_addresses  = optional(set(string), [])
    notify_topic     = optional(bool, true)
  })
  default  = {}
  nullable = false

  validation {
    condition     = !var.budget.enabled || var.budget.limit > 0
    error_message = "budget.limit must be more than 0 where budget.enabled is true; set the amount for one period."
  }

  validation {
    condition     = contains(["DAILY", "MONTHLY", "QUARTERLY", "ANNUALLY"], var.budget.period)
    error_message = "budget.period must be DAILY, MONTHLY, QUARTERLY or ANNUALLY; use MONTHLY to match the bill."
  }

  validation {
    condition     = can(regex("^[A-Z]{3}$", var.budget.currency))
    error_message = "budget.currency must be a code of three capital letters, the currency of the bill; use USD if AWS bills in dollars."
  }

  validation {
    condition     = length(var.budget.services) > 0
    error_message = "budget.services must have at least one service; use Amazon SageMaker, as in Cost Explorer."
  }

  # AWS Budgets accepts any text and counts nothing for a name that Cost Explorer does not have.
  validation {
    condition     = alltrue([for service in var.budget.services : startswith(service, "Amazon SageMaker") || !can(regex("(?i)sagemaker", service))])
    error_message = "budget.services must have SageMaker as Amazon SageMaker, the name in Cost Explorer; a budget for a service code such as AmazonSageMaker counts nothing."
  }

  validation {
    condition     = alltrue([for service in var.budget.services : trimspace(service) == service && can(regex("[A-Z]", service))])
    error_message = "budget.services must be names as in Cost Explorer, which have capital letters and no spaces around them; see aws ce get-dimension-values --dimension SERVICE --time-period Start=2026-01-01,End=2026-02-01."
  }

  validation {
    condition     = alltrue([for values in values(var.budget.tags) : length(values) > 0])
    error_message = "budget.tags[*] must have at least one value; remove the tag to count all costs."
  }

  validation {
    condition     = alltrue([for percent in setunion(var.budget.actual_percent, var.budget.forecast_percent) : percent > 0 && percent <= 1000])
    error_message = "budget.actual_percent and forecast_percent must be more than 0 and at most 1000; 80 means 80 percent of the limit."
  }

  validation {
    condition = anytrue([
      !var.budget.enabled,
      length(var.budget.actual_percent) + length(var.budget.forecast_percent) >= 1 && length(var.budget.actual_percent) + length(var.budget.forecast_percent) <= 10,
    ])
    error_message = "budget.actual_percent and forecast_percent must have 1-10 alarms together, the limit of AWS Budgets; remove some, or set budget.enabled to false."
  }

  validation {
    condition     = var.budget.period != "DAILY" || length(var.budget.forecast_percent) == 0
    error_message = "budget.forecast_percent must be empty where budget.period is DAILY, for which AWS has no forecast; use actual_percent."
  }

  validation {
    condition     = alltrue([for address in var.budget.email_addresses : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", address))]) && length(var.budget.email_addresses) <= 10
    error_message = "budget.email_addresses must be at most 10 addresses such as ml-team@example.com; use the topic for more recipients."
  }

  validation {
    condition     = !var.budget.enabled || var.budget.notify_topic || length(var.budget.email_addresses) > 0
    error_message = "budget.email_addresses must have an address where budget.notify_topic is false; add one, or set budget.notify_topic to true."
  }
}

variable "guardrail" {
  description = <<-EOT
    Limits for roles that the guardrail policies are attached to. They contain deny statements only: attach all of them in
    addition to the policies that allow access (`managed_policy_arns` of `execution-role`). They cannot be a permissions boundary,
    which must allow.
    - `enabled`: create the managed policies NAME-guardrail, NAME-guardrail-names, NAME-guardrail-network and NAME-guardrail-keys.
    - `allowed_features`: features to allow although condition keys do not limit them enough: `ai_jobs`, `automl`, `clusters`,
      `compilation`, `custom_jobs`, `inference_components`, `inference_experiments`, `inference_recommendations`, `labeling`,
      `lifecycle_configurations`, `mlflow`, `optimization`, `partner_apps`, `training_plans`.
    - `instance_types`: allowed types for everything that sends one, such as jobs, endpoints, notebooks, spaces and apps; `*`
      and `?` are wildcards. Empty: any.
    - `name_prefix`: required name prefix of jobs, models, endpoints, notebooks, monitoring schedules and pipelines, also to
      update or start them. Lower case, ends in a hyphen. Empty: any name.
    - `pass_role_arns`: roles that may be passed to SageMaker, keyed by a name you choose. Empty: any.
    - `allow_root_access`: allow notebooks with root access.
    - `allow_remote_debug`: allow a shell in the container of a training job.
    - `max_keep_alive_in_seconds`: how long a training job may keep its instances, billed, for the next one. 0: not at all.
    - `require_vpc`: require a VPC for jobs, models, notebooks, clusters and domains, without direct internet access.
    - `subnet_ids`, `security_group_ids`: allowed subnets and security groups, keyed by names you choose. Empty: any.
    - `serverless_model_prefix`: name prefix of models without a VPC, for serverless endpoints only, which cannot have one.
      Begins with `name_prefix` and ends in a hyphen. Empty: no such models.
    - `require_kms`: require customer-managed keys for volumes and output of jobs, for volumes of endpoints, notebooks and
      domains, and for feature groups.
      SageMaker accepts no volume key for instance types with local NVMe disks: leave them out of `instance_types`.
    - `kms_key_arns`: allowed keys, keyed by a name you choose. Empty: any.
    - `required_tags`: tag keys that must be set at creation and cannot be removed.
    - `max_runtime_in_seconds`: maximum that jobs may set in `StoppingCondition`, which is then required. 0: not required, and
      SageMaker's default of a day or more applies.
  EOT
  type = object({
    enabled                   = optional(bool, true)
    allowed_features          = optional(set(string), [])
    instance_types            = optional(set(string), [])
    name_prefix               = optional(string, "")
    pass_role_arns            = optional(map(string), {})
    allow_root_access         = optional(bool, false)
    allow_remote_debug        = optional(bool, false)
    max_keep_alive_in_seconds = optional(number, 0)
    require_vpc               = optional(bool, true)
    subnet_ids                = optional(map(string), {})
    security_group_ids        = optional(map(string), {})
    serverless_model_prefix   = optional(string, "")
    require_kms               = optional(bool, true)
    kms_key_arns              = optional(map(string), {})
    required_tags             = optional(set(string), [])
    max_runtime_in_seconds    = optional(number, 0)
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for type in var.guardrail.instance_types : can(regex("^ml\\.[a-z0-9*?-]+(\\.[a-z0-9*?]+)?$", type))])
    error_message = "guardrail.instance_types must be SageMaker instance types such as ml.m5.large or ml.m5.*; add the ml. prefix to the EC2 type."
  }

  validation {
    condition     = can(regex("^([a-z0-9][a-z0-9-]{0,60}-)?$", var.guardrail.name_prefix))
    error_message = "guardrail.name_prefix must be at most 62 lower-case letters, digits and hyphens, begin with a letter or digit and end in a hyphen, or ml would also allow mlops-1; leave out the trailing *, it is added."
  }

  validation {
    condition     = alltrue([for feature in var.guardrail.allowed_features : contains(keys(local.unlimited_features), feature)])
    error_message = "guardrail.allowed_features must be ai_jobs, automl, clusters, compilation, custom_jobs, inference_components, inference_experiments, inference_recommendations, labeling, lifecycle_configurations, mlflow, optimization, partner_apps or training_plans; other features are not denied as a whole."
  }

  validation {
    condition     = alltrue([for arn in values(var.guardrail.pass_role_arns) : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/[^*]+$", arn))])
    error_message = "guardrail.pass_role_arns must be ARNs of roles (arn:aws:iam::ACCOUNT:role/NAME); wildcards are not accepted, list each role."
  }

  validation {
    condition     = var.guardrail.max_keep_alive_in_seconds >= 0 && var.guardrail.max_keep_alive_in_seconds <= 3600 && floor(var.guardrail.max_keep_alive_in_seconds) == var.guardrail.max_keep_alive_in_seconds
    error_message = "guardrail.max_keep_alive_in_seconds must be whole seconds from 0 to 3600, the limit of SageMaker; use 0 to deny warm pools."
  }

  validation {
    condition = (
      var.guardrail.serverless_model_prefix == "" ||
      can(regex("^[a-z0-9][a-z0-9-]{0,60}-$", var.guardrail.serverless_model_prefix)) && startswith(var.guardrail.serverless_model_prefix, var.guardrail.name_prefix)
    )
    error_message = "guardrail.serverless_model_prefix must be at most 62 lower-case letters, digits and hyphens, begin with guardrail.name_prefix and end in a hyphen; use ml-serverless- where the prefix is ml-."
  }

  validation {
    condition     = var.guardrail.require_vpc || var.guardrail.serverless_model_prefix == ""
    error_message = "guardrail.serverless_model_prefix must be empty where guardrail.require_vpc is false, which allows every model without a VPC; remove it, or set require_vpc to true."
  }

  validation {
    condition     = alltrue([for id in values(var.guardrail.security_group_ids) : can(regex("^sg-[0-9a-z]+$", id))])
    error_message = "guardrail.security_group_ids must be IDs such as sg-0123456789abcdef0; an ARN is not accepted."
  }

  validation {
    condition     = var.guardrail.require_vpc || length(var.guardrail.security_group_ids) == 0
    error_message = "guardrail.security_group_ids must be empty where guardrail.require_vpc is false; set it to true to restrict jobs to the security groups."
  }

  validation {
    condition     = alltrue([for id in values(var.guardrail.subnet_ids) : can(regex("^subnet-[0-9a-z]+$", id))])
    error_message = "guardrail.subnet_ids must be IDs such as subnet-0123456789abcdef0; an ARN is not accepted."
  }

  validation {
    condition     = var.guardrail.require_vpc || length(var.guardrail.subnet_ids) == 0
    error_message = "guardrail.subnet_ids must be empty where guardrail.require_vpc is false; set it to true to restrict jobs to the subnets."
  }

  validation {
    condition     = alltrue([for arn in values(var.guardrail.kms_key_arns) : can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[^*]+$", arn))])
    error_message = "guardrail.kms_key_arns must be ARNs of keys (arn:aws:kms:REGION:ACCOUNT:key/ID); SageMaker compares ARNs, so an alias would match no job."
  }

  validation {
    condition     = var.guardrail.require_kms || length(var.guardrail.kms_key_arns) == 0
    error_message = "guardrail.kms_key_arns must be empty where guardrail.require_kms is false; set it to true to restrict jobs to the keys."
  }

  validation {
    condition     = alltrue([for key in var.guardrail.required_tags : can(regex("^[A-Za-z0-9 _.:/=+@-]{1,128}$", key)) && !startswith(lower(key), "aws:")])
    error_message = "guardrail.required_tags must be keys of 1-128 letters, digits, spaces and _ . : / = + - @ that do not begin with aws:; use tag keys, not values."
  }

  validation {
    condition     = var.guardrail.max_runtime_in_seconds >= 0 && floor(var.guardrail.max_runtime_in_seconds) == var.guardrail.max_runtime_in_seconds
    error_message = "guardrail.max_runtime_in_seconds must be whole seconds of 0 or more; use 0 for no limit, 86400 for a day."
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

variable "subscriptions" {
  description = <<-EOT
    Subscribers of the topic, keyed by a name you choose.
    - `protocol`: `email`, `email-json`, `https`, `lambda` or `sqs`.
    - `endpoint`: the address, URL or ARN. E-mail recipients must confirm; a function or queue must allow the topic in its policy.
  EOT
  type = map(object({
    protocol = string
    endpoint = string
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for one in values(var.subscriptions) : contains(["email", "email-json", "https", "lambda", "sqs"], one.protocol)])
    error_message = "subscriptions[*].protocol must be email, email-json, https, lambda or sqs; plain http is not accepted."
  }

  validation {
    condition = alltrue([for one in values(var.subscriptions) : can(regex(
      lookup({
        https  = "^https://[^\\s]+$"
        lambda = "^arn:[a-z-]+:lambda:[a-z0-9-]+:[0-9]{12}:function:.+$"
        sqs    = "^arn:[a-z-]+:sqs:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+$"
      }, one.protocol, "^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$"),
      one.endpoint,
    ))])
    error_message = "subscriptions[*].endpoint must match its protocol: an address for email and email-json, https://… for https, the ARN of a function or queue for lambda and sqs."
  }
}

variable "tags" {
  description = "Tags for the topic, rules, policy and budget."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "watched" {
  description = <<-EOT
    Resource types to report state changes of: `training_jobs`, `processing_jobs`, `transform_jobs`, `tuning_jobs`, `endpoints`,
    `notebooks`. All by default.
    - `statuses`: report only these, spelled as in the events (`InProgress`; `IN_SERVICE` for endpoints). Empty: those that start
      or end costs, and failures.
    - `ignored_names`: names not to report, keyed by a name you choose, such as endpoints and notebooks that Terraform manages.
  EOT
  type = map(object({
    statuses      = optional(set(string), [])
    ignored_names = optional(map(string), {})
  }))
  default = {
    training_jobs   = {}
    processing_jobs = {}
    transform_jobs  = {}
    tuning_jobs     = {}
    endpoints       = {}
    notebooks       = {}
  }
  nullable = false

  validation {
    condition     = length(var.watched) > 0 && alltrue([for kind in keys(var.watched) : contains(keys(local.kinds), kind)])
    error_message = "watched must have at least one of the keys training_jobs, processing_jobs, transform_jobs, tuning_jobs, endpoints and notebooks; leave it out to watch all."
  }

  validation {
    condition = alltrue([
      for kind, one in var.watched : length(setsubtract(one.statuses, try(local.kinds[kind].statuses, one.statuses))) == 0
    ])
    error_message = "watched[*].statuses must be statuses of the resource type as in its events: InProgress, Completed, Failed, Stopping, Stopped for jobs; CREATING, UPDATING, IN_SERVICE and so on for endpoints; Pending, InService, Stopping, Stopped, Failed, Deleting, Updating for notebooks."
  }
}
