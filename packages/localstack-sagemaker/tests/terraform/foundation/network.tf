resource "aws_vpc" "this" {
  cidr_block           = "10.7.0.0/16"
  enable_dns_support   = true
  enable_dns_hostnames = var.step == 2
  tags                 = local.tags
}

resource "aws_vpc" "second" {
  cidr_block = "10.8.0.0/16"
}

resource "aws_default_security_group" "this" {
  vpc_id = aws_vpc.this.id
  tags   = local.tags

  egress {
    protocol    = "tcp"
    from_port   = 443
    to_port     = 443
    cidr_blocks = [var.step == 1 ? "10.7.0.0/16" : "10.7.1.0/24"]
  }
}

resource "aws_subnet" "public" {
  vpc_id                  = aws_vpc.this.id
  cidr_block              = "10.7.0.0/24"
  availability_zone       = "${local.region}a"
  map_public_ip_on_launch = var.step == 2
  tags                    = local.tags
}

resource "aws_subnet" "private" {
  vpc_id            = aws_vpc.this.id
  cidr_block        = "10.7.1.0/24"
  availability_zone = "${local.region}a"
  tags              = local.tags
}

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id
  tags   = local.tags
}

resource "aws_internet_gateway" "second" {
  vpc_id = var.step == 1 ? null : aws_vpc.second.id
}

resource "aws_eip" "this" {
  domain = "vpc"
  tags   = local.tags

  depends_on = [aws_internet_gateway.this]
}

resource "aws_nat_gateway" "this" {
  allocation_id = aws_eip.this.id
  subnet_id     = aws_subnet.public.id
  tags          = local.tags
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.this.id
  tags   = local.tags

  route {
    cidr_block = var.step == 1 ? "10.20.0.0/16" : "0.0.0.0/0"
    gateway_id = aws_internet_gateway.this.id
  }
}

resource "aws_route_table" "private" {
  vpc_id = aws_vpc.this.id
  tags   = local.tags
}

resource "aws_route" "this" {
  route_table_id         = aws_route_table.private.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = var.step == 1 ? aws_internet_gateway.this.id : null
  nat_gateway_id         = var.step == 2 ? aws_nat_gateway.this.id : null
}

resource "aws_route_table_association" "this" {
  subnet_id      = aws_subnet.private.id
  route_table_id = var.step == 1 ? aws_route_table.private.id : aws_route_table.public.id
}

resource "aws_security_group" "this" {
  name        = "probe"
  description = "probe"
  vpc_id      = aws_vpc.this.id
  tags        = local.tags
}

resource "aws_security_group" "second" {
  name        = "probe-second"
  description = "probe"
  vpc_id      = aws_vpc.this.id

  egress {
    description = "HTTPS out ${var.step}"
    protocol    = "tcp"
    from_port   = 443
    to_port     = 443
    cidr_blocks = ["10.7.0.0/16"]
  }
}

resource "aws_security_group_rule" "this" {
  security_group_id = aws_security_group.this.id
  description       = "HTTPS out ${var.step}"
  type              = "egress"
  protocol          = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_blocks       = ["10.7.0.0/16"]
}

resource "aws_vpc_endpoint" "interface" {
  vpc_id              = aws_vpc.this.id
  service_name        = "com.amazonaws.${local.region}.sagemaker.api"
  vpc_endpoint_type   = "Interface"
  subnet_ids          = [aws_subnet.private.id]
  security_group_ids  = [aws_security_group.this.id]
  private_dns_enabled = true
  tags                = local.tags

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Account${var.step}"
      Effect    = "Allow"
      Principal = "*"
      Action    = "sagemaker:*"
      Resource  = "*"
      Condition = { StringEquals = { "aws:PrincipalAccount" = var.account } }
    }]
  })
}

# Its route tables stay the same: LocalStack 4.7.0 cannot delete a gateway endpoint whose route tables were changed.
resource "aws_vpc_endpoint" "gateway" {
  vpc_id            = aws_vpc.this.id
  service_name      = "com.amazonaws.${local.region}.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = [aws_route_table.private.id]
  tags              = local.tags
}

resource "aws_flow_log" "this" {
  vpc_id               = aws_vpc.this.id
  traffic_type         = "ALL"
  log_destination_type = "cloud-watch-logs"
  log_destination      = aws_cloudwatch_log_group.this.arn
  iam_role_arn         = aws_iam_role.this.arn
  tags                 = local.tags
}
