# The recorder, where it delivers to, and the explicit start that it needs. IAM resource types are recorded in one Region
# only, because each Region that records them writes (and charges) the same global change again.

locals {
  recorder_name      = var.create_recorder ? "${var.environment}-recorder" : var.existing_recorder_name
  create_linked_role = coalesce(var.create_service_linked_role, var.create_recorder && var.is_iam_home_region)
  linked_role_arn    = "arn:${local.partition}:iam::${var.account_id}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"
}

resource "aws_iam_service_linked_role" "config" {
  count = local.create_linked_role ? 1 : 0

  aws_service_name = "config.amazonaws.com"
}

resource "aws_config_configuration_recorder" "account" {
  count = var.create_recorder ? 1 : 0

  name     = local.recorder_name
  role_arn = local.linked_role_arn

  recording_group {
    all_supported                 = true
    include_global_resource_types = var.is_iam_home_region
  }

  recording_mode {
    recording_frequency = "CONTINUOUS"
  }

  depends_on = [aws_iam_service_linked_role.config]
}

resource "aws_config_delivery_channel" "account" {
  count = var.create_recorder ? 1 : 0

  name           = local.recorder_name
  s3_bucket_name = aws_s3_bucket.history[0].bucket
  s3_kms_key_arn = aws_kms_key.history[0].arn

  snapshot_delivery_properties {
    delivery_frequency = "TwentyFour_Hours"
  }

  depends_on = [aws_config_configuration_recorder.account, aws_s3_bucket_policy.history]
}

resource "aws_config_configuration_recorder_status" "account" {
  count = var.create_recorder ? 1 : 0

  name       = aws_config_configuration_recorder.account[0].name
  is_enabled = true

  depends_on = [aws_config_delivery_channel.account]
}
