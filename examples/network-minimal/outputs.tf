output "endpoint_security_group_id" {
  description = "ID of the interface endpoints' security group."
  value       = module.network.endpoint_security_group_id
}

output "flow_log_group_arn" {
  description = "ARN of the flow logs' log group."
  value       = module.network.flow_log_group_arn
}

output "flow_log_group_name" {
  description = "Name of the flow logs' log group."
  value       = module.network.flow_log_group_name
}

output "interface_endpoint_ids" {
  description = "IDs of the interface endpoints, by name."
  value       = module.network.interface_endpoint_ids
}

output "key_arn" {
  description = "ARN of the key that encrypts the flow logs."
  value       = module.encryption_key.arn
}

output "private_route_table_ids" {
  description = "IDs of the private subnets' route tables, by zone."
  value       = module.network.private_route_table_ids
}

output "private_subnet_ids" {
  description = "IDs of the private subnets, by zone."
  value       = module.network.private_subnet_ids
}

output "s3_endpoint_id" {
  description = "ID of the S3 gateway endpoint."
  value       = module.network.s3_endpoint_id
}

output "s3_prefix_list_id" {
  description = "ID of the S3 prefix list."
  value       = module.network.s3_prefix_list_id
}

output "security_group_ids" {
  description = "IDs of the security groups, by key."
  value       = module.network.security_group_ids
}

output "vpc_id" {
  description = "ID of the VPC."
  value       = module.network.vpc_id
}
