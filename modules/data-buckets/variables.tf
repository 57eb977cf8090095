variable "account_id" {
  description = "Account that owns the buckets, 12 digits. Ends the buckets' names, because those are unique in the whole world. An input and not a lookup, so that a plan asks AWS nothing."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be 12 digits, such as 123456789012; quote it, so that leading zeros stay."
  }
}

variable "kms_key_arn" {
  description = "ARN of the customer-managed key that encrypts every object, such as `encryption-key` makes."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/.+$", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key (arn:aws:kms:REGION:ACCOUNT:key/ID); the bucket policy compares ARNs, an alias or bare id would not match."
  }
}

variable "name" {
  description = "Begins the buckets' names, which are NAME-KEY-ACCOUNT."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", var.name))
    error_message = "name must be lower-case letters, digits and inner hyphens; write demo-dev, not Demo_Dev."
  }
}

variable "access_logging" {
  description = <<-EOT
    Server access logs of every bucket, below the bucket's name and a slash.
    - `enabled`: whether to log.
    - `create_bucket`: make the bucket NAME-access-logs-ACCOUNT for them.
    - `target_bucket`: with `create_bucket` off, the name of a bucket in the same account and region that receives them. It must
      use SSE-S3, S3 delivers to no other, and its policy must let `logging.s3.amazonaws.com` put objects.
    - `expiration_days`: days after which the made bucket drops logs. 0 keeps them for ever.
    - `force_destroy`: destroy the made bucket even with logs in it; S3 delivers some hours after the last request.
  EOT
  type = object({
    enabled         = optional(bool, true)
    create_bucket   = optional(bool, true)
    target_bucket   = optional(string)
    expiration_days = optional(number, 0)
    force_destroy   = optional(bool, false)
  })
  default  = {}
  nullable = false

  validation {
    condition     = !var.access_logging.enabled || var.access_logging.create_bucket || var.access_logging.target_bucket != null
    error_message = "access_logging.target_bucket must be given where create_bucket is false; name the bucket that receives the logs, or set enabled to false."
  }

  validation {
    condition     = !var.access_logging.create_bucket || var.access_logging.target_bucket == null
    error_message = "access_logging.target_bucket must be null where create_bucket is true; set create_bucket to false to log to a bucket made elsewhere."
  }

  validation {
    condition = !contains(
      [for key, bucket in var.buckets : coalesce(bucket.name, "${var.name}-${key}-${var.account_id}")],
      coalesce(var.access_logging.target_bucket, "-")
    )
    error_message = "access_logging.target_bucket must not be one of buckets, which use SSE-KMS: S3 delivers logs to SSE-S3 buckets only. Name a log bucket made elsewhere."
  }

  validation {
    condition     = var.access_logging.expiration_days >= 0 && floor(var.access_logging.expiration_days) == var.access_logging.expiration_days
    error_message = "access_logging.expiration_days must be whole days of 0 or more; use 0 to keep logs for ever."
  }

  validation {
    condition     = !var.access_logging.enabled || !var.access_logging.create_bucket || length("${var.name}-access-logs-${var.account_id}") <= 63
    error_message = "access_logging.create_bucket needs a name of at most 38 characters (NAME-access-logs-ACCOUNT has 63); shorten name, or set target_bucket."
  }
}

