output "endpoint_security_group_id" {
  description = "Security group of the interface endpoints; null where there are none."
  value       = local.uses_endpoints ? aws_security_group.this[local.endpoints_key].id : null
}

output "flow_log_group_arn" {
  description = "ARN of the flow logs' log group, without `:*`; null where there is none."
  value       = var.flow_logs_enabled ? aws_cloudwatch_log_group.flow_logs[0].arn : null
}

output "flow_log_group_name" {
  description = "Name of the flow logs' log group; null where there is none."
  value       = var.flow_logs_enabled ? aws_cloudwatch_log_group.flow_logs[0].name : null
}

output "interface_endpoint_ids" {
  description = "Interface endpoints, by their names in `interface_endpoints`."
  value       = { for name, endpoint in aws_vpc_endpoint.interface : name => endpoint.id }
}

output "nat_public_ips" {
  description = "Public addresses that traffic leaves from, by the zone of the NAT gateway."
  value       = { for zone, address in aws_eip.nat : zone => address.public_ip }
}

output "private_route_table_ids" {
  description = "Route tables of the private subnets, by zone. For routes of your own."
  value       = { for zone, table in aws_route_table.private : zone => table.id }
}

output "private_subnet_arns" {
  description = "ARNs of the private subnets, by zone. What `execution-role` takes as `network_interfaces.subnet_arns`."
  value       = { for zone, subnet in aws_subnet.private : zone => subnet.arn }
}

output "private_subnet_ids" {
  description = "Private subnets, by zone. What takes one waits until the way out of it is there."
  value       = { for zone, subnet in aws_subnet.private : zone => subnet.id }

  depends_on = [
    aws_route.private_internet,
    aws_route_table_association.private,
    aws_vpc_endpoint.interface,
    aws_vpc_endpoint.s3,
  ]
}

output "s3_endpoint_id" {
  description = "Gateway endpoint of S3, for bucket policies that compare `aws:SourceVpce`; null where there is none."
  value       = local.uses_s3_endpoint ? aws_vpc_endpoint.s3[0].id : null
}

output "s3_prefix_list_id" {
  description = "Prefix list of S3's addresses, for rules of your own; null where there is no endpoint."
  value       = local.uses_s3_endpoint ? aws_vpc_endpoint.s3[0].prefix_list_id : null
}

output "security_group_arns" {
  description = "ARNs of the security groups, by key. What `execution-role` takes as `network_interfaces.security_group_arns`."
  value       = { for key in keys(var.security_groups) : key => aws_security_group.this[key].arn }
}

output "security_group_ids" {
  description = "Security groups, by key. What takes one waits until its rules are there."
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
  description = "Addresses of the VPC."
  value       = aws_vpc.this.cidr_block
}

output "vpc_id" {
  description = "Id of the VPC."
  value       = aws_vpc.this.id
}
