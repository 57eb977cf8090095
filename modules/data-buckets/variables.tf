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

variable "access_log_replication" {
  description = <<-EOT
    Where S3 copies the access logs to, from the bucket that `access_logging` makes. A variable of its own, so that two modules can copy
    to each other.
    - `enabled`: whether to copy.
    - `bucket_arn`: the bucket of the replicas. It has to be there and be versioned; its default encryption does not matter.
    - `other_account`, `account_id`: as in `replication`.
    - `storage_class`: class of the replicas.
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
    error_message = "access_log_replication.enabled must be false where access_logging makes no bucket; replicate the bucket that receives the logs where it is made."
  }

  validation {
    condition     = !var.access_log_replication.enabled || can(regex("^arn:[a-z-]+:s3:::[a-z0-9][a-z0-9.-]+$", var.access_log_replication.bucket_arn))
    error_message = "access_log_replication.bucket_arn must be the ARN of one bucket (arn:aws:s3:::NAME) where enabled is true; leave out wildcards and object paths."
  }

  validation {
    condition = !var.access_log_replication.enabled || !endswith(
      coalesce(var.access_log_replication.bucket_arn, "-"), ":${var.name}-access-logs-${var.account_id}"
    )
    error_message = "access_log_replication.bucket_arn must not be the log bucket itself; name another one."
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
    Server access logs of every bucket, below the bucket's name and a slash.
    - `enabled`: whether to log.
    - `create_bucket`: make the bucket NAME-access-logs-ACCOUNT for them.
    - `target_bucket`: with `create_bucket` off, the name of a bucket in the same account and region that receives them. It must
      use SSE-S3, S3 delivers to no other, and its policy must let `logging.s3.amazonaws.com` put objects.
    - `eventbridge`: send the made bucket's events to EventBridge.
    - `expiration_days`: days after which the made bucket drops logs. 0 keeps them for ever.
    - `force_destroy`: destroy the made bucket even with logs in it; S3 delivers some hours after the last request.
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
    condition     = !var.access_logging.eventbridge || (var.access_logging.enabled && var.access_logging.create_bucket)
    error_message = "access_logging.eventbridge must be false where no bucket is made for the logs; switch it on where the bucket is made."
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

variable "notifications" {
  description = <<-EOT
    What S3 tells of a bucket's objects, by the bucket's key in `buckets`.
    - `eventbridge`: send every event to EventBridge, where rules choose.
    - `functions`, `queues`, `topics`: by a name of your own, the Lambda functions, SQS queues and SNS topics to tell. Each has its
      `arn`, the `events` (`s3:ObjectCreated:*` by default) and the `prefix` and `suffix` of the objects.
    - `functions[*].allow`: also let S3 invoke the function. Queues and topics cannot be opened from here: their own policies, and the
      policy of the key that encrypts them, have to let `s3.amazonaws.com` in before this module is applied.
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
    error_message = "notifications must have keys of buckets; name the bucket by its key, not by its whole name."
  }

  validation {
    condition = alltrue([
      for bucket in values(var.notifications) :
      bucket.eventbridge || length(bucket.functions) + length(bucket.queues) + length(bucket.topics) > 0
    ])
    error_message = "notifications[*] must tell somebody; set eventbridge, name a function, queue or topic, or remove the entry."
  }

  validation {
    condition = alltrue(flatten([for bucket in values(var.notifications) : [
      [for function in values(bucket.functions) : can(regex("^arn:[a-z-]+:lambda:[a-z0-9-]+:[0-9]{12}:function:.+$", function.arn))],
      [for queue in values(bucket.queues) : can(regex("^arn:[a-z-]+:sqs:[a-z0-9-]+:[0-9]{12}:.+$", queue.arn)) && !endswith(queue.arn, ".fifo")],
      [for topic in values(bucket.topics) : can(regex("^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:.+$", topic.arn)) && !endswith(topic.arn, ".fifo")],
    ]]))
    error_message = "notifications[*] must name functions, queues and topics by ARNs of their own kind, and none of them .fifo, which S3 refuses; send events to EventBridge to reach a FIFO queue."
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

  # S3 takes no two of a bucket that could both be meant by one event.
  validation {
    condition = alltrue(flatten([for bucket in values(var.notifications) : [
      for one_name, one in merge(
        { for name, target in bucket.functions : "functions/${name}" => { events = target.events, prefix = target.prefix, suffix = target.suffix } },
        { for name, target in bucket.queues : "queues/${name}" => { events = target.events, prefix = target.prefix, suffix = target.suffix } },
        { for name, target in bucket.topics : "topics/${name}" => { events = target.events, prefix = target.prefix, suffix = target.suffix } },
        ) : [
        for other_name, other in merge(
          { for name, target in bucket.functions : "functions/${name}" => { events = target.events, prefix = target.prefix, suffix = target.suffix } },
          { for name, target in bucket.queues : "queues/${name}" => { events = target.events, prefix = target.prefix, suffix = target.suffix } },
          { for name, target in bucket.topics : "topics/${name}" => { events = target.events, prefix = target.prefix, suffix = target.suffix } },
          ) : anytrue([
            one_name == other_name,
            !anytrue(flatten([for event in one.events : [
              for wider in other.events : event == wider || (endswith(wider, "*") && startswith(event, trimsuffix(wider, "*")))
            ]])),
            !startswith(one.prefix, other.prefix) && !startswith(other.prefix, one.prefix),
            !endswith(one.suffix, other.suffix) && !endswith(other.suffix, one.suffix),
        ])
      ]
    ]]))
    error_message = "notifications[*] must not name two functions, queues or topics for the same event of the same objects, as S3 refuses overlaps; tell them apart by events, prefix or suffix, or let a topic tell both."
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

variable "readers" {
  description = <<-EOT
    Who may read buckets besides roles of this account, by a name of your own: roles of other accounts, above all. Their own policies
    have to allow it too.
    - `principals`: ARNs of roles or users, or `arn:aws:iam::ACCOUNT:root` for what that account's own policies allow, each by a name
      of your own.
    - `buckets`: keys of `buckets`.
    - `prefix`: only objects whose keys begin so. Empty: all.
    - `grant_key`: also grant each of them decryption with the key. Off, the key's policy has to let them in (`principal_access` of
      `encryption-key`).
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
    error_message = "readers must have names of 1-64 letters, digits, underscores and hyphens as keys; respell them."
  }

  validation {
    condition = length(var.readers) == length(distinct([
      for name in keys(var.readers) : replace(title(replace(name, "/[^a-zA-Z0-9]/", " ")), " ", "")
    ]))
    error_message = "readers must have names that differ in letters and digits, as they name statements of the policy; rename one of them."
  }

  validation {
    condition = alltrue(flatten([for reader in values(var.readers) : [
      length(reader.principals) > 0,
      [for arn in values(reader.principals) : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:(root|(role|user)/[^*]+)$", arn))],
    ]]))
    error_message = "readers[*].principals must be ARNs of IAM roles, users or account roots, at least one; a wildcard is not accepted, name each."
  }

  validation {
    condition = alltrue(flatten([for reader in values(var.readers) : [
      length(reader.buckets) > 0, [for key in reader.buckets : contains(keys(var.buckets), key)],
    ]]))
    error_message = "readers[*].buckets must be keys of buckets, at least one; name them by their keys."
  }

  validation {
    condition     = alltrue([for reader in values(var.readers) : can(regex("^([^/*?$[:cntrl:]][^*?$[:cntrl:]]*)?$", reader.prefix))])
    error_message = "readers[*].prefix must not begin with a slash nor hold *, ?, $ or control characters; the * at its end is added."
  }
}

variable "replication" {
  description = <<-EOT
    Where S3 copies each new object of a bucket to, by the bucket's key in `buckets`. Objects that are there already are not copied (S3
    Batch Operations do that). Apart from `buckets`, so that two modules can copy to each other.
    - `bucket_arn`: the bucket of the replicas. It has to be there and be versioned.
    - `kms_key_arn`: the key in that bucket's region that encrypts the replicas.
    - `other_account`, `account_id`: the replicas lie in, and then belong to, this other account, whose bucket policy and key policy have
      to let the role in (output `replication_role_arn`).
    - `delete_markers`: copy deletions too. Versions that are deleted by their id never are.
    - `prefix`: only objects whose keys begin so.
    - `storage_class`: class of the replicas.
    - `time_control`: have S3 promise, and bill, fifteen minutes.
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
    error_message = "replication must have keys of buckets; name the bucket by its key, not by its whole name."
  }

  validation {
    condition     = alltrue([for key in keys(var.replication) : try(var.buckets[key].versioning, true)])
    error_message = "replication must be of buckets with versioning, which S3 replicates only; set buckets[*].versioning to true."
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
    error_message = "replication[*].bucket_arn must not be the bucket itself; name another one, in another region if the copy shall outlive the first."
  }

  validation {
    condition     = alltrue([for replica in values(var.replication) : can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/.+$", replica.kms_key_arn))])
    error_message = "replication[*].kms_key_arn must be the ARN of a key (arn:aws:kms:REGION:ACCOUNT:key/ID); name the key of the replicas' bucket, S3 takes no alias."
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
    error_message = "replication needs a name of at most 52 characters (the role NAME-replication has 64); shorten name."
  }
}

variable "tags" {
  description = "Tags of every bucket."
  type        = map(string)
  default     = {}
  nullable    = false
}
