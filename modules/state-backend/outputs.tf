output "bucket_name" {
  description = "Name of the state bucket."
  value       = local.bucket_name
}

output "bucket_arn" {
  description = "ARN of the state bucket, known before apply."
  value       = local.bucket_arn
}

output "state_object_key" {
  description = "Key of the state object."
  value       = var.state_object_key
}

output "lock_object_key" {
  description = "Key of the lock object beside it."
  value       = "${var.state_object_key}.tflock"
}

output "key_alias" {
  description = "Alias of the key that encrypts the state."
  value       = local.key_alias
}

output "key_arn" {
  description = "ARN of that key, known after apply."
  value       = aws_kms_key.state.arn
}

output "backend_hcl" {
  description = "Text of a backend.hcl for this bucket, known before apply."
  value       = local.backend_hcl
}
