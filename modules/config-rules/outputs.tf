output "recorder_name" {
  description = "Name of the configuration recorder, built or adopted."
  value       = local.recorder_name
}

output "delivery_channel_name" {
  description = "Name of the delivery channel; null when the recorder was adopted."
  value       = var.create_recorder ? local.recorder_name : null
}

output "bucket_name" {
  description = "Bucket that receives configuration history; null when the recorder was adopted."
  value       = var.create_recorder ? local.bucket_name : null
}

output "rule_names" {
  description = "Names of the rules in this Region: rule key to name."
  value       = { for key in keys(local.rules) : key => local.rule_names[key] }
}

output "records_iam_types" {
  description = "Whether this Region is the one that records IAM users, groups, roles and policies."
  value       = var.is_iam_home_region
}

output "key_alias" {
  description = "Alias of the key that encrypts the bucket; null when the recorder was adopted."
  value       = var.create_recorder ? local.key_alias : null
}
