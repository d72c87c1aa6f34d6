"""Who gets in: each kind of caller is put before the trust policy, and the answer compared with guardrails.toml."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from iam_guardrails.model.account import Account, Role
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.iam.document import PolicyDocument
from iam_guardrails.model.unknown import NotKnown
from iam_guardrails.model.value import frozen
from iam_guardrails.rules.breakglass_subjects import trust_of, trust_rule

if TYPE_CHECKING:  # the evaluator is loaded where there is a trust policy to put callers before
    from iam_guardrails.model.iam.admission import Admission
    from iam_guardrails.model.iam.callers import Visitor

_PAGE = "AWS IAM User Guide: reference_policies_evaluation-logic"
Row = tuple["Visitor", "Admission"]
Which = Callable[["Visitor"], bool] | None


@frozen
class Open:
    """Callers of whom it is not certain whether they get in.  keys: the condition keys it depends on."""

    people: tuple[str, ...]
    keys: tuple[str, ...]

    @property
    def reason(self) -> str:
        """One clause that completes "not judged, because …"."""
        return f"whether {'; '.join(self.people)} can enter depends on {', '.join(self.keys)}"

    @property
    def remedy(self) -> str:
        """How to make it known, one clause."""
        return "; ".join(dict.fromkeys(_made_known(key) for key in self.keys))


def rows(
    document: PolicyDocument, role_arn: str, expected: Expected, which: Which = None, now: datetime | None = None
) -> Iterator[Row]:
    """Every caller (or those that `which` picks) with what the trust policy makes of it: the decision table.

    now: when they ask (aware, UTC), so that what is past by then is settled; None where nobody tells the time.
    Raises NotKnown where the policy or guardrails.toml names somebody who has no form of a caller that AWS knows.
    """
    from iam_guardrails.model.iam.admission import admission
    from iam_guardrails.model.iam.callers import visitors
    from iam_guardrails.model.iam.request import RequestError

    try:
        for visitor in visitors(document, role_arn, expected, now):
            if which is None or which(visitor):
                explain = which is None or visitor.wanted
                yield visitor, admission(document, visitor.requests, explain=explain, places=visitor.places)
    except RequestError as error:
        raise NotKnown(f"somebody is named who cannot ask: {error}", "correct the name in the policy") from None


def locked_out(found: Iterable[Row]) -> Iterator[str]:
    """The findings for declared people who cannot enter: one per statement that keeps them out, and why."""
    from iam_guardrails.model.iam.admission import OUT

    for (statement, why), people in _grouped(found, lambda visitor: visitor.wanted, OUT).items():
        yield f"{people} cannot enter: {f'{statement} of the trust policy ' if statement else ''}{why}"


def holes(found: Iterable[Row]) -> Iterator[str]:
    """The findings for everybody else who can enter: one per statement that lets them in."""
    from iam_guardrails.model.iam.admission import IN

    for (statement, _), people in _grouped(found, lambda visitor: visitor.stranger, IN).items():
        yield f"{people} can enter through {statement} of the trust policy"


def _grouped(found: Iterable[Row], which: Callable[[Visitor], bool], answer: str) -> dict[tuple[str, str], str]:
    groups: dict[tuple[str, str], list[str]] = {}
    for visitor, item in found:
        if which(visitor) and item.answer == answer:
            groups.setdefault((item.statement, item.why), []).append(visitor.who)
    return {key: "; ".join(people) for key, people in groups.items()}


def declared(expected: Expected) -> None:
    """Raise NotKnown where guardrails.toml declares nobody to compare with."""
    if not expected.people and expected.identity_center is None:
        raise NotKnown("guardrails.toml declares nobody (breakglass.people, breakglass.identity_center)")


def mark(visitor: Visitor, found: Admission) -> str:
    """What the answer is worth: as wanted, LOCKED OUT, HOLE, not wanted, not certain."""
    from iam_guardrails.model.iam.admission import IN, OPEN

    if found.answer == OPEN:
        return "not certain"
    if (found.answer == IN) is visitor.wanted:
        return "as wanted"
    if visitor.wanted:
        return "LOCKED OUT"
    return "HOLE" if visitor.stranger else "not wanted"


def decides(found: Admission) -> str:
    """The statement that decides, and how."""
    return f"{found.statement} {found.why}" if found.statement else found.why


def open_answers(found: Iterable[Row]) -> tuple[Open, ...]:
    """What the table leaves open: the callers together whose answers depend on the same keys."""
    from iam_guardrails.model.iam.admission import OPEN

    groups: dict[tuple[str, ...], list[str]] = {}
    for visitor, item in found:
        if item.answer == OPEN:
            groups.setdefault(item.keys, []).append(visitor.who)
    return tuple(Open(tuple(people), keys) for keys, people in groups.items())


def _made_known(key: str) -> str:
    if key in ("aws:currenttime", "aws:epochtime"):
        return "take times that are still to come out of the policy, or ask again when they are past"
    if key == "aws:userid":
        return "name the users by their ARNs instead of by their unique ids"
    if key in ("aws:principalorgid", "aws:resourceorgid"):
        return 'say in guardrails.toml of which organisation the account is: organization = { id = "o-…" }'
    if key in ("aws:principalorgpaths", "aws:resourceorgpaths"):
        return 'say in guardrails.toml where the account is: organization = { id = "o-…", path = "o-…/r-…/ou-…/" }'
    return f"replace the condition on {key} by one on the caller's ARN (aws:PrincipalArn)"


def _refuse_open(found: Iterable[Row]) -> None:
    if unsure := open_answers(found):
        remedies = dict.fromkeys(item.remedy for item in unsure)
        raise NotKnown("; ".join(item.reason for item in unsure), "; ".join(remedies))


@trust_rule(
    id="breakglass-owner-locked-out", severity="critical", reference=_PAGE,
    title="Everybody whom guardrails.toml declares gets through the trust policy",
    remedy="Change the statement so that the person meets it, and look again: guardrails policy callers.",
)  # fmt: skip
def owner_locked_out(role: Role, account: Account, expected: Expected) -> Iterator[str]:
    """Each declared person asks with fresh MFA, or from the permission set, and with an incident id if one is due."""
    document = trust_of(role)
    declared(expected)
    found = list(rows(document, role.arn, expected, lambda visitor: visitor.wanted, account.seen_at))
    yield from locked_out(found)
    _refuse_open(found)


@trust_rule(
    id="breakglass-hole", severity="critical", reference=_PAGE,
    title="Nobody but the people of guardrails.toml gets through the trust policy",
    remedy="Narrow the statement, or declare the person after a review; look again: guardrails policy callers.",
)  # fmt: skip
def hole_in_the_trust(role: Role, account: Account, expected: Expected) -> Iterator[str]:
    """Everybody else asks, with any incident id: other users, roles, accounts, services, providers; no MFA."""
    document = trust_of(role)
    declared(expected)
    found = list(rows(document, role.arn, expected, lambda visitor: visitor.stranger, account.seen_at))
    yield from holes(found)
    _refuse_open(found)


RULES = (owner_locked_out, hole_in_the_trust)
