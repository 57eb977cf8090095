output "flow_log_group_name" {
  description = "Name of the flow logs' log group."
  value       = module.network.flow_log_group_name
}

output "key_arn" {
  description = "ARN of the key of the flow logs."
  value       = module.encryption_key.arn
}

output "nat_public_ips" {
  description = "Public addresses that traffic leaves from, by zone."
  value       = module.network.nat_public_ips
}

output "private_route_table_ids" {
  description = "Route tables of the private subnets, by zone."
  value       = module.network.private_route_table_ids
}

output "private_subnet_ids" {
  description = "Private subnets, by zone."
  value       = module.network.private_subnet_ids
}

output "security_group_ids" {
  description = "Security groups, by key."
  value       = module.network.security_group_ids
}

output "vpc_id" {
  description = "Id of the VPC."
  value       = module.network.vpc_id
}
