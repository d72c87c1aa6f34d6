output "analyzer_names" {
  description = "Names of the analyzers in this Region: external_access and unused_access, as far as built."
  value       = local.analyzer_names
}

output "analyzer_arns" {
  description = "ARNs of the same analyzers, known before apply."
  value       = { for kind, name in local.analyzer_names : kind => "${local.arn_prefix}/${name}" }
}
