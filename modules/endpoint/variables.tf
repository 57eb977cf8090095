variable "execution_role_arn" {
  description = "ARN of the role that SageMaker runs the containers as. It reads the model and the image, writes logs, captured data and results, and uses the key. For rollbacks it needs `cloudwatch:DescribeAlarms` (`alarm_arns` of `execution-role`)."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/[a-zA-Z_0-9+=,.@/-]+$", var.execution_role_arn))
    error_message = "execution_role_arn must be the ARN of an IAM role (arn:aws:iam::ACCOUNT:role/NAME); a name or another kind of ARN is not accepted."
  }
}

variable "kind" {
  description = "Kind of the endpoint; the input of the same name describes it: `provisioned` (instances), `shadow` (instances, and a second model that receives a copy of the requests), `serverless`, or `async` (instances behind a queue). Changing it replaces the endpoint, which is unavailable meanwhile."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["provisioned", "shadow", "serverless", "async"], var.kind)
    error_message = "kind must be provisioned, shadow, serverless or async; set the input of the same name too."
  }
}

variable "kms_key_arn" {
  description = "ARN of the customer-managed key that encrypts the log group, instance volumes, captured data and async results. Its policy must allow CloudWatch Logs of the region, as `encryption-key` does."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/.+$", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key (arn:aws:kms:REGION:ACCOUNT:key/ID); CloudWatch Logs accepts no alias and no bare ID."
  }
}

