# The role of the CI system. It may make a plan: read what the reader reads, read the state, and write the lock object
# beside it. It can neither write the state nor change anything that the state describes.

locals {
  create_plan        = var.ci != null
  plan_role_name     = "${var.environment}-guardrails-plan"
  plan_role_arn      = "arn:${local.partition}:iam::${var.account_id}:role/${local.plan_role_name}"
  plan_policy_name   = "${var.environment}-guardrails-plan-state"
  plan_policy_arn    = "arn:${local.partition}:iam::${var.account_id}:policy/${local.plan_policy_name}"
  plan_policy_arns   = merge({ for part in ["access", "detection"] : part => local.read_policy_arns[part] }, { state = local.plan_policy_arn })
  oidc_provider_arn  = local.create_plan ? "arn:${local.partition}:iam::${var.account_id}:oidc-provider/${var.ci.provider_url}" : null
  state_bucket_arn   = "arn:${local.partition}:s3:::${coalesce(var.state_bucket_name, "${var.environment}-${var.account_id}-guardrails-tfstate")}"
  state_object_arn   = "${local.state_bucket_arn}/${var.state_object_key}"
  state_key_alias    = coalesce(var.state_key_alias, "alias/${var.environment}-guardrails-tfstate")
  create_ci_provider = local.create_plan ? var.ci.create_provider : false
}

resource "aws_iam_openid_connect_provider" "ci" {
  count = local.create_ci_provider ? 1 : 0

  url            = "https://${var.ci.provider_url}"
  client_id_list = [var.ci.audience]
}

data "aws_iam_policy_document" "plan_trust" {
  count = local.create_plan ? 1 : 0

  statement {
    sid     = "NamedWorkflows"
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [local.oidc_provider_arn]
    }

    condition {
      test     = "StringEquals"
      variable = "${var.ci.provider_url}:aud"
      values   = [var.ci.audience]
    }

    condition {
      test     = "StringLike"
      variable = "${var.ci.provider_url}:sub"
      values   = var.ci.subjects
    }
  }
}

data "aws_iam_policy_document" "plan_state" {
  statement {
    sid       = "FindBuckets"
    actions   = ["s3:ListBucket"]
    resources = ["arn:${local.partition}:s3:::*"]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceAccount"
      values   = [var.account_id]
    }
  }

  statement {
    sid       = "ReadState"
    actions   = ["s3:GetObject"]
    resources = [local.state_object_arn, "${local.state_object_arn}.tflock"]
  }

  statement {
    sid       = "Lock"
    actions   = ["s3:DeleteObject", "s3:PutObject"]
    resources = ["${local.state_object_arn}.tflock"]
  }

  statement {
    sid       = "UseStateKeyThroughS3"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = ["arn:${local.partition}:kms:${var.region}:${var.account_id}:key/*"]

    condition {
      test     = "ForAnyValue:StringEquals"
      variable = "kms:ResourceAliases"
      values   = [local.state_key_alias]
    }

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.${var.region}.amazonaws.com"]
    }
  }
}

resource "aws_iam_policy" "plan_state" {
  count = local.create_plan || local.create_reader ? 1 : 0

  name        = local.plan_policy_name
  description = "Reads the Terraform state of the guardrails and holds its lock during a plan"
  policy      = data.aws_iam_policy_document.plan_state.json
}

resource "aws_iam_role" "plan" {
  count = local.create_plan ? 1 : 0

  name                 = local.plan_role_name
  description          = "CI plans the guardrails; it cannot apply"
  assume_role_policy   = data.aws_iam_policy_document.plan_trust[0].json
  max_session_duration = 3600

  depends_on = [aws_iam_openid_connect_provider.ci]
}

resource "aws_iam_role_policy_attachment" "plan" {
  for_each = local.create_plan ? local.plan_policy_arns : {}

  role       = aws_iam_role.plan[0].name
  policy_arn = each.value

  depends_on = [aws_iam_policy.read, aws_iam_policy.plan_state]
}

# Without these two, a plan does not see a policy that somebody added to the role.
resource "aws_iam_role_policy_attachments_exclusive" "plan" {
  count = local.create_plan ? 1 : 0

  role_name   = aws_iam_role.plan[0].name
  policy_arns = values(local.plan_policy_arns)

  depends_on = [aws_iam_role_policy_attachment.plan]
}

resource "aws_iam_role_policies_exclusive" "plan" {
  count = local.create_plan ? 1 : 0

  role_name    = aws_iam_role.plan[0].name
  policy_names = []
}
