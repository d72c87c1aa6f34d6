output "app" {
  value = aws_iam_role.app.arn
}

# aws_iam_role.app is told above
output "used" {
  value = aws_iam_role.used.arn
}
