bucket       = "dev-111111111111-guardrails-tfstate"
key          = "guardrails/terraform.tfstate"
region       = "us-east-2"
use_lockfile = true
