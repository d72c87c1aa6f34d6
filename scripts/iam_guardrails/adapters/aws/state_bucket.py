"""Whether the bucket for the Terraform state is there: the one question bootstrap asks before Terraform can run."""

from __future__ import annotations

from iam_guardrails.adapters.aws.errors import AwsError, code_of, fatal
from iam_guardrails.adapters.aws.session import Session


def bucket_exists(session: Session, region: str, bucket: str) -> bool:
    """True when the bucket exists and these credentials may see it. Raises AwsError when somebody else owns it."""
    try:
        session.client("s3", region_name=region).head_bucket(Bucket=bucket)
        return True
    except Exception as error:  # botocore's parser errors share no base class with the others
        code = code_of(error)
        if code in ("404", "NoSuchBucket", "NotFound"):
            return False
        if code in ("403", "AccessDenied", "Forbidden"):
            raise AwsError(
                f"the bucket {bucket} exists, but these credentials may not see it: it belongs to another account,"
                " or they lack s3:ListBucket; name another bucket in backend.hcl or sign in with more rights"
            ) from None
        raise fatal("s3:HeadBucket", region, error) or AwsError(f"s3:HeadBucket failed ({code}).") from None
