output "contract" {
  description = "Everything that was built, by name; the harness finds the live resources with it."
  value       = module.guardrails.contract
}

output "owner_identity_policy_json" {
  description = "The identity policy that every trusted person needs on their own side."
  value       = module.guardrails.owner_identity_policy_json
}

output "drill_policy_json" {
  description = "What whoever runs a live drill needs beside reading."
  value       = module.guardrails.drill_policy_json
}
