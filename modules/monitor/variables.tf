variable "endpoint_name" {
  description = "Endpoint to monitor, of this account and region, with data capture of its requests: `data_capture` of `endpoint`. Pass the output `name`, so that the endpoint exists first."
  type        = string
  nullable    = false
}

variable "kms_key_arn" {
  description = "ARN of the customer-managed key that encrypts the reports and the volumes of the jobs."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/.+$", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key (arn:aws:kms:REGION:ACCOUNT:key/ID); an alias is not accepted."
  }
}

variable "name" {
  description = "Name of the schedule and the job definition, and prefix of the other names. Changing it replaces them."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$", var.name))
    error_message = "name must be 1-63 letters, digits and inner hyphens, as in names of monitoring schedules; shorten it."
  }
}

variable "region" {
  description = "Region of the endpoint."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]+$", var.region))
    error_message = "region must be a region code such as eu-west-1; an availability zone (eu-west-1a) is not accepted."
  }
}

variable "report_bucket_name" {
  description = "Name of the bucket for the reports."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.report_bucket_name))
    error_message = "report_bucket_name must be the name of a bucket; leave out s3://, and give the path as report_prefix."
  }
}

variable "role_arn" {
  description = "Role of the jobs: `execution-role` with the buckets, key, image, log group and metric namespace in the table of the README."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/.+$", var.role_arn))
    error_message = "role_arn must be the ARN of a role (arn:aws:iam::ACCOUNT:role/NAME); a bare name is not accepted."
  }
}

variable "alarms" {
  description = <<-EOT
    CloudWatch alarms on the drift of single features.
    - `max_drift`: the greatest distance from the baseline that is not an alarm, from 0 to 1, by feature name. Needs `baseline`.
    - `sns_topic_arns`: topics that alarms and their ends are sent to.
    - `period_in_seconds`: how long an execution's value counts. The time between executions, at most a day.
    - `namespace`, `endpoint_dimension`, `schedule_dimension`: where the analyzer publishes its metrics.
  EOT
  type = object({
    max_drift          = optional(map(number), {})
    sns_topic_arns     = optional(set(string), [])
    period_in_seconds  = optional(number, 3600)
    namespace          = optional(string, "aws/sagemaker/Endpoints/data-metrics")
    endpoint_dimension = optional(string, "Endpoint")
    schedule_dimension = optional(string, "MonitoringSchedule")
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for drift in values(var.alarms.max_drift) : drift >= 0 && drift < 1])
    error_message = "alarms.max_drift must be from 0 to less than 1, the range of the distance; use 0.1 for a tenth."
  }

  validation {
    condition     = alltrue([for feature in keys(var.alarms.max_drift) : can(regex("^[A-Za-z0-9_.-]{1,190}$", feature))])
    error_message = "alarms.max_drift must have feature names of 1-190 letters, digits and _ . - as keys, which are part of the names of metric and alarm; rename the column in the baseline."
  }

  validation {
    condition     = length(var.alarms.max_drift) == 0 || var.baseline != null && var.publish_metrics
    error_message = "alarms.max_drift must be empty without baseline and with publish_metrics = false, because there is no metric then; add the baseline, or remove the alarms."
  }

  validation {
    condition     = contains([3600, 7200, 10800, 14400, 21600, 28800, 43200, 86400], var.alarms.period_in_seconds)
    error_message = "alarms.period_in_seconds must be 3600, 7200, 10800, 14400, 21600, 28800, 43200 or 86400, the time between two executions; use 3600 for an hourly schedule."
  }
}

variable "baseline" {
  description = <<-EOT
    What captured data is compared with, as a baselining job (`suggest_baseline` of the SageMaker SDK) writes it. Null: jobs compute
    statistics only, and find no violations.
    - `constraints_s3_uri`: the `constraints.json`.
    - `statistics_s3_uri`: the `statistics.json`.
    A file with new content needs a new URI: Terraform does not read it.
  EOT
  type = object({
    constraints_s3_uri = string
    statistics_s3_uri  = string
  })
  default = null

  validation {
    condition = alltrue([
      for uri in var.baseline == null ? [] : [var.baseline.constraints_s3_uri, var.baseline.statistics_s3_uri] : can(regex("^s3://[^/]+/.+\\.json$", uri))
    ])
    error_message = "baseline must be URIs of JSON files, such as s3://BUCKET/PATH/constraints.json; a folder is not accepted."
  }
}

