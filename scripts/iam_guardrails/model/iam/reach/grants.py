"""What the policies on resources (secrets, keys, roles) say of each caller of an account.

A statement of a resource policy that names everybody, or the account, is weighed once; one that names a user or a role
is kept under its ARN; the rest (NotPrincipal, unique ids, sessions, canonical users) is weighed caller by caller.
The ways in which a policy names a caller count differently (model.iam.scope).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from iam_guardrails.model.iam.document import PolicyDocument, Principal, Statement
from iam_guardrails.model.iam.reach.leg import NEVER, SILENT, Leg, Masks, Said
from iam_guardrails.model.iam.reach.subject import TAG, Subject, asks_about_subject
from iam_guardrails.model.iam.scope import ANYBODY, BY_ACCOUNT, BY_ROLE, DIRECT, covers_principal, names
from iam_guardrails.model.iam.trust import account_of
from iam_guardrails.model.value import frozen

DENY = "deny"
Way = str
WAYS = (DIRECT, ANYBODY, BY_ROLE, BY_ACCOUNT, DENY)


class Entry:
    """One statement, and the requests whose resource has it. asking: the keys of the caller that it asks about."""

    __slots__ = ("asking", "memo", "statement", "version", "within")

    def __init__(self, statement: Statement, version: str) -> None:
        self.statement, self.version, self.within = statement, version, 0
        self.asking = asks_about_subject(statement, version)
        self.memo: dict[object, Said] = {}


@frozen
class Voiced:
    """What a statement says of one caller's requests, and how it names the caller ("deny" for a Deny)."""

    way: Way
    statement: Statement
    said: Said


