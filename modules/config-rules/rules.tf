# The rules of this Region: the catalogue's, without the disabled ones, and the caller's own.

locals {
  chosen_rules = {
    for key, rule in local.builtin_rules : key => {
      identifier     = rule.identifier
      description    = rule.description
      parameters     = merge(rule.parameters, lookup(var.rule_parameters, key, {}))
      resource_types = tolist([])
      frequency      = tostring(null)
    } if !contains(keys(var.disabled_rules), key) && (rule.where == "region" || var.is_iam_home_region)
  }

  own_rules = {
    for key, rule in var.additional_rules : key => {
      identifier     = rule.source_identifier
      description    = rule.description
      parameters     = rule.parameters
      resource_types = rule.resource_types
      frequency      = rule.frequency
    }
  }

  rules      = merge(local.chosen_rules, local.own_rules)
  rule_names = { for key in keys(local.rules) : key => "${var.environment}-guardrail-${key}" }

  # AWS Config takes every value as a string: "90", not 90.
  input_parameters = { for key, rule in local.rules : key => length(rule.parameters) > 0 ? jsonencode(rule.parameters) : null }
}

resource "aws_config_config_rule" "guardrail" {
  for_each = local.rules

  name                        = local.rule_names[each.key]
  description                 = each.value.description
  input_parameters            = local.input_parameters[each.key]
  maximum_execution_frequency = each.value.frequency

  source {
    owner             = "AWS"
    source_identifier = each.value.identifier
  }

  dynamic "scope" {
    for_each = length(each.value.resource_types) > 0 ? [each.value.resource_types] : []

    content {
      compliance_resource_types = scope.value
    }
  }

  lifecycle {
    precondition {
      condition     = length(coalesce(local.input_parameters[each.key], "{}")) <= 1024
      error_message = "The parameters of the rule ${each.key} are longer than the 1024 characters that AWS Config accepts; name fewer exceptions."
    }
  }

  depends_on = [aws_config_configuration_recorder.account]
}
