# What a stale role, user and key are made of, between things that stay.
data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "used" {
  name               = "used"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

# The old application.
# Nobody uses it.
resource "aws_iam_role" "app" {
  name               = "app"
  assume_role_policy = data.aws_iam_policy_document.trust.json

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_iam_role_policy" "app" {
  name   = "own"
  role   = aws_iam_role.app.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }] })
}

resource "aws_iam_role_policy_attachment" "app" {
  for_each   = toset(["arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"])
  role       = aws_iam_role.app.name
  policy_arn = each.value
}

resource "aws_iam_instance_profile" "app" {
  name = "app"
  role = aws_iam_role.app.name
}

resource "aws_iam_role_policy_attachment" "used" {
  role       = aws_iam_role.used.name
  policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
}

resource "aws_iam_role" "each" {
  for_each           = toset(["each-one", "each-two"])
  name               = each.value
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_user" "ann" {
  name = "ann"
}

resource "aws_iam_user_policy_attachment" "ann" {
  user       = aws_iam_user.ann.name
  policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
}

resource "aws_iam_group_membership" "devs" {
  name  = "devs"
  group = "devs"
  users = ["ann", "bob"]
}

module "job" {
  source = "./modules/job"
  trust  = data.aws_iam_policy_document.trust.json
}
