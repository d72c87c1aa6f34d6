# External access is analysed per Region, unused access once for the account.

data "aws_partition" "current" {}

locals {
  arn_prefix = "arn:${data.aws_partition.current.partition}:access-analyzer:${var.region}:${var.account_id}:analyzer"

  analyzers = merge(
    var.create_external ? { external_access = { name = "${var.environment}-external-access", type = "ACCOUNT" } } : {},
    var.create_unused ? { unused_access = { name = "${var.environment}-unused-access", type = "ACCOUNT_UNUSED_ACCESS" } } : {},
  )
  analyzer_names = { for kind, analyzer in local.analyzers : kind => analyzer.name }
}

resource "aws_accessanalyzer_analyzer" "account" {
  for_each = local.analyzers

  analyzer_name = each.value.name
  type          = each.value.type

  dynamic "configuration" {
    for_each = each.key == "unused_access" ? [var.unused_access_age_days] : []

    content {
      unused_access {
        unused_access_age = configuration.value
      }
    }
  }
}

# A break-glass role that nobody used is the good case. Only this one finding about these roles is archived; a permission
# that a used role did not need, or a forgotten key, still shows.
resource "aws_accessanalyzer_archive_rule" "breakglass_unused" {
  count = var.create_unused && length(var.breakglass_role_arns) > 0 ? 1 : 0

  analyzer_name = aws_accessanalyzer_analyzer.account["unused_access"].analyzer_name
  rule_name     = "breakglass-role-unused"

  filter {
    criteria = "resource"
    eq       = var.breakglass_role_arns
  }

  filter {
    criteria = "findingType"
    eq       = ["UnusedIAMRole"]
  }
}
