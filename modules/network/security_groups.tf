# The provider removes the rule that AWS adds to new groups: all traffic to anywhere.

# aws_security_group_rule is used instead of aws_vpc_security_group_*_rule because tfsec does not read the latter, and
# open egress must be reported.
locals {
  # The caller's groups, and the interface endpoints' group: HTTPS in from the groups that use them, nothing out.
  endpoints_key = "vpc-endpoints"
  groups = merge(
    { for key, group in var.security_groups : key => { description = coalesce(group.description, "${key} in ${var.name}") } },
    local.uses_endpoints ? { (local.endpoints_key) = { description = "Interface endpoints of ${var.name}" } } : {},
  )

  # Rules without a matching endpoint are left out.
  groups_by_rule = {
    for rule in ["endpoints", "s3", "members", "internet-https"] : rule => toset([
      for key, group in var.security_groups : key if contains(group.reach, rule)
    ])
  }
  endpoint_groups = local.uses_endpoints ? local.groups_by_rule["endpoints"] : toset([])
  s3_groups       = local.uses_s3_endpoint ? local.groups_by_rule["s3"] : toset([])

  own_rules = merge(flatten([
    for key, group in var.security_groups : [
      for type, rules in { egress = group.egress, ingress = group.ingress } : {
        for name, rule in rules : "${key}/${type}/${name}" => merge(rule, {
          key          = key
          name         = name
          type         = type
          to_itself    = rule.group == key
          to_neighbour = rule.group != null && rule.group != key
        })
      }
    ]
  ])...)
}

resource "aws_security_group" "this" {
  for_each = local.groups

  description = each.value.description
  name_prefix = "${var.name}-${each.key}-"
  tags        = merge(var.tags, { Name = "${var.name}-${each.key}" })
  vpc_id      = aws_vpc.this.id

  lifecycle {
    create_before_destroy = true # AWS does not delete a group in use
  }
}

# Predefined rules

resource "aws_security_group_rule" "endpoints" {
  for_each = local.endpoint_groups

  description              = "HTTPS to AWS services through the interface endpoints"
  from_port                = 443
  protocol                 = "tcp"
  security_group_id        = aws_security_group.this[each.key].id
  source_security_group_id = aws_security_group.this[local.endpoints_key].id
  to_port                  = 443
  type                     = "egress"
}

resource "aws_security_group_rule" "s3" {
  for_each = local.s3_groups

  description       = "HTTPS to S3 of this region through the gateway endpoint"
  from_port         = 443
  prefix_list_ids   = [aws_vpc_endpoint.s3[0].prefix_list_id]
  protocol          = "tcp"
  security_group_id = aws_security_group.this[each.key].id
  to_port           = 443
  type              = "egress"
}

resource "aws_security_group_rule" "members_out" {
  for_each = local.groups_by_rule["members"]

  description       = "Anything to members of this group"
  from_port         = 0
  protocol          = "-1"
  security_group_id = aws_security_group.this[each.key].id
  self              = true
  to_port           = 0
  type              = "egress"
}

resource "aws_security_group_rule" "members_in" {
  for_each = local.groups_by_rule["members"]

  description       = "Anything from members of this group"
  from_port         = 0
  protocol          = "-1"
  security_group_id = aws_security_group.this[each.key].id
  self              = true
  to_port           = 0
  type              = "ingress"
}

resource "aws_security_group_rule" "internet_https" {
  for_each = local.groups_by_rule["internet-https"]

  cidr_blocks       = ["0.0.0.0/0"]
  description       = "HTTPS to the whole internet, asked for by name"
  from_port         = 443
  protocol          = "tcp"
  security_group_id = aws_security_group.this[each.key].id
  to_port           = 443
  type              = "egress"
}

resource "aws_security_group_rule" "own" {
  for_each = local.own_rules

  cidr_blocks              = each.value.cidr_block == null ? null : [each.value.cidr_block]
  description              = coalesce(each.value.description, each.value.name)
  from_port                = each.value.from_port
  prefix_list_ids          = each.value.prefix_list_id == null ? null : [each.value.prefix_list_id]
  protocol                 = each.value.protocol
  security_group_id        = aws_security_group.this[each.value.key].id
  self                     = each.value.to_itself ? true : null
  source_security_group_id = each.value.to_neighbour ? aws_security_group.this[each.value.group].id : each.value.security_group_id
  to_port                  = coalesce(each.value.to_port, each.value.from_port)
  type                     = each.value.type
}

# Clients of the interface endpoints

resource "aws_security_group_rule" "endpoint_clients" {
  for_each = local.endpoint_groups

  description              = "HTTPS from ${each.key}"
  from_port                = 443
  protocol                 = "tcp"
  security_group_id        = aws_security_group.this[local.endpoints_key].id
  source_security_group_id = aws_security_group.this[each.key].id
  to_port                  = 443
  type                     = "ingress"
}

resource "aws_security_group_rule" "other_endpoint_clients" {
  for_each = local.uses_endpoints ? var.endpoint_client_security_group_ids : {}

  description              = "HTTPS from ${each.key}, a group made elsewhere"
  from_port                = 443
  protocol                 = "tcp"
  security_group_id        = aws_security_group.this[local.endpoints_key].id
  source_security_group_id = each.value
  to_port                  = 443
  type                     = "ingress"
}
