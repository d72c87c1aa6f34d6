# The workgroup's settings are enforced: no client can write its results elsewhere or switch the limit off.

resource "aws_athena_workgroup" "lake" {
  name        = local.workgroup
  description = "Questions about CloudTrail; a query stops at ${var.bytes_scanned_limit} bytes"

  configuration {
    enforce_workgroup_configuration    = true
    publish_cloudwatch_metrics_enabled = true
    bytes_scanned_cutoff_per_query     = var.bytes_scanned_limit
    requester_pays_enabled             = false

    engine_version {
      selected_engine_version = "Athena engine version 3"
    }

    result_configuration {
      output_location       = "s3://${local.results_name}/results/"
      expected_bucket_owner = var.account_id

      encryption_configuration {
        encryption_option = var.results_key_arn == null ? "SSE_S3" : "SSE_KMS"
        kms_key_arn       = var.results_key_arn
      }
    }
  }
}
