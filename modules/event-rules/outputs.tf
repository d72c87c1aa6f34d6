output "rule_names" {
  description = "Key to rule name in this Region."
  value       = { for key, rule in aws_cloudwatch_event_rule.event : key => rule.name }
}

output "rule_arns" {
  description = "Key to rule ARN in this Region (built from the name, so known at plan time)."
  value       = { for key, rule in aws_cloudwatch_event_rule.event : key => "${local.rule_arn_prefix}${rule.name}" }
}

output "rule_name_prefix" {
  description = "What every rule name starts with; the boundary of the break-glass role protects this prefix."
  value       = local.name_prefix
}

output "rules" {
  description = "Key to name, state, description and event pattern (JSON) of every rule."
  value = {
    for key, rule in aws_cloudwatch_event_rule.event : key => {
      name        = rule.name
      state       = rule.state
      description = rule.description
      pattern     = rule.event_pattern
    }
  }
}
