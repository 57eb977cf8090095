variable "account_id" {
  description = "Account that owns the buckets, 12 digits. Bucket names end in it, because they must be globally unique. Passed in rather than looked up, so that a plan makes no AWS calls."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be 12 digits, such as 123456789012; quote it to keep leading zeros."
  }
}

variable "kms_key_arn" {
  description = "ARN of the customer-managed key that encrypts every object, such as the one `encryption-key` creates."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/.+$", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key (arn:aws:kms:REGION:ACCOUNT:key/ID); the bucket policy compares ARNs, so an alias or a bare ID would not match."
  }
}

variable "name" {
  description = "Prefix of the bucket names, which are NAME-KEY-ACCOUNT."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", var.name))
    error_message = "name must be lower-case letters, digits and inner hyphens; use demo-dev, not Demo_Dev."
  }
}

variable "access_log_replication" {
  description = <<-EOT
    Replicates the access logs from the bucket that `access_logging` creates. Separate from `access_logging`, so that two modules
    can replicate to each other.
    - `enabled`: whether to replicate.
    - `bucket_arn`: the destination bucket. It must exist and be versioned; its default encryption does not matter.
    - `other_account`, `account_id`: as in `replication`.
    - `storage_class`: storage class of the replicas.
  EOT
  type = object({
    enabled       = optional(bool, false)
    account_id    = optional(string)
    bucket_arn    = optional(string)
    other_account = optional(bool, false)
    storage_class = optional(string, "STANDARD")
  })
  default  = {}
  nullable = false

  validation {
    condition     = !var.access_log_replication.enabled || (var.access_logging.enabled && var.access_logging.create_bucket)
    error_message = "access_log_replication.enabled must be false where access_logging creates no bucket; set up replication where that bucket is created."
  }

  validation {
    condition     = !var.access_log_replication.enabled || can(regex("^arn:[a-z-]+:s3:::[a-z0-9][a-z0-9.-]+$", var.access_log_replication.bucket_arn))
    error_message = "access_log_replication.bucket_arn must be the ARN of one bucket (arn:aws:s3:::NAME) where enabled is true; leave out wildcards and object paths."
  }

  validation {
    condition = !var.access_log_replication.enabled || !endswith(
      coalesce(var.access_log_replication.bucket_arn, "-"), ":${var.name}-access-logs-${var.account_id}"
    )
    error_message = "access_log_replication.bucket_arn must not be the log bucket itself; use another one."
  }

  validation {
    condition = (
      var.access_log_replication.other_account
      ? can(regex("^[0-9]{12}$", var.access_log_replication.account_id)) && var.access_log_replication.account_id != var.account_id
      : var.access_log_replication.account_id == null
    )
    error_message = "access_log_replication.account_id must be the 12 digits of another account where other_account is true, and null where it is false; set both, or neither."
  }

  validation {
    condition = contains(
      ["STANDARD", "STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"],
      var.access_log_replication.storage_class
    )
    error_message = "access_log_replication.storage_class must be STANDARD, STANDARD_IA, INTELLIGENT_TIERING, ONEZONE_IA, GLACIER_IR, GLACIER or DEEP_ARCHIVE; leave it out for STANDARD."
  }
}

