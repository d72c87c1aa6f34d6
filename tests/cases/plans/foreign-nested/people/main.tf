variable "company" {
  type = string
}

variable "owners" {
  type = list(string)
}

variable "boundary" {
  type = string
}

resource "aws_iam_user" "owner" {
  count = length(var.owners)

  name = "${var.company}-${var.owners[count.index]}"
  path = "/emergency/"
}

data "aws_iam_policy_document" "trust" {
  statement {
    sid     = "Owners"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "AWS"
      identifiers = aws_iam_user.owner[*].arn
    }

    condition {
      test     = "Bool"
      variable = "aws:MultiFactorAuthPresent"
      values   = ["true"]
    }

    condition {
      test     = "NumericLessThan"
      variable = "aws:MultiFactorAuthAge"
      values   = ["3600"]
    }
  }
}

resource "aws_iam_role" "emergency" {
  name                 = "${var.company}-emergency-access"
  path                 = "/emergency/"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = var.boundary
}

resource "aws_iam_policy" "emergency" {
  for_each = {
    restart = ["lambda:UpdateFunctionConfiguration"]
    look    = ["logs:FilterLogEvents", "logs:GetLogEvents"]
  }

  name   = "${var.company}-emergency-${each.key}"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = each.value, Resource = "*" }] })
}

resource "aws_iam_role_policy_attachment" "emergency" {
  for_each = aws_iam_policy.emergency

  role       = aws_iam_role.emergency.id
  policy_arn = each.value.arn
}
