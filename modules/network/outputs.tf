output "endpoint_security_group_id" {
  description = "ID of the interface endpoints' security group. Null without interface endpoints."
  value       = local.uses_endpoints ? aws_security_group.this[local.endpoints_key].id : null
}

output "flow_log_group_arn" {
  description = "ARN of the flow logs' log group, without `:*`. Null without flow logs."
  value       = var.flow_logs_enabled ? aws_cloudwatch_log_group.flow_logs[0].arn : null
}

output "flow_log_group_name" {
  description = "Name of the flow logs' log group. Null without flow logs."
  value       = var.flow_logs_enabled ? aws_cloudwatch_log_group.flow_logs[0].name : null
}

output "interface_endpoint_ids" {
  description = "IDs of the interface endpoints, by their names in `interface_endpoints`."
  value       = { for name, endpoint in aws_vpc_endpoint.interface : name => endpoint.id }
}

output "nat_public_ips" {
  description = "Public IP addresses of the NAT gateways, by zone."
  value       = { for zone, address in aws_eip.nat : zone => address.public_ip }
}

output "private_route_table_ids" {
  description = "IDs of the private subnets' route tables, by zone. For additional routes."
  value       = { for zone, table in aws_route_table.private : zone => table.id }
}

output "private_subnet_arns" {
  description = "ARNs of the private subnets, by zone. For `network_interfaces.subnet_arns` of `execution-role`."
  value       = { for zone, subnet in aws_subnet.private : zone => subnet.arn }
}

output "private_subnet_ids" {
  description = "IDs of the private subnets, by zone. Available once their egress exists."
  value       = { for zone, subnet in aws_subnet.private : zone => subnet.id }

  depends_on = [
    aws_route.private_internet,
    aws_route_table_association.private,
    aws_vpc_endpoint.interface,
    aws_vpc_endpoint.s3,
  ]
}

output "s3_endpoint_id" {
  description = "ID of the S3 gateway endpoint, for bucket policies that compare `aws:SourceVpce`. Null without the endpoint."
  value       = local.uses_s3_endpoint ? aws_vpc_endpoint.s3[0].id : null
}

output "s3_prefix_list_id" {
  description = "ID of the S3 prefix list, for custom rules. Null without the endpoint."
  value       = local.uses_s3_endpoint ? aws_vpc_endpoint.s3[0].prefix_list_id : null
}

output "security_group_arns" {
  description = "ARNs of the security groups, by key. For `network_interfaces.security_group_arns` of `execution-role`."
  value       = { for key in keys(var.security_groups) : key => aws_security_group.this[key].arn }
}

output "security_group_ids" {
  description = "IDs of the security groups, by key. Available once their rules exist."
  value       = { for key in keys(var.security_groups) : key => aws_security_group.this[key].id }

  depends_on = [
    aws_security_group_rule.endpoint_clients,
    aws_security_group_rule.endpoints,
    aws_security_group_rule.internet_https,
    aws_security_group_rule.members_in,
    aws_security_group_rule.members_out,
    aws_security_group_rule.own,
    aws_security_group_rule.s3,
  ]
}

output "vpc_arn" {
  description = "ARN of the VPC."
  value       = aws_vpc.this.arn
}

output "vpc_cidr_block" {
  description = "CIDR block of the VPC."
  value       = aws_vpc.this.cidr_block
}

output "vpc_id" {
  description = "ID of the VPC."
  value       = aws_vpc.this.id
}