variable "access_logging" {
  description = <<-EOT
    Server access logs of every bucket, under the prefix BUCKET/.
    - `enabled`: whether to log.
    - `create_bucket`: create the bucket NAME-access-logs-ACCOUNT for them.
    - `target_bucket`: with `create_bucket` off, the name of the bucket that receives them, in the same account and region. It
      must use SSE-S3, because S3 delivers to no other, and its policy must allow `logging.s3.amazonaws.com` to put objects.
    - `eventbridge`: send the created bucket's events to EventBridge.
    - `expiration_days`: days after which logs in the created bucket expire. 0 keeps them indefinitely.
    - `force_destroy`: destroy the created bucket even if it holds logs. S3 still delivers logs hours after the last request.
  EOT
  type = object({
    enabled         = optional(bool, true)
    create_bucket   = optional(bool, true)
    target_bucket   = optional(string)
    eventbridge     = optional(bool, false)
    expiration_days = optional(number, 0)
    force_destroy   = optional(bool, false)
  })
  default  = {}
  nullable = false

  validation {
    condition     = !var.access_logging.enabled || var.access_logging.create_bucket || var.access_logging.target_bucket != null
    error_message = "access_logging.target_bucket must be set where create_bucket is false; name the bucket that receives the logs, or set enabled to false."
  }

  validation {
    condition     = !var.access_logging.create_bucket || var.access_logging.target_bucket == null
    error_message = "access_logging.target_bucket must be null where create_bucket is true; set create_bucket to false to log to an existing bucket."
  }

  validation {
    condition = !contains(
      [for key, bucket in var.buckets : coalesce(bucket.name, "${var.name}-${key}-${var.account_id}")],
      coalesce(var.access_logging.target_bucket, "-")
    )
    error_message = "access_logging.target_bucket must not be one of buckets, which use SSE-KMS: S3 delivers logs to SSE-S3 buckets only. Name an existing log bucket."
  }

  validation {
    condition     = var.access_logging.expiration_days >= 0 && floor(var.access_logging.expiration_days) == var.access_logging.expiration_days
    error_message = "access_logging.expiration_days must be whole days of 0 or more; use 0 to keep logs indefinitely."
  }

  validation {
    condition     = !var.access_logging.eventbridge || (var.access_logging.enabled && var.access_logging.create_bucket)
    error_message = "access_logging.eventbridge must be false where no log bucket is created; enable it where the bucket is created."
  }

  validation {
    condition     = !var.access_logging.enabled || !var.access_logging.create_bucket || length("${var.name}-access-logs-${var.account_id}") <= 63
    error_message = "access_logging.create_bucket needs a name of at most 38 characters (NAME-access-logs-ACCOUNT may have 63); shorten name, or set target_bucket."
  }
}

variable "buckets" {
  description = <<-EOT
    Buckets by key. The key is part of the bucket's name and is its key in the outputs.
    - `name`: full bucket name instead of NAME-KEY-ACCOUNT, to import an existing bucket.
    - `force_destroy`: destroy the bucket and the objects in it.
    - `require_kms_key`: deny uploads that request other encryption than `kms_key_arn`.
    - `versioning`: keep overwritten and deleted objects as noncurrent versions.
    - `lifecycle_rules`: by rule ID. Without rules, nothing is deleted. A rule applies to objects that start with `prefix` and
      have all `tags`. Its actions, in days, 0 for never: `expiration_days`; `noncurrent_expiration_days`, which keeps the
      `noncurrent_versions_kept` newest; `transition_days` and `noncurrent_transition_days`, by storage class, such as
      `{ GLACIER = 90 }`. `expired_delete_markers` removes delete markers without noncurrent versions.
    - `abort_multipart_days`: days after which incomplete multipart uploads are aborted. Applies with any lifecycle rule.
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
    error_message = "buckets[*].name must differ from every other bucket's name, including the access log bucket's (NAME-access-logs-ACCOUNT); choose another name, or leave name out."
  }

  validation {
    condition = alltrue(flatten([for bucket in values(var.buckets) : [
      for id in keys(bucket.lifecycle_rules) : length(id) >= 1 && length(id) <= 255 && id != "abort-unfinished-uploads"
    ]]))
    error_message = "buckets[*].lifecycle_rules must have IDs of 1-255 characters other than abort-unfinished-uploads, which abort_multipart_days sets; rename the rule's key."
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
    error_message = "buckets[*].lifecycle_rules[*] must use whole days of 0 or more; use 0 to leave an action out."
  }

  validation {
    condition = alltrue(flatten([for bucket in values(var.buckets) : [
      for rule in values(bucket.lifecycle_rules) :
      rule.expiration_days + rule.noncurrent_expiration_days > 0
      || rule.expired_delete_markers
      || length(rule.transition_days) + length(rule.noncurrent_transition_days) > 0
    ]]))
    error_message = "buckets[*].lifecycle_rules[*] must have an action, because S3 rejects a rule without one; set one of the days, or remove the rule."
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
    error_message = "buckets[*].lifecycle_rules[*].expired_delete_markers must be false in a rule with expiration_days or tags; remove delete markers in a separate rule."
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
        contains(local.storage_classes, class)
      ]
    ]]))
    error_message = "buckets[*].lifecycle_rules[*].transition_days and noncurrent_transition_days must have storage classes as keys: STANDARD_IA, INTELLIGENT_TIERING, ONEZONE_IA, GLACIER_IR, GLACIER or DEEP_ARCHIVE; for example { GLACIER = 90 }."
  }

  validation {
    condition = alltrue(flatten([for bucket in values(var.buckets) : [
      for rule in values(bucket.lifecycle_rules) : [
        for transitions in [rule.transition_days, rule.noncurrent_transition_days] : [
          for class, days in transitions : days >= 30 || !contains(local.infrequent_classes, class)
        ]
      ]
    ]]))
    error_message = "buckets[*].lifecycle_rules[*] must wait 30 days or more before a transition to STANDARD_IA or ONEZONE_IA; use GLACIER_IR or INTELLIGENT_TIERING for earlier transitions."
  }

  validation {
    condition = alltrue(flatten([for bucket in values(var.buckets) : [
      for rule in values(bucket.lifecycle_rules) : [
        rule.expiration_days == 0 || alltrue([for days in values(rule.transition_days) : days < rule.expiration_days]),
        rule.noncurrent_expiration_days == 0 || alltrue([for days in values(rule.noncurrent_transition_days) : days < rule.noncurrent_expiration_days]),
      ]
    ]]))
    error_message = "buckets[*].lifecycle_rules[*] must expire objects later than the last transition; raise expiration_days or noncurrent_expiration_days, or remove the transition."
  }
}

