locals {
  ec2_arn               = "arn:${var.partition}:ec2:${var.region}:${var.account_id}"
  network_interface_arn = "${local.ec2_arn}:network-interface/*"
  limits_subnets        = length(var.network_interfaces.subnet_arns) > 0
  limits_groups         = length(var.network_interfaces.security_group_arns) > 0

  # The part after the slash of an ARN is the ID.
  subnet_ids         = [for arn in values(var.network_interfaces.subnet_arns) : element(split("/", arn), 1)]
  security_group_ids = [for arn in values(var.network_interfaces.security_group_arns) : element(split("/", arn), 1)]
}

data "aws_iam_policy_document" "network" {
  statement {
    sid     = "CreateNetworkInterfaces"
    actions = ["ec2:CreateNetworkInterface"]
    resources = concat(
      [local.network_interface_arn],
      local.limits_subnets ? values(var.network_interfaces.subnet_arns) : ["${local.ec2_arn}:subnet/*"],
      local.limits_groups ? values(var.network_interfaces.security_group_arns) : ["${local.ec2_arn}:security-group/*"],
    )
  }

  statement {
    sid = "ManageNetworkInterfaces"
    actions = [
      "ec2:CreateNetworkInterfacePermission",
      "ec2:DeleteNetworkInterface",
      "ec2:DeleteNetworkInterfacePermission",
    ]
    resources = [local.network_interface_arn]

    dynamic "condition" {
      for_each = local.limits_subnets ? ["subnets"] : []

      content {
        test     = "ArnEquals"
        variable = "ec2:Subnet"
        values   = values(var.network_interfaces.subnet_arns)
      }
    }
  }

  # EC2 describe actions support no narrower resource.
  statement {
    sid = "DescribeNetworks"
    actions = [
      "ec2:DescribeDhcpOptions",
      "ec2:DescribeNetworkInterfaces",
      "ec2:DescribeSecurityGroups",
      "ec2:DescribeSubnets",
      "ec2:DescribeVpcs",
    ]
    resources = ["*"]
  }
}

resource "aws_iam_role_policy" "network" {
  # `lookup` is for tfsec, which ignores defaults of optional attributes and would report a policy that is not created.
  count = lookup(var.network_interfaces, "enabled", false) ? 1 : 0

  name   = "network"
  role   = aws_iam_role.this.name
  policy = data.aws_iam_policy_document.network.json
}
