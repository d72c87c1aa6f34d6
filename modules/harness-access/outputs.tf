output "reader_role_name" {
  description = "Name of the read-only role; null when nobody may assume it."
  value       = local.create_reader ? local.reader_role_name : null
}

output "reader_role_arn" {
  description = "ARN of the read-only role, known before apply; null when nobody may assume it."
  value       = local.create_reader ? local.reader_role_arn : null
}

output "reader_trust_policy_json" {
  description = "Trust policy of the read-only role; null when nobody may assume it."
  value       = local.create_reader ? data.aws_iam_policy_document.reader_trust[0].json : null
}

output "reader_identity_policy_json" {
  description = "Policy that each reader principal needs on its own side to assume the read-only role; null when there is none."
  value       = local.create_reader ? data.aws_iam_policy_document.reader_identity[0].json : null
}

output "plan_role_name" {
  description = "Name of the CI role; null without ci."
  value       = local.create_plan ? local.plan_role_name : null
}

output "plan_role_arn" {
  description = "ARN of the CI role, known before apply; null without ci."
  value       = local.create_plan ? local.plan_role_arn : null
}

output "plan_trust_policy_json" {
  description = "Trust policy of the CI role; null without ci."
  value       = local.create_plan ? data.aws_iam_policy_document.plan_trust[0].json : null
}

output "read_actions" {
  description = "Every action that the read policies allow, sorted."
  value       = local.read_actions
}

output "drill_policy_json" {
  description = "What whoever runs a live drill needs beside reading: queues of the drill's own, subscribed to the alert topics."
  value       = data.aws_iam_policy_document.drill.json
}