variable "buckets" {
  description = <<-EOT
    Buckets by key; the key is in the bucket's name and names it in the outputs.
    - `name`: whole name of the bucket in place of NAME-KEY-ACCOUNT, for a bucket that exists already and is imported.
    - `force_destroy`: destroy the bucket even with objects in it. They are lost.
    - `require_kms_key`: refuse uploads that ask for another encryption than this module's key.
    - `versioning`: keep what is overwritten or deleted as older versions.
    - `lifecycle_rules`: by rule id; none by default, nothing is ever deleted then. What a rule applies to: objects below `prefix`
      that bear all `tags`. What it does, each after so many days and 0 for never: `expiration_days`, `noncurrent_expiration_days`
      (sparing the `noncurrent_versions_kept` newest), moves to a storage class such as `{ GLACIER = 90 }` in `transition_days` and
      `noncurrent_transition_days`; and `expired_delete_markers` removes what is left of objects without versions.
    - `abort_multipart_days`: with any lifecycle rule, days after which the parts of an unfinished upload are dropped too.
  EOT
  type = map(object({
    name                 = optional(string)
    abort_multipart_days = optional(number, 7)
    force_destroy        = optional(bool, false)
    require_kms_key      = optional(bool, true)
    versioning           = optional(bool, true)

    lifecycle_rules = optional(map(object({
      enabled                    = optional(bool, true)
      prefix                     = optional(string, "")
      tags                       = optional(map(string), {})
      expiration_days            = optional(number, 0)
      expired_delete_markers     = optional(bool, false)
      noncurrent_expiration_days = optional(number, 0)
      noncurrent_versions_kept   = optional(number, 0)
      noncurrent_transition_days = optional(map(number), {})
      transition_days            = optional(map(number), {})
    })), {})
  }))
  default = {
    training = {}
    output   = {}
    model    = {}
  }
  nullable = false

  validation {
    condition     = length(var.buckets) > 0 && alltrue([for key in keys(var.buckets) : can(regex("^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", key))])
    error_message = "buckets must have at least one key, of lower-case letters, digits and inner hyphens; the key is part of the bucket's name."
  }

  validation {
    condition = alltrue([
      for key, bucket in var.buckets :
      can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", coalesce(bucket.name, "${var.name}-${key}-${var.account_id}")))
    ])
    error_message = "buckets[*] must have names (NAME-KEY-ACCOUNT, or buckets[*].name) of 3-63 lower-case letters, digits and inner hyphens; shorten name or the key. Dots are not accepted: they break TLS."
  }

  validation {
    condition = alltrue([
      for key, bucket in var.buckets :
      !can(regex("^(xn--|sthree-|amzn-s3-demo-)|(-s3alias|--ol-s3|--x-s3|--table-s3|-an)$", coalesce(bucket.name, "${var.name}-${key}-${var.account_id}")))
    ])
    error_message = "buckets[*] must have names that do not begin with xn--, sthree- or amzn-s3-demo- nor end with -s3alias, --ol-s3, --x-s3, --table-s3 or -an, which S3 reserves; choose another name."
  }

  validation {
    condition = length(var.buckets) + 1 == length(distinct(concat(["${var.name}-access-logs-${var.account_id}"], [
      for key, bucket in var.buckets : coalesce(bucket.name, "${var.name}-${key}-${var.account_id}")
    ])))
    error_message = "buckets[*].name must differ from every other bucket's name, that of the access logs (NAME-access-logs-ACCOUNT) included; give each bucket its own, or leave name out."
  }

  validation {
    condition = alltrue(flatten([for bucket in values(var.buckets) : [
      for id in keys(bucket.lifecycle_rules) : length(id) >= 1 && length(id) <= 255 && id != "abort-unfinished-uploads"
    ]]))
    error_message = "buckets[*].lifecycle_rules must have ids of 1-255 characters other than abort-unfinished-uploads, which abort_multipart_days sets; rename the rule's key."
  }

  validation {
    condition = alltrue(flatten([for bucket in values(var.buckets) : [
      for rule in values(bucket.lifecycle_rules) : [
        for days in concat(
          [rule.expiration_days, rule.noncurrent_expiration_days],
          values(rule.transition_days),
          values(rule.noncurrent_transition_days),
        ) : days >= 0 && floor(days) == days
      ]
    ]]))
    error_message = "buckets[*].lifecycle_rules[*] must count whole days of 0 or more; use 0 to leave an action out."
  }

  validation {
    condition = alltrue(flatten([for bucket in values(var.buckets) : [
      for rule in values(bucket.lifecycle_rules) :
      rule.expiration_days + rule.noncurrent_expiration_days > 0
      || rule.expired_delete_markers
      || length(rule.transition_days) + length(rule.noncurrent_transition_days) > 0
    ]]))
    error_message = "buckets[*].lifecycle_rules[*] must do something: S3 refuses a rule without an action; set one of the days, or remove the rule."
  }

  validation {
    condition = alltrue([
      for bucket in values(var.buckets) :
      bucket.abort_multipart_days >= 1 && floor(bucket.abort_multipart_days) == bucket.abort_multipart_days
    ])
    error_message = "buckets[*].abort_multipart_days must be whole days of 1 or more; leave it at 7 unless uploads take longer."
  }

  validation {
    condition = alltrue(flatten([for bucket in values(var.buckets) : [
      for rule in values(bucket.lifecycle_rules) :
      !rule.expired_delete_markers || (rule.expiration_days == 0 && length(rule.tags) == 0)
    ]]))
    error_message = "buckets[*].lifecycle_rules[*].expired_delete_markers must be false in a rule with expiration_days or tags; remove delete markers in a rule of its own."
  }

  validation {
    condition = alltrue(flatten([for bucket in values(var.buckets) : [
      for rule in values(bucket.lifecycle_rules) :
      rule.noncurrent_versions_kept == 0 || (
        rule.noncurrent_versions_kept >= 1
        && rule.noncurrent_versions_kept <= 100
        && floor(rule.noncurrent_versions_kept) == rule.noncurrent_versions_kept
        && rule.noncurrent_expiration_days > 0
      )
    ]]))
    error_message = "buckets[*].lifecycle_rules[*].noncurrent_versions_kept must be 0-100, and 0 without noncurrent_expiration_days; set both, or neither."
  }

  validation {
    condition = alltrue(flatten([for bucket in values(var.buckets) : [
      for rule in values(bucket.lifecycle_rules) : [
        for class in concat(keys(rule.transition_days), keys(rule.noncurrent_transition_days)) :
        contains(["STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"], class)
      ]
    ]]))
    error_message = "buckets[*].lifecycle_rules[*].transition_days and noncurrent_transition_days must be by storage class: STANDARD_IA, INTELLIGENT_TIERING, ONEZONE_IA, GLACIER_IR, GLACIER or DEEP_ARCHIVE; write { GLACIER = 90 }."
  }

  validation {
    condition = alltrue(flatten([for bucket in values(var.buckets) : [
      for rule in values(bucket.lifecycle_rules) : [
        for transitions in [rule.transition_days, rule.noncurrent_transition_days] : [
          for class, days in transitions : days >= 30 || !contains(["STANDARD_IA", "ONEZONE_IA"], class)
        ]
      ]
    ]]))
    error_message = "buckets[*].lifecycle_rules[*] must leave objects 30 days or more before STANDARD_IA or ONEZONE_IA; use GLACIER_IR or INTELLIGENT_TIERING to move them sooner."
  }

  validation {
    condition = alltrue(flatten([for bucket in values(var.buckets) : [
      for rule in values(bucket.lifecycle_rules) : [
        for transitions in [rule.transition_days, rule.noncurrent_transition_days] : [
          for early in setintersection(keys(transitions), ["STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"]) : [
            for late in setintersection(keys(transitions), ["STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"]) :
            transitions[late] > transitions[early]
            && (transitions[late] >= transitions[early] + 30 || !contains(["STANDARD_IA", "ONEZONE_IA"], early))
            if index(["STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"], late)
            > index(["STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"], early)
          ]
        ]
      ]
    ]]))
    error_message = "buckets[*].lifecycle_rules[*] must move objects in the order STANDARD_IA, INTELLIGENT_TIERING, ONEZONE_IA, GLACIER_IR, GLACIER, DEEP_ARCHIVE, each later than the one before, and 30 days or more after STANDARD_IA or ONEZONE_IA; change the days."
  }

  validation {
    condition = alltrue(flatten([for bucket in values(var.buckets) : [
      for rule in values(bucket.lifecycle_rules) : [
        rule.expiration_days == 0 || alltrue([for days in values(rule.transition_days) : days < rule.expiration_days]),
        rule.noncurrent_expiration_days == 0 || alltrue([for days in values(rule.noncurrent_transition_days) : days < rule.noncurrent_expiration_days]),
      ]
    ]]))
    error_message = "buckets[*].lifecycle_rules[*] must expire objects later than it moves them; raise expiration_days or noncurrent_expiration_days, or drop the transition."
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

variable "tags" {
  description = "Tags of every bucket."
  type        = map(string)
  default     = {}
  nullable    = false
}