variable "environment" {
  description = "Additional environment variables of the analyzer, such as `dataset_format` of your own image."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "image_uri" {
  description = "Image of your own analyzer. Null: AWS's analyzer for tabular data."
  type        = string
  default     = null
}

variable "instance" {
  description = <<-EOT
    Instances of each job.
    - `type`, `count`, `volume_size_in_gb`: type, number and volume.
    - `encrypt_volume`: encrypt the volume with `kms_key_arn`. False for instance types with local NVMe disks, for which SageMaker
      accepts no key.
  EOT
  type = object({
    type              = optional(string, "ml.m5.xlarge")
    count             = optional(number, 1)
    volume_size_in_gb = optional(number, 30)
    encrypt_volume    = optional(bool, true)
  })
  default  = {}
  nullable = false
}

variable "max_runtime_in_seconds" {
  description = "Time after which SageMaker stops a job, 1 to 3600. Less than the time between two executions."
  type        = number
  default     = 1800
  nullable    = false
}

variable "network_isolation" {
  description = "Run the analyzer without network access. SageMaker copies input and output and publishes the metrics."
  type        = bool
  default     = true
  nullable    = false
}

variable "notifications" {
  description = <<-EOT
    EventBridge rules for the ends of jobs.
    - `sns_topic_arns`: topics to notify, keyed by a name you choose. Their policies must allow `events.amazonaws.com`. Empty: no rules.
    - `violations`: notify about jobs that find violations.
    - `failures`: notify about jobs that fail or are stopped, such as those without captured data.
  EOT
  type = object({
    sns_topic_arns = optional(map(string), {})
    violations     = optional(bool, true)
    failures       = optional(bool, true)
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for arn in values(var.notifications.sns_topic_arns) : can(regex("^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+$", arn))])
    error_message = "notifications.sns_topic_arns must be ARNs of standard topics (arn:aws:sns:REGION:ACCOUNT:NAME); EventBridge sends to no FIFO topic."
  }

  validation {
    condition     = length(var.notifications.sns_topic_arns) == 0 || var.notifications.violations || var.notifications.failures
    error_message = "notifications must have violations or failures where sns_topic_arns is set; set one of them to true, or remove the topics."
  }
}

variable "processors" {
  description = <<-EOT
    Python scripts that AWS's analyzer runs. Whoever may write them runs code as `role_arn`.
    - `record_s3_uri`: converts each captured record, for example from nested JSON to columns.
    - `report_s3_uri`: runs after the analysis.
  EOT
  type = object({
    record_s3_uri = optional(string)
    report_s3_uri = optional(string)
  })
  default  = {}
  nullable = false
}

variable "publish_metrics" {
  description = "Let the analyzer publish CloudWatch metrics of each feature, as far as the constraints enable `emit_metrics`."
  type        = bool
  default     = true
  nullable    = false
}

variable "report_prefix" {
  description = "Key prefix of the reports, without slashes at its ends. Null: `name`."
  type        = string
  default     = null

  validation {
    condition     = var.report_prefix == null || can(regex("^[A-Za-z0-9!_.'()-]+(/[A-Za-z0-9!_.'()-]+)*$", var.report_prefix))
    error_message = "report_prefix must be letters, digits and ! _ . ' ( ) - in parts divided by /; leave out slashes at the ends and the bucket."
  }
}

variable "schedule_expression" {
  description = "When jobs run, in UTC, with a delay of up to 20 minutes: `cron(0 * ? * * *)` for each hour, `cron(0 6 ? * * *)` for once a day, `cron(0 0/12 ? * * *)` for every 12 hours from midnight."
  type        = string
  default     = "cron(0 * ? * * *)"
  nullable    = false

  validation {
    condition     = can(regex("^cron\\(0 (\\*|([01]?[0-9]|2[0-3])(/(0?[1-9]|1[0-9]|2[0-4]))?) \\? \\* \\* \\*\\)$", var.schedule_expression))
    error_message = "schedule_expression must be cron(0 * ? * * *), cron(0 HOUR ? * * *) or cron(0 HOUR/HOURS ? * * *), the only forms that SageMaker accepts on a schedule; use minute 0, hours from 0 to 23, and ? * * * for the days."
  }
}

variable "tags" {
  description = "Tags for the job definition, schedule, alarms and rules."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "vpc" {
  description = <<-EOT
    Run the jobs in a VPC.
    - `security_group_ids`: 1 to 5 security groups.
    - `subnet_ids`: 1 to 16 subnets. S3 must be reachable.
  EOT
  type = object({
    security_group_ids = set(string)
    subnet_ids         = set(string)
  })
  default = null
}
