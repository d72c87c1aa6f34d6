"""The people who may enter as IAM users are really able to, today (only a live account can say)."""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.account import Account
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.unknown import NotKnown
from iam_guardrails.rules.breakglass_subjects import Owner, own_user, owners
from iam_guardrails.rules.engine import rule

_MFA_PAGE = "AWS IAM User Guide: id_credentials_mfa_configure-api-require"
_NOTHING = "neither guardrails.toml nor a break-glass trust policy names an IAM user"


@rule(
    id="owner-user-exists", severity="critical", seed="6 Owner", live_only=True, nothing=_NOTHING,
    title="Every owner's IAM user exists",
    remedy="Create the user (module breakglass-role, create_users) or take the owner out of guardrails.toml.",
    reference="AWS IAM User Guide: reference_policies_elements_principal", select=owners,
    needs=("roles", "users"),
)  # fmt: skip
def owner_user_exists(owner: Owner, account: Account, _expected: Expected) -> Iterator[str]:
    """A user that does not exist cannot enter in the emergency."""
    if own_user(owner, account) is None:
        yield f"the user {owner.arn} does not exist"


@rule(
    id="owner-mfa-device", severity="critical", seed="6 Owner", live_only=True, nothing=_NOTHING,
    title="Every owner's IAM user has an MFA device",
    remedy="Let an administrator assign an authenticator app together with the owner "
    "(IAM, the user, Security credentials, Assign MFA device).",
    reference=_MFA_PAGE, select=owners, needs=("roles", "users"),
)  # fmt: skip
def owner_mfa_device(owner: Owner, account: Account, _expected: Expected) -> Iterator[str]:
    """Without a device the MFA condition keeps the owner out."""
    user = own_user(owner, account)
    if user is None:  # judged by owner-user-exists
        return
    if user.mfa_kinds is None:
        raise NotKnown("the user's MFA devices were not read")
    if not user.mfa_kinds:
        yield f"the user {user.name} has no MFA device and cannot enter"


@rule(
    id="owner-mfa-usable", severity="high", seed="6 Owner", live_only=True, nothing=_NOTHING,
    title="Every owner has an MFA device that works for assuming a role",
    remedy="Register an authenticator app or a hardware token with codes beside the security key.",
    reference=_MFA_PAGE, select=owners, needs=("roles", "users"),
)  # fmt: skip
def owner_mfa_usable(owner: Owner, account: Account, _expected: Expected) -> Iterator[str]:
    """Security keys and passkeys work for the console sign-in, not for AssumeRole with a code."""
    user = own_user(owner, account)
    if user is None:
        return
    if user.mfa_kinds is None:
        raise NotKnown("the user's MFA devices were not read")
    if user.mfa_kinds and set(user.mfa_kinds) <= {"u2f"}:
        yield (
            f"the user {user.name} has only a FIDO security key, which cannot give the code that AssumeRole asks for"
        )


RULES = (owner_user_exists, owner_mfa_device, owner_mfa_usable)
