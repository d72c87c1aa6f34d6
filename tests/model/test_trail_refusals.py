"""The words by which services say that a caller may not."""

from __future__ import annotations

import pytest

from iam_guardrails.model.trail.questions.uses import refused


@pytest.mark.parametrize(
    ("error", "is_refusal"),
    [
        ("AccessDenied", True), ("AccessDeniedException", True), ("Client.UnauthorizedOperation", True),
        ("UnauthorizedException", True), ("NotAuthorizedException", True), ("Forbidden", True),
        ("AuthorizationError", True), ("AuthorizationErrorException", True), ("AuthFailure", True),
        ("VpceAccessDenied", True), ("NoSuchEntity", False), ("ThrottlingException", False), ("Failure", False),
        ("", False),
    ],
)  # fmt: skip
def test_a_refusal_is_known_by_its_code(error: str, is_refusal: bool) -> None:
    """AuthorizationError: Amazon SNS API Reference, Unsubscribe, "Errors"."""
    assert refused(error) is is_refusal
