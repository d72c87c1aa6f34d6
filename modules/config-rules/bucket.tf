# The bucket and key for configuration history. The service-linked role has no access to either, so AWS Config delivers
# as its service principal (AWS Config Developer Guide: s3-bucket-policy, s3-kms-key-policy).

locals {
  bucket_name = coalesce(var.bucket_name, "${var.environment}-${var.account_id}-config-${var.region}")
  bucket_arn  = "arn:${local.partition}:s3:::${local.bucket_name}"
  key_alias   = "alias/${var.environment}-config"
}

data "aws_iam_policy_document" "key" {
  statement {
    sid       = "AccountAdministers"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${local.partition}:iam::${var.account_id}:root"]
    }
  }

  statement {
    sid       = "ConfigEncrypts"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["config.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }
  }
}

resource "aws_kms_key" "history" {
  count = var.create_recorder ? 1 : 0

  description             = "Encrypts the configuration history in ${local.bucket_name}"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.key.json

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_kms_alias" "history" {
  count = var.create_recorder ? 1 : 0

  name          = local.key_alias
  target_key_id = aws_kms_key.history[0].key_id
}

resource "aws_s3_bucket" "history" {
  count = var.create_recorder ? 1 : 0

  bucket = local.bucket_name

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_versioning" "history" {
  count = var.create_recorder ? 1 : 0

  bucket = aws_s3_bucket.history[0].bucket

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "history" {
  count = var.create_recorder ? 1 : 0

  bucket = aws_s3_bucket.history[0].bucket

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.history[0].arn
    }
  }
}

resource "aws_s3_bucket_public_access_block" "history" {
  count = var.create_recorder ? 1 : 0

  bucket                  = aws_s3_bucket.history[0].bucket
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "history" {
  count = var.create_recorder ? 1 : 0

  bucket = aws_s3_bucket.history[0].bucket

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_logging" "history" {
  count = var.create_recorder && var.access_log_bucket_name != null ? 1 : 0

  bucket        = aws_s3_bucket.history[0].bucket
  target_bucket = var.access_log_bucket_name
  target_prefix = "${local.bucket_name}/"
}

resource "aws_s3_bucket_lifecycle_configuration" "history" {
  count = var.create_recorder && var.object_expiration_days != null ? 1 : 0

  bucket = aws_s3_bucket.history[0].bucket

  rule {
    id     = "expire-history"
    status = "Enabled"

    filter {}

    expiration {
      days = var.object_expiration_days
    }

    noncurrent_version_expiration {
      noncurrent_days = 90
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  depends_on = [aws_s3_bucket_versioning.history]
}

data "aws_iam_policy_document" "bucket" {
  statement {
    sid       = "ConfigChecksBucket"
    actions   = ["s3:GetBucketAcl", "s3:ListBucket"]
    resources = [local.bucket_arn]

    principals {
      type        = "Service"
      identifiers = ["config.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }
  }

  statement {
    sid       = "ConfigDelivers"
    actions   = ["s3:PutObject"]
    resources = ["${local.bucket_arn}/AWSLogs/${var.account_id}/Config/*"]

    principals {
      type        = "Service"
      identifiers = ["config.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }

    condition {
      test     = "StringEquals"
      variable = "s3:x-amz-acl"
      values   = ["bucket-owner-full-control"]
    }
  }

  statement {
    sid       = "NobodyDeletes"
    effect    = "Deny"
    actions   = ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:DeleteBucket"]
    resources = [local.bucket_arn, "${local.bucket_arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }

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
}

resource "aws_s3_bucket_policy" "history" {
  count = var.create_recorder ? 1 : 0

  bucket = aws_s3_bucket.history[0].bucket
  policy = data.aws_iam_policy_document.bucket.json

  depends_on = [aws_s3_bucket_public_access_block.history]
}
