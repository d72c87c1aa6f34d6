# Every shape in which a link can be written, each resource named after its shape.
terraform {
  required_version = ">= 1.10"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

provider "aws" {
  region                      = "us-east-2"
  access_key                  = "testing"
  secret_key                  = "testing"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
}

provider "aws" {
  alias                       = "virginia"
  region                      = var.second_region
  access_key                  = "testing"
  secret_key                  = "testing"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
}

variable "second_region" {
  type    = string
  default = "us-east-1"
}

variable "loud" {
  type    = bool
  default = true
}

locals {
  topic_arn = aws_sns_topic.one.arn
}

resource "aws_kms_key" "one" {}

resource "aws_kms_alias" "one" {
  name          = "alias/one"
  target_key_id = aws_kms_key.one.id
}

resource "aws_sns_topic" "one" {
  name              = "one"
  kms_master_key_id = aws_kms_alias.one.arn
}

resource "aws_sns_topic" "by_alias_name" {
  name              = "by-alias-name"
  kms_master_key_id = aws_kms_alias.one.name
}

resource "aws_sns_topic" "generated_name" {
  name_prefix = "generated-"
}

resource "aws_sns_topic" "each" {
  for_each = toset(["x", "y.z"])
  name     = "each-${replace(each.key, ".", "-")}"
}

resource "aws_sns_topic" "counted" {
  count = 2
  name  = "counted-${count.index}"
}

# --- alarm actions, a set: one unknown element makes the whole of it unknown -----------------------------------------

module "direct_and_literal" {
  source = "./alarm"
  name   = "direct-and-literal"
  topics = [aws_sns_topic.one.arn, "arn:aws:sns:us-east-2:333333333333:elsewhere"]
}

module "same_key" {
  source   = "./alarm"
  for_each = aws_sns_topic.each
  name     = "same-key"
  topics   = [aws_sns_topic.each[each.key].arn]
}

module "same_count" {
  source = "./alarm"
  count  = 2
  name   = "same-count"
  topics = [aws_sns_topic.counted[count.index].arn]
}

module "each_value" {
  source   = "./alarm"
  for_each = aws_sns_topic.each
  name     = "each-value"
  topics   = [each.value.arn]
}

module "each_value_of_two" {
  source   = "./alarm"
  for_each = { first = aws_sns_topic.one.arn, second = aws_sns_topic.by_alias_name.arn }
  name     = "each-value-of-two"
  topics   = [each.value]
}

module "other_key" {
  source   = "./alarm"
  for_each = { x = "y.z", "y.z" = "x" }
  name     = "other-key"
  topics   = [aws_sns_topic.each[each.value].arn]
}

module "all_of_them" {
  source = "./alarm"
  name   = "all-of-them"
  topics = concat([for topic in aws_sns_topic.each : topic.arn], aws_sns_topic.counted[*].arn)
}

module "one_index" {
  source = "./alarm"
  name   = "one-index"
  topics = [aws_sns_topic.each["y.z"].arn, aws_sns_topic.counted[1].arn]
}

module "chosen" {
  source = "./alarm"
  name   = "chosen"
  topics = [var.loud ? aws_sns_topic.one.arn : aws_sns_topic.by_alias_name.arn]
}

module "on_or_off" {
  source = "./alarm"
  name   = "on-or-off"
  topics = var.loud ? [aws_sns_topic.one.arn] : []
}

module "local" {
  source = "./alarm"
  name   = "local"
  topics = [local.topic_arn]
}

module "generated" {
  source = "./alarm"
  name   = "generated"
  topics = [aws_sns_topic.generated_name.arn]
}

module "none" {
  source = "./alarm"
  name   = "none"
  topics = []
}

# --- module outputs, in another Region -------------------------------------------------------------------------------

module "kit" {
  source    = "./region-kit"
  for_each  = toset(["p", "q"])
  providers = { aws = aws.virginia }

  name = each.key
}

resource "aws_sns_topic_subscription" "one_output" {
  provider  = aws.virginia
  topic_arn = module.kit["p"].topic_arn
  protocol  = "email"
  endpoint  = "dana@example.com"
}

resource "aws_sns_topic_subscription" "same_output" {
  provider  = aws.virginia
  for_each  = module.kit
  topic_arn = module.kit[each.key].topic_arn
  protocol  = "email"
  endpoint  = sensitive("kim@example.com")
}

# --- roles and policies ----------------------------------------------------------------------------------------------

data "aws_iam_policy_document" "base" {
  statement {
    actions   = ["logs:GetLogEvents"]
    resources = ["*"]
  }
}

data "aws_iam_policy_document" "waits_for_resource" {
  statement {
    actions   = ["kms:DescribeKey"]
    resources = ["${aws_kms_key.one.arn}*"]
  }
}

data "aws_iam_policy_document" "topic" {
  source_policy_documents = [data.aws_iam_policy_document.account.json]

  statement {
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.one.arn]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "account" {
  statement {
    actions   = ["sns:Publish"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::333333333333:root"]
    }
  }
}

resource "aws_sns_topic_policy" "one" {
  arn    = aws_sns_topic.one.arn
  policy = data.aws_iam_policy_document.topic.json
}

resource "aws_iam_user" "owner" {
  name = "owner"
  path = "/breakglass/"
}

resource "aws_iam_role" "hub" {
  name               = "hub"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "AWS"
      identifiers = [aws_iam_user.owner.arn, "arn:aws:iam::333333333333:user/literal"]
    }

    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "spoke" {
  name_prefix         = "spoke-"
  assume_role_policy  = data.aws_iam_policy_document.spoke_trust.json
  managed_policy_arns = ["arn:aws:iam::aws:policy/ReadOnlyAccess", aws_iam_policy.known.arn]

  dynamic "inline_policy" {
    for_each = ["first", "second"]
    content {
      name   = inline_policy.value
      policy = data.aws_iam_policy_document.waits_for_resource.json
    }
  }

  inline_policy {
    name   = "third"
    policy = data.aws_iam_policy_document.base.json
  }
}

resource "aws_iam_role" "only_dynamic" {
  name               = "only-dynamic"
  assume_role_policy = data.aws_iam_policy_document.spoke_trust.json

  dynamic "inline_policy" {
    for_each = ["known"]
    content {
      name   = inline_policy.value
      policy = data.aws_iam_policy_document.base.json
    }
  }
}

data "aws_iam_policy_document" "spoke_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "AWS"
      identifiers = [aws_iam_role.hub.arn]
    }
  }
}

