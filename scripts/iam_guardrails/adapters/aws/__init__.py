"""The live account through boto3: sign-in, and one read of everything the rules judge.

Nothing here imports boto3 until a function runs, so commands that stay offline never pay for it.
"""

from __future__ import annotations

from iam_guardrails.adapters.aws.account import account_from_aws
from iam_guardrails.adapters.aws.errors import AwsError
from iam_guardrails.adapters.aws.session import AwsSession, Session, caller, session

__all__ = ["AwsError", "AwsSession", "Session", "account_from_aws", "caller", "session"]
