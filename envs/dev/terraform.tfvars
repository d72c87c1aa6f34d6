environment   = "dev"
account_id    = "111111111111"
home_region   = "us-east-2"
second_region = "us-east-1"

breakglass = {
  iam_user_lane = {
    primary = "arn:aws:iam::111111111111:user/breakglass/dev-breakglass-primary"
    backup  = "arn:aws:iam::111111111111:user/breakglass/dev-breakglass-backup"
  }

  operator = {
    secret_name_patterns            = ["dev/mw/*"]
    rotation_function_name_patterns = ["mw-rotate-*"]
    safe_mode_parameter_paths       = ["/dev/mw/safe-mode"]
    function_name_patterns          = ["mw-*"]
    ecs_service_patterns            = ["mw/mw-*"]
    automation_rule_name_patterns   = ["mw-*"]
    fixable_role_name_patterns      = ["mw-*"]
    attachable_policy_name_patterns = ["mw-*"]
  }
}

subscriptions = {
  primary-email = { protocol = "email", endpoint = "alex.primary@example.com" }
  primary-sms   = { protocol = "sms", endpoint = "+15555550100" }
  backup-email  = { protocol = "email", endpoint = "sam.backup@example.com" }
  backup-pager  = { protocol = "https", endpoint = "https://pager.example.com/sns/dev" }
}

watched_secret_arns = {
  webhook-token = "arn:aws:secretsmanager:us-east-2:111111111111:secret:dev/mw/webhook-token-Ab12Cd"
}

allowed_secret_readers = ["arn:aws:iam::111111111111:role/mw-ingress"]

reader_principals = ["arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/us-east-2/AWSReservedSSO_AccessReview_????????????????"]

ci = {
  subjects = ["repo:example-org/iam-guardrails:pull_request"]
}
