terraform {
  required_version = ">= 1.10.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }

  # Completed by backend.hcl: terraform init -backend-config=backend.hcl
  backend "s3" {}
}
