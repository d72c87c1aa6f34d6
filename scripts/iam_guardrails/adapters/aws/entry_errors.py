"""Why AWS refused an AssumeRole, in plain words, and what to do about it.

Source: AWS STS API Reference, AssumeRole (Errors) and CommonErrors; AWS IAM User Guide, troubleshoot_access-denied
(which policy type denied stands in the message). Messages hold AWS's code and reason, never a request's parameters.
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from iam_guardrails.adapters.aws.errors import EXPIRED, REFUSED, AwsError, code_of, fatal
from iam_guardrails.model.incident.entry import DENIED, OTHER_REASON, WRONG_CODE, WRONG_DEVICE, Order, Refused
from iam_guardrails.model.problem import Problem

SKEW_SECONDS = 240
"""AWS takes a request signed up to five minutes off (IAM User Guide, signing: RequestExpired)."""
_CLOCK = frozenset({"RequestExpired", "SignatureDoesNotMatch", "RequestTimeTooSkewed", "InvalidSignatureException"})
_DENIERS = (
    ("service control policy", "a service control policy of the organisation denies it"),
    ("resource control policy", "a resource control policy of the organisation denies it"),
    ("permissions boundary", "your permissions boundary denies it"),
    ("VPC endpoint policy", "the policy of the VPC endpoint denies it"),
    ("session policy", "your session's policy denies it"),
    ("identity-based policy", "one of your own policies denies it"),
)


def told_at(holder: Any) -> datetime | None:
    """AWS's time of an answer or of an error's response, None where there is none."""
    try:
        text = holder["ResponseMetadata"]["HTTPHeaders"]["date"]
        return parsedate_to_datetime(text).astimezone(UTC)
    except (KeyError, TypeError, ValueError):
        return None


def entry_error(error: Exception, order: Order, with_code: bool, now: datetime) -> Problem:
    """The Problem to raise. with_code: whether an MFA code was sent.  now: this machine's time (aware UTC)."""
    if isinstance(error, AwsError):
        return error
    code = code_of(error)
    response = getattr(error, "response", None) or {}
    text = str(response.get("Error", {}).get("Message", "")) if isinstance(response, dict) else ""
    clock = _clock(code, text, told_at(response), now)
    if clock:
        return Refused(OTHER_REASON, clock)
    if code in EXPIRED:
        return Refused(OTHER_REASON, f"your own credentials have expired ({code}): sign in again and repeat")
    if code in REFUSED:
        return _denied(code, text, order, with_code)
    if code == "RegionDisabledException":
        return Refused(OTHER_REASON, f"STS is switched off in {order.region} for your account ({code}): an"
                       " administrator switches it on under IAM, Account settings")  # fmt: skip
    found = fatal("sts:AssumeRole", order.region, error)
    return found or Refused(OTHER_REASON, f"AWS refused the entry ({code}{_said(text)})")


def _clock(code: str, text: str, at: datetime | None, now: datetime) -> str:
    expired = "Signature expired" in text or "Signature not yet current" in text
    if code not in _CLOCK and not expired:
        return ""
    ahead = round((now - at).total_seconds()) if at else 0
    if abs(ahead) >= SKEW_SECONDS and at:
        side = "ahead of" if ahead > 0 else "behind"
        return (
            f"this machine's clock is {abs(ahead)} s {side} AWS's ({code}): it is {at:%Y-%m-%d %H:%M:%S} UTC; set the"
            " clock and repeat"
        )
    if expired or code == "RequestExpired":
        return f"AWS takes the request for too old or too new ({code}): set this machine's clock and repeat"
    return ""


def _denied(code: str, text: str, order: Order, with_code: bool) -> Refused:
    if "invalid MFA one time pass code" in text:
        return Refused(WRONG_CODE, "AWS did not accept the MFA code; a code works once, so wait for the next one")
    if "MultiFactorAuthentication failed" in text:
        return Refused(WRONG_DEVICE, "the MFA device is not one of this user, or not one that shows six digits: give"
                       " its serial number with --mfa-serial")  # fmt: skip
    for word, why in _DENIERS:
        if word in text and "explicit deny" in text:
            return Refused(DENIED, f"AWS refused the entry ({code}): {why}; no owner can change that from here")
    for action, what in (("sts:SetSourceIdentity", "the incident id"), ("sts:TagSession", "a session tag")):
        if action in text:
            return Refused(DENIED, f"AWS refused the entry ({code}): {action} is not allowed, so {what} cannot be"
                           " passed; the trust policy and your own policy must both allow it"
                           " (guardrails owner-policy)")  # fmt: skip
    mfa = "" if with_code else ", no MFA (give --mfa-serial and a code)"
    return Refused(
        DENIED,
        f"AWS refused the entry into {order.role_arn} ({code}); AWS does not say which it is: not an owner in its trust"
        f" policy, no policy of your own that allows sts:AssumeRole, an incident id that the trust policy does not take"
        f"{mfa}, or no such role (with a path: give its ARN with --role)",
    )


def _said(text: str) -> str:
    return f": {' '.join(text.split())[:200]}" if text else ""
