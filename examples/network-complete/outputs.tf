output "flow_log_group_name" {
  description = "Name of the flow logs' log group."
  value       = module.network.flow_log_group_name
}

output "key_arn" {
  description = "ARN of the key that encrypts the flow logs."
  value       = module.encryption_key.arn
}

output "nat_public_ips" {
  description = "Public IP addresses of the NAT gateways, by zone."
  value       = module.network.nat_public_ips
}

output "private_route_table_ids" {
  description = "IDs of the private subnets' route tables, by zone."
  value       = module.network.private_route_table_ids
}

output "private_subnet_ids" {
  description = "IDs of the private subnets, by zone."
  value       = module.network.private_subnet_ids
}

output "security_group_ids" {
  description = "IDs of the security groups, by key."
  value       = module.network.security_group_ids
}

output "vpc_id" {
  description = "ID of the VPC."
  value       = module.network.vpc_id
}
