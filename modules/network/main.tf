locals {
  uses_endpoints = var.egress == "endpoints"
  uses_nat       = var.egress == "nat"
  zones          = toset(var.zones)

  # Private subnets are taken from the start of the VPC's block and public ones from its end, so that appending a zone
  # moves no existing subnet.
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
  enable_dns_hostnames = true # required, with enable_dns_support, for private DNS names of interface endpoints
  enable_dns_support   = true
  tags                 = merge(var.tags, { Name = var.name })
}

# By default AWS opens this group to its members and to the whole internet, and uses it for resources without a group.
# Managing it without rules closes it.
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
