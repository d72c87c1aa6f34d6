provider "aws" {
  region                      = "us-east-2"
  access_key                  = "testing"
  secret_key                  = "testing"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
}

variables {
  environment       = "prod"
  account_id        = "333333333333"
  region            = "us-east-2"
  trail_bucket_name = "prod-333333333333-cloudtrail"
  event_regions     = ["us-east-2", "us-east-1"]
  first_day         = "2025/01/01"
}

# The example of the README.
run "example" {
  command = plan

  assert {
    condition     = output.guardrails_toml == file("tests/guardrails.toml.expected")
    error_message = "The table for guardrails.toml must name workgroup, database, table, Region, accounts and Regions."
  }

  assert {
    condition = { for key, value in aws_glue_catalog_table.cloudtrail.parameters : key => value if startswith(key, "projection.") || startswith(key, "storage.") } == {
      "projection.enabled"           = "true"
      "projection.account.type"      = "enum"
      "projection.account.values"    = "333333333333"
      "projection.region.type"       = "enum"
      "projection.region.values"     = "us-east-1,us-east-2"
      "projection.day.type"          = "date"
      "projection.day.format"        = "yyyy/MM/dd"
      "projection.day.interval"      = "1"
      "projection.day.interval.unit" = "DAYS"
      "projection.day.range"         = "2025/01/01,NOW"
      "storage.location.template"    = "s3://prod-333333333333-cloudtrail/AWSLogs/$${account}/CloudTrail/$${region}/$${day}"
    }
    error_message = "Partitions must be projected over accounts, Regions and days, along CloudTrail's own folders."
  }

  assert {
    condition     = [for key in aws_glue_catalog_table.cloudtrail.partition_keys : key.name] == ["account", "region", "day"]
    error_message = "The partition keys must be those that the statements filter by."
  }

  assert {
    condition = alltrue([
      aws_glue_catalog_table.cloudtrail.storage_descriptor[0].input_format == "com.amazon.emr.cloudtrail.CloudTrailInputFormat",
      aws_glue_catalog_table.cloudtrail.storage_descriptor[0].ser_de_info[0].serialization_library == "org.apache.hive.hcatalog.data.JsonSerDe",
      strcontains(one([for c in aws_glue_catalog_table.cloudtrail.storage_descriptor[0].columns : c.type if c.name == "useridentity"]), "sourceidentity:string"),
      strcontains(one([for c in aws_glue_catalog_table.cloudtrail.storage_descriptor[0].columns : c.type if c.name == "useridentity"]), "identityprovider:string"),
      contains([for c in aws_glue_catalog_table.cloudtrail.storage_descriptor[0].columns : c.name], "sharedeventid"),
    ])
    error_message = "The table must read CloudTrail's files and have the columns that the statements use."
  }

  assert {
    condition = alltrue([
      aws_athena_workgroup.lake.configuration[0].enforce_workgroup_configuration,
      aws_athena_workgroup.lake.configuration[0].bytes_scanned_cutoff_per_query == 107374182400,
      aws_athena_workgroup.lake.configuration[0].result_configuration[0].output_location == "s3://prod-333333333333-trail-lake-results/results/",
      aws_athena_workgroup.lake.configuration[0].result_configuration[0].encryption_configuration[0].encryption_option == "SSE_S3",
    ])
    error_message = "The workgroup must limit a query, enforce its settings, and encrypt results."
  }

  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.results.block_public_acls,
      aws_s3_bucket_public_access_block.results.block_public_policy,
      aws_s3_bucket_public_access_block.results.ignore_public_acls,
      aws_s3_bucket_public_access_block.results.restrict_public_buckets,
      aws_s3_bucket_ownership_controls.results.rule[0].object_ownership == "BucketOwnerEnforced",
      one(aws_s3_bucket_lifecycle_configuration.results.rule).expiration[0].days == 7,
      one(aws_s3_bucket_server_side_encryption_configuration.results.rule).apply_server_side_encryption_by_default[0].sse_algorithm == "AES256",
    ])
    error_message = "The results bucket must be closed, owned, encrypted, and forget."
  }

  assert {
    condition     = { for s in jsondecode(aws_s3_bucket_policy.results.policy).Statement : s.Sid => [s.Effect, s.Principal, s.Action, s.Condition] } == { TlsOnly = ["Deny", "*", "s3:*", { Bool = { "aws:SecureTransport" = "false" } }] }
    error_message = "The results bucket must refuse requests without TLS."
  }

  assert {
    condition = { for s in jsondecode(output.query_policy_json).Statement : s.Sid => s.Action } == {
      AskInTheWorkgroup       = ["athena:StopQueryExecution", "athena:StartQueryExecution", "athena:GetQueryResults", "athena:GetQueryExecution"]
      ReadTheTablesDefinition = ["glue:GetTable", "glue:GetDatabase"]
      ReadTheTrail            = "s3:GetObject"
      ListTheTrail            = ["s3:ListBucket", "s3:GetBucketLocation"]
      KeepResults             = ["s3:PutObject", "s3:ListMultipartUploadParts", "s3:GetObject", "s3:AbortMultipartUpload"]
      FindResults             = ["s3:ListBucketMultipartUploads", "s3:ListBucket", "s3:GetBucketLocation"]
    }
    error_message = "The policy must allow the questions and nothing else."
  }

  assert {
    condition     = alltrue([for s in jsondecode(output.query_policy_json).Statement : s.Effect == "Allow" && !contains(flatten([s.Resource]), "*")])
    error_message = "The policy must name every resource."
  }
}

