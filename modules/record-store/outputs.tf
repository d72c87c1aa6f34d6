output "bucket_name" {
  description = "Name of the bucket."
  value       = local.bucket_name
}

output "bucket_arn" {
  description = "ARN of the bucket, known before apply."
  value       = local.bucket_arn
}

output "store" {
  description = "What guardrails.toml names as records.store, and `--store` takes."
  value       = "s3://${local.bucket_name}"
}
