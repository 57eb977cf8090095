locals {
  managed_names = { for key, repository in aws_sagemaker_code_repository.this : key => repository.code_repository_name }

  # The script reads its inputs from JSON, so that no shell interprets them.
  settings = {
    log_group    = var.log_group_name
    log_stream   = "${var.name}/LifecycleConfigOnStart"
    placeholders = var.bucket_placeholders
    region       = var.region
    sources = [
      for label, source in var.notebook_sources : {
        address     = "s3://${source.bucket}/${source.prefix}"
        destination = source.destination
        include     = source.include
        label       = label
        overwrite   = source.overwrite
      }
    ]
  }

  # Compressed, because AWS limits the script to 16384 base64 characters.
  on_start = templatefile("${path.module}/templates/on-start.sh.tftpl", {
    copy_notebooks = base64gzip(file("${path.module}/templates/copy_notebooks.py"))
    idle_minutes   = var.stop_when_idle.enabled ? var.stop_when_idle.minutes : 0
    log_group_name = var.log_group_name
    name           = var.name
    region         = var.region
    sdk_config     = var.sdk_defaults == null ? "" : jsonencode(local.sdk_config)
    settings       = jsonencode(local.settings)
    stop_when_idle = base64gzip(file("${path.module}/templates/stop_when_idle.py"))
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