variable "models" {
  description = <<-EOT
    Models that variants refer to, keyed by a name you choose. Each has either `model_package_arn` or `containers`.
    - `model_package_arn`: an approved version in a model registry of this region, in this or another account. It has the images
      and artifacts.
    - `environment`: environment variables for `model_package_arn`, in addition to those of the version.
    - `containers`: one container, or the steps of an inference pipeline in order. Each has an image: `image` as an ECR URL, or
      `prebuilt_image` of AWS with `repository` and `tag` (the provider looks up the region's registry).
    - `containers[*].model_data_url`: the model in S3, a `.tar.gz`; or, with `model_data_compressed = false`, a prefix that ends
      with a slash.
    - `containers[*].environment`: environment variables. Do not use them for secrets: whoever may describe the model can read
      them.
    - `containers[*].hostname`: name of a container within a pipeline.
    - `containers[*].multi_model`: all archives under `model_data_url`, a prefix that ends with a slash; each request names one
      (`TargetModel`). Only for `provisioned`. `cache = false` for many models that are rarely requested.
    - `containers[*].private_registry`: `image` is in a Docker registry that is reached through `vpc`. With
      `credentials_lambda_arn`, a Lambda function returns the credentials; the role must be allowed to invoke it.
    - `containers[*].accept_eula`: accept the licence of a gated model, such as one of JumpStart.
    - `invocation`: `Serial` passes a request from container to container, `Direct` sends it to the container that it names.
  EOT
  type = map(object({
    containers = optional(list(object({
      accept_eula           = optional(bool, false)
      environment           = optional(map(string), {})
      hostname              = optional(string)
      image                 = optional(string)
      model_data_compressed = optional(bool, true)
      model_data_url        = optional(string)
      prebuilt_image = optional(object({
        repository = string
        tag        = string
      }))
      multi_model = optional(object({
        cache = optional(bool, true)
      }))
      private_registry = optional(object({
        credentials_lambda_arn = optional(string)
      }))
    })), [])
    environment       = optional(map(string), {})
    invocation        = optional(string, "Serial")
    model_package_arn = optional(string)
  }))
  nullable = false

  validation {
    condition     = length(var.models) > 0 && alltrue([for key in keys(var.models) : can(regex("^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,31}$", key))])
    error_message = "models must have at least one key, of 1-32 letters, digits and inner hyphens; it is part of the model's name."
  }

  validation {
    condition     = alltrue([for model in values(var.models) : length(model.containers) <= 15])
    error_message = "models[*].containers must have at most 15 containers, because AWS rejects longer pipelines; merge steps."
  }

  validation {
    condition     = alltrue([for model in values(var.models) : (model.model_package_arn != null) != (length(model.containers) > 0)])
    error_message = "models[*] must have one of model_package_arn and containers; a version in a model registry has its containers, so remove the other."
  }

  validation {
    condition = alltrue([
      for model in values(var.models) : model.model_package_arn == null ? true : can(regex("^arn:aws[a-z-]*:sagemaker:${var.region}:[0-9]{12}:model-package/[a-zA-Z0-9](-*[a-zA-Z0-9])*(/[0-9]+)?$", model.model_package_arn))
    ])
    error_message = "models[*].model_package_arn must be the ARN of a model version in region (arn:aws:sagemaker:REGION:ACCOUNT:model-package/GROUP/VERSION), because SageMaker deploys no version of another region; register it here, or use its ARN instead of the group's."
  }

  validation {
    condition     = alltrue([for model in values(var.models) : length(model.environment) == 0 || length(model.containers) == 0])
    error_message = "models[*].environment must be empty where there are containers; use containers[*].environment."
  }

  validation {
    condition = alltrue(flatten([
      for model in values(var.models) : [for container in model.containers : (container.image == null) != (container.prebuilt_image == null)]
    ]))
    error_message = "models[*].containers[*] must have one of image and prebuilt_image; set image to an ECR URL, or prebuilt_image to repository and tag."
  }

  validation {
    condition = alltrue(flatten([
      for model in values(var.models) : [
        for container in model.containers :
        container.model_data_url == null ? container.model_data_compressed && container.multi_model == null && !container.accept_eula
        : can(regex(container.model_data_compressed && container.multi_model == null ? "^s3://[^/]+/.*[^/]$" : "^s3://[^/]+/(.*/)?$", container.model_data_url))
      ]
    ]))
    error_message = "models[*].containers[*].model_data_url must be the s3:// URL of an archive, or with model_data_compressed = false or multi_model of a prefix that ends with a slash; it is required for both, and for accept_eula. Upload the model to S3 and use its URL."
  }

  validation {
    condition = alltrue(flatten([
      for model in values(var.models) : [
        for container in model.containers : container.multi_model == null || (
          var.kind == "provisioned" && container.model_data_compressed && !container.accept_eula
        )
      ]
    ]))
    error_message = "models[*].containers[*].multi_model must be null unless kind is provisioned, and where model_data_compressed is false or accept_eula is true, because SageMaker loads archives on request there only; leave it out, or use an endpoint for each model."
  }

  validation {
    condition = alltrue(flatten([
      for model in values(var.models) : [
        for container in model.containers : container.private_registry == null || (var.vpc != null && container.prebuilt_image == null)
      ]
    ]))
    error_message = "models[*].containers[*].private_registry must be null unless vpc and image are set, because SageMaker pulls from the registry through the VPC; set vpc, or push the image to ECR."
  }

  validation {
    condition = alltrue(flatten([
      for model in values(var.models) : [
        for container in model.containers : try(container.private_registry.credentials_lambda_arn, null) == null ? true : can(regex("^arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{12}:function:[a-zA-Z0-9-_]+(:[a-zA-Z0-9-_$]+)?$", container.private_registry.credentials_lambda_arn))
      ]
    ]))
    error_message = "models[*].containers[*].private_registry.credentials_lambda_arn must be the ARN of a Lambda function (arn:aws:lambda:REGION:ACCOUNT:function:NAME); leave it out for a registry without authentication."
  }

  validation {
    condition     = alltrue([for model in values(var.models) : contains(["Serial", "Direct"], model.invocation)])
    error_message = "models[*].invocation must be Serial or Direct; use Serial for a pipeline."
  }

  validation {
    condition = alltrue([
      for model in values(var.models) : alltrue([
        length(compact(model.containers[*].hostname)) == length(distinct(compact(model.containers[*].hostname))),
        length(model.containers) == 1 || model.invocation == "Serial" || length(compact(model.containers[*].hostname)) == length(model.containers),
        alltrue([for hostname in compact(model.containers[*].hostname) : can(regex("^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$", hostname))]),
      ])
    ])
    error_message = "models[*].containers[*].hostname must be 1-63 letters, digits and inner hyphens, unique within a model, and set for each container where invocation is Direct; change the hostnames."
  }

  validation {
    condition     = !contains(["serverless", "shadow"], var.kind) || alltrue([for model in values(var.models) : length(model.containers) <= 1])
    error_message = "models[*].containers must have one container where kind is serverless or shadow, because AWS runs no pipelines there; merge the steps, or use provisioned."
  }
}

variable "name" {
  description = "Name of the endpoint, and prefix of the names of its models, configurations and alarms. Its log group name ends in it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9](-*[a-zA-Z0-9])*$", var.name)) && length(var.name) <= 63
    error_message = "name must be 1-63 letters, digits and inner hyphens, as in SageMaker endpoint names; use hyphens instead of other characters."
  }
}

variable "region" {
  description = "Region of the endpoint. Used for the registry of prebuilt images and the invocation URL."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]+$", var.region))
    error_message = "region must be a region code such as eu-west-1; an availability zone (eu-west-1a) is not accepted."
  }
}

