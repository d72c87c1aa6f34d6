variable "trust" {
  type = string
}

resource "aws_iam_role" "job" {
  name               = "job"
  path               = "/team/"
  assume_role_policy = var.trust
}
