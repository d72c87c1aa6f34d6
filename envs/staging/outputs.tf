output "contract" {
  description = "Everything that was built, by name; the harness finds the live resources with it."
  value       = module.guardrails.contract
}

output "owner_identity_policy_json" {
  description = "The identity policy that every trusted person needs on their own side."
  value       = module.guardrails.owner_identity_policy_json
}
