bucket       = "staging-222222222222-guardrails-tfstate"
key          = "guardrails/terraform.tfstate"
region       = "us-east-2"
use_lockfile = true
