# Roles in every shape that a policy is written in. The account and the use of the roles are in ../terraform.yaml.

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "app" {
  name               = "app"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_sqs_queue" "jobs" {
  name = "jobs"
}

# Written out: a comment, references and an escaped variable must stay.
resource "aws_iam_role_policy" "literal" {
  name = "literal"
  role = aws_iam_role.app.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "Instances"
        Effect   = "Allow"
        Action   = ["ec2:Describe*", "ec2:StartInstances", "ec2:StopInstances"] # who starts what
        Resource = "*"
      },
      # nobody remembers why
      {
        Sid      = "Databases"
        Effect   = "Allow"
        Action   = "rds:StopDBInstance"
        Resource = "*"
      },
      {
        Sid      = "OwnKeys"
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:Encrypt"]
        Resource = "arn:aws:kms:us-east-2:111122223333:key/*"
        Condition = {
          StringEquals = { "aws:ResourceTag/owner" = "$${aws:PrincipalTag/owner}" }
        }
      },
      {
        Effect   = "Deny"
        Action   = "iam:*"
        Resource = "*"
      },
    ]
  })
}

data "aws_iam_policy_document" "blocks" {
  # the queue
  statement {
    sid       = "Queue"
    actions   = ["sqs:CreateQueue", "sqs:DeleteQueue"]
    resources = ["arn:aws:sqs:us-east-2:111122223333:*"]
  }

  statement {
    sid       = "Unused"
    actions   = ["rds:StartDBInstance"]
    resources = ["*"]
  }

  statement {
    sid         = "Most"
    effect      = "Allow"
    not_actions = ["iam:*"]
    resources   = ["arn:aws:ecs:*:*:*"]
  }
}

resource "aws_iam_role_policy" "blocks" {
  name   = "blocks"
  role   = aws_iam_role.app.name
  policy = data.aws_iam_policy_document.blocks.json
}

resource "aws_iam_policy" "file" {
  name   = "file"
  policy = file("${path.module}/file.json")
}

resource "aws_iam_role_policy_attachment" "file" {
  role       = aws_iam_role.app.name
  policy_arn = aws_iam_policy.file.arn
}

resource "aws_iam_role_policy" "heredoc" {
  name   = "heredoc"
  role   = aws_iam_role.app.name
  policy = <<-JSON
    {
      "Version": "2012-10-17",
      "Statement": {
        "Effect": "Allow",
        "Action": ["ec2:ModifyVolume", "ec2:DeleteVolume"],
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:ResourceTag/owner": "$${aws:PrincipalTag/owner}"}}
      }
    }
  JSON
}

# The queue's ARN is an expression: Resource stays, the actions are tightened.
resource "aws_iam_role_policy" "expression" {
  name = "expression"
  role = aws_iam_role.app.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["kms:Decrypt", "kms:Encrypt"]
      Resource = "arn:aws:kms:${local.region}:111122223333:key/*"
    }]
  })
}

locals {
  region  = "us-east-2"
  actions = ["ec2:AttachVolume", "ec2:DetachVolume"]
  numbers = { one = "ec2:AttachVolume", two = "ec2:DetachVolume" }
}

resource "aws_iam_role_policy" "local" {
  name = "local"
  role = aws_iam_role.app.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = local.actions, Resource = "*" }]
  })
}

resource "aws_iam_role_policy" "each" {
  for_each = local.numbers
  name     = "each-${each.key}"
  role     = aws_iam_role.app.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = [each.value, "ec2:CopySnapshot"], Resource = "*" }]
  })
}

module "worker" {
  source = "./modules/worker"
  trust  = data.aws_iam_policy_document.trust.json
}
