output "alias_arn" {
  description = "ARN of the key's alias."
  value       = aws_kms_alias.this.arn
}

output "alias_name" {
  description = "Name of the key's alias, `alias/` included."
  value       = aws_kms_alias.this.name
}

output "arn" {
  description = "ARN of the key. Pass it to the other modules."
  value       = aws_kms_key.this.arn
}

output "id" {
  description = "ID of the key."
  value       = aws_kms_key.this.key_id
}
