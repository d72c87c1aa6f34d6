# Who came in: break-glass roles, root and the console. Shapes of the records: IAM User Guide
# "cloudtrail-integration" and CloudTrail User Guide "cloudtrail-event-reference-aws-console-sign-in-events".
locals {
  # A session carries the role name without the path, the role itself both.
  breakglass = {
    for key, role in var.breakglass : key => {
      name    = role.role_name
      arn     = role.role_arn
      session = "arn:${data.aws_partition.current.partition}:sts::${var.account_id}:assumed-role/${role.role_name}/*"
    }
  }

  role_alarms = merge(
    {
      # The second arm is written by STS itself, so another spelling of the ARN by the caller does not hide the use.
      for key, role in local.breakglass : "breakglass-assumed-${key}" => {
        severity    = "critical"
        description = "Somebody assumed the break-glass role ${role.name}. If no incident is declared, revoke its sessions now."
        pattern     = "{ ($.eventSource = \"sts.amazonaws.com\") && ($.eventName = \"AssumeRole*\") && (($.requestParameters.roleArn = \"${role.arn}\") || ($.responseElements.assumedRoleUser.arn = \"${role.session}\")) }"
      }
    },
    {
      # A denied attempt has no request parameters: the role is named in the error message only.
      for key, role in local.breakglass : "breakglass-denied-${key}" => {
        severity    = "high"
        description = "An attempt to assume the break-glass role ${role.name} failed. Ask the person, or find out who it was."
        pattern     = "{ ($.eventSource = \"sts.amazonaws.com\") && ($.eventName = \"AssumeRole*\") && (($.errorMessage = \"*${role.arn}*\") || (($.errorCode = \"*\") && ($.requestParameters.roleArn = \"${role.arn}\"))) }"
      }
    },
    {
      # The second arm sees console records (SwitchRole, ConsoleLogin, CreateOAuth2Token), which lack a session context.
      for key, role in local.breakglass : "breakglass-activity-${key}" => {
        severity    = "high"
        description = "A session of the break-glass role ${role.name} is acting in the account. Compare what it does with the declared incident."
        pattern     = "{ ($.userIdentity.sessionContext.sessionIssuer.arn = \"${role.arn}\") || ($.userIdentity.arn = \"${role.session}\") }"
      }
    },
    {
      for key, role in local.breakglass : "breakglass-change-${key}" => {
        severity    = "critical"
        description = "The break-glass role ${role.name} itself was changed, or a change was tried. Compare it with the code and apply."
        pattern     = "{ ($.eventSource = \"iam.amazonaws.com\") && ($.requestParameters.roleName = \"${role.name}\") && ($.eventName != \"Get*\") && ($.eventName != \"List*\") }"
      }
    },
  )

  console_alarms = {
    root-use = {
      severity    = "critical"
      description = "The root user, or a root session taken by the management account, was used."
      pattern     = "{ (($.userIdentity.type = \"Root\") && ($.userIdentity.invokedBy NOT EXISTS) && ($.eventType != \"AwsServiceEvent\")) || (($.eventSource = \"sts.amazonaws.com\") && ($.eventName = \"AssumeRoot\")) }"
    }
    # Federated sessions always say MFAUsed "No", even when the identity provider asked for it: only IAM users and root are judged.
    console-login-without-mfa = {
      severity    = "high"
      description = "An IAM user or root signed in to the console without MFA."
      pattern     = "{ ($.eventSource = \"signin.amazonaws.com\") && ($.eventName = \"ConsoleLogin\") && ($.responseElements.ConsoleLogin = \"Success\") && (($.userIdentity.type = \"IAMUser\") || ($.userIdentity.type = \"Root\")) && (($.additionalEventData.MFAUsed != \"Yes\") || ($.additionalEventData.MFAUsed NOT EXISTS)) }"
    }
    console-login-failure = {
      severity    = "medium"
      description = "A console sign-in failed: wrong password, wrong MFA code or an unknown user."
      pattern     = "{ ($.eventSource = \"signin.amazonaws.com\") && ((($.eventName = \"ConsoleLogin\") && (($.errorMessage = \"Failed authentication\") || ($.responseElements.ConsoleLogin = \"Failure\"))) || (($.eventName = \"CheckMfa\") && ($.responseElements.CheckMfa = \"Failure\"))) }"
    }
    # STS does not name the role when only the code was wrong, so no break-glass pattern can see this one.
    sts-mfa-failure = {
      severity    = "medium"
      description = "A call to STS failed on a wrong MFA code; it may have been meant for a break-glass role."
      pattern     = "{ ($.eventSource = \"sts.amazonaws.com\") && ($.errorMessage = \"*MultiFactorAuthentication failed*\") }"
    }
  }
}
