# checkov: CKV_AWS_23 CKV_AWS_24 CKV_AWS_25 CKV_AWS_260 CKV_AWS_277 CKV_AWS_382 CKV2_AWS_5
# checkov: CKV_AWS_130 CKV2_AWS_11 CKV2_AWS_12
# tfsec: aws-ec2-no-public-egress-sgr aws-ec2-no-public-ingress-sgr aws-ec2-add-description-to-security-group
# tfsec: aws-ec2-add-description-to-security-group-rule
# tfsec: aws-ec2-no-public-ip-subnet aws-ec2-require-vpc-flow-logs-for-all-vpcs
# trivy: AWS-0099 AWS-0104 AWS-0107 AWS-0124 AWS-0164 AWS-0178

resource "aws_security_group" "fail" {
  vpc_id = aws_vpc.fail.id

  ingress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }

  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_vpc" "fail" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "fail" {
  vpc_id                  = aws_vpc.fail.id
  cidr_block              = "10.0.0.0/24"
  map_public_ip_on_launch = true
}

resource "aws_vpc" "pass" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_default_security_group" "pass" {
  vpc_id = aws_vpc.pass.id
}

resource "aws_flow_log" "pass" {
  vpc_id          = aws_vpc.pass.id
  traffic_type    = "ALL"
  iam_role_arn    = "arn:aws:iam::111122223333:role/demo"
  log_destination = "arn:aws:logs:eu-west-1:111122223333:log-group:demo"
}

resource "aws_subnet" "pass" {
  vpc_id     = aws_vpc.pass.id
  cidr_block = "10.0.0.0/24"
}

resource "aws_security_group" "pass" {
  description = "demo"
  vpc_id      = aws_vpc.pass.id

  ingress {
    description = "https from the VPC"
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["10.0.0.0/16"]
  }

  egress {
    description = "https to the VPC"
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["10.0.0.0/16"]
  }
}

resource "aws_network_interface" "pass" {
  subnet_id       = aws_subnet.pass.id
  security_groups = [aws_security_group.pass.id]
}