resource "aws_iam_policy" "known" {
  name   = "known"
  policy = data.aws_iam_policy_document.base.json
}

resource "aws_iam_policy" "waits" {
  name   = "waits"
  policy = data.aws_iam_policy_document.waits_for_resource.json
}

resource "aws_iam_policy_attachment" "waits" {
  name       = "waits"
  roles      = [aws_iam_role.hub.name, aws_iam_role.spoke.name]
  users      = [aws_iam_user.owner.name]
  policy_arn = aws_iam_policy.waits.arn
}

resource "aws_iam_role_policy_attachments_exclusive" "hub" {
  role_name   = aws_iam_role.hub.name
  policy_arns = ["arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"]
}

resource "aws_iam_user_policy" "owner" {
  name   = "inline"
  user   = aws_iam_user.owner.name
  policy = jsonencode({ Version = "2012-10-17", Statement = { Effect = "Deny", Action = "*", Resource = "*" } })
}

resource "aws_iam_user_login_profile" "owner" {
  user = aws_iam_user.owner.name
}

resource "aws_iam_access_key" "owner" {
  user = aws_iam_user.owner.name
}

resource "aws_iam_group" "operators" {
  name = "operators"
}

resource "aws_iam_user_group_membership" "owner" {
  user   = aws_iam_user.owner.name
  groups = [aws_iam_group.operators.name]
}

