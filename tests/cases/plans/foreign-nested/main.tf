# Somebody else's sound stack: other names, nested modules, for_each and count, policies from data sources, links that
# are known only by reference (KMS keys, topics, the log group) through module inputs and outputs, two Regions.
variable "company" {
  type    = string
  default = "acme"
}

variable "regions" {
  type    = object({ main = string, other = string })
  default = { main = "us-east-2", other = "us-east-1" }
}

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
  region                      = var.regions.main
  access_key                  = "testing"
  secret_key                  = "testing"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
}

provider "aws" {
  alias                       = "other"
  region                      = var.regions.other
  access_key                  = "testing"
  secret_key                  = "testing"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
}

module "people" {
  source = "./people"

  company  = var.company
  owners   = ["ana", "ben"]
  boundary = aws_iam_policy.fence.arn
}

resource "aws_iam_policy" "fence" {
  name   = "${var.company}-emergency-fence"
  policy = data.aws_iam_policy_document.fence.json
}

data "aws_iam_policy_document" "fence" {
  statement {
    actions   = ["lambda:*", "logs:Get*"]
    resources = ["*"]
  }

  statement {
    effect    = "Deny"
    actions   = ["cloudtrail:StopLogging", "cloudwatch:DeleteAlarms", "sns:DeleteTopic"]
    resources = ["*"]
  }
}

module "pager" {
  source = "./notify"

  name       = "${var.company}-pager"
  recipients = { ana = "ana@example.com", ben = "ben@example.com" }
}

module "pager_other" {
  source    = "./notify"
  providers = { aws = aws.other }

  name       = "${var.company}-pager"
  recipients = { ana = "ana@example.com", ben = "ben@example.com" }
}

module "telemetry" {
  source = "./telemetry"

  company   = var.company
  role_arn  = "arn:aws:iam::333333333333:role/emergency/acme-emergency-access"
  topic_arn = module.pager.arn
}

# One rule per Region, each with the topic of its own Region.
resource "aws_cloudwatch_event_rule" "entered" {
  name          = "${var.company}-emergency-entered"
  state         = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
  event_pattern = jsonencode({ source = ["aws.sts"], detail = { eventName = ["AssumeRole"], requestParameters = { roleArn = ["arn:aws:iam::333333333333:role/emergency/acme-emergency-access"] } } })
}

resource "aws_cloudwatch_event_target" "entered" {
  rule = aws_cloudwatch_event_rule.entered.id
  arn  = module.pager.arn
}

resource "aws_cloudwatch_event_rule" "entered_other" {
  provider      = aws.other
  name          = "${var.company}-emergency-entered"
  state         = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
  event_pattern = aws_cloudwatch_event_rule.entered.event_pattern
}

resource "aws_cloudwatch_event_target" "entered_other" {
  provider = aws.other
  rule     = aws_cloudwatch_event_rule.entered_other.id
  arn      = module.pager_other.arn
}