run "organisation_trail_with_keys" {
  command = plan

  variables {
    trail_key_prefix = "logs/all"
    organization_id  = "o-exampleorg1"
    accounts         = ["444444444444", "333333333333"]
    trail_key_arn    = "arn:aws:kms:us-east-2:333333333333:key/11111111-1111-1111-1111-111111111111"
    results_key_arn  = "arn:aws:kms:us-east-2:333333333333:key/22222222-2222-2222-2222-222222222222"
  }

  assert {
    condition     = aws_glue_catalog_table.cloudtrail.parameters["storage.location.template"] == "s3://prod-333333333333-cloudtrail/logs/all/AWSLogs/o-exampleorg1/$${account}/CloudTrail/$${region}/$${day}" && aws_glue_catalog_table.cloudtrail.parameters["projection.account.values"] == "333333333333,444444444444"
    error_message = "An organisation trail has its id in the key, and several accounts."
  }

  assert {
    condition     = aws_athena_workgroup.lake.configuration[0].result_configuration[0].encryption_configuration[0].encryption_option == "SSE_KMS" && one(aws_s3_bucket_server_side_encryption_configuration.results.rule).apply_server_side_encryption_by_default[0].sse_algorithm == "aws:kms"
    error_message = "Results must be encrypted with the key that is given."
  }

  assert {
    condition = { for s in jsondecode(output.query_policy_json).Statement : s.Sid => s.Resource if startswith(join("", flatten([s.Action])), "kms:") } == {
      DecryptTheTrail = "arn:aws:kms:us-east-2:333333333333:key/11111111-1111-1111-1111-111111111111"
      EncryptResults  = "arn:aws:kms:us-east-2:333333333333:key/22222222-2222-2222-2222-222222222222"
    }
    error_message = "The policy must allow the two keys, and no other."
  }

  assert {
    condition     = one([for s in jsondecode(output.query_policy_json).Statement : s.Resource if s.Sid == "ReadTheTrail"]) == "arn:aws:s3:::prod-333333333333-cloudtrail/logs/all/AWSLogs/o-exampleorg1/*"
    error_message = "The policy must allow the trail's own prefix alone."
  }
}

# Its name begins with four letters, where all others begin with two.
run "european_sovereign_cloud" {
  command = plan

  variables {
    region        = "eusc-de-east-1"
    event_regions = ["eusc-de-east-1"]
  }

  assert {
    condition     = aws_glue_catalog_table.cloudtrail.parameters["projection.region.values"] == "eusc-de-east-1"
    error_message = "A Region of the European Sovereign Cloud is a Region."
  }
}
