# Who came in, and who changed the way in.
locals {
  api_call = "AWS API Call via CloudTrail"
  # Three words; one AWS page prints "Signin", which matches nothing.
  console_sign_in = "AWS Console Sign In via CloudTrail"

  role_arns        = [for role in values(var.breakglass) : role.role_arn]
  role_names       = [for role in values(var.breakglass) : role.role_name]
  session_prefixes = [for name in local.role_names : { prefix = "arn:${data.aws_partition.current.partition}:sts::${var.account_id}:assumed-role/${name}/" }]

  # Not every record says whether the call only reads.
  writes = [false, { exists = false }]

  session_rules = {
    breakglass-assumed = {
      severity         = "critical"
      description      = "A break-glass role was assumed; if no incident is declared, revoke its sessions now."
      read_only_events = true
      pattern = {
        source      = ["aws.sts"]
        detail-type = [local.api_call]
        detail = {
          eventSource = ["sts.amazonaws.com"]
          eventName   = [{ prefix = "AssumeRole" }]
          # The caller types the first one; the others are written by STS.
          "$or" = [
            { requestParameters = { roleArn = local.role_arns } },
            { responseElements = { assumedRoleUser = { arn = local.session_prefixes } } },
            { resources = { ARN = local.role_arns } },
          ]
        }
      }
    }
    # A denied attempt has no request parameters: the role is named in the error message only.
    breakglass-denied = {
      severity         = "high"
      description      = "An attempt to assume a break-glass role was denied."
      read_only_events = true
      pattern = {
        source      = ["aws.sts"]
        detail-type = [local.api_call]
        detail = {
          eventSource  = ["sts.amazonaws.com"]
          eventName    = [{ prefix = "AssumeRole" }]
          errorMessage = [for arn in local.role_arns : { wildcard = "*${arn}*" }]
        }
      }
    }
    # SwitchRole, ConsoleLogin, and the read-only calls by which a console session becomes command-line credentials.
    breakglass-console = {
      severity         = "critical"
      description      = "A break-glass role is used in the console, or a console session of it was turned into other credentials."
      read_only_events = true
      pattern = {
        source      = ["aws.signin"]
        detail-type = [local.api_call, local.console_sign_in]
        detail      = { userIdentity = { arn = local.session_prefixes } }
      }
    }
    # Reads by root are left to the metric alarm: one visit to the console makes hundreds.
    root-use = {
      severity         = "critical"
      description      = "The root user, or a root session taken by the management account, signed in or changed something."
      read_only_events = false
      pattern = {
        detail-type = [local.api_call, local.console_sign_in]
        detail = {
          "$or" = [
            {
              userIdentity = { type = ["Root"], invokedBy = [{ exists = false }] }
              eventType    = [{ anything-but = ["AwsServiceEvent"] }]
              readOnly     = local.writes
            },
            { eventSource = ["sts.amazonaws.com"], eventName = ["AssumeRoot"] },
          ]
        }
      }
    }
  }

  # Any write on the role, its policies or its owners; IAM records these in one Region (us-east-1).
  guarded_names = {
    roleName  = local.role_names
    policyArn = var.protected_policy_arns
    userName  = var.owner_user_names
  }
  guarded = [for field, names in local.guarded_names : { requestParameters = { (field) = names } } if length(names) > 0]
  identity_rules = {
    breakglass-change = {
      severity         = "critical"
      description      = "A break-glass role, a policy that carries it or one of its owners was changed, or a change was tried."
      read_only_events = false
      pattern = {
        source      = ["aws.iam"]
        detail-type = [local.api_call]
        # "$or" is an operator only with two alternatives or more; with one, EventBridge takes it for a field name.
        detail = {
          for field, value in {
            eventSource       = ["iam.amazonaws.com"]
            readOnly          = local.writes
            requestParameters = local.guarded[0].requestParameters
            "$or"             = local.guarded
          } : field => value if !contains(length(local.guarded) > 1 ? ["requestParameters"] : ["$or"], field)
        }
      }
    }
  }
}