variable "alarms" {
  description = <<-EOT
    CloudWatch alarms for each production variant, and which of them roll back a deployment.
    - `sns_topic_arns`: topics to notify when an alarm starts and ends.
    - `period_in_seconds`, `evaluation_periods`: how long errors or latency must be too high before an alarm.
    - `errors_4xx`, `errors_5xx`: share of failed requests, in percent.
    - `latency`: model latency at a percentile. No alarm without `max_milliseconds`.
    - `no_invocations`: no requests for this many hours, which may mean a forgotten endpoint. No alarm without `hours`.
    - `*.rollback`: the alarm also rolls back a running deployment to the previous configuration.
    - `rollback_alarm_names`: additional alarms that roll back a deployment.
  EOT
  type = object({
    evaluation_periods   = optional(number, 3)
    period_in_seconds    = optional(number, 60)
    rollback_alarm_names = optional(set(string), [])
    sns_topic_arns       = optional(set(string), [])

    errors_4xx = optional(object({
      enabled        = optional(bool, true)
      max_percentage = optional(number, 5)
      rollback       = optional(bool, false)
    }), {})
    errors_5xx = optional(object({
      enabled        = optional(bool, true)
      max_percentage = optional(number, 1)
      rollback       = optional(bool, true)
    }), {})
    latency = optional(object({
      max_milliseconds = optional(number)
      percentile       = optional(number, 99)
      rollback         = optional(bool, true)
    }), {})
    no_invocations = optional(object({
      hours = optional(number)
    }), {})
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for arn in var.alarms.sns_topic_arns : can(regex("^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}$", arn))])
    error_message = "alarms.sns_topic_arns must be ARNs of standard SNS topics (arn:aws:sns:REGION:ACCOUNT:NAME); CloudWatch accepts no FIFO topic and no name."
  }

  validation {
    condition = (
      (contains([10, 30], var.alarms.period_in_seconds) || (var.alarms.period_in_seconds >= 60 && var.alarms.period_in_seconds % 60 == 0))
      && var.alarms.evaluation_periods >= 1
      && floor(var.alarms.evaluation_periods) == var.alarms.evaluation_periods
      && var.alarms.period_in_seconds * var.alarms.evaluation_periods <= 86400
    )
    error_message = "alarms.period_in_seconds must be 10, 30 or a multiple of 60, and times evaluation_periods (whole, 1 or more) at most 86400, because CloudWatch looks back one day; lower one of them."
  }

  validation {
    condition = alltrue([
      for percentage in [var.alarms.errors_4xx.max_percentage, var.alarms.errors_5xx.max_percentage] : percentage >= 0 && percentage < 100
    ])
    error_message = "alarms.errors_4xx.max_percentage and errors_5xx.max_percentage must be 0 or more and below 100; set enabled to false for no alarm."
  }

  validation {
    condition     = var.alarms.latency.max_milliseconds == null ? true : var.alarms.latency.max_milliseconds > 0
    error_message = "alarms.latency.max_milliseconds must be more than 0; leave it out for no alarm."
  }

  validation {
    condition     = var.alarms.latency.percentile > 0 && var.alarms.latency.percentile < 100
    error_message = "alarms.latency.percentile must be between 0 and 100; use 99 for all but the slowest hundredth."
  }

  validation {
    condition = (
      var.alarms.no_invocations.hours == null ? true
      : var.alarms.no_invocations.hours >= 1 && var.alarms.no_invocations.hours <= 24 && floor(var.alarms.no_invocations.hours) == var.alarms.no_invocations.hours
    )
    error_message = "alarms.no_invocations.hours must be 1-24, in whole hours, because CloudWatch looks back one day; leave it out for no alarm."
  }
}

