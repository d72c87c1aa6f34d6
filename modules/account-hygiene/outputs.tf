output "password_policy" {
  description = "The password policy that is set; null in a further Region."
  value       = var.set_account_wide ? var.password_policy : null
}

output "s3_public_access_blocked" {
  description = "Whether this instance blocks public access to every bucket of the account."
  value       = var.set_account_wide
}

output "ebs_encryption_by_default" {
  description = "Whether new EBS volumes of this Region are encrypted by default."
  value       = var.ebs_encryption_by_default
}

output "support_role_name" {
  description = "Name of the support role; null when nobody was named."
  value       = local.create_support_role ? local.support_role_name : null
}

output "support_role_arn" {
  description = "ARN of the support role, known before apply; null when nobody was named."
  value       = local.create_support_role ? local.support_role_arn : null
}
