# One key for the log files and the log group. aws:SourceArn ties CloudTrail's use to this one trail. There is no
# condition on the encryption context for writing: it differs between log files and digest files, and a digest file that
# cannot be encrypted is a hole in the validation chain.

locals {
  key_alias = "alias/${var.environment}-trail"
  reader_accounts = sort(distinct([
    for arn in var.log_reader_arns : "arn:${local.partition}:iam::${split(":", arn)[4]}:root"
  ]))
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
    sid       = "TrailEncrypts"
    actions   = ["kms:GenerateDataKey*", "kms:Decrypt", "kms:DescribeKey"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["cloudtrail.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceArn"
      values   = [local.trail_arn]
    }
  }

  statement {
    sid       = "LogGroupEncrypts"
    actions   = ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["logs.${var.region}.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "kms:EncryptionContext:aws:logs:arn"
      values   = [local.log_group_arn]
    }
  }

  dynamic "statement" {
    for_each = length(var.log_reader_arns) > 0 ? [var.log_reader_arns] : []

    content {
      sid       = "ReadersDecryptThroughS3"
      actions   = ["kms:Decrypt"]
      resources = ["*"]

      principals {
        type        = "AWS"
        identifiers = local.reader_accounts
      }

      condition {
        test     = "ArnLike"
        variable = "aws:PrincipalArn"
        values   = statement.value
      }

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["s3.${var.region}.amazonaws.com"]
      }
    }
  }
}

resource "aws_kms_key" "trail" {
  count = var.create_trail ? 1 : 0

  description             = "Encrypts the log files and the log group of ${local.trail_name}"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.key.json

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_kms_alias" "trail" {
  count = var.create_trail ? 1 : 0

  name          = local.key_alias
  target_key_id = aws_kms_key.trail[0].key_id
}