class Grants:
    """The resource policies of a leg. told: the requests whose resource has a policy that is known.

    shared: what they say of every caller, as `masks` gives it where nothing singles the caller out.
    """

    def __init__(
        self, leg: Leg, policies: Iterable[tuple[int, PolicyDocument]], nobody: Subject,
        plain: Mapping[str, int] | None = None,
    ) -> None:  # fmt: skip
        """policies: for each document, the mask of the requests for resources that have it.  plain: ARN of a user or a
        role -> the requests that further policies allow it without a condition, and do nothing else.
        """
        self.leg, self.told = leg, 0
        self._nobody = nobody
        self._account = account_of(nobody.arn)
        self.shared: dict[Way, Masks] = dict.fromkeys(WAYS, NEVER)
        self._everyone: list[tuple[Way, Entry]] = []
        self._asking: list[tuple[Way, Entry]] = []
        self._named: dict[str, list[tuple[Way, Entry]]] = {}
        self._plain = plain or {}
        self._odd: list[tuple[Entry, Principal | None]] = []
        entries: dict[tuple[Statement, str], Entry] = {}
        for mask, document in policies:
            self.told |= mask
            for statement in document.statements:
                if leg.actions.of(statement) & leg.flags:
                    key = (statement, document.version)
                    entry = entries.get(key) or entries.setdefault(key, Entry(*key))
                    entry.within |= mask
        for entry in entries.values():
            self._sort(entry)

    @property
    def named(self) -> Iterable[str]:
        """The ARNs of users and roles that statements name."""
        return (*self._named, *self._plain)

    @property
    def of_account(self) -> Masks:
        """The requests that the account is allowed as a whole, if its own policies allow them too."""
        return self.shared[BY_ACCOUNT]

    def singles_out(self, arn: str) -> bool:
        """Whether a policy may say something else of a caller than of the account's other callers."""
        return bool(self._asking or self._odd or arn in self._named or arn in self._plain)

    @property
    def welcomes_all(self) -> bool:
        """Whether a policy may allow any caller something that its own policies do not; see `welcomed`."""
        return bool(self.shared[ANYBODY][1] or self._asking or self._odd)

    @property
    def welcomed(self) -> frozenset[str]:
        """The callers of whom that may be so where it is not of all; nobody else is one of whom it is so."""
        return frozenset(self.named)

    def masks(self, subject: Subject) -> dict[Way, Masks]:
        """For each way of being named, where a policy allows; under "deny", where one denies."""
        named, plain = self._named.get(subject.arn, ()), self._plain.get(subject.arn, 0)
        if not named and not plain and not self._asking and not self._odd:
            return self.shared
        found = dict(self.shared)
        if plain:
            way = DIRECT if ":user/" in subject.arn else BY_ROLE
            sure, may = found[way]
            found[way] = (sure | plain, may | plain)
        for item in self._particular(subject):
            sure, may = found[item.way]
            found[item.way] = (sure | item.said.sure, may | item.said.may)
        return found

    def voice(self, subject: Subject) -> object:
        """Equal for users, and for roles, of whom the policies say the same beside what they say of all callers."""
        if self._asking or self._odd or subject.arn in self._named:
            return tuple(self.masks(subject).values())
        return self._plain.get(subject.arn, 0)

    def _sort(self, entry: Entry) -> None:
        statement = entry.statement
        if statement.not_principals:
            self._odd.append((entry, None))
            return
        ways: set[Way] = set()
        for principal in statement.principals:
            way = self._way(principal, entry)
            if way:
                ways.add(way if statement.effect == "Allow" else DENY)
        for way in ways:
            if entry.asking:
                self._asking.append((way, entry))
                continue
            self._everyone.append((way, entry))
            said = self._says(entry, self._nobody)
            sure, may = self.shared[way]
            self.shared[way] = (sure | said.sure, may | said.may)

    def _way(self, principal: Principal, entry: Entry) -> Way:
        """How the principal names every caller of the account; "" where it does not, and is kept elsewhere."""
        value = principal.value
        if principal.kind == "*" or (principal.kind == "AWS" and value == "*"):
            return ANYBODY
        if principal.kind in ("CanonicalUser", "Federated"):  # a provider stands for sessions of roles, too
            self._odd.append((entry, principal))
        if principal.kind != "AWS":
            return ""
        account_id = account_of(value)
        if account_id and (":" not in value or value.endswith(":root")):
            return BY_ACCOUNT if account_id == self._account else ""
        part = value.split(":", 5)[5] if value.count(":") >= 5 else ""
        if ":iam:" in value and part.startswith(("user/", "role/")):
            allows = entry.statement.effect == "Allow"
            way = (DIRECT if part.startswith("user/") else BY_ROLE) if allows else DENY
            self._named.setdefault(value, []).append((way, entry))
        else:
            self._odd.append((entry, principal))
        return ""

    def _particular(self, subject: Subject) -> Iterator[Voiced]:
        for way, entry in (*self._asking, *self._named.get(subject.arn, ())):
            said = self._says(entry, subject)
            if said.may:
                yield Voiced(way, entry.statement, said)
        for entry, principal in self._odd:
            yield from self._oddly(entry, principal, subject)

    def _oddly(self, entry: Entry, principal: Principal | None, subject: Subject) -> Iterator[Voiced]:
        statement = entry.statement
        situation = self.leg.situation(subject, entry.asking)
        if principal is not None and principal.kind == "Federated" and not subject.may_come_by(principal.value):
            return
        if principal is None:
            way, answer = ANYBODY, covers_principal(statement, situation)
        else:
            way, answer = names(principal, situation)
        if answer is False:
            return
        said = self._says(entry, subject)
        if answer is not True and said.may:
            said = Said(0, said.may, said.keys | answer)
        if said.may:
            yield Voiced(way if statement.effect == "Allow" else DENY, statement, said)

    def _says(self, entry: Entry, subject: Subject) -> Said:
        if not entry.asking:
            key: object = None
        elif all(name.startswith(TAG) for name in entry.asking):
            key = tuple(subject.value(name) for name in entry.asking)
        else:
            return self._weigh(entry, subject)
        found = entry.memo.get(key)
        if found is None:
            found = entry.memo[key] = self._weigh(entry, subject)
        return found

    def _weigh(self, entry: Entry, subject: Subject) -> Said:
        if not entry.within:
            return SILENT
        optional = self.leg.resource_kind == "trust"
        return self.leg.says(entry.statement, entry.version, subject, entry.within, optional=optional)
