terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

variable "name" {
  type = string
}

resource "aws_sns_topic" "this" {
  name = "kit-${var.name}"
}

output "topic_arn" {
  value = aws_sns_topic.this.arn
}

output "name" {
  value = var.name
}
