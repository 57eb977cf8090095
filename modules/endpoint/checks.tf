# Invalid settings of instance variants, by input path. The rules are shared by all kinds.
locals {
  bad_instance_types = [
    for variant in values(local.instance_variants) : "${variant.path}.instance_type"
    if !can(regex("^ml\\.[a-z0-9-]+\\.[a-z0-9]+$", variant.instance_type))
  ]
  bad_instance_counts = [
    for variant in values(local.instance_variants) : "${variant.path}.instance_count"
    if variant.instance_count < 1 || floor(variant.instance_count) != variant.instance_count
  ]
  bad_timeouts = flatten([
    for variant in values(local.instance_variants) : [
      for name in ["container_startup_timeout_in_seconds", "model_download_timeout_in_seconds"] : "${variant.path}.${name}"
      if variant[name] == null ? false : variant[name] < 60 || variant[name] > 3600 || floor(variant[name]) != variant[name]
    ]
  ])
  bad_volume_sizes = [
    for name, variant in local.instance_variants : "${variant.path}.volume_size_in_gb"
    if variant.volume_size_in_gb == null ? false : (
      local.has_local_storage[name]
      || variant.volume_size_in_gb < 1
      || variant.volume_size_in_gb > 512
      || floor(variant.volume_size_in_gb) != variant.volume_size_in_gb
    )
  ]
  bad_routing_strategies = [
    for variant in values(local.instance_variants) : "${variant.path}.routing_strategy"
    if variant.routing_strategy == null ? false : !contains(["LEAST_OUTSTANDING_REQUESTS", "RANDOM"], variant.routing_strategy)
  ]
  has_inf1_instances = anytrue([for variant in values(local.instance_variants) : startswith(variant.instance_type, "ml.inf1.")])
  bad_models = [
    for variant in concat(values(local.instance_variants), [for serverless in var.serverless[*] : merge(serverless, { path = "serverless" })]) :
    "${variant.path}.model"
    if variant.model == null ? length(var.models) > 1 : !contains(keys(var.models), variant.model)
  ]

  # A step is at least one instance. SageMaker limits it to a share of each production variant's instances, in percent.
  step_percentages = lookup({ canary = [0, 50], linear = [10, 50], rolling = [5, 50] }, var.deployment.strategy, null)
  step_instances   = var.deployment.step == null ? null : coalesce(var.deployment.step.instances, 1)
  bad_steps = var.deployment.strategy == "all_at_once" ? [] : [
    for name, variant in local.instance_variants : "${variant.path}.instance_count"
    if contains(keys(local.production_variants), name) && anytrue([
      local.step_instances * 100 > local.step_percentages[1] * variant.instance_count,
      var.deployment.step.percentage == null && local.step_instances * 100 < local.step_percentages[0] * variant.instance_count,
    ])
  ]
}
