output "role_name" {
  description = "Name of the break-glass role."
  value       = aws_iam_role.breakglass.name
}

output "role_arn" {
  description = "ARN of the break-glass role, known before it exists."
  value       = local.role_arn
}

output "boundary_arn" {
  description = "ARN of the permissions boundary."
  value       = local.boundary_arn
}

output "operator_policy_arn" {
  description = "ARN of the emergency-operator policy; null in administrator mode."
  value       = local.is_administrator ? null : local.operator_arn
}

output "permissions_mode" {
  description = "emergency_operator or administrator."
  value       = var.permissions_mode
}

output "trust_policy_json" {
  description = "The trust policy as AWS will see it."
  value       = local.trust_policy_json
}

output "owner_identity_policy_json" {
  description = "The identity policy every trusted person needs on their own side (Identity Center permission set, or an IAM user of another account)."
  value       = local.owner_identity_policy_json
}

output "people" {
  description = "Who may enter: ARNs of the IAM users, and the Identity Center users with the ARN pattern of their role."
  value = {
    iam_users             = local.iam_user_arns
    identity_center_users = local.identity_center_users
    identity_center_role  = local.identity_center_role_arn
  }
}

output "owner_user_names" {
  description = "Names of the IAM users made here; they hold no password, key or device until an administrator and the owner set them up."
  value       = sort(keys(local.created_owner))
}

output "incident_id_pattern" {
  description = "Pattern an incident id must match; null when none is asked for."
  value       = var.require_incident_id ? var.incident_id_pattern : null
}
