"""Reading and writing the policy that ends a role's sessions.

Source: IAM API Reference, GetRolePolicy and PutRolePolicy (IAM is eventually consistent: IAM User Guide,
troubleshoot_general_eventual-consistency).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from iam_guardrails.adapters.aws.entry import caller_of
from iam_guardrails.adapters.aws.errors import AwsError, code_of, fatal, sentence
from iam_guardrails.adapters.aws.session import Session
from iam_guardrails.model.iam.revocation import REVOCATION_NAME
from iam_guardrails.model.incident.entry import Caller


class AwsRevoker:
    """`journeys.breakglass_exit.Revoker` on a real account, or on the embedded AWS."""

    def __init__(self, sign_in: Callable[[], Session], region: str) -> None:
        """sign_in: makes the session of an identity that may write the role's inline policy, when it is first needed:
        a sign-in that fails is one more reason why nothing was written.  region: whose endpoints are asked."""
        self._sign_in = sign_in
        self._session: Session | None = None
        self._region = region

    def caller(self) -> Caller:
        """Who writes, and AWS's time. Raises AwsError."""
        return caller_of(self._signed_in(), self._region)

    def _signed_in(self) -> Session:
        if self._session is None:
            self._session = self._sign_in()
        return self._session

    def read(self, role_name: str) -> str | None:
        """The text of the role's policy of that name, None where there is none. Raises AwsError."""
        try:
            answer = self._ask("get_role_policy", RoleName=role_name, PolicyName=REVOCATION_NAME)
        except _Missing:
            return None
        document = answer["PolicyDocument"]  # botocore decodes it; another client may not
        return unquote(document) if isinstance(document, str) else json.dumps(document)

    def write(self, role_name: str, document: str) -> None:
        """Write the policy. Raises AwsError."""
        try:
            self._ask("put_role_policy", RoleName=role_name, PolicyName=REVOCATION_NAME, PolicyDocument=document)
        except _Missing:
            raise AwsError(f"the account has no role {role_name}: is it applied?") from None

    def _ask(self, method: str, **given: Any) -> Any:
        action = {"get_role_policy": "iam:GetRolePolicy", "put_role_policy": "iam:PutRolePolicy"}[method]
        try:
            return getattr(self._signed_in().client("iam", region_name=self._region), method)(**given)
        except Exception as error:  # botocore's parser errors share no base class with the others
            if isinstance(error, AwsError):
                raise
            if code_of(error) == "NoSuchEntity":
                raise _Missing from None
            raise fatal(action, self._region, error) or AwsError(
                f"{sentence(action, error)} for the role {given['RoleName']}"
            ) from None


class _Missing(Exception):
    """There is no such role, or it has no such policy."""
