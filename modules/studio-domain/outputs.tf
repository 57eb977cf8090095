output "arn" {
  description = "ARN of the domain."
  value       = aws_sagemaker_domain.this.arn
}

output "custom_image_arns" {
  description = "ARNs of the image versions, by the keys of `custom_images`."
  value       = { for key, one in aws_sagemaker_image_version.this : key => one.arn }
}

output "custom_image_names" {
  description = "Names of the images in Studio, by the keys of `custom_images`."
  value       = local.image_names
}

output "domain_defaults_current" {
  description = "Whether the domain's default role, security groups, idle times and shared spaces match the inputs. False: they still have the values from the domain's creation, which affects profiles created outside this module (see Limits)."
  value = var.allow_shared_spaces == (length(aws_sagemaker_domain.this.default_space_settings) > 0) && alltrue([
    for settings in aws_sagemaker_domain.this.default_user_settings : alltrue(flatten([
      settings.execution_role == var.execution_role_arn,
      toset(settings.security_groups) == var.security_group_ids,
      [for app in concat(settings.code_editor_app_settings, settings.jupyter_lab_app_settings) : [
        for management in app.app_lifecycle_management : [
          for idle in management.idle_settings : [
            idle.lifecycle_management == local.idle_mode,
            !var.idle_shutdown.enabled || idle.idle_timeout_in_minutes == var.idle_shutdown.minutes,
          ]
        ]
      ]],
    ]))
  ])
}

output "home_file_system_id" {
  description = "ID of the home file system (EFS) that SageMaker created. It is kept when the domain is destroyed, unless `retain_home_file_system` is off."
  value       = aws_sagemaker_domain.this.home_efs_file_system_id
}

output "id" {
  description = "ID of the domain."
  value       = aws_sagemaker_domain.this.id
}

output "lifecycle_configuration_arns" {
  description = "ARNs of the lifecycle configurations, by the keys of `lifecycle_scripts`."
  value       = { for key, one in aws_sagemaker_studio_lifecycle_config.this : key => one.arn }
}

output "name" {
  description = "Name of the domain."
  value       = aws_sagemaker_domain.this.domain_name
}

output "shared_space_arns" {
  description = "ARNs of the shared spaces, by name."
  value       = { for name, space in aws_sagemaker_space.shared : name => space.arn }
}

output "single_sign_on_application_arn" {
  description = "ARN of the IAM Identity Center application to assign users and groups to. Null with `auth_mode = \"IAM\"`."
  value       = var.auth_mode == "SSO" ? aws_sagemaker_domain.this.single_sign_on_application_arn : null
}

output "url" {
  description = "URL of Studio. With `auth_mode = \"IAM\"`, opening it needs a presigned URL (`aws sagemaker create-presigned-domain-url`)."
  value       = aws_sagemaker_domain.this.url
}

output "user_policy_arn" {
  description = "ARN of the user policy, for `managed_policy_arns` of `execution-role`. Null without the policy. Known at plan."
  value       = var.create_user_policy ? local.user_policy_arn : null

  depends_on = [aws_iam_policy.user]
}

output "user_profile_arns" {
  description = "ARNs of the user profiles, by name."
  value       = { for name, profile in aws_sagemaker_user_profile.this : name => profile.arn }
}