resource "aws_iam_openid_connect_provider" "ci" {
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}

# --- recording and hygiene -------------------------------------------------------------------------------------------

resource "aws_s3_bucket" "trail" {
  bucket = "prod-333333333333-trail"
}

resource "aws_s3_bucket_versioning" "trail" {
  bucket = aws_s3_bucket.trail.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "trail" {
  bucket = aws_s3_bucket.trail.bucket
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.one.arn
    }
  }
}

resource "aws_s3_bucket_public_access_block" "trail" {
  bucket              = aws_s3_bucket.trail.id
  block_public_acls   = true
  block_public_policy = true
}

resource "aws_s3_account_public_access_block" "account" {
  account_id              = "333333333333"
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_cloudtrail" "selective" {
  name           = "selective"
  s3_bucket_name = aws_s3_bucket.trail.id
  kms_key_id     = aws_kms_key.one.arn

  event_selector {
    read_write_type                  = "WriteOnly"
    exclude_management_event_sources = ["kms.amazonaws.com"]
  }
}

resource "aws_cloudtrail" "advanced" {
  name           = "advanced"
  s3_bucket_name = aws_s3_bucket.trail.bucket

  advanced_event_selector {
    field_selector {
      field  = "eventCategory"
      equals = ["Management"]
    }
    field_selector {
      field  = "readOnly"
      equals = ["false"]
    }
    field_selector {
      field      = "eventSource"
      not_equals = ["kms.amazonaws.com", "rdsdata.amazonaws.com"]
    }
  }

  advanced_event_selector {
    field_selector {
      field  = "eventCategory"
      equals = ["Data"]
    }
    field_selector {
      field  = "resources.type"
      equals = ["AWS::S3::Object"]
    }
  }
}

resource "aws_config_configuration_recorder" "main" {
  name     = "main"
  role_arn = aws_iam_role.hub.arn

  recording_group {
    all_supported                 = true
    include_global_resource_types = true
  }
}

resource "aws_config_configuration_recorder_status" "main" {
  name       = aws_config_configuration_recorder.main.name
  is_enabled = true
}

resource "aws_config_delivery_channel" "main" {
  s3_bucket_name = aws_s3_bucket.trail.bucket
}

resource "aws_config_config_rule" "keys" {
  name             = "access-keys-rotated"
  input_parameters = jsonencode({ maxAccessKeyAge = "90" })

  source {
    owner             = "AWS"
    source_identifier = "ACCESS_KEYS_ROTATED"
  }
}

resource "aws_accessanalyzer_analyzer" "unused" {
  analyzer_name = "unused"
  type          = "ACCOUNT_UNUSED_ACCESS"

  configuration {
    unused_access {
      unused_access_age = 90
    }
  }
}

resource "aws_accessanalyzer_analyzer" "external" {
  analyzer_name = "external"
}

resource "aws_iam_account_password_policy" "account" {
  minimum_password_length   = 16
  password_reuse_prevention = 24
  require_symbols           = true
}

# --- alarms that are not one metric ----------------------------------------------------------------------------------

resource "aws_cloudwatch_metric_alarm" "filled" {
  alarm_name          = "filled"
  evaluation_periods  = 1
  threshold           = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"

  metric_query {
    id          = "filled"
    expression  = "FILL(raw, 0)"
    return_data = true
  }

  metric_query {
    id = "raw"
    metric {
      namespace   = "Shapes"
      metric_name = "Raw"
      period      = 60
      stat        = "Sum"
    }
  }
}

resource "aws_cloudwatch_composite_alarm" "any" {
  alarm_name    = "any"
  alarm_rule    = "ALARM(\"filled\")"
  alarm_actions = [aws_sns_topic.one.arn]
}

check "names" {
  assert {
    condition     = aws_sns_topic.one.name == "two"
    error_message = "The topic is not called two."
  }
}

check "later" {
  assert {
    condition     = aws_sns_topic.one.arn != ""
    error_message = "The topic has no ARN."
  }
}
