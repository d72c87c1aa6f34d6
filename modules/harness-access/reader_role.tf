# The role that verify, drift and review run with. Its trust names whole ARNs in a condition instead of in Principal:
# a principal is stored as an id that dies with the user or role, a condition is compared with the ARN each time.

locals {
  create_reader = length(var.reader_principals) > 0
  # drift plans, and verify reads the contract: both need the state and its lock, as the CI role does.
  reader_policy_arns = merge(
    local.read_policy_arns,
    { state = local.plan_policy_arn },
    local.ask_trail_lake ? { trail_lake = local.trail_lake_policy_arn } : {},
  )
  reader_role_name = "${var.environment}-guardrails-reader"
  reader_role_arn  = "arn:${local.partition}:iam::${var.account_id}:role/${local.reader_role_name}"
  reader_accounts = sort(distinct([
    for arn in var.reader_principals : "arn:${local.partition}:iam::${split(":", arn)[4]}:root"
  ]))
  enter_actions = ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"]
}

data "aws_iam_policy_document" "reader_trust" {
  count = local.create_reader ? 1 : 0

  statement {
    sid     = "NamedReaders"
    actions = local.enter_actions

    principals {
      type        = "AWS"
      identifiers = local.reader_accounts
    }

    condition {
      test     = "ArnLike"
      variable = "aws:PrincipalArn"
      values   = var.reader_principals
    }
  }
}

data "aws_iam_policy_document" "reader_identity" {
  count = local.create_reader ? 1 : 0

  statement {
    sid       = "EnterGuardrailsReader"
    actions   = local.enter_actions
    resources = [local.reader_role_arn]
  }
}

resource "aws_iam_role" "reader" {
  count = local.create_reader ? 1 : 0

  name                 = local.reader_role_name
  description          = "Reads what the guardrails harness judges; changes nothing and sees no secret"
  assume_role_policy   = data.aws_iam_policy_document.reader_trust[0].json
  max_session_duration = 3600

  lifecycle {
    precondition {
      condition     = length(jsonencode(jsondecode(data.aws_iam_policy_document.reader_trust[0].json))) <= 2048
      error_message = "The trust policy of the reader role is longer than the 2048 characters that IAM accepts; name fewer reader_principals, for instance one role instead of many users."
    }
  }
}

resource "aws_iam_role_policy_attachment" "reader" {
  for_each = local.create_reader ? local.reader_policy_arns : {}

  role       = aws_iam_role.reader[0].name
  policy_arn = each.value

  depends_on = [aws_iam_policy.read, aws_iam_policy.plan_state, aws_iam_policy.trail_lake]
}

# Without these two, a plan does not see a policy that somebody added to the role.
resource "aws_iam_role_policy_attachments_exclusive" "reader" {
  count = local.create_reader ? 1 : 0

  role_name   = aws_iam_role.reader[0].name
  policy_arns = values(local.reader_policy_arns)

  depends_on = [aws_iam_role_policy_attachment.reader]
}

resource "aws_iam_role_policies_exclusive" "reader" {
  count = local.create_reader ? 1 : 0

  role_name    = aws_iam_role.reader[0].name
  policy_names = []
}
