output "guardrails_toml" {
  description = "The table [trail_lake] for guardrails.toml, from which `trail ask --engine athena` reads what to ask."
  value       = local.guardrails_toml
}

output "query_policy_json" {
  description = "Policy of a principal that asks questions: for the harness's reader, the input trail_lake_query_policy_json of account-guardrails or harness-access."
  value       = data.aws_iam_policy_document.query.json
}

output "workgroup_name" {
  description = "Name of the workgroup."
  value       = local.workgroup
}

output "database_name" {
  description = "Name of the database."
  value       = local.database
}

output "table_name" {
  description = "Name of the table."
  value       = local.table
}

output "results_bucket_name" {
  description = "Name of the bucket of the results."
  value       = local.results_name
}
