"""Rights that a use lent to a role or a user that was there, and that were taken back: who had them, and for how long.

Tags are among them: policies may give rights to whoever has one.

Calls of that principal in between are the use's where its rights of before did not allow them (rights_before).

Sources: AWS IAM API Reference, the calls named here; AWS IAM User Guide, reference_policies (policies are looked at
with every call, so that a session has new rights, and loses them, at once) and troubleshoot (changes take a while to be
seen everywhere); reference_policies_condition-keys (aws:PrincipalTag, whose key is compared without case).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from iam_guardrails.model.iam.revocation import REVOCATION_NAME
from iam_guardrails.model.incident.effects.write import writes
from iam_guardrails.model.incident.lending import Lent, Roles, Subject, entered
from iam_guardrails.model.incident.purpose import undated
from iam_guardrails.model.incident.rights_before import Before
from iam_guardrails.model.incident.running import Running, ran, running
from iam_guardrails.model.trail.principal import subject_of, user_name
from iam_guardrails.model.trail.questions.records import Record
from iam_guardrails.model.value import frozen

LAG_SECONDS = 60
"""How long rights that were taken back may still work."""
ROLE, USER, GROUP, POLICY = "role", "user", "group", "policy"
_TAG = "tag:"
"""Before the key of a tag, by which conditions give rights (aws:PrincipalTag)."""
_OWNERS = {ROLE: "roleName", USER: "userName", GROUP: "groupName"}
_THINGS = {
    "Attach{}Policy": ("policyArn", True), "Detach{}Policy": ("policyArn", False),
    "Put{}Policy": ("policyName", True), "Delete{}Policy": ("policyName", False),
    "Put{}PermissionsBoundary": ("", True), "Delete{}PermissionsBoundary": ("", False),
}  # fmt: skip
_CALLS: Mapping[str, tuple[str, str, str, bool]] = {
    f"iam:{name.format(kind.capitalize())}": (kind, owner, field, adds)
    for kind, owner in _OWNERS.items() for name, (field, adds) in _THINGS.items()
} | {
    "iam:AddUserToGroup": (USER, "userName", "groupName", True),
    "iam:RemoveUserFromGroup": (USER, "userName", "groupName", False),
    "iam:CreatePolicyVersion": (POLICY, "policyArn", "", True),
    "iam:SetDefaultPolicyVersion": (POLICY, "policyArn", "", True),
    "iam:TagRole": (ROLE, "roleName", _TAG, True), "iam:UntagRole": (ROLE, "roleName", _TAG, False),
    "iam:TagUser": (USER, "userName", _TAG, True), "iam:UntagUser": (USER, "userName", _TAG, False),
}  # fmt: skip
"""Action -> whose rights, by which parameter, which parameter names what of them, and whether that is added."""


@frozen
class Right:
    """What was changed. account_id, kind, owner: whose.  thing: the policy's ARN or name, the group's name, "tag:" and
    a tag's key, or ""."""

    account_id: str
    kind: str
    owner: str
    thing: str

    @property
    def tag(self) -> str:
        """The key of the tag that it is; "" where it is none."""
        return self.thing.partition(_TAG)[2] if self.thing.startswith(_TAG) else ""


@frozen
class Loan:
    """A right that a use changed. lent: until somebody changed it again; open where nobody did.  adds: whether it was
    added, else it was taken away."""

    right: Right
    lent: Lent
    adds: bool


