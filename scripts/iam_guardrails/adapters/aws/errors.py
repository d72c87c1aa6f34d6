"""What can go wrong between this program and AWS, and which of it ends the reading.

A refused or failed call is an answer ("not judged, because …") and reading goes on. Absent or expired
credentials and an endpoint that does not answer would fail every further call alike: they end in AwsError.
Messages hold the service, the action and AWS's error code; never the text of a credential or a request.
"""

from __future__ import annotations

from iam_guardrails.model.problem import Problem

EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"})
UNKNOWN_KEY = frozenset({
    "InvalidClientTokenId", "UnrecognizedClientException", "AuthFailure", "InvalidAccessKeyId",
    "SignatureDoesNotMatch", "InvalidSignatureException",
})  # fmt: skip
REFUSED = frozenset({
    "AccessDenied", "AccessDeniedException", "AuthorizationError", "AuthorizationErrorException",
    "UnauthorizedOperation", "NotAuthorized", "403", "OptInRequired", "KMSAccessDeniedException",
})  # fmt: skip
THROTTLED = frozenset({
    "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException", "TooManyRequestsException",
    "RequestLimitExceeded", "SlowDown", "RequestThrottled",
})  # fmt: skip
_SIGN_IN = "sign in again (for example with `aws sso login`, or export fresh AWS_… variables) and repeat"


class AwsError(Problem):
    """Reading cannot go on; the message says what happened, where, and what to do."""


class Unreachable(AwsError):
    """AWS did not answer at all; whoever asks in several Regions goes on in the others. reason: a clause."""

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


def code_of(error: Exception) -> str:
    """AWS's error code of a botocore ClientError, else the name of the exception's class."""
    response = getattr(error, "response", None)
    if isinstance(response, dict) and "Error" in response:
        return str(response["Error"].get("Code") or type(error).__name__)
    return type(error).__name__


def sentence(action: str, error: Exception) -> str:
    """One clause about a call that brought no answer, e.g. `sns:ListTopics was refused (AccessDenied)`."""
    code = code_of(error)
    return f"{action} {'was refused' if code in REFUSED else 'failed'} ({code})"


def fatal(action: str, region: str, error: Exception) -> AwsError | None:
    """The AwsError that ends the reading, or None when only this one call is lost."""
    code = code_of(error)
    if code in EXPIRED:
        return AwsError(f"The AWS credentials have expired ({action} in {region}): {_SIGN_IN}.")
    if code in UNKNOWN_KEY and action.startswith("sts:"):
        return AwsError(f"AWS does not accept the credentials ({action} in {region}: {code}): {_SIGN_IN}.")
    return _credentials(error) or _network(action, region, error)


def _credentials(error: Exception) -> AwsError | None:
    from botocore import exceptions as known

    if isinstance(error, known.ProfileNotFound):
        return AwsError("The profile named in AWS_PROFILE does not exist: correct AWS_PROFILE and repeat.")
    if isinstance(error, known.ConfigParseError):
        return AwsError(f"AWS's settings in {error.kwargs['path']} cannot be read: mend that file and repeat.")
    if isinstance(error, known.PartialCredentialsError):
        return AwsError("Only half of the AWS credentials is set: give both the key id and its secret.")
    if isinstance(error, known.NoCredentialsError):
        return AwsError(
            "There are no AWS credentials: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        )
    broken = (
        known.CredentialRetrievalError, known.TokenRetrievalError, known.SSOError, known.LoginError,
        known.InvalidConfigError,
    )  # fmt: skip
    if isinstance(error, broken):
        return AwsError(f"The AWS credentials could not be obtained ({code_of(error)}): {_SIGN_IN}.")
    return None


def _network(action: str, region: str, error: Exception) -> AwsError | None:
    from botocore import exceptions as known

    if isinstance(error, (known.HTTPClientError, known.ConnectionError)):
        where = _endpoint(error)
        return Unreachable(
            f"AWS did not answer {action} in {region}{where} ({code_of(error)}): check the Region's name, the"
            " network or proxy, and AWS_ENDPOINT_URL if it is set, then repeat.",
            sentence(action, error),
        )
    if isinstance(error, (known.InvalidRegionError, known.NoRegionError)):
        return AwsError(f'"{region}" is not a Region AWS knows: correct the Region and repeat.')
    return None


def _endpoint(error: Exception) -> str:
    """The scheme and host that did not answer, without path, query or user part."""
    from urllib.parse import urlsplit

    parts = urlsplit(str(getattr(error, "kwargs", {}).get("endpoint_url", "")))
    if not parts.hostname:
        return ""
    port = f":{parts.port}" if parts.port else ""
    return f" at {parts.scheme}://{parts.hostname}{port}"
