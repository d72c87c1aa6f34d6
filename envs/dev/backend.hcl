bucket       = "dev-111111111111-guardrails-tfstate"
key          = "guardrails/terraform.tfstate"
region       = "us-east-2"
encrypt      = true
use_lockfile = true
