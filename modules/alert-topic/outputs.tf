output "topic_arn" {
  description = "ARN of the topic, built from its name so that it is known at plan time."
  value       = local.topic_arn
  depends_on  = [aws_sns_topic.alerts, aws_sns_topic_policy.alerts]
}

output "topic_name" {
  description = "Name of the topic."
  value       = local.topic_name
}

output "key_alias" {
  description = "Alias of the key that encrypts the topic."
  value       = aws_kms_alias.topic.name
}

output "key_arn" {
  description = "ARN of the key that encrypts the topic; AWS chooses it, so it is unknown until the first apply."
  value       = aws_kms_key.topic.arn
}

output "subscriptions" {
  description = "What is subscribed: key to protocol and endpoint. Whether a person has confirmed is only known live."
  value       = var.subscriptions
}
