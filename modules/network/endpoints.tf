# AWS service endpoints: interface endpoints with egress = "endpoints", and the free S3 gateway endpoint with any egress
# but "none".
locals {
  uses_s3_endpoint    = var.egress != "none"
  interface_endpoints = local.uses_endpoints ? var.interface_endpoints : toset([])
  trusted_accounts    = sort(setunion([var.account_id], var.trusted_account_ids))

  # Without the condition on the principal, credentials of another account could carry data through an endpoint; without
  # the one on the resource, the role's own could carry it to a log group, key or endpoint of another account.
  trusted_resources = {
    Sid       = "TrustedAccounts"
    Effect    = "Allow"
    Action    = "*" # of the endpoint's service; identity policies limit it further
    Principal = "*"
    Resource  = "*"
    Condition = {
      StringEquals = {
        "aws:PrincipalAccount" = local.trusted_accounts
        "aws:ResourceAccount"  = local.trusted_accounts
      }
    }
  }

  # AWS's prebuilt images are in its own accounts, which differ by region and algorithm. Pulling carries no data out.
  pull_conditions = merge(
    { "aws:PrincipalAccount" = local.trusted_accounts },
    length(var.image_account_ids) > 0 ? { "aws:ResourceAccount" = sort(setunion(local.trusted_accounts, var.image_account_ids)) } : {},
  )
  image_statements = [
    {
      Sid       = "PullImages"
      Effect    = "Allow"
      Action    = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
      Principal = "*"
      Resource  = "*"
      Condition = { StringEquals = local.pull_conditions }
    },
    {
      Sid       = "LogInToRegistries"
      Effect    = "Allow"
      Action    = "ecr:GetAuthorizationToken"
      Principal = "*"
      Resource  = "*"
      Condition = { StringEquals = { "aws:PrincipalAccount" = local.trusted_accounts } }
    },
  ]
  public_hub_statements = [{
    Sid       = "ReadPublicHubs"
    Effect    = "Allow"
    Action    = ["sagemaker:DescribeHub", "sagemaker:DescribeHubContent", "sagemaker:ListHubContents", "sagemaker:ListHubContentVersions"]
    Principal = "*"
    Resource  = ["arn:${var.partition}:sagemaker:${var.region}:aws:hub/*", "arn:${var.partition}:sagemaker:${var.region}:aws:hub-content/*"]
    Condition = { StringEquals = { "aws:PrincipalAccount" = local.trusted_accounts } }
  }]
  aws_owned_statements = {
    "ecr.api"       = local.image_statements
    "ecr.dkr"       = local.image_statements
    "sagemaker.api" = local.public_hub_statements
  }
  endpoint_policies = {
    for service in local.interface_endpoints : service => jsonencode({
      Version   = "2012-10-17"
      Statement = concat([local.trusted_resources], try(local.aws_owned_statements[service], []))
    })
  }
}

resource "aws_vpc_endpoint" "interface" {
  for_each = local.interface_endpoints

  policy              = lookup(var.endpoint_policies, each.key, local.endpoint_policies[each.key])
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
