provider "aws" {
  region                      = "us-east-2"
  access_key                  = "testing"
  secret_key                  = "testing"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
}

variables {
  environment = "prod"
  account_id  = "333333333333"
  region      = "us-east-2"
  reader_principals = [
    "arn:aws:iam::333333333333:user/owners/alice",
    "arn:aws:iam::333333333333:role/aws-reserved/sso.amazonaws.com/us-east-2/AWSReservedSSO_Auditor_????????????????",
  ]
}

# The example of the README.
run "example" {
  command = plan

  variables {
    ci = { subjects = ["repo:example/guardrails:pull_request", "repo:example/guardrails:ref:refs/heads/main"] }
  }

  assert {
    condition = jsondecode(aws_iam_role.reader[0].assume_role_policy).Statement == [{
      Sid       = "NamedReaders"
      Effect    = "Allow"
      Action    = ["sts:TagSession", "sts:SetSourceIdentity", "sts:AssumeRole"]
      Principal = { AWS = "arn:aws:iam::333333333333:root" }
      Condition = { ArnLike = { "aws:PrincipalArn" = [
        "arn:aws:iam::333333333333:user/owners/alice",
        "arn:aws:iam::333333333333:role/aws-reserved/sso.amazonaws.com/us-east-2/AWSReservedSSO_Auditor_????????????????",
      ] } }
    }]
    error_message = "The reader role must be for the named principals only."
  }

  assert {
    condition     = jsondecode(output.reader_identity_policy_json).Statement[0].Resource == "arn:aws:iam::333333333333:role/prod-guardrails-reader" && jsondecode(output.reader_trust_policy_json) == jsondecode(aws_iam_role.reader[0].assume_role_policy)
    error_message = "Each reader needs the right to assume exactly this role."
  }

  assert {
    condition = jsondecode(aws_iam_role.plan[0].assume_role_policy).Statement == [{
      Sid       = "NamedWorkflows"
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = "arn:aws:iam::333333333333:oidc-provider/token.actions.githubusercontent.com" }
      Condition = {
        StringEquals = { "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com" }
        StringLike   = { "token.actions.githubusercontent.com:sub" = ["repo:example/guardrails:pull_request", "repo:example/guardrails:ref:refs/heads/main"] }
      }
    }]
    error_message = "The CI role must be for the named workflows and the agreed audience only."
  }

  assert {
    condition     = aws_iam_openid_connect_provider.ci[0].url == "https://token.actions.githubusercontent.com" && aws_iam_openid_connect_provider.ci[0].client_id_list == toset(["sts.amazonaws.com"])
    error_message = "The OIDC provider must be GitHub's, for STS."
  }

  assert {
    condition     = aws_iam_role.reader[0].max_session_duration == 3600 && aws_iam_role.plan[0].max_session_duration == 3600
    error_message = "Both roles must end after an hour."
  }

  assert {
    condition = aws_iam_role_policy_attachments_exclusive.reader[0].policy_arns == toset([
      "arn:aws:iam::333333333333:policy/prod-guardrails-read-access",
      "arn:aws:iam::333333333333:policy/prod-guardrails-read-detection",
      "arn:aws:iam::333333333333:policy/prod-guardrails-plan-state",
      ]) && aws_iam_role_policy_attachments_exclusive.plan[0].policy_arns == toset([
      "arn:aws:iam::333333333333:policy/prod-guardrails-read-access",
      "arn:aws:iam::333333333333:policy/prod-guardrails-read-detection",
      "arn:aws:iam::333333333333:policy/prod-guardrails-plan-state",
    ])
    error_message = "The roles must hold their policies and no other."
  }

  assert {
    condition     = length(aws_iam_role_policies_exclusive.reader[0].policy_names) + length(aws_iam_role_policies_exclusive.plan[0].policy_names) == 0
    error_message = "An inline policy on either role must show in a plan."
  }
}

