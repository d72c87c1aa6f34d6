environment   = "prod"
account_id    = "333333333333"
home_region   = "us-east-2"
second_region = "us-east-1"

breakglass = {
  iam_user_lane = {
    primary = "arn:aws:iam::333333333333:user/breakglass/prod-breakglass-primary"
    backup  = "arn:aws:iam::333333333333:user/breakglass/prod-breakglass-backup"
  }

  identity_center_lane = {
    permission_set = "EmergencyAccess"
    home_region    = "us-east-2"
    users          = ["alex.primary@example.com", "sam.backup@example.com"]
  }

  operator = {
    secret_name_patterns            = ["prod/mw/*"]
    rotation_function_name_patterns = ["mw-rotate-*"]
    safe_mode_parameter_paths       = ["/prod/mw/safe-mode"]
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
  backup-pager  = { protocol = "https", endpoint = "https://pager.example.com/sns/prod" }
}

watched_secret_arns = {
  webhook-token = "arn:aws:secretsmanager:us-east-2:333333333333:secret:prod/mw/webhook-token-Ab12Cd"
}

allowed_secret_readers = ["arn:aws:iam::333333333333:role/mw-ingress"]

reader_principals = ["arn:aws:iam::333333333333:role/aws-reserved/sso.amazonaws.com/us-east-2/AWSReservedSSO_AccessReview_????????????????"]

ci = {
  subjects = ["repo:example-org/iam-guardrails:pull_request"]
}
