"""A capture put together: of pieces that were read and this machine's records, or of authorization details alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from iam_guardrails.adapters.authorization_details import estate_of_lists, read_lists
from iam_guardrails.adapters.captures import ONLY_DETAILS, with_roles
from iam_guardrails.model.account import KINDS, Account, Role, User
from iam_guardrails.model.capture.capture import ACCOUNT, DETAILS_ONLY, NO_CONTRACT, PARTS, RECORDS, Capture, PartRead
from iam_guardrails.model.capture.piece import Piece
from iam_guardrails.model.capture.records import DrillSummary, IncidentSummary
from iam_guardrails.model.codec import decode, encode
from iam_guardrails.model.finding import Waiver
from iam_guardrails.model.iam.principals import Estate
from iam_guardrails.model.iam.reach.question import Held
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import changed, field, frozen

Progress = Callable[[str], None]
_IDENTITY_KINDS = {
    "UserDetailList": "users",
    "RoleDetailList": "roles",
    "Policies": "managed_policies",
    "GroupDetailList": "groups",
}


@frozen
class Head:
    """What a capture is of: see Capture for the fields."""

    origin: str
    environment: str
    account_id: str
    regions: tuple[str, ...]
    captured_at: datetime
    tool_version: str


@frozen
class Local:
    """What lies on this machine. refused: the records that could not be read -> why.  contract: see Capture."""

    drills: tuple[DrillSummary, ...] = ()
    incidents: tuple[IncidentSummary, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    contract: Mapping[str, Any] | Unknown = NO_CONTRACT


def assemble(head: Head, pieces: Mapping[str, Sequence[Piece]], local: Local, left_out: str) -> Capture:
    """The capture. left_out: why a part has no pieces; IDENTITIES and ACCOUNT always have."""
    content, refused, unasked = _joined(pieces)
    unasked |= {part: left_out for part in PARTS if part not in pieces}
    details = content.pop("details")
    made: Capture = decode(
        Capture,
        {
            **encode(head), **content, "home_region": head.regions[0], "details": {},
            "refused": {**refused, **local.refused}, "unasked": unasked, "parts": encode(_parts(pieces)),
            "drills": encode(local.drills), "incidents": encode(local.incidents),
            "waivers": encode(local.waivers), "contract": encode(local.contract),
        },
        "capture",
    )  # fmt: skip
    unread = Unknown(str(details["unknown"])) if "unknown" in details else details
    return with_roles(changed(made, details=unread))


def _joined(pieces: Mapping[str, Sequence[Piece]]) -> tuple[dict[str, Any], dict[str, str], dict[str, str]]:
    content: dict[str, Any] = {}
    refused: dict[str, str] = {}
    unasked: dict[str, str] = {}
    for piece in (item for listed in pieces.values() for item in listed):
        for name, value in piece.content.items():
            content[name] = [*content.get(name, ()), *value] if isinstance(value, list) else value
        refused |= piece.refused
        unasked |= piece.unasked
    return content, refused, unasked


def _parts(pieces: Mapping[str, Sequence[Piece]]) -> tuple[PartRead, ...]:
    found = []
    for name, listed in pieces.items():
        calls: dict[str, int] = {}
        for piece in listed:
            for action, count in piece.calls.items():
                calls[action] = calls.get(action, 0) + count
        found.append(PartRead(name, max(piece.read_at for piece in listed), dict(sorted(calls.items()))))
    return tuple(found)


def capture_from_authorization_details(path: str, progress: Progress) -> Capture:
    """A capture of nothing but what `aws iam get-account-authorization-details` printed; everything else is "not
    judged, because only the authorization details were given". Raises Problem where the file is not that.
    """
    lists = read_lists(path)
    estate = estate_of_lists(path, lists, progress)  # checks every entry
    refused = {kind: ONLY_DETAILS for kind in KINDS if kind not in _IDENTITY_KINDS.values()}
    refused |= {kind: f"the file has no {name}" for name, kind in _IDENTITY_KINDS.items() if name not in lists}
    why = Unknown(ONLY_DETAILS)
    unasked = {part: ONLY_DETAILS for part in (*PARTS[1:], RECORDS) if part != ACCOUNT}
    account = Account("capture", estate.account_id, "", refused=refused)
    made = Capture(DETAILS_ONLY, "", estate.account_id, "", None, account, lists, why, unasked=unasked)
    try:
        return with_roles(made)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Problem(f"{path} is not what `aws iam get-account-authorization-details` prints ({error})") from None


def estate_of(capture: Capture, progress: Progress) -> Estate:
    """The users, roles and policies as the questions about access and escalation take them. Raises Problem."""
    if isinstance(capture.details, Unknown):
        raise Problem(f"the capture holds no authorization details: {capture.details.reason}")
    estate = estate_of_lists(f"the capture of {capture.account_id}", capture.details, progress)
    _take_parsed(estate, capture.account)
    return estate


def _take_parsed(estate: Estate, account: Account) -> None:
    """Hand over the documents that were parsed for the account, which would else be held twice."""
    holders: dict[str, Role | User] = {item.arn: item for item in account.roles}
    holders |= {item.arn: item for item in account.users}
    managed = {item.arn: item for item in account.managed_policies}
    for principal in estate.principals:
        holder = holders.get(principal.arn)
        if holder is None:
            continue
        if isinstance(holder, Role) and principal.trust is not None:
            estate.take(principal.trust, holder.trust)
        policies = {item.name: item.document for item in holder.inline_policies}
        for name, raw in principal.inline:
            if name in policies:
                estate.take(raw, policies[name])
    for policy in estate.policies.values():
        if policy.arn in managed:
            estate.take(policy.document, managed[policy.arn].document)


def held_of(capture: Capture) -> dict[str, Held]:
    """What the capture tells of secrets and their keys, by ARN, as the question who can read them takes it."""
    found = {item.arn: Held(item.policy, item.key_arn) for item in capture.secrets}
    unread = Unknown("its policy was not read")
    return found | {key.arn: Held(key.policy or unread, None) for key in capture.secret_keys}