run "reads_and_nothing_else" {
  command = plan

  assert {
    condition = alltrue([for action in output.read_actions :
      can(regex("^[a-z0-9-]+:(Get|List|Describe|Lookup)", action)) || contains(["iam:GenerateCredentialReport", "iam:GenerateServiceLastAccessedDetails", "logs:TestMetricFilter"], action)
    ])
    error_message = "Every action must read; the two reports and the filter test change nothing."
  }

  assert {
    condition     = !anytrue([for action in output.read_actions : strcontains(action, "*")]) && length(output.read_actions) == length(distinct(output.read_actions))
    error_message = "The calls must be listed one by one, each once."
  }

  assert {
    condition = length(setsubtract([
      "iam:GetAccountAuthorizationDetails", "iam:GetRole", "iam:GetCredentialReport", "iam:ListMFADevices", "iam:GetAccountPasswordPolicy",
      "iam:GetServiceLastAccessedDetails", "cloudtrail:GetTrailStatus", "cloudtrail:LookupEvents", "logs:DescribeMetricFilters",
      "cloudwatch:DescribeAlarmHistory", "cloudwatch:ListAlarmMuteRules", "sns:ListSubscriptionsByTopic", "kms:GetKeyPolicy",
      "events:ListTargetsByRule", "config:DescribeConfigurationRecorderStatus", "access-analyzer:ListFindingsV2",
      "secretsmanager:GetResourcePolicy", "s3:GetBucketPolicy", "s3:GetAccountPublicAccessBlock", "ec2:GetEbsEncryptionByDefault",
      "athena:GetQueryExecution", "athena:GetWorkGroup", "lambda:GetFunctionConfiguration", "ec2:DescribeSecurityGroupRules", "s3:ListAllMyBuckets",
    ], output.read_actions)) == 0
    error_message = "What verify, drift, review and the looking at a use ask for must be allowed."
  }

  assert {
    condition = length(setintersection(output.read_actions, [
      "secretsmanager:GetSecretValue", "secretsmanager:BatchGetSecretValue", "s3:GetObject", "kms:Decrypt", "logs:GetLogEvents", "logs:FilterLogEvents",
    ])) == 0
    error_message = "The reader must see no content: no secret, no object, no log line."
  }

  assert {
    condition = one([for s in jsondecode(aws_iam_policy.read["access"].policy).Statement : "${s.Effect} ${join(" ", sort(s.Action))} ${s.Resource}" if s.Sid == "NeverTheValueOfASecret"]) == join(" ", [
      "Deny", "secretsmanager:BatchGetSecretValue", "secretsmanager:GetSecretValue", "ssm:GetParameter", "ssm:GetParameterHistory",
      "ssm:GetParameters", "ssm:GetParametersByPath", "*",
    ])
    error_message = "Secret values must be denied explicitly."
  }

  assert {
    condition     = alltrue([for policy in aws_iam_policy.read : length(jsonencode(jsondecode(policy.policy))) <= 6144])
    error_message = "A managed policy holds at most 6144 characters."
  }

  assert {
    condition     = length(aws_iam_role.plan) + length(aws_iam_openid_connect_provider.ci) == 0 && length(aws_iam_policy.plan_state) == 1 && output.plan_role_arn == null
    error_message = "Without ci there must be no CI role and no OIDC provider, and the reader still reads the state."
  }
}

run "plan_role_locks_but_never_writes_the_state" {
  command = plan

  variables {
    reader_principals = []
    ci                = { subjects = ["repo:example/guardrails:environment:prod"], create_provider = false }
  }

  assert {
    condition     = length(aws_iam_role.reader) + length(aws_iam_openid_connect_provider.ci) == 0 && output.reader_role_arn == null
    error_message = "Only the CI role may be built."
  }

  assert {
    condition = { for s in jsondecode(aws_iam_policy.plan_state[0].policy).Statement : s.Sid => [s.Action, s.Resource] if contains(["ReadState", "Lock"], s.Sid) } == {
      ReadState = ["s3:GetObject", [
        "arn:aws:s3:::prod-333333333333-guardrails-tfstate/guardrails/terraform.tfstate.tflock",
        "arn:aws:s3:::prod-333333333333-guardrails-tfstate/guardrails/terraform.tfstate",
      ]]
      Lock = [["s3:PutObject", "s3:DeleteObject"], "arn:aws:s3:::prod-333333333333-guardrails-tfstate/guardrails/terraform.tfstate.tflock"]
    }
    error_message = "CI must read the state and write the lock object only."
  }

  assert {
    condition = one([for s in jsondecode(aws_iam_policy.plan_state[0].policy).Statement : [s.Resource, s.Condition] if s.Sid == "UseStateKeyThroughS3"]) == [
      "arn:aws:kms:us-east-2:333333333333:key/*",
      {
        "ForAnyValue:StringEquals" = { "kms:ResourceAliases" = "alias/prod-guardrails-tfstate" }
        StringEquals               = { "kms:ViaService" = "s3.us-east-2.amazonaws.com" }
      },
    ]
    error_message = "CI must use the key of the state only, and only through S3."
  }
}

