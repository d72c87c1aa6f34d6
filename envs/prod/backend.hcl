bucket       = "prod-333333333333-guardrails-tfstate"
key          = "guardrails/terraform.tfstate"
region       = "us-east-2"
use_lockfile = true
