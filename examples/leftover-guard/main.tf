data "aws_caller_identity" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  ec2_arn    = "arn:aws:ec2:${var.region}:${local.account_id}"
}

module "encryption_key" {
  source = "../../modules/encryption-key"

  account_id         = local.account_id
  event_topic_names  = [module.leftover_guard.topic_name]
  log_group_prefixes = []
  name               = var.name
  region             = var.region
  tags               = var.tags

  service_access = {
    budget = { principal = "budgets.amazonaws.com" }
    topic  = { principal = "sns.amazonaws.com" }
  }
}

module "leftover_guard" {
  source = "../../modules/leftover-guard"

  account_id  = local.account_id
  kms_key_arn = module.encryption_key.arn
  name        = var.name
  region      = var.region
  tags        = var.tags

  budget = {
    enabled = true
    limit   = var.monthly_limit
  }
  guardrail = {
    instance_types         = var.instance_types
    kms_key_arns           = { stack = module.encryption_key.arn }
    max_runtime_in_seconds = 86400
    name_prefix            = "${var.name}-"
    required_tags          = ["Owner"]
    require_vpc            = length(var.subnet_ids) > 0
    security_group_ids     = var.security_group_ids
    subnet_ids             = var.subnet_ids
  }
  subscriptions = merge(
    { queue = { protocol = "sqs", endpoint = aws_sqs_queue.reports.arn } },
    { for name, address in var.email_addresses : "email-${name}" => { protocol = "email", endpoint = address } },
  )
}

# A role with the guardrail: jobs must use its prefix, instance types, subnets, key and tags.
module "execution_role" {
  source = "../../modules/execution-role"

  account_id      = local.account_id
  buckets         = { for name, arn in var.bucket_arns : name => { arn = arn, write = true } }
  description     = "What notebooks of ${var.name} may do"
  name            = "${var.name}-notebook"
  prebuilt_images = true
  region          = var.region
  tags            = var.tags

  jobs = {
    name_prefix = "${var.name}-"
    require_vpc = length(var.subnet_ids) > 0
    training    = true
  }
  kms_keys            = { stack = { arn = module.encryption_key.arn, allow_grants = true } }
  managed_policy_arns = { for part, arn in module.leftover_guard.guardrail_policy_arns : "guardrail-${part}" => arn }
  network_interfaces = {
    enabled             = length(var.subnet_ids) > 0
    subnet_arns         = { for name, id in var.subnet_ids : name => "${local.ec2_arn}:subnet/${id}" }
    security_group_arns = { for name, id in var.security_group_ids : name => "${local.ec2_arn}:security-group/${id}" }
  }
}

# For programs that process the messages, and for reading them later.
resource "aws_sqs_queue" "reports" {
  name                      = "${var.name}-reports"
  kms_master_key_id         = module.encryption_key.arn
  message_retention_seconds = 1209600
  tags                      = var.tags
}

data "aws_iam_policy_document" "reports" {
  statement {
    sid       = "TopicSends"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.reports.arn]

    principals {
      type        = "Service"
      identifiers = ["sns.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [module.leftover_guard.topic_arn]
    }
  }
}

resource "aws_sqs_queue_policy" "reports" {
  queue_url = aws_sqs_queue.reports.id
  policy    = data.aws_iam_policy_document.reports.json
}
