locals {
  keys = setunion(var.shared_groups, var.other_groups, [for name in var.endpoint_names : "Endpoints/${name}"])
}

resource "aws_cloudwatch_log_group" "this" {
  for_each = local.keys

  name              = "/aws/sagemaker/${each.key}"
  kms_key_id        = var.kms_key_arn
  retention_in_days = var.retention_in_days
  skip_destroy      = var.skip_destroy
  tags              = var.tags
}
