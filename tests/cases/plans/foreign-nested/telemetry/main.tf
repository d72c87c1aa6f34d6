variable "company" {
  type = string
}

variable "role_arn" {
  type = string
}

variable "topic_arn" {
  type = string
}

resource "aws_cloudwatch_log_group" "events" {
  name = "${var.company}-account-events"
}

resource "aws_iam_role" "delivery" {
  name               = "${var.company}-trail-delivery"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "cloudtrail.amazonaws.com" } }] })
}

resource "aws_iam_role_policy" "delivery" {
  role   = aws_iam_role.delivery.id
  name   = "write"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = ["logs:CreateLogStream", "logs:PutLogEvents"], Resource = "arn:aws:logs:us-east-2:333333333333:log-group:acme-account-events:*" }] })
}

resource "aws_cloudtrail" "everything" {
  name                       = "${var.company}-everything"
  s3_bucket_name             = "${var.company}-trail-archive"
  is_multi_region_trail      = true
  enable_log_file_validation = true
  cloud_watch_logs_group_arn = "${aws_cloudwatch_log_group.events.arn}:*"
  cloud_watch_logs_role_arn  = aws_iam_role.delivery.arn

  advanced_event_selector {
    name = "management"

    field_selector {
      field  = "eventCategory"
      equals = ["Management"]
    }
  }
}

module "watch" {
  source   = "./watch"
  for_each = { entered = "($.eventName = \"AssumeRole*\") && ($.requestParameters.roleArn = \"${var.role_arn}\")", root = "($.userIdentity.type = \"Root\") && ($.userIdentity.invokedBy NOT EXISTS) && ($.eventType != \"AwsServiceEvent\")" }

  name      = "${var.company}-${each.key}"
  pattern   = "{ ${each.value} }"
  log_group = aws_cloudwatch_log_group.events.id
  notify    = [var.topic_arn]
}
