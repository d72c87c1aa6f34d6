# What the reader needs to ask Athena about CloudTrail's files, where the module trail-lake is there: its own policy,
# in a policy of its own, so that without it the reader sees no object.

locals {
  ask_trail_lake        = local.create_reader && var.trail_lake_query_policy_json != null
  trail_lake_policy     = "${var.environment}-guardrails-ask-trail-lake"
  trail_lake_policy_arn = "arn:${local.partition}:iam::${var.account_id}:policy/${local.trail_lake_policy}"
}

resource "aws_iam_policy" "trail_lake" {
  count = local.ask_trail_lake ? 1 : 0

  name        = local.trail_lake_policy
  description = "Asks Athena about the files of CloudTrail"
  policy      = var.trail_lake_query_policy_json
}