variable "notifications" {
  description = <<-EOT
    S3 event notifications, by the bucket's key in `buckets`.
    - `eventbridge`: send all events to EventBridge.
    - `functions`, `queues`, `topics`: Lambda functions, SQS queues and SNS topics to notify, keyed by a name you choose. Each has
      an `arn`, the `events` (`s3:ObjectCreated:*` by default) and the `prefix` and `suffix` of the object keys.
    - `functions[*].allow`: also add the Lambda permission for S3. Queues and topics need it in their own policies, and in the
      policy of the key that encrypts them, for `s3.amazonaws.com`, before this module is applied.
  EOT
  type = map(object({
    eventbridge = optional(bool, false)

    functions = optional(map(object({
      arn    = string
      allow  = optional(bool, true)
      events = optional(set(string), ["s3:ObjectCreated:*"])
      prefix = optional(string, "")
      suffix = optional(string, "")
    })), {})

    queues = optional(map(object({
      arn    = string
      events = optional(set(string), ["s3:ObjectCreated:*"])
      prefix = optional(string, "")
      suffix = optional(string, "")
    })), {})

    topics = optional(map(object({
      arn    = string
      events = optional(set(string), ["s3:ObjectCreated:*"])
      prefix = optional(string, "")
      suffix = optional(string, "")
    })), {})
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for key in keys(var.notifications) : contains(keys(var.buckets), key)])
    error_message = "notifications must have keys of buckets; use the bucket's key, not its full name."
  }

  validation {
    condition = alltrue([
      for bucket in values(var.notifications) :
      bucket.eventbridge || length(bucket.functions) + length(bucket.queues) + length(bucket.topics) > 0
    ])
    error_message = "notifications[*] must have a target; set eventbridge, name a function, queue or topic, or remove the entry."
  }

  validation {
    condition = alltrue(flatten([for bucket in values(var.notifications) : [
      [for function in values(bucket.functions) : can(regex("^arn:[a-z-]+:lambda:[a-z0-9-]+:[0-9]{12}:function:.+$", function.arn))],
      [for queue in values(bucket.queues) : can(regex("^arn:[a-z-]+:sqs:[a-z0-9-]+:[0-9]{12}:.+$", queue.arn)) && !endswith(queue.arn, ".fifo")],
      [for topic in values(bucket.topics) : can(regex("^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:.+$", topic.arn)) && !endswith(topic.arn, ".fifo")],
    ]]))
    error_message = "notifications[*] must use Lambda ARNs for functions, SQS ARNs for queues and SNS ARNs for topics, and none of them .fifo, which S3 rejects; send events to EventBridge to reach a FIFO queue."
  }

  validation {
    condition = alltrue(flatten([for bucket in values(var.notifications) : [
      for target in concat(values(bucket.functions)[*].events, values(bucket.queues)[*].events, values(bucket.topics)[*].events) : [
        length(target) > 0,
        [for event in target : can(regex("^s3:(ObjectCreated:(\\*|Put|Post|Copy|CompleteMultipartUpload)|ObjectRemoved:(\\*|Delete|DeleteMarkerCreated)|ObjectRestore:(\\*|Post|Completed|Delete)|ReducedRedundancyLostObject|Replication:(\\*|OperationFailedReplication|OperationMissedThreshold|OperationReplicatedAfterThreshold|OperationNotTracked)|LifecycleExpiration:(\\*|Delete|DeleteMarkerCreated)|LifecycleTransition|IntelligentTiering|ObjectTagging:(\\*|Put|Delete)|ObjectAcl:Put)$", event))],
      ]
    ]]))
    error_message = "notifications[*].*.events must be one or more of S3's event types, such as s3:ObjectCreated:* or s3:ObjectRemoved:Delete; leave events out for s3:ObjectCreated:*."
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

variable "permissions_boundary" {
  description = "ARN of the managed policy to use as the permissions boundary of the replication role. Null: no boundary."
  type        = string
  default     = null
  nullable    = true

  validation {
    condition     = var.permissions_boundary == null || can(regex("^arn:[a-z-]+:iam::(aws|[0-9]{12}):policy/.+$", var.permissions_boundary))
    error_message = "permissions_boundary must be the ARN of a managed policy (arn:aws:iam::ACCOUNT:policy/NAME), or null for no boundary."
  }
}

variable "readers" {
  description = <<-EOT
    Principals that may read buckets, mainly roles of other accounts, keyed by a name you choose. Their own policies must allow it
    too.
    - `principals`: ARNs of roles or users, keyed by a name you choose. `arn:aws:iam::ACCOUNT:root` delegates to that account's
      policies.
    - `buckets`: keys of `buckets`.
    - `prefix`: only object keys with this prefix. Empty: all objects.
    - `grant_key`: also grant each principal decryption with the key. When off, the key policy must allow it (`principal_access`
      of `encryption-key`).
  EOT
  type = map(object({
    principals = map(string)
    buckets    = set(string)
    grant_key  = optional(bool, true)
    prefix     = optional(string, "")
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.readers) : can(regex("^[a-zA-Z0-9][a-zA-Z0-9_-]{0,63}$", name))])
    error_message = "readers must have names of 1-64 letters, digits, underscores and hyphens as keys; rename the key."
  }

  validation {
    condition = length(var.readers) == length(distinct([
      for name in keys(var.readers) : replace(title(replace(name, "/[^a-zA-Z0-9]/", " ")), " ", "")
    ]))
    error_message = "readers must have names that differ in letters and digits, because they name policy statements; rename one of them."
  }

  validation {
    condition = alltrue(flatten([for reader in values(var.readers) : [
      length(reader.principals) > 0,
      [for arn in values(reader.principals) : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:(root|(role|user)/[^*]+)$", arn))],
    ]]))
    error_message = "readers[*].principals must be ARNs of IAM roles, users or account roots, at least one; wildcards are not accepted, list each principal."
  }

  validation {
    condition = alltrue(flatten([for reader in values(var.readers) : [
      length(reader.buckets) > 0, [for key in reader.buckets : contains(keys(var.buckets), key)],
    ]]))
    error_message = "readers[*].buckets must be keys of buckets, at least one; use the keys, not the full names."
  }

  validation {
    condition     = alltrue([for reader in values(var.readers) : can(regex("^([^/*?$[:cntrl:]][^*?$[:cntrl:]]*)?$", reader.prefix))])
    error_message = "readers[*].prefix must not begin with a slash or contain *, ?, $ or control characters; the trailing * is added."
  }
}

variable "replication" {
  description = <<-EOT
    Replication of new objects, by the bucket's key in `buckets`. Existing objects are not replicated; use S3 Batch Replication
    for them. Separate from `buckets`, so that two modules can replicate to each other.
    - `bucket_arn`: the destination bucket. It must exist and be versioned.
    - `kms_key_arn`: the key that encrypts the replicas, in the destination bucket's region.
    - `other_account`, `account_id`: replicate to this other account, which then owns the replicas. Its bucket policy and key
      policy must allow the role (output `replication_role_arn`).
    - `delete_markers`: also replicate delete markers. Deletions of a specific version are never replicated.
    - `prefix`: only object keys with this prefix.
    - `storage_class`: storage class of the replicas.
    - `time_control`: enable S3 Replication Time Control (15 minutes), which is billed.
  EOT
  type = map(object({
    bucket_arn     = string
    account_id     = optional(string)
    delete_markers = optional(bool, true)
    kms_key_arn    = string
    other_account  = optional(bool, false)
    prefix         = optional(string, "")
    storage_class  = optional(string, "STANDARD")
    time_control   = optional(bool, false)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for key in keys(var.replication) : contains(keys(var.buckets), key)])
    error_message = "replication must have keys of buckets; use the bucket's key, not its full name."
  }

  validation {
    condition     = alltrue([for key in keys(var.replication) : try(var.buckets[key].versioning, true)])
    error_message = "replication must be of buckets with versioning, which S3 requires; set buckets[*].versioning to true."
  }

  validation {
    condition     = alltrue([for replica in values(var.replication) : can(regex("^arn:[a-z-]+:s3:::[a-z0-9][a-z0-9.-]+$", replica.bucket_arn))])
    error_message = "replication[*].bucket_arn must be the ARN of one bucket (arn:aws:s3:::NAME); leave out wildcards and object paths."
  }

  validation {
    condition = !anytrue([
      for key, replica in var.replication :
      endswith(replica.bucket_arn, ":${try(coalesce(var.buckets[key].name, "${var.name}-${key}-${var.account_id}"), "-")}")
    ])
    error_message = "replication[*].bucket_arn must not be the bucket itself; use another one, in another region if the copy must survive a regional outage."
  }

  validation {
    condition     = alltrue([for replica in values(var.replication) : can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/.+$", replica.kms_key_arn))])
    error_message = "replication[*].kms_key_arn must be the ARN of a key (arn:aws:kms:REGION:ACCOUNT:key/ID); use the destination bucket's key, S3 accepts no alias."
  }

  validation {
    condition = alltrue([
      for replica in values(var.replication) :
      replica.other_account ? can(regex("^[0-9]{12}$", replica.account_id)) && replica.account_id != var.account_id : replica.account_id == null
    ])
    error_message = "replication[*].account_id must be the 12 digits of another account where other_account is true, and null where it is false; set both, or neither."
  }

  validation {
    condition = alltrue([
      for replica in values(var.replication) :
      contains(["STANDARD", "STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"], replica.storage_class)
    ])
    error_message = "replication[*].storage_class must be STANDARD, STANDARD_IA, INTELLIGENT_TIERING, ONEZONE_IA, GLACIER_IR, GLACIER or DEEP_ARCHIVE; leave it out for STANDARD."
  }

  validation {
    condition     = length(var.replication) == 0 || length("${var.name}-replication") <= 64
    error_message = "replication needs a name of at most 52 characters (the role NAME-replication may have 64); shorten name."
  }
}

variable "restrict_replication_trust" {
  description = "Let S3 assume the replication role only with `aws:SourceAccount` and `aws:SourceArn` of these buckets. AWS documents the trust policy without conditions (https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html). Risk: if S3 does not send the keys, objects are not replicated, which shows only in their replication status (`FAILED`) and in metrics."
  type        = bool
  default     = false
  nullable    = false
}

variable "tags" {
  description = "Tags for every bucket."
  type        = map(string)
  default     = {}
  nullable    = false
}
