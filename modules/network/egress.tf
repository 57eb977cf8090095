# Internet egress, only with egress = "nat". The public subnets contain NAT gateways only.
locals {
  egress_zones = var.egress_in_every_zone ? var.zones : [var.zones[0]]
  nat_zones    = toset(local.uses_nat ? local.egress_zones : [])

  # The zone of the NAT gateway that each zone uses.
  nat_zone_by_zone = { for zone in var.zones : zone => contains(local.egress_zones, zone) ? zone : var.zones[0] }
}

resource "aws_internet_gateway" "this" {
  count = local.uses_nat ? 1 : 0

  vpc_id = aws_vpc.this.id
  tags   = merge(var.tags, { Name = var.name })
}

resource "aws_subnet" "public" {
  for_each = local.nat_zones

  availability_zone       = each.key
  cidr_block              = local.public_cidr_blocks[each.key]
  map_public_ip_on_launch = false
  vpc_id                  = aws_vpc.this.id
  tags                    = merge(var.tags, { Name = "${var.name}-public-${each.key}" })
}

resource "aws_route_table" "public" {
  count = local.uses_nat ? 1 : 0

  vpc_id = aws_vpc.this.id
  tags   = merge(var.tags, { Name = "${var.name}-public" })
}

resource "aws_route" "public_internet" {
  count = local.uses_nat ? 1 : 0

  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this[0].id
  route_table_id         = aws_route_table.public[0].id
}

resource "aws_route_table_association" "public" {
  for_each = local.nat_zones

  route_table_id = aws_route_table.public[0].id
  subnet_id      = aws_subnet.public[each.key].id
}

resource "aws_eip" "nat" {
  for_each = local.nat_zones

  domain = "vpc"
  tags   = merge(var.tags, { Name = "${var.name}-nat-${each.key}" })

  # An Elastic IP in a VPC needs the internet gateway, which AWS can detach only after the address is released.
  depends_on = [aws_internet_gateway.this]
}

resource "aws_nat_gateway" "this" {
  for_each = local.nat_zones

  allocation_id = aws_eip.nat[each.key].id
  subnet_id     = aws_subnet.public[each.key].id
  tags          = merge(var.tags, { Name = "${var.name}-${each.key}" })

  depends_on = [aws_route.public_internet]
}

resource "aws_route" "private_internet" {
  for_each = toset(local.uses_nat ? var.zones : [])

  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.this[local.nat_zone_by_zone[each.key]].id
  route_table_id         = aws_route_table.private[each.key].id
}
