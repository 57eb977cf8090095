locals {
  # User input reaches the script only inside single quotes, where the shell interprets nothing but the closing quote.
  shell_arguments = {
    for label, source in var.notebook_sources : label => [
      for argument in concat(
        [label, source.destination, source.overwrite ? "overwrite" : "keep", "s3://${source.bucket}/${source.prefix}"],
        source.include,
      ) : "'${replace(argument, "'", "'\\''")}'"
    ]
  }

  # Longest placeholder first, so that it wins over a shorter one at the same place. Two passes with an intermediate
  # marker, so that a bucket name that contains another placeholder is not replaced again.
  placeholders = [
    for key in sort([for text in keys(var.bucket_placeholders) : "${format("%03d", 999 - length(text))} ${text}"]) : substr(key, 4, -1)
  ]
  sed_expressions = concat(
    [for index, text in local.placeholders : "s/${replace(text, "/[].*^$/[]/", "\\$0")}/\\x01${index}\\x02/g"],
    [for index, text in local.placeholders : "s/\\x01${index}\\x02/${var.bucket_placeholders[text]}/g"],
  )

  managed_names = { for key, repository in aws_sagemaker_code_repository.this : key => repository.code_repository_name }

  copy_notebooks = templatefile("${path.module}/templates/copy-notebooks.sh.tftpl", {
    copies          = values(local.shell_arguments)
    sed_expressions = [for expression in local.sed_expressions : "'${replace(expression, "'", "'\\''")}'"]
  })

  on_start = templatefile("${path.module}/templates/on-start.sh.tftpl", {
    copy_notebooks = local.copy_notebooks
    idle_minutes   = var.stop_when_idle.enabled ? var.stop_when_idle.minutes : 0
    log_group_name = var.log_group_name
    log_stream     = "${var.name}/LifecycleConfigOnStart"
    name           = var.name
    region         = var.region
    stop_when_idle = file("${path.module}/templates/stop_when_idle.py")
    wait_seconds   = var.start_wait_in_seconds
  })
  on_start_base64 = base64encode(local.on_start)
  on_start_fits   = length(local.on_start_base64) <= 16384
}

resource "aws_sagemaker_code_repository" "this" {
  for_each = var.managed_code_repositories

  code_repository_name = "${var.name}-${each.key}"
  tags                 = var.tags

  git_config {
    branch         = each.value.branch
    repository_url = each.value.url
    secret_arn     = each.value.secret_arn
  }
}

# Created even without copies: attaching one later would restart the notebook.
resource "aws_sagemaker_notebook_instance_lifecycle_configuration" "this" {
  name     = var.name
  on_start = local.on_start_fits ? local.on_start_base64 : null # otherwise the provider's own error, which names no remedy, would come first
  tags     = var.tags

  lifecycle {
    # AWS does not delete a configuration while a notebook uses it.
    create_before_destroy = true

    precondition {
      condition     = local.on_start_fits
      error_message = "notebook_sources and bucket_placeholders must render to a start script of at most 16384 base64 characters, not ${length(local.on_start_base64)}; use fewer or shorter sources, patterns and placeholders."
    }
  }
}

resource "aws_sagemaker_notebook_instance" "this" {
  name = var.name

  additional_code_repositories = [for repository in var.code_repositories.additional : lookup(local.managed_names, repository, repository)]
  default_code_repository      = var.code_repositories.default == null ? null : lookup(local.managed_names, var.code_repositories.default, var.code_repositories.default)
  direct_internet_access       = var.direct_internet_access ? "Enabled" : "Disabled"
  instance_type                = var.instance_type
  kms_key_id                   = var.kms_key_arn
  lifecycle_config_name        = aws_sagemaker_notebook_instance_lifecycle_configuration.this.name
  platform_identifier          = var.platform_identifier
  role_arn                     = var.role_arn
  root_access                  = var.root_access ? "Enabled" : "Disabled"
  security_groups              = length(var.security_group_ids) == 0 ? null : var.security_group_ids
  subnet_id                    = var.subnet_id
  tags                         = var.tags
  volume_size                  = var.volume_size_in_gb

  instance_metadata_service_configuration {
    minimum_instance_metadata_service_version = "2"
  }
}