@frozen
class Rights:
    """What principals were allowed before a use. roles: (account, name) of the break-glass roles: entries into these
    are judged themselves."""

    before: Before
    roles: Roles

    def loans(self, records: Sequence[Record], mine: Iterable[Record]) -> Mapping[Subject, tuple[Loan, ...]]:
        """What a use lent to whom. records: all that is known, in the order of time.  mine: those of the use."""
        found = dict[Subject, tuple[Loan, ...]]()
        listed = list(mine)
        for loan in _loans(records, {record.key for record in listed}):
            for who in self._who(loan.right, listed):
                if who not in self.roles:
                    found[who] = (*found.get(who, ()), loan)
        return found

    def runs(
        self, records: Sequence[Record], mine: Iterable[Record], end: int
    ) -> Mapping[Subject, tuple[Running, ...]]:  # fmt: skip
        """What ran with code that the use put there. end: when it ended, in seconds."""
        return running(records, mine, self.roles, end)

    def subjects(self, records: Sequence[Record], mine: Iterable[Record]) -> frozenset[Subject]:
        """The roles and users behind all of it."""
        listed = list(mine)
        return frozenset({*self.loans(records, listed), *self.runs(records, listed, 0)})

    def led(self, records: Sequence[Record], mine: Iterable[Record], end: int) -> Callable[[Record], bool]:
        """What tells whether others' call was made with rights that the use lent, or by code that it put there."""
        listed = list(mine)
        loans, is_ran = self.loans(records, listed), ran(records, self.runs(records, listed, end))
        return lambda record: self.is_lent(record, loans) or is_ran(record)

    def is_lent(self, record: Record, loans: Mapping[Subject, tuple[Loan, ...]]) -> bool:
        """Whether a call was made with rights that were lent, and taken back."""
        return any(not loan.lent.open and self._used(record, loan) for loan in loans.get(_caller(record), ()))

    def _used(self, record: Record, loan: Loan) -> bool:
        if not in_time(record, loan) or not counts(record):
            return False
        tag, removed = loan.right.tag, "" if loan.adds else loan.right.thing
        into = entered(record)
        if tag and into != ("", "") and self.before.lets_in_by_tag(into, tag):
            return True
        return not self.before.allowed(_caller(record), undated(record.action), removed, tag)

    def _who(self, right: Right, mine: Iterable[Record]) -> set[Subject]:
        """The roles and users that have a right, by the capture, or by what the use itself did."""
        if right.kind == ROLE:
            return {(right.account_id, right.owner)}
        if right.kind == USER:
            return {user_name(right.account_id, right.owner)}
        own = {made for record in mine for made in rights_of(record) if made.thing == right.owner}
        nested = {who for made in own for who in self._who(made, ())}
        return nested | set(self.before.members(right.owner) if right.kind == GROUP else
                            self.before.holders(right.owner))  # fmt: skip

    def unknown(self, records: Sequence[Record], mine: Iterable[Record]) -> tuple[str, ...]:
        """Rights that were lent and taken back, of which nobody knows who had them; sentences."""
        loans = _loans(records, {record.key for record in mine})
        lost = {(loan.right.kind, loan.right.owner) for loan in loans
                if not loan.lent.open and loan.right.kind in (GROUP, POLICY)}  # fmt: skip
        why = self.before.unread
        return tuple(f"this use changed the rights of the {kind} {owner} for a while, and who has these is not known"
                     f" ({why}): what they did then is not judged" for kind, owner in sorted(lost) if why)  # fmt: skip


def in_time(record: Record, loan: Loan) -> bool:
    """Whether a call was made while the right was lent."""
    return loan.lent.since <= record.time <= loan.lent.until + LAG_SECONDS


def counts(record: Record) -> bool:
    """Whether a call changed something, or entered a role. A user's own session has no other rights than the user."""
    own = record.action.partition(":")[0] in ("sts", "signin")
    return record.outcome == "ok" and (entered(record) != ("", "") if own else writes(record))


def rights_of(record: Record) -> tuple[Right, ...]:
    """What of whose rights a call changed; nothing for another call, and for one that ends sessions."""
    kind, owner, field, _ = _CALLS.get(record.action, ("", "", "", False))
    asked = "requestParameters"
    if not kind or record.outcome != "ok" or record.text(asked, "policyName") == REVOCATION_NAME:
        return ()
    told = record.content.get(asked)
    parameters = told if isinstance(told, Mapping) else {}
    if record.action == "iam:CreatePolicyVersion" and parameters.get("setAsDefault") is not True:
        return ()
    things = _tags(parameters) if field == _TAG else [record.text(asked, field) if field else ""]
    return tuple(Right(record.account_id, kind, record.text(asked, owner), thing) for thing in things)


def _tags(parameters: Mapping[str, Any]) -> list[str]:
    """The keys that a call set or took away, in lower case, since conditions compare them so."""
    tags, keys = parameters.get("tags"), parameters.get("tagKeys")
    named = [one.get("key") for one in tags if isinstance(one, Mapping)] if isinstance(tags, list) else []
    named += keys if isinstance(keys, list) else []
    return [f"{_TAG}{key.casefold()}" for key in named if isinstance(key, str)]


def _caller(record: Record) -> Subject:
    return subject_of(record.principal)


def _loans(records: Iterable[Record], mine: set[tuple[str, int]]) -> Iterator[Loan]:
    """From each change that is the use's to the next, by whomever. What undoes the first of them lends nothing."""
    changes = dict[Right, list[tuple[int, bool, bool]]]()
    for record in sorted(records, key=lambda record: record.time):
        for right in rights_of(record):
            adds = _CALLS[record.action][3]
            changes.setdefault(right, []).append((record.time, adds, record.key in mine))
    for right, told in changes.items():
        first = next((adds for _, adds, own in told if own), None)
        for number, (since, adds, own) in enumerate(told):
            if own and adds == first:
                again = next((time for time, _, _ in told[number + 1 :]), None)
                yield Loan(right, Lent(since, since if again is None else again, again is None), adds)
