# The trail itself: one, multi-Region, with read events, because sts:AssumeRole is a read-only event that CloudTrail
# writes in whichever Region the caller's STS endpoint stands.

data "aws_partition" "current" {}

locals {
  partition  = data.aws_partition.current.partition
  trail_name = var.create_trail ? coalesce(var.trail_name, "${var.environment}-trail") : var.existing.trail_name
  trail_arn  = "arn:${local.partition}:cloudtrail:${var.region}:${var.account_id}:trail/${local.trail_name}"
}

resource "aws_cloudtrail" "trail" {
  count = var.create_trail ? 1 : 0

  name                          = local.trail_name
  s3_bucket_name                = aws_s3_bucket.log[0].bucket
  kms_key_id                    = aws_kms_key.trail[0].arn
  cloud_watch_logs_group_arn    = "arn:${local.partition}:logs:${var.region}:${var.account_id}:log-group:${aws_cloudwatch_log_group.trail[0].name}:*"
  cloud_watch_logs_role_arn     = local.delivery_role_arn
  is_multi_region_trail         = true
  include_global_service_events = true
  enable_log_file_validation    = true
  enable_logging                = true

  event_selector {
    read_write_type           = "All"
    include_management_events = true
  }

  lifecycle {
    prevent_destroy = true
  }

  depends_on = [
    aws_s3_bucket_policy.log,
    aws_iam_role.delivery,
    aws_iam_role_policy_attachment.delivery,
  ]
}