variable "async" {
  description = <<-EOT
    Instances behind a queue, for `kind = "async"`. The variant is `AllTraffic`.
    - `instance_type`, `instance_count`: instances, billed by the hour unless scaled to 0.
    - `model`: key of `models`; may be left out where there is one.
    - `output_s3_uri`, `failure_s3_uri`: destinations of results and failures.
    - `max_concurrent_invocations_per_instance`: maximum concurrent requests per instance. Left out: SageMaker's choice.
    - `notifications`: SNS topics for results and failures. `include_response_in` adds the response itself, for
      `SUCCESS_NOTIFICATION_TOPIC` and `ERROR_NOTIFICATION_TOPIC`.
    - `autoscaling`: between `min_capacity` (0 or more; from 0 the first request starts one) and `max_capacity` instances, with
      `backlog_per_instance` waiting requests each; `scale_in = false` disables scaling in.
    - `container_startup_timeout_in_seconds`, `model_download_timeout_in_seconds`, `routing_strategy`, `volume_size_in_gb`: as in `provisioned`.
  EOT
  type = object({
    instance_type  = string
    instance_count = optional(number, 1)
    model          = optional(string)
    output_s3_uri  = string

    container_startup_timeout_in_seconds    = optional(number)
    failure_s3_uri                          = optional(string)
    max_concurrent_invocations_per_instance = optional(number)
    model_download_timeout_in_seconds       = optional(number)
    routing_strategy                        = optional(string)
    volume_size_in_gb                       = optional(number)

    autoscaling = optional(object({
      max_capacity                  = number
      min_capacity                  = optional(number, 0)
      backlog_per_instance          = optional(number, 5)
      scale_in                      = optional(bool, true)
      scale_in_cooldown_in_seconds  = optional(number, 600)
      scale_out_cooldown_in_seconds = optional(number, 300)
    }))
    notifications = optional(object({
      error_topic_arn     = optional(string)
      include_response_in = optional(set(string))
      success_topic_arn   = optional(string)
    }))
  })
  default = null

  validation {
    condition     = (var.kind == "async") == (var.async != null)
    error_message = "async must be set where kind is async, and only there; use the input that kind names."
  }

  validation {
    condition = var.async == null ? true : alltrue([
      for uri in compact([var.async.output_s3_uri, var.async.failure_s3_uri]) : can(regex("^s3://[a-z0-9][a-z0-9.-]+(/.*)?$", uri))
    ])
    error_message = "async.output_s3_uri and failure_s3_uri must be s3:// URLs of folders; use a bucket that the role may write to."
  }

  validation {
    condition = try(var.async.max_concurrent_invocations_per_instance, null) == null ? true : (
      var.async.max_concurrent_invocations_per_instance >= 1
      && var.async.max_concurrent_invocations_per_instance <= 1000
      && floor(var.async.max_concurrent_invocations_per_instance) == var.async.max_concurrent_invocations_per_instance
    )
    error_message = "async.max_concurrent_invocations_per_instance must be 1-1000; leave it out to let SageMaker choose."
  }

  validation {
    condition = alltrue([
      for target in try(coalesce(var.async.notifications.include_response_in, []), []) : contains(["SUCCESS_NOTIFICATION_TOPIC", "ERROR_NOTIFICATION_TOPIC"], target)
    ])
    error_message = "async.notifications.include_response_in must be any of SUCCESS_NOTIFICATION_TOPIC and ERROR_NOTIFICATION_TOPIC; leave it out for notifications without responses."
  }

  validation {
    condition = try(var.async.autoscaling, null) == null ? true : (
      var.async.autoscaling.min_capacity >= 0
      && var.async.autoscaling.min_capacity <= var.async.instance_count
      && var.async.instance_count <= var.async.autoscaling.max_capacity
      && alltrue([for number in [var.async.autoscaling.min_capacity, var.async.autoscaling.max_capacity] : floor(number) == number])
    )
    error_message = "async.autoscaling must have whole numbers with 0 <= min_capacity <= instance_count <= max_capacity; a deployment starts with instance_count."
  }

  validation {
    condition = try(var.async.autoscaling, null) == null ? true : (
      var.async.autoscaling.backlog_per_instance > 0
      && var.async.autoscaling.scale_in_cooldown_in_seconds >= 0
      && var.async.autoscaling.scale_out_cooldown_in_seconds >= 0
    )
    error_message = "async.autoscaling must have a backlog_per_instance of more than 0 and cooldowns of 0 or more; leave them out for 5, 600 and 300."
  }

  validation {
    condition     = try(var.async.autoscaling, null) == null ? true : !can(regex("^ml\\.t[0-9]", var.async.instance_type))
    error_message = "async.instance_type must not be of a T family (ml.t2, ml.t3) with autoscaling, which AWS rejects; use another type, or leave autoscaling out."
  }
}

variable "data_capture" {
  description = <<-EOT
    Captures requests and responses to S3, for Model Monitor. Readers of the bucket can read what clients sent. Not for
    serverless.
    - `destination_s3_uri`: destination folder, encrypted with `kms_key_arn`.
    - `sampling_percentage`: share of the requests to capture.
    - `input`, `output`: capture requests, responses, or both.
    - `csv_content_types`, `json_content_types`: content types to capture as text; others are captured as base64.
  EOT
  type = object({
    destination_s3_uri  = string
    csv_content_types   = optional(set(string), [])
    input               = optional(bool, true)
    json_content_types  = optional(set(string), [])
    output              = optional(bool, true)
    sampling_percentage = optional(number, 100)
  })
  default = null

  validation {
    condition     = var.data_capture == null || var.kind != "serverless"
    error_message = "data_capture must be null where kind is serverless, because AWS rejects it; log in the container, or use provisioned."
  }

  validation {
    condition     = var.data_capture == null ? true : can(regex("^s3://[a-z0-9][a-z0-9.-]+(/.*)?$", var.data_capture.destination_s3_uri))
    error_message = "data_capture.destination_s3_uri must be the s3:// URL of a folder; use a bucket that the role may write to."
  }

  validation {
    condition = var.data_capture == null ? true : (
      var.data_capture.sampling_percentage >= 0 && var.data_capture.sampling_percentage <= 100 && floor(var.data_capture.sampling_percentage) == var.data_capture.sampling_percentage
    )
    error_message = "data_capture.sampling_percentage must be 0-100, in whole percent; leave data_capture out to capture nothing."
  }

  validation {
    condition     = var.data_capture == null ? true : var.data_capture.input || var.data_capture.output
    error_message = "data_capture.input or output must be true; leave data_capture out to capture nothing."
  }
}

