"""Which policies can be tightened by use, and why others are left alone."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Literal

from iam_guardrails.model.iam.principals import Estate, Principal, Raw
from iam_guardrails.model.iam.tightening.evidence import Window, day
from iam_guardrails.model.value import frozen

Kind = Literal["inline", "managed", "aws"]
AWS_MANAGED = ":iam::aws:policy/"


@frozen
class Subject:
    """One policy. name: the policy's.  arn: "" of an inline one.  holders: ARNs of the roles that it serves.

    skipped: why it is not tightened, "" otherwise.
    """

    kind: Kind
    name: str
    arn: str
    holders: tuple[str, ...]
    raw: Raw
    skipped: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        """What tells it from all others of the account."""
        return ("managed", self.arn) if self.kind == "managed" else (self.kind, self.arn or self.name, self.holders[0])

    @property
    def label(self) -> str:
        """How a message names it."""
        return {"inline": "inline policy", "managed": "managed policy", "aws": "AWS managed policy"}[self.kind] + (
            f" {self.name}"
        )


@frozen
class Skipped:
    """A role that is not tightened. judged: False where nothing is known, True where it never is."""

    role_arn: str
    reason: str
    judged: bool


def skipped(role: Principal, breakglass: Collection[str], window: Window) -> Skipped | None:
    """Why a role is not tightened by its use; None where it is. breakglass: ARNs of break-glass roles."""
    if role.arn in breakglass:
        return Skipped(role.arn, "a break-glass role: it is for what is hardly ever done, its use tells nothing", True)
    if role.path.startswith("/aws-service-role/"):
        return Skipped(role.arn, "a service-linked role: only AWS holds its policy", True)
    if role.path.startswith("/aws-reserved/") or role.name.startswith("AWSReservedSSO_"):
        return Skipped(role.arn, "made by IAM Identity Center: tighten its permission set there", True)
    made = seconds(role.created_at)
    if made is None:
        return Skipped(role.arn, "the file does not tell when it was created: it may be younger than the window", False)
    if made > window.since:
        return Skipped(role.arn, f"created on {day(made)}, in the window: what it did not use yet says little", False)
    return None


def shared_with(estate: Estate, chosen: Collection[str]) -> set[str]:
    """The chosen roles and those that hold a customer managed policy together with one of them (ARNs)."""
    policies = {arn for role in estate.roles if role.arn in chosen for arn in role.attached if AWS_MANAGED not in arn}
    return set(chosen) | {role.arn for role in estate.roles if policies.intersection(role.attached)}


def subjects(estate: Estate, chosen: Collection[str], left: Mapping[str, Skipped]) -> Iterator[Subject]:
    """The policies of the chosen roles, each once. left: roles that are not tightened, by ARN."""
    holders: dict[str, list[Principal]] = {}
    for role in estate.roles:
        for arn in role.attached:
            holders.setdefault(arn, []).append(role)
    told: set[str] = set()
    for role in estate.roles:
        if role.arn not in chosen or role.arn in left:
            continue
        for name, raw in role.inline:
            yield Subject("inline", name, "", (role.arn,), raw)
        for arn in role.attached:
            name = arn.rpartition("/")[2]
            if AWS_MANAGED in arn:
                yield Subject("aws", name, arn, (role.arn,), estate.managed(arn))
            elif arn not in told:
                told.add(arn)
                mine = tuple(one.arn for one in holders[arn])
                yield Subject("managed", name, arn, mine, estate.managed(arn), _shared(estate, arn, mine, left))


def _shared(estate: Estate, arn: str, holders: tuple[str, ...], left: Mapping[str, Skipped]) -> str:
    """Why a customer managed policy cannot be tightened by the use of roles."""
    others = [f"user {one.name}" for one in estate.users if arn in one.attached]
    others += [f"group {name}" for name, group in estate.groups.items() if arn in group.attached]
    if others:
        return f"it serves {', '.join(sorted(others)[:3])} too, whose use is not looked at"
    if any(one.boundary_arn == arn for one in estate.principals):
        return "it is a permissions boundary too, which limits and does not grant"
    found = next((left[one] for one in holders if one in left), None)
    if found is not None:
        return f"it serves {found.role_arn.rpartition('/')[2]} too, which is left alone: {found.reason}"
    return ""


def seconds(text: str) -> int | None:
    """A time as AWS writes it, in seconds since 1970; None where it is none."""
    try:
        return int(datetime.fromisoformat(text).timestamp()) if text else None
    except ValueError:
        return None
