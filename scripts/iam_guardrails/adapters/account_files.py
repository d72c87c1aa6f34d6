"""An account's users, roles and policies from a file: of a capture, or of the authorization details alone."""

from __future__ import annotations

from collections.abc import Callable

from iam_guardrails.model.capture.capture import Capture
from iam_guardrails.model.iam.principals import Estate
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.value import frozen

MISSING = "say which account to look at: --from CAPTURE or --authorization-details FILE"


@frozen
class AccountFile:
    """path: where it was read from.  capture: None where the file holds the authorization details alone."""

    path: str
    estate: Estate
    capture: Capture | None = None


def read_account(details: str | None, capture: str | None, progress: Callable[[str], None]) -> AccountFile:
    """The account in one of two files. details: what `aws iam get-account-authorization-details` printed.  capture:
    what `guardrails capture` wrote. Raises Problem where not exactly one is given, or it cannot be read."""
    if details and capture:
        raise Problem("give --from CAPTURE or --authorization-details FILE, not both")
    if capture:
        from iam_guardrails.adapters.capture_assembly import estate_of
        from iam_guardrails.adapters.captures import load_capture

        found = load_capture(capture)
        return AccountFile(capture, estate_of(found, progress), found)
    if not details:
        raise Problem(MISSING)
    from iam_guardrails.adapters.authorization_details import read_authorization_details
    from iam_guardrails.adapters.captures import is_capture

    if is_capture(details):
        raise Problem(f"{details} is a capture; give it with --from")
    return AccountFile(details, read_authorization_details(details, progress))