variable "deployment" {
  description = <<-EOT
    How an update of the model or configuration is deployed. Not for serverless, which has one deployment type only.
    - `strategy`: `all_at_once`, `canary` (one `step`, then the rest) or `linear` (`step` by `step`) shift the traffic to a second
      fleet; `rolling` replaces one fleet `step` by `step`.
    - `step`: step size, in `percentage` of the capacity or in `instances`; at most half of each variant's instances, so that a
      variant needs at least 2.
    - `wait_in_seconds`: how long alarms are watched after each step, and after the last.
    - `termination_wait_in_seconds`: how long the old fleet is kept afterwards for a rollback. It is billed meanwhile.
    - `rollback_step`: step size of a `rolling` rollback. Left out: all at once.
    - `timeout_in_seconds`: timeout of the deployment. The provider waits an hour.
  EOT
  type = object({
    strategy                    = optional(string, "all_at_once")
    termination_wait_in_seconds = optional(number, 0)
    timeout_in_seconds          = optional(number, 3600)
    wait_in_seconds             = optional(number, 300)

    rollback_step = optional(object({
      instances  = optional(number)
      percentage = optional(number)
    }))
    step = optional(object({
      instances  = optional(number)
      percentage = optional(number)
    }))
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["all_at_once", "canary", "linear", "rolling"], var.deployment.strategy)
    error_message = "deployment.strategy must be all_at_once, canary, linear or rolling; use all_at_once if in doubt."
  }

  validation {
    condition     = var.kind != "serverless" || var.deployment.strategy == "all_at_once"
    error_message = "deployment.strategy must be all_at_once where kind is serverless, because AWS has no other deployment for it; leave it out."
  }

  validation {
    condition     = (var.deployment.strategy == "all_at_once") == (var.deployment.step == null)
    error_message = "deployment.step must be set for canary, linear and rolling, and only for them; for example { percentage = 10 }."
  }

  validation {
    condition     = var.deployment.strategy == "rolling" || var.deployment.rollback_step == null
    error_message = "deployment.rollback_step must be null unless strategy is rolling; other deployments roll back all traffic at once."
  }

  validation {
    condition = alltrue([
      for step in concat(var.deployment.step[*], var.deployment.rollback_step[*]) : (step.instances == null) != (step.percentage == null)
    ])
    error_message = "deployment.step and rollback_step must have one of instances and percentage; leave the other out."
  }

  validation {
    condition = alltrue([
      for step in concat(var.deployment.step[*], var.deployment.rollback_step[*]) :
      step.instances == null ? true : step.instances >= 1 && floor(step.instances) == step.instances
    ])
    error_message = "deployment.step.instances and rollback_step.instances must be whole and 1 or more; SageMaker accepts at most half of the capacity, and for rollback_step all."
  }

  validation {
    condition = try(var.deployment.step.percentage, null) == null ? true : (
      var.deployment.step.percentage >= lookup({ linear = 10, rolling = 5 }, var.deployment.strategy, 1)
      && var.deployment.step.percentage <= 50
      && floor(var.deployment.step.percentage) == var.deployment.step.percentage
    )
    error_message = "deployment.step.percentage must be 1-50 for canary, 10-50 for linear and 5-50 for rolling, in whole percent; SageMaker accepts no larger step."
  }

  validation {
    condition = try(var.deployment.rollback_step.percentage, null) == null ? true : (
      var.deployment.rollback_step.percentage >= 5
      && var.deployment.rollback_step.percentage <= 100
      && floor(var.deployment.rollback_step.percentage) == var.deployment.rollback_step.percentage
    )
    error_message = "deployment.rollback_step.percentage must be 5-100, in whole percent; leave rollback_step out to roll back at once."
  }

  validation {
    condition = alltrue([
      for seconds in [var.deployment.wait_in_seconds, var.deployment.termination_wait_in_seconds] : seconds >= 0 && seconds <= 3600 && floor(seconds) == seconds
    ])
    error_message = "deployment.wait_in_seconds and termination_wait_in_seconds must be 0-3600, in whole seconds; use 0 for no wait."
  }

  validation {
    condition     = var.deployment.timeout_in_seconds >= 600 && var.deployment.timeout_in_seconds <= 3600 && floor(var.deployment.timeout_in_seconds) == var.deployment.timeout_in_seconds
    error_message = "deployment.timeout_in_seconds must be 600-3600, in whole seconds: SageMaker accepts no less, and the provider waits no longer; use larger or shorter steps."
  }

  validation {
    condition = var.deployment.timeout_in_seconds > var.deployment.termination_wait_in_seconds + var.deployment.wait_in_seconds * (
      contains(["linear", "rolling"], var.deployment.strategy) ? ceil(100 / coalesce(try(var.deployment.step.percentage, null), 50))
      : var.deployment.strategy == "canary" ? 2 : 1
    )
    error_message = "deployment.timeout_in_seconds must be longer than wait_in_seconds times the steps plus termination_wait_in_seconds, or each deployment times out; wait less, or use larger steps."
  }
}

