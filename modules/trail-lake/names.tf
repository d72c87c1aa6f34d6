data "aws_partition" "current" {}

locals {
  partition    = data.aws_partition.current.partition
  database     = "${replace(var.environment, "-", "_")}_trail_lake"
  table        = "cloudtrail"
  workgroup    = "${var.environment}-trail-lake"
  accounts     = sort(length(var.accounts) > 0 ? var.accounts : [var.account_id])
  regions      = sort(var.event_regions)
  key_prefix   = join("/", compact([var.trail_key_prefix, "AWSLogs", var.organization_id]))
  trail_arn    = "arn:${local.partition}:s3:::${var.trail_bucket_name}"
  results_name = coalesce(var.results_bucket_name, "${var.environment}-${var.account_id}-trail-lake-results")
  results_arn  = "arn:${local.partition}:s3:::${local.results_name}"
  glue_arn     = "arn:${local.partition}:glue:${var.region}:${var.account_id}"

  guardrails_toml = <<-EOT
    [trail_lake]
    workgroup = "${local.workgroup}"
    database = "${local.database}"
    table = "${local.table}"
    region = "${var.region}"
    accounts = ${jsonencode(local.accounts)}
    regions = ${jsonencode(local.regions)}
  EOT
}
