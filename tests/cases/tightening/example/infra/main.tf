resource "aws_iam_role" "orders_worker" {
  name = "orders-worker"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "orders" {
  name = "orders"
  role = aws_iam_role.orders_worker.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "Queues"
        Effect   = "Allow"
        Action   = "sqs:*"
        Resource = "arn:aws:sqs:us-east-2:111122223333:orders-*"
      },
      {
        Sid      = "Keys"
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"]
        Resource = "*"
      },
      {
        # the first version ran on instances
        Sid      = "Instances"
        Effect   = "Allow"
        Action   = ["ec2:StartInstances", "ec2:StopInstances"]
        Resource = "*"
      },
      {
        Sid      = "NoIam"
        Effect   = "Deny"
        Action   = "iam:*"
        Resource = "*"
      },
    ]
  })
}