variable "local_storage" {
  description = "Whether an instance type has local storage, by instance type, such as `{\"ml.x9.large\" = true}`: for types that this version of the module does not list. Such a type gets no volume key and no volume size. An unknown type is treated as one without, so that SageMaker rejects a key that it does not support."
  type        = map(bool)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for type in keys(var.local_storage) : can(regex("^ml\\.[a-z0-9-]+\\.[a-z0-9-]+$", type))])
    error_message = "local_storage must have SageMaker instance types such as ml.g5.xlarge as keys; add the ml. prefix, and list each size."
  }
}

variable "log_retention_in_days" {
  description = "Days to retain log events of the containers. 0 retains them indefinitely."
  type        = number
  default     = 365
  nullable    = false

  validation {
    condition = contains(
      [0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
      var.log_retention_in_days,
    )
    error_message = "log_retention_in_days must be one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653; use 0 to retain events indefinitely."
  }
}

variable "network_isolation" {
  description = "Deny the containers all network access, S3 included; SageMaker downloads the model for them. Null: on, except for serverless, where AWS does not support it. False is insecure: code in the container can send request data anywhere the network allows."
  type        = bool
  default     = null

  validation {
    condition     = var.network_isolation == null ? true : !var.network_isolation || var.kind != "serverless"
    error_message = "network_isolation must be null or false where kind is serverless, because AWS rejects it; leave it out, or use provisioned."
  }
}

variable "provisioned" {
  description = <<-EOT
    Production variants on instances, by name, for `kind = "provisioned"`. One variant is usual; several share the requests.
    - `instance_type`, `instance_count`: instances, also the number that each deployment starts with; billed by the hour, with or
      without requests.
    - `model`: key of `models`; may be left out where there is one.
    - `weight`: share of the requests, relative to the other variants' weights.
    - `container_startup_timeout_in_seconds`, `model_download_timeout_in_seconds`: for large models.
    - `routing_strategy`: routing of requests to instances: `RANDOM` or `LEAST_OUTSTANDING_REQUESTS`.
    - `volume_size_in_gb`: volume size of each instance. Only for types without local storage.
    - `autoscaling`: between `min_capacity` and `max_capacity` instances, to keep `invocations_per_instance` (per minute) or a
      `custom_metric` at its `target` (with the endpoint and variant as dimensions, and any you add). `scale_in = false` disables
      scaling in.
  EOT
  type = object({
    variants = map(object({
      instance_type  = string
      instance_count = optional(number, 1)
      model          = optional(string)
      weight         = optional(number, 1)

      container_startup_timeout_in_seconds = optional(number)
      model_download_timeout_in_seconds    = optional(number)
      routing_strategy                     = optional(string)
      volume_size_in_gb                    = optional(number)

      autoscaling = optional(object({
        max_capacity                  = number
        min_capacity                  = optional(number, 1)
        invocations_per_instance      = optional(number)
        scale_in                      = optional(bool, true)
        scale_in_cooldown_in_seconds  = optional(number, 300)
        scale_out_cooldown_in_seconds = optional(number, 60)
        custom_metric = optional(object({
          name       = string
          namespace  = string
          target     = number
          dimensions = optional(map(string), {})
          statistic  = optional(string, "Average")
          unit       = optional(string)
        }))
      }))
    }))
  })
  default = null

  validation {
    condition     = (var.kind == "provisioned") == (var.provisioned != null)
    error_message = "provisioned must be set where kind is provisioned, and only there; use the input that kind names."
  }

  validation {
    condition = var.provisioned == null ? true : (
      length(var.provisioned.variants) >= 1
      && length(var.provisioned.variants) <= 10
      && alltrue([for name in keys(var.provisioned.variants) : can(regex("^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$", name))])
    )
    error_message = "provisioned.variants must have 1-10 variants with names of 1-63 letters, digits and inner hyphens; one variant is usual."
  }

  validation {
    condition = var.provisioned == null ? true : (
      alltrue([for variant in values(var.provisioned.variants) : variant.weight >= 0])
      && anytrue([for variant in values(var.provisioned.variants) : variant.weight > 0])
    )
    error_message = "provisioned.variants[*].weight must be 0 or more, and more than 0 for at least one variant; raise a weight."
  }

  validation {
    condition = alltrue([
      for variant in try(values(var.provisioned.variants), []) : variant.autoscaling == null ? true : (
        variant.autoscaling.min_capacity >= 1
        && variant.autoscaling.min_capacity <= variant.instance_count
        && variant.instance_count <= variant.autoscaling.max_capacity
        && alltrue([for number in [variant.autoscaling.min_capacity, variant.autoscaling.max_capacity] : floor(number) == number])
      )
    ])
    error_message = "provisioned.variants[*].autoscaling must have whole numbers with 1 <= min_capacity <= instance_count <= max_capacity; a deployment starts with instance_count, and only async scales to 0."
  }

  validation {
    condition = alltrue([
      for variant in try(values(var.provisioned.variants), []) : variant.autoscaling == null ? true : (
        variant.autoscaling.invocations_per_instance != null || variant.autoscaling.custom_metric != null
      )
    ])
    error_message = "provisioned.variants[*].autoscaling must have invocations_per_instance, a custom_metric, or both; set a metric to scale by."
  }

  validation {
    condition = alltrue(flatten([
      for variant in try(values(var.provisioned.variants), []) : variant.autoscaling == null ? [true] : [
        variant.autoscaling.invocations_per_instance == null ? true : variant.autoscaling.invocations_per_instance > 0,
        variant.autoscaling.scale_in_cooldown_in_seconds >= 0,
        variant.autoscaling.scale_out_cooldown_in_seconds >= 0,
        contains(["Average", "Minimum", "Maximum", "SampleCount", "Sum"], try(variant.autoscaling.custom_metric.statistic, "Average")),
      ]
    ]))
    error_message = "provisioned.variants[*].autoscaling must have invocations_per_instance of more than 0, cooldowns of 0 or more, and a custom_metric.statistic of Average, Minimum, Maximum, SampleCount or Sum; correct the value."
  }

  validation {
    condition = alltrue([
      for variant in try(values(var.provisioned.variants), []) : variant.autoscaling == null || !can(regex("^ml\\.t[0-9]", variant.instance_type))
    ])
    error_message = "provisioned.variants[*].instance_type must not be of a T family (ml.t2, ml.t3) with autoscaling, which AWS rejects; use another type, or leave autoscaling out."
  }
}

variable "serverless" {
  description = <<-EOT
    Serverless endpoint, for `kind = "serverless"`. The variant is `AllTraffic`.
    - `memory_in_mb`: 1024, 2048, … 6144; CPU is allocated in proportion.
    - `max_concurrency`: maximum concurrent requests. All serverless endpoints of a region share its quota.
    - `model`: key of `models`; may be left out where there is one.
    - `provisioned_concurrency`: concurrency to keep warm, billed by the second with or without requests. 0: none, so the first
      request has a cold start.
    - `autoscaling`: provisioned concurrency between `min_provisioned_concurrency` and `max_provisioned_concurrency`, at a
      utilization of `utilization_percentage`; `scale_in = false` disables scaling in.
  EOT
  type = object({
    max_concurrency         = optional(number, 5)
    memory_in_mb            = optional(number, 2048)
    model                   = optional(string)
    provisioned_concurrency = optional(number, 0)

    autoscaling = optional(object({
      max_provisioned_concurrency   = number
      min_provisioned_concurrency   = optional(number, 1)
      scale_in                      = optional(bool, true)
      scale_in_cooldown_in_seconds  = optional(number, 300)
      scale_out_cooldown_in_seconds = optional(number, 60)
      utilization_percentage        = optional(number, 70)
    }))
  })
  default = null

  validation {
    condition     = (var.kind == "serverless") == (var.serverless != null)
    error_message = "serverless must be set where kind is serverless, and only there; use the input that kind names."
  }

  validation {
    condition     = var.serverless == null ? true : contains([1024, 2048, 3072, 4096, 5120, 6144], var.serverless.memory_in_mb)
    error_message = "serverless.memory_in_mb must be 1024, 2048, 3072, 4096, 5120 or 6144; use the smallest that fits the model."
  }

  validation {
    condition = var.serverless == null ? true : (
      var.serverless.max_concurrency >= 1 && var.serverless.max_concurrency <= 200 && floor(var.serverless.max_concurrency) == var.serverless.max_concurrency
    )
    error_message = "serverless.max_concurrency must be 1-200, in whole requests; use provisioned for more."
  }

  validation {
    condition = var.serverless == null ? true : (
      var.serverless.provisioned_concurrency >= 0
      && var.serverless.provisioned_concurrency <= var.serverless.max_concurrency
      && floor(var.serverless.provisioned_concurrency) == var.serverless.provisioned_concurrency
    )
    error_message = "serverless.provisioned_concurrency must be whole, and 0 up to max_concurrency; raise max_concurrency, or lower provisioned_concurrency."
  }

  validation {
    condition = try(var.serverless.autoscaling, null) == null ? true : (
      var.serverless.autoscaling.min_provisioned_concurrency >= 1
      && var.serverless.autoscaling.min_provisioned_concurrency <= var.serverless.provisioned_concurrency
      && var.serverless.provisioned_concurrency <= var.serverless.autoscaling.max_provisioned_concurrency
      && var.serverless.autoscaling.max_provisioned_concurrency <= var.serverless.max_concurrency
      && alltrue([
        for number in [var.serverless.autoscaling.min_provisioned_concurrency, var.serverless.autoscaling.max_provisioned_concurrency] : floor(number) == number
      ])
    )
    error_message = "serverless.autoscaling must have whole numbers with 1 <= min_provisioned_concurrency <= provisioned_concurrency <= max_provisioned_concurrency <= max_concurrency; without provisioned_concurrency there is nothing to scale."
  }

  validation {
    condition = try(var.serverless.autoscaling, null) == null ? true : (
      var.serverless.autoscaling.utilization_percentage >= 10
      && var.serverless.autoscaling.utilization_percentage <= 90
      && var.serverless.autoscaling.scale_in_cooldown_in_seconds >= 0
      && var.serverless.autoscaling.scale_out_cooldown_in_seconds >= 0
    )
    error_message = "serverless.autoscaling must have a utilization_percentage of 10-90 and cooldowns of 0 or more; use 70, 300 and 60."
  }
}

variable "shadow" {
  description = <<-EOT
    Two variants on instances, for `kind = "shadow"`: `production` responds, `shadow` receives a copy of the requests and its
    responses are dropped (or captured). Both are billed by the hour.
    - `*.instance_type`, `*.instance_count`, `*.container_startup_timeout_in_seconds`, `*.model_download_timeout_in_seconds`,
      `*.routing_strategy`, `*.volume_size_in_gb`: as in `provisioned`. Neither variant has autoscaling.
    - `*.model`: key of `models`.
    - `shadow.traffic_percentage`: share of the requests to copy.
  EOT
  type = object({
    production = object({
      instance_type  = string
      instance_count = optional(number, 1)
      model          = optional(string)

      container_startup_timeout_in_seconds = optional(number)
      model_download_timeout_in_seconds    = optional(number)
      routing_strategy                     = optional(string)
      volume_size_in_gb                    = optional(number)
    })
    shadow = object({
      instance_type      = string
      instance_count     = optional(number, 1)
      model              = optional(string)
      traffic_percentage = optional(number, 100)

      container_startup_timeout_in_seconds = optional(number)
      model_download_timeout_in_seconds    = optional(number)
      routing_strategy                     = optional(string)
      volume_size_in_gb                    = optional(number)
    })
  })
  default = null

  validation {
    condition     = (var.kind == "shadow") == (var.shadow != null)
    error_message = "shadow must be set where kind is shadow, and only there; use the input that kind names."
  }

  validation {
    condition     = var.shadow == null ? true : var.shadow.shadow.traffic_percentage > 0 && var.shadow.shadow.traffic_percentage <= 100
    error_message = "shadow.shadow.traffic_percentage must be more than 0 and at most 100; use kind provisioned for no shadow."
  }

  validation {
    condition     = var.shadow == null ? true : !anytrue([for type in [var.shadow.production.instance_type, var.shadow.shadow.instance_type] : startswith(type, "ml.inf1.")])
    error_message = "shadow.production.instance_type and shadow.shadow.instance_type must not be of ml.inf1, which does not support shadows; use ml.inf2 or another type."
  }
}

variable "tags" {
  description = "Tags for the endpoint, its configurations, models, alarms, scaling and log group."
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

variable "volume_kms_key_arn" {
  description = "ARN of another customer-managed key for instance volumes. Null: `kms_key_arn`. Instance types with local storage use hardware encryption and accept no key; neither does serverless."
  type        = string
  default     = null

  validation {
    condition     = var.volume_kms_key_arn == null || var.kind != "serverless"
    error_message = "volume_kms_key_arn must be null where kind is serverless, because AWS rejects it; leave it out."
  }

  validation {
    condition     = var.volume_kms_key_arn == null ? true : can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/.+$", var.volume_kms_key_arn))
    error_message = "volume_kms_key_arn must be the ARN of a key (arn:aws:kms:REGION:ACCOUNT:key/ID); an alias can be moved to another key, so use the key behind it."
  }
}

variable "vpc" {
  description = <<-EOT
    Attaches the containers to your VPC. Not for serverless. Null: no VPC.
    - `subnet_ids`: 1-16 private subnets, in several zones.
    - `security_group_ids`: 1-5 groups of that VPC.
  EOT
  type = object({
    security_group_ids = set(string)
    subnet_ids         = set(string)
  })
  default = null

  validation {
    condition     = var.vpc == null || var.kind != "serverless"
    error_message = "vpc must be null where kind is serverless, because AWS rejects it; leave it out, or use provisioned."
  }

  validation {
    condition = var.vpc == null ? true : (
      length(var.vpc.subnet_ids) >= 1 && length(var.vpc.subnet_ids) <= 16 && alltrue([for id in var.vpc.subnet_ids : can(regex("^subnet-[0-9a-z]+$", id))])
    )
    error_message = "vpc.subnet_ids must be 1-16 IDs such as subnet-0123456789abcdef0; a subnet's name or ARN is not accepted."
  }

  validation {
    condition = var.vpc == null ? true : (
      length(var.vpc.security_group_ids) >= 1 && length(var.vpc.security_group_ids) <= 5 && alltrue([for id in var.vpc.security_group_ids : can(regex("^sg-[0-9a-z]+$", id))])
    )
    error_message = "vpc.security_group_ids must be 1-5 IDs such as sg-0123456789abcdef0; a group's name is not accepted."
  }
}
