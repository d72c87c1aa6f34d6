variable "trust" {
  description = "The trust policy of the role."
  type        = string
}

resource "aws_iam_role" "worker" {
  name               = "worker"
  assume_role_policy = var.trust
}

resource "aws_iam_role_policy" "worker" {
  name   = "worker"
  role   = aws_iam_role.worker.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "ec2:*Snapshot", Resource = "*" }] })
}
