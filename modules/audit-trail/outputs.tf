output "trail_name" {
  description = "Name of the trail, built or adopted."
  value       = local.trail_name
}

output "trail_arn" {
  description = "ARN of the trail, known before apply."
  value       = local.trail_arn
}

output "log_group_name" {
  description = "Log group that receives every event of the trail: the one to put metric filters on."
  value       = local.log_group_name
}

output "log_group_arn" {
  description = "ARN of that log group without the trailing :*, known before apply."
  value       = local.log_group_arn
}

output "bucket_name" {
  description = "Bucket that holds the log files."
  value       = local.bucket_name
}

output "key_alias" {
  description = "Alias of the key that encrypts log files and log group; null for an adopted trail."
  value       = var.create_trail ? local.key_alias : null
}

output "key_arn" {
  description = "ARN of that key, known after apply; null for an adopted trail."
  value       = one(aws_kms_key.trail[*].arn)
}

output "delivery_role_name" {
  description = "Role through which CloudTrail writes to the log group; null for an adopted trail."
  value       = var.create_trail ? local.delivery_role_name : null
}
