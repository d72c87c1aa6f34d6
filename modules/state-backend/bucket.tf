# The bucket that holds the Terraform state and, beside it, the lock object that the S3 backend writes
# (use_lockfile = true). Every state is a version, and no version can be deleted by anybody.

data "aws_partition" "current" {}

locals {
  partition   = data.aws_partition.current.partition
  bucket_name = coalesce(var.bucket_name, "${var.environment}-${var.account_id}-guardrails-tfstate")
  bucket_arn  = "arn:${local.partition}:s3:::${local.bucket_name}"
  reader_accounts = sort(distinct([
    for arn in var.reader_arns : "arn:${local.partition}:iam::${split(":", arn)[4]}:root"
  ]))

  backend_hcl = <<-EOT
    # No encrypt line: alone it asks S3 for AES256 and so goes past the bucket's own key.
    bucket       = "${local.bucket_name}"
    key          = "${var.state_object_key}"
    region       = "${var.region}"
    use_lockfile = true
  EOT
}

resource "aws_s3_bucket" "state" {
  bucket = local.bucket_name

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_versioning" "state" {
  bucket = aws_s3_bucket.state.bucket

  versioning_configuration {
    status = "Enabled"
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "state" {
  bucket = aws_s3_bucket.state.bucket

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.state.arn
    }
  }
}

resource "aws_s3_bucket_public_access_block" "state" {
  bucket                  = aws_s3_bucket.state.bucket
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "state" {
  bucket = aws_s3_bucket.state.bucket

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_logging" "state" {
  count = var.access_log_bucket_name == null ? 0 : 1

  bucket        = aws_s3_bucket.state.bucket
  target_bucket = var.access_log_bucket_name
  target_prefix = "${local.bucket_name}/"
}

resource "aws_s3_bucket_lifecycle_configuration" "state" {
  count = var.noncurrent_version_days == null ? 0 : 1

  bucket = aws_s3_bucket.state.bucket

  rule {
    id     = "expire-superseded-states"
    status = "Enabled"

    filter {}

    # The hundred newest superseded versions stay whatever their age, the most that S3 accepts.
    noncurrent_version_expiration {
      noncurrent_days           = var.noncurrent_version_days
      newer_noncurrent_versions = 100
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  depends_on = [aws_s3_bucket_versioning.state]
}

data "aws_iam_policy_document" "bucket" {
  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [local.bucket_arn, "${local.bucket_arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }

  # s3:DeleteObject stays possible: unlocking deletes the lock object, and a deleted state is a marker above its
  # versions, which brings it back.
  statement {
    sid       = "VersionsStay"
    effect    = "Deny"
    actions   = ["s3:DeleteObjectVersion", "s3:DeleteBucket"]
    resources = [local.bucket_arn, "${local.bucket_arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }

  dynamic "statement" {
    for_each = length(var.reader_arns) > 0 ? [var.reader_arns] : []

    content {
      sid       = "ReadersRead"
      actions   = ["s3:GetObject", "s3:GetBucketLocation", "s3:ListBucket"]
      resources = [local.bucket_arn, "${local.bucket_arn}/*"]

      principals {
        type        = "AWS"
        identifiers = local.reader_accounts
      }

      condition {
        test     = "ArnLike"
        variable = "aws:PrincipalArn"
        values   = statement.value
      }
    }
  }
}

resource "aws_s3_bucket_policy" "state" {
  bucket = aws_s3_bucket.state.bucket
  policy = data.aws_iam_policy_document.bucket.json

  depends_on = [aws_s3_bucket_public_access_block.state]
}
