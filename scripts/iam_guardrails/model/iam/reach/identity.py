"""Which other identity policies a user or a role gets when somebody writes what may be written.

What is written is taken to allow everything, and to deny nothing. A policy that stands there in another place keeps
its Deny, and so does a boundary, unless it is written over itself. Joining a group and going back to an old version of
a policy can take something away as well as give it: they are followed on where they only give, and otherwise by one
step, which the answer `possibly, whatever is not told` goes beyond.

Source: AWS IAM User Guide, access_policies and access_controlling (who may change policies).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from iam_guardrails.model.iam.reach.account import Account
from iam_guardrails.model.iam.reach.doc import Doc
from iam_guardrails.model.iam.reach.powers import Change
from iam_guardrails.model.iam.reach.targets import OPEN
from iam_guardrails.model.iam.reach.writers import (
    ATTACH_GROUP,
    ATTACH_ROLE,
    ATTACH_USER,
    FREE_GROUPS,
    FREE_ROLES,
    FREE_USERS,
    JOIN,
    NEW_VERSION,
    OLD_VERSION,
    PUT_GROUP,
    PUT_ROLE,
    PUT_USER,
    Writers,
)
from iam_guardrails.model.value import frozen

Facts = Mapping[str, int]  # action -> the targets that it may be used on
Used = tuple[tuple[str, str], ...]  # actions, each with the ARN that it is used on


@frozen
class Changed:
    """A change of one caller's policies. used: what is done for it.  is_last: whether only the goals that it opens
    count, and nothing that the caller then does.
    """

    change: Change
    used: Used
    is_last: bool = False


class Identities:
    """What is written, and whom it serves."""

    def __init__(self, account: Account, writers: Writers) -> None:
        self.account, self._estate = account, account.estate
        self._bits = {action: {arn: bit for bit, arn in enumerate(writers.targets[action])}
                      for action in (PUT_ROLE, PUT_USER, PUT_GROUP, NEW_VERSION)}  # fmt: skip
        self._olds: dict[tuple[str, str], Doc | None] = {}
        self._holders: dict[int, list[int]] | None = None

    def holders(self, policies: int) -> Iterator[int]:
        """The roles (bits) that hold one of the managed policies, or have it as their boundary."""
        if self._holders is None:
            self._holders = {}
            roles, known = self._bits[PUT_ROLE], self._bits[NEW_VERSION]
            principals = self.account.principals
            for number in range(len(self._estate.users), len(principals)):
                for arn in principals.attached(number):
                    if arn in known:
                        self._holders.setdefault(known[arn], []).append(roles[principals.arns[number]])
        for bit, held in self._holders.items():
            if policies >> bit & 1:
                yield from held

    def changes(self, number: int, facts: Facts, level: int) -> Iterator[Changed]:
        """The changes of a user or a role. level: of Three."""
        arn, held = self.account.principals.arns[number], self.account.principals.holding(number)
        is_user = number < len(self._estate.users)
        made = _Made(self, facts, level, arn, held.boundary_arn)
        own = (PUT_USER, ATTACH_USER, FREE_USERS) if is_user else (PUT_ROLE, ATTACH_ROLE, FREE_ROLES)
        made.own(*own, self._bits[own[0]][arn])
        for policy in held.attached:
            made.managed(policy)
        for name in held.groups:
            made.group(name)
        if facts.get(JOIN) and is_user:
            made.joins(held.groups)
        if held.boundary_arn:
            made.boundary(held.boundary_arn)
        yield from made.all()

    def old(self, arn: str, version: str) -> Doc | None:
        """An old version of a managed policy; None where it says nothing of the actions at hand."""
        if (arn, version) not in self._olds:
            policy = self._estate.policies[arn]
            label = f"version {version} of managed policy {policy.name}"
            self._olds[arn, version] = self.account.book.read(label, dict(policy.versions)[version])
        return self._olds[arn, version]

    def bit(self, kind: str, arn: str) -> int:
        """The bit of a target, -1 where it is none. kind: an action that is used on such targets."""
        return self._bits[kind].get(arn, -1)


class _Made:
    """The changes of one caller, gathered."""

    def __init__(self, known: Identities, facts: Facts, level: int, arn: str, boundary_arn: str) -> None:
        self.known, self.facts, self.level, self.arn, self.boundary_arn = known, facts, level, arn, boundary_arn
        self.granted = self.is_free = False
        self.drop: set[str] = set()
        self.more: list[Doc] = []
        self.used: list[tuple[str, str]] = []
        self.others: list[tuple[Doc | None, str, tuple[Doc, ...], tuple[str, str], bool]] = []

    def own(self, put: str, attach: str, free: tuple[str, ...], bit: int) -> None:
        """Its own inline and attached policies."""
        if self._may(put, bit):
            self._grant(put, self.arn)
            self.drop.add("")
        elif self._may(attach, bit):
            self._grant(attach, self.arn)
        self._free(free, bit, self.arn)

    def managed(self, arn: str) -> None:
        """A managed policy that it holds."""
        bit = self.known.bit(NEW_VERSION, arn)
        if bit < 0:
            return
        if self._may(NEW_VERSION, bit):
            self._grant(NEW_VERSION, arn)
            self.drop.add(arn)
        elif self._may(OLD_VERSION, bit) and (self.level == OPEN or arn != self.boundary_arn):
            self._old(arn)

    def boundary(self, arn: str) -> None:
        """Its boundary: written over, it limits nothing."""
        bit = self.known.bit(NEW_VERSION, arn)
        if bit >= 0 and self._may(NEW_VERSION, bit):
            self.drop.add(arn)
            self.used.append((NEW_VERSION, arn))
        elif bit >= 0 and self.level == OPEN and self._may(OLD_VERSION, bit):
            self.drop.add(arn)
            self.used.append((OLD_VERSION, arn))

    def group(self, name: str) -> None:
        """A group that it is in, or joins."""
        group = self.known.account.estate.groups.get(name)
        if group is None:
            return
        bit = self.known.bit(PUT_GROUP, group.arn)
        if self._may(PUT_GROUP, bit):
            self._grant(PUT_GROUP, group.arn)
            self.drop.add(name)
        elif self._may(ATTACH_GROUP, bit):
            self._grant(ATTACH_GROUP, group.arn)
        self._free(FREE_GROUPS, bit, group.arn)
        for arn in group.attached:
            self.managed(arn)

    def joins(self, groups: Sequence[str]) -> None:
        """The groups that it joins. groups: those that it is in."""
        for name, group in self.known.account.estate.groups.items():
            if name in groups or not self._may(JOIN, self.known.bit(PUT_GROUP, group.arn)):
                continue
            docs = self.known.account.book.of_group(name)
            used = (JOIN, group.arn)
            if not any(doc.denies for doc in docs):
                self.used.append(used)
                self.more += docs
                self.group(name)
            elif self.level == OPEN:
                self.used.append(used)
                self.more += [doc.allowing() for doc in docs]
                self.group(name)
            else:
                self.others.append((None, "", tuple(docs), used, True))

    def all(self) -> Iterator[Changed]:
        """The changes together; then each that stands in the place of one of them."""
        more = tuple([doc for doc in dict.fromkeys(self.more) if doc.source not in self.drop])
        base = Change(self.granted, frozenset(self.drop), more, self.is_free)
        if self.granted or self.drop or more or self.is_free:
            yield Changed(base, tuple(dict.fromkeys(self.used)))
        for now, arn, docs, used, is_last in self.others:
            if self.granted and (now is None or not now.denies):
                continue
            change = base._replace(drop=base.drop | ({arn} if arn else set()), more=(*more, *docs))
            yield Changed(change, tuple(dict.fromkeys((*self.used, used))), is_last)

    def _old(self, arn: str) -> None:
        policy = self.known.account.estate.policies[arn]
        now = self.known.account.book.managed(arn)
        used = (OLD_VERSION, arn)
        olds = [self.known.old(arn, version) for version, _ in policy.versions if version != policy.default_version]
        if self.level == OPEN and olds:
            self.drop.add(arn)
            self.more += [doc.allowing() for doc in (now, *olds) if doc is not None]
            self.used.append(used)
            return
        for doc in olds:
            self.others.append((now, arn, (doc,) if doc else (), used, not _only_gives(now, doc)))

    def _may(self, action: str, bit: int) -> bool:
        targets = self.facts.get(action, 0)
        return bool(targets and targets >> bit & 1)

    def _grant(self, action: str, arn: str) -> None:
        self.granted = True
        self.used.append((action, arn))

    def _free(self, actions: tuple[str, ...], bit: int, arn: str) -> None:
        if self.level != OPEN:
            return
        for action in actions:
            if self._may(action, bit):
                self.is_free = True
                self.used.append((action, arn))
                return


def _only_gives(now: Doc | None, then: Doc | None) -> bool:
    """Whether a document allows all that another one allows, and denies nothing."""
    if (then is not None and then.denies) or (now is not None and now.unknown):
        return False
    allowed = {rule for rule in now.rules if rule.allows} if now is not None else set()
    return allowed <= set(then.rules if then is not None else ())
