# What a principal needs to ask questions, and nothing more: attach it to the role that the harness reads with.

data "aws_iam_policy_document" "query" {
  statement {
    sid = "AskInTheWorkgroup"
    actions = [
      "athena:GetQueryExecution",
      "athena:GetQueryResults",
      "athena:StartQueryExecution",
      "athena:StopQueryExecution",
    ]
    resources = ["arn:${local.partition}:athena:${var.region}:${var.account_id}:workgroup/${local.workgroup}"]
  }

  # Athena asks for the default database too, whichever one a query names.
  statement {
    sid     = "ReadTheTablesDefinition"
    actions = ["glue:GetDatabase", "glue:GetTable"]
    resources = [
      "${local.glue_arn}:catalog",
      "${local.glue_arn}:database/default",
      "${local.glue_arn}:database/${local.database}",
      "${local.glue_arn}:table/${local.database}/${local.table}",
    ]
  }

  statement {
    sid       = "ReadTheTrail"
    actions   = ["s3:GetObject"]
    resources = ["${local.trail_arn}/${local.key_prefix}/*"]
  }

  statement {
    sid       = "ListTheTrail"
    actions   = ["s3:GetBucketLocation", "s3:ListBucket"]
    resources = [local.trail_arn]
  }

  statement {
    sid       = "KeepResults"
    actions   = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"]
    resources = ["${local.results_arn}/results/*"]
  }

  statement {
    sid       = "FindResults"
    actions   = ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"]
    resources = [local.results_arn]
  }

  dynamic "statement" {
    for_each = var.trail_key_arn == null ? [] : [var.trail_key_arn]

    content {
      sid       = "DecryptTheTrail"
      actions   = ["kms:Decrypt"]
      resources = [statement.value]
    }
  }

  dynamic "statement" {
    for_each = var.results_key_arn == null ? [] : [var.results_key_arn]

    content {
      sid       = "EncryptResults"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = [statement.value]
    }
  }
}
