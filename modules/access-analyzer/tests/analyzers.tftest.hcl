provider "aws" {
  region                      = "us-east-2"
  access_key                  = "testing"
  secret_key                  = "testing"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
}

variables {
  environment = "prod"
  account_id  = "333333333333"
  region      = "us-east-2"
}

# The example of the README.
run "example" {
  command = plan

  variables {
    create_unused        = true
    breakglass_role_arns = ["arn:aws:iam::333333333333:role/prod-breakglass-admin"]
  }

  assert {
    condition     = aws_accessanalyzer_analyzer.account["external_access"].type == "ACCOUNT" && aws_accessanalyzer_analyzer.account["unused_access"].type == "ACCOUNT_UNUSED_ACCESS"
    error_message = "The account needs one analyzer of each kind."
  }

  assert {
    condition     = aws_accessanalyzer_analyzer.account["unused_access"].configuration[0].unused_access[0].unused_access_age == 90 && length(aws_accessanalyzer_analyzer.account["external_access"].configuration) == 0
    error_message = "Access counts as unused after 90 days."
  }

  assert {
    condition = output.analyzer_names == {
      external_access = "prod-external-access"
      unused_access   = "prod-unused-access"
      } && output.analyzer_arns == {
      external_access = "arn:aws:access-analyzer:us-east-2:333333333333:analyzer/prod-external-access"
      unused_access   = "arn:aws:access-analyzer:us-east-2:333333333333:analyzer/prod-unused-access"
    }
    error_message = "Names and ARNs must be known before apply."
  }

  assert {
    condition = { for f in aws_accessanalyzer_archive_rule.breakglass_unused[0].filter : f.criteria => f.eq } == {
      resource    = tolist(["arn:aws:iam::333333333333:role/prod-breakglass-admin"])
      findingType = tolist(["UnusedIAMRole"])
    }
    error_message = "Only the finding that the break-glass role is unused may be archived."
  }
}

run "further_region_has_the_external_analyzer_only" {
  command = plan

  variables {
    region = "us-east-1"
  }

  assert {
    condition     = keys(output.analyzer_names) == ["external_access"] && length(aws_accessanalyzer_archive_rule.breakglass_unused) == 0
    error_message = "The unused-access analyzer must not be built, and paid, twice."
  }
}

run "unused_access_alone" {
  command = plan

  variables {
    create_external        = false
    create_unused          = true
    unused_access_age_days = 180
  }

  assert {
    condition     = keys(output.analyzer_names) == ["unused_access"] && aws_accessanalyzer_analyzer.account["unused_access"].configuration[0].unused_access[0].unused_access_age == 180 && length(aws_accessanalyzer_archive_rule.breakglass_unused) == 0
    error_message = "Without a break-glass role nothing may be archived."
  }
}