run "other_provider_and_other_state" {
  command = plan

  variables {
    ci = {
      subjects     = ["project_path:example/guardrails:ref_type:branch:ref:main"]
      provider_url = "gitlab.example.com"
      audience     = "https://gitlab.example.com"
    }
    state_bucket_name    = "company-states"
    state_object_key     = "prod/guardrails.tfstate"
    state_key_alias      = "alias/company-states"
    read_identity_center = true
    read_organization    = true
  }

  assert {
    condition     = jsondecode(aws_iam_role.plan[0].assume_role_policy).Statement[0].Condition.StringEquals == { "gitlab.example.com:aud" = "https://gitlab.example.com" }
    error_message = "The condition keys must carry the provider's own name."
  }

  assert {
    condition     = one([for s in jsondecode(aws_iam_policy.plan_state[0].policy).Statement : s.Resource if s.Sid == "Lock"]) == "arn:aws:s3:::company-states/prod/guardrails.tfstate.tflock"
    error_message = "The lock object must be that of the named state."
  }

  assert {
    condition     = contains(output.read_actions, "sso:ListAccountAssignments") && contains(output.read_actions, "organizations:ListPolicies") && contains(aws_iam_role_policy_attachments_exclusive.reader[0].policy_arns, "arn:aws:iam::333333333333:policy/prod-guardrails-read-organization")
    error_message = "The reader must be able to read Identity Center and the organisation when asked for."
  }
}

# Here and not among the refusals, because the length of the policy needs the real provider.
run "refuses_more_readers_than_a_trust_policy_holds" {
  command = plan

  variables {
    reader_principals = [for number in range(60) : "arn:aws:iam::333333333333:user/owners/reader-${number}"]
  }

  expect_failures = [aws_iam_role.reader]
}

run "a_drill_may_subscribe_its_own_queues_and_nothing_else" {
  command = plan

  assert {
    condition = { for s in jsondecode(output.drill_policy_json).Statement : s.Sid => s.Resource } == {
      OwnQueues     = "arn:aws:sqs:*:333333333333:guardrails-drill-*"
      SubscribeThem = "arn:aws:sns:*:333333333333:prod-security-alerts"
      TidyUp        = "*"
    }
    error_message = "A drill may make queues of its own name and subscribe them to the alert topics."
  }

  assert {
    condition = one([for s in jsondecode(output.drill_policy_json).Statement : s.Condition if s.Sid == "SubscribeThem"]) == {
      StringEquals = { "sns:Protocol" = "sqs" }
      ArnLike      = { "sns:Endpoint" = "arn:aws:sqs:*:333333333333:guardrails-drill-*" }
    }
    error_message = "A drill must not be able to subscribe anybody's mailbox to the alerts."
  }
}

run "trail_lake" {
  module {
    source = "../trail-lake"
  }

  command = plan

  variables {
    trail_bucket_name = "prod-333333333333-trail-logs"
    event_regions     = ["us-east-1", "us-east-2"]
    first_day         = "2026/01/01"
  }
}

run "a_trail_lake_to_ask" {
  command = plan

  variables {
    trail_lake_query_policy_json = run.trail_lake.query_policy_json
    ci                           = { subjects = ["repo:example/guardrails:pull_request"] }
  }

  assert {
    condition     = jsondecode(aws_iam_policy.trail_lake[0].policy) == jsondecode(run.trail_lake.query_policy_json)
    error_message = "The reader must get what trail-lake says a question needs."
  }

  assert {
    condition     = contains(aws_iam_role_policy_attachments_exclusive.reader[0].policy_arns, "arn:aws:iam::333333333333:policy/prod-guardrails-ask-trail-lake") && !contains(aws_iam_role_policy_attachments_exclusive.plan[0].policy_arns, "arn:aws:iam::333333333333:policy/prod-guardrails-ask-trail-lake")
    error_message = "The reader asks Athena; CI does not."
  }
}
