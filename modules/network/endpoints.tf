# AWS service endpoints: interface endpoints with egress = "endpoints", and the free S3 gateway endpoint with any egress
# but "none".
locals {
  uses_s3_endpoint    = var.egress != "none"
  interface_endpoints = local.uses_endpoints ? var.interface_endpoints : toset([])
  trusted_accounts    = sort(setunion([var.account_id], var.trusted_account_ids))

  # Without this condition, credentials of another account could carry data through an endpoint to a bucket or log group
  # that this account does not see.
  trusted_principals = {
    Sid       = "TrustedAccounts"
    Effect    = "Allow"
    Action    = "*" # of the endpoint's service; identity policies limit it further
    Principal = "*"
    Resource  = "*"
    Condition = { StringEquals = { "aws:PrincipalAccount" = local.trusted_accounts } }
  }
}

resource "aws_vpc_endpoint" "interface" {
  for_each = local.interface_endpoints

  policy              = lookup(var.endpoint_policies, each.key, jsonencode({ Version = "2012-10-17", Statement = [local.trusted_principals] }))
  private_dns_enabled = true
  security_group_ids  = [aws_security_group.this[local.endpoints_key].id]
  service_name        = lookup(var.endpoint_service_names, each.key, "com.amazonaws.${var.region}.${each.key}")
  subnet_ids          = [for zone in local.egress_zones : aws_subnet.private[zone].id]
  tags                = merge(var.tags, { Name = "${var.name}-${each.key}" })
  vpc_endpoint_type   = "Interface"
  vpc_id              = aws_vpc.this.id
}

data "aws_iam_policy_document" "s3_endpoint" {
  statement {
    sid       = "TrustedAccountsAndBuckets"
    actions   = ["s3:*"]
    resources = ["*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:PrincipalAccount"
      values   = local.trusted_accounts
    }

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceAccount"
      values   = local.trusted_accounts
    }
  }

  # ECR serves image layers from its own bucket, with presigned requests.
  statement {
    sid       = "ImageLayers"
    actions   = ["s3:GetObject"]
    resources = ["arn:${var.partition}:s3:::prod-${var.region}-starport-layer-bucket/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }

  dynamic "statement" {
    for_each = length(var.s3_readable_buckets) > 0 ? ["buckets"] : []

    content {
      sid     = "ReadableBuckets"
      actions = ["s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket"]
      resources = flatten([
        for bucket in sort(var.s3_readable_buckets) : ["arn:${var.partition}:s3:::${bucket}", "arn:${var.partition}:s3:::${bucket}/*"]
      ])

      principals {
        type        = "*"
        identifiers = ["*"]
      }
    }
  }
}

resource "aws_vpc_endpoint" "s3" {
  count = local.uses_s3_endpoint ? 1 : 0

  policy            = lookup(var.endpoint_policies, "s3", data.aws_iam_policy_document.s3_endpoint.json)
  route_table_ids   = [for zone in var.zones : aws_route_table.private[zone].id]
  service_name      = lookup(var.endpoint_service_names, "s3", "com.amazonaws.${var.region}.s3")
  tags              = merge(var.tags, { Name = "${var.name}-s3" })
  vpc_endpoint_type = "Gateway"
  vpc_id            = aws_vpc.this.id
}
