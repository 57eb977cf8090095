# The VPC and its private subnets. How traffic leaves them stands in egress.tf and endpoints.tf, who may send it in
# security_groups.tf, and what is written down of it in flow_logs.tf.
locals {
  uses_endpoints = var.egress == "endpoints"
  uses_nat       = var.egress == "nat"
  zones          = toset(var.zones)

  # Private subnets are cut from the front of the VPC's block and public ones from its end, so that a zone that is
  # appended later moves none that is there.
  private_cidr_blocks = {
    for index, zone in var.zones : zone => cidrsubnet(var.cidr_block, var.subnet_newbits.private, index)
  }
  public_cidr_blocks = {
    for index, zone in var.zones :
    zone => cidrsubnet(var.cidr_block, var.subnet_newbits.public, pow(2, var.subnet_newbits.public) - 1 - index) if local.uses_nat
  }
}

resource "aws_vpc" "this" {
  cidr_block           = var.cidr_block
  enable_dns_hostnames = true # with enable_dns_support, what the private names of interface endpoints need
  enable_dns_support   = true
  tags                 = merge(var.tags, { Name = var.name })
}

# AWS makes this group open to its members and to the whole internet, and gives it to whatever names no group.
# Managed without rules it lets nothing through.
resource "aws_default_security_group" "this" {
  vpc_id = aws_vpc.this.id
  tags   = merge(var.tags, { Name = "${var.name}-default-unused" })
}

resource "aws_subnet" "private" {
  for_each = local.zones

  availability_zone       = each.key
  cidr_block              = local.private_cidr_blocks[each.key]
  map_public_ip_on_launch = false
  vpc_id                  = aws_vpc.this.id
  tags                    = merge(var.tags, { Name = "${var.name}-private-${each.key}" })
}

resource "aws_route_table" "private" {
  for_each = local.zones

  vpc_id = aws_vpc.this.id
  tags   = merge(var.tags, { Name = "${var.name}-private-${each.key}" })
}

resource "aws_route_table_association" "private" {
  for_each = local.zones

  route_table_id = aws_route_table.private[each.key].id
  subnet_id      = aws_subnet.private[each.key].id
}
