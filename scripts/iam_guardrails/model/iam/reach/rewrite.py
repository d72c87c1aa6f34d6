"""What a caller gains that may write policies: its own, those of a role that it can become, a role's trust policy, or
the policy of the resource or its key.

Source: AWS IAM User Guide, access_policies and access_controlling (who may change policies). What is written is taken
to allow everything. Every Deny in the policies that are there keeps its force, and so does the boundary: a caller that
can remove those as well is not found here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from iam_guardrails.model.iam.reach.account import Account, flags_of
from iam_guardrails.model.iam.reach.doc import Doc
from iam_guardrails.model.iam.reach.leg import NEVER, Masks
from iam_guardrails.model.iam.reach.roles import Roles
from iam_guardrails.model.iam.reach.universe import bits
from iam_guardrails.model.iam.reach.weigh import Caller
from iam_guardrails.model.iam.reach.writers import (
    JOIN,
    NEW_VERSION,
    OLD_VERSION,
    ON_GROUPS,
    ON_KEYS,
    ON_ROLES,
    ON_USERS,
    SECRET_POLICY,
    TRUST,
    Writers,
)
from iam_guardrails.model.value import frozen


@frozen
class Gain:
    """Goals that a caller gains by writing a policy.

    action: e.g. "iam:PutRolePolicy".  on: the ARN it is asked for; of resources and keys, one of them.
    serves: the number of the caller whose policies then allow the goals: the writer, or a role that it can become.
    """

    goals: int
    action: str
    on: str
    serves: int


class Rewriting:
    """What callers gain by writing policies. Everywhere, `at` is 0 for what is certain, 1 for what is possible."""

    def __init__(self, account: Account, roles: Roles, skip: int) -> None:
        """skip: the mask of callers about whom nobody asks."""
        self.account, self.roles = account, roles
        self.writers = Writers(account, roles.arns)
        self.numbers = [number for number in range(len(account.callers))
                        if not skip >> number & 1 and self.writers.may_write(number)]  # fmt: skip
        self._holders = _holders(account)
        self._listed = list(account.question.goals())
        self._of_secret: dict[str, int] = {}
        self._of_key: dict[str, int] = {}
        for bit, (_, resource) in enumerate(self._listed):
            key = account.question.held(resource).key
            self._of_secret[resource] = self._of_secret.get(resource, 0) | 1 << bit
            if isinstance(key, str):
                self._of_key[key] = self._of_key.get(key, 0) | 1 << bit
        self._powers: dict[int, Masks] = {}
        self._known: dict[tuple[str, int], int] = {}
        self._gathered: dict[tuple[int, int], list[tuple[int, int]]] = {}

    def trust_edges(self, number: int) -> Masks:
        """The roles whose trust policy a caller may write, and that it then becomes: nothing of its own denies it."""
        sure, may = self.writers.of(TRUST, number)
        if not may:
            return NEVER
        caller, weigher = self.account.callers[number], self.roles.weigher
        yes = weigher.ability(caller, 0, sure)[0] & sure if sure else 0
        return yes, weigher.ability(caller, 0, may)[1] & may

    def gains(self, number: int, have: int, becomes: Sequence[Masks], at: int) -> list[Gain]:
        """What one caller gains beyond the goals that it has. becomes: the roles that each caller can become."""
        found: list[Gain] = []
        if have == self.account.every:
            return found
        within = self._within(number, becomes, at)
        for gain in chain(self._of_users(number, at), self._of_roles(number, within, at),
                          self._of_managed(number, within, at), self._of_resources(number, at)):  # fmt: skip
            if have == self.account.every:
                break
            if gain.goals & ~have:
                found.append(Gain(gain.goals & ~have, gain.action, gain.on, gain.serves))
                have |= gain.goals
        return found

    def _within(self, number: int, becomes: Sequence[Masks], at: int) -> int:
        """Itself, where it is a role, and the roles that it can become; nothing where it could not use that."""
        if not any(self.writers.of(action, number)[at] for action in (*ON_ROLES, NEW_VERSION, OLD_VERSION)):
            return 0
        mine = self.roles.bit_of.get(number)
        return self._closure(number, becomes, at) | (1 << mine if mine is not None else 0)

    def _of_users(self, number: int, at: int) -> Iterator[Gain]:
        """A user: by its own policies, those of its groups, or by joining a group."""
        estate = self.account.estate
        if number >= len(estate.users):
            return
        user = estate.users[number]
        for action in ON_USERS:
            if user.arn in self.writers.named(action, number, at):
                yield Gain(self._power(number)[at], action, user.arn, number)
        for action in (*ON_GROUPS, JOIN):
            for arn in self.writers.named(action, number, at):
                group = next(item for item in estate.groups.values() if item.arn == arn)
                if action == JOIN:
                    docs = self.account.book.of_group(group.name)
                    yield Gain(self._with(number, docs)[at], action, arn, number)
                elif group.name in user.groups:
                    yield Gain(self._power(number)[at], action, arn, number)

    def _of_roles(self, number: int, within: int, at: int) -> Iterator[Gain]:
        """By the policies of roles: its own, or those that it can become (`within`)."""
        done = 0
        for action in ON_ROLES:
            written = self.writers.of(action, number)[at] & within & ~done
            done |= written
            for goals, bit in self._powers_of(written, at):
                yield Gain(goals, action, self.roles.arns[bit], self.roles.caller_of[bit])

    def _powers_of(self, written: int, at: int) -> list[tuple[int, int]]:
        """The roles of a mask that give goals which the ones before do not give, when their policies are written."""
        found = self._gathered.get((written, at))
        if found is None:
            found, have = [], 0
            for bit in bits(written):
                goals = self._power(self.roles.caller_of[bit])[at]
                if goals & ~have:
                    have |= goals
                    found.append((goals, bit))
                if have == self.account.every:
                    break
            self._gathered[written, at] = found
        return found

    def _of_managed(self, number: int, within: int, at: int) -> Iterator[Gain]:
        """By the managed policies that it, or a role that it can become (`within`), holds."""
        for arn in self.writers.named(NEW_VERSION, number, at):
            for holder in self._serving(arn, number, within):
                yield Gain(self._power(holder)[at], NEW_VERSION, arn, holder)
        for arn in self.writers.named(OLD_VERSION, number, at):
            policy = self.account.estate.policies[arn]
            for version, source in policy.versions:
                if version == policy.default_version:
                    continue
                doc = self.account.book.read(f"version {version} of managed policy {policy.name}", source)
                for holder in self._serving(arn, number, within):
                    gained = self._with(holder, [doc] if doc else [], self.account.book.managed(arn))
                    yield Gain(gained[at], OLD_VERSION, arn, holder)

    def _serving(self, arn: str, number: int, within: int) -> Iterator[int]:
        """The holders of a managed policy who are the caller, or a role that it can become."""
        for holder in self._holders.get(arn, ()):
            bit = self.roles.bit_of.get(holder)
            if holder == number or (bit is not None and within >> bit & 1):
                yield holder

    def _of_resources(self, number: int, at: int) -> Iterator[Gain]:
        """By the policy of the resource, or of its key, or a grant on it."""
        caller = self.account.callers[number]
        written = self._goals(SECRET_POLICY, self.writers.of(SECRET_POLICY, number)[at], self._of_secret)
        if written:
            gained = self.account.ability(caller, 0, written)[at] & written
            yield Gain(gained, SECRET_POLICY, self._first(gained), number)
        for action in ON_KEYS:
            keys = self.writers.of(action, number)[at]
            on_key = self._goals(action, keys, self._of_key)
            if not on_key:
                continue
            named = self.writers.resources[action][next(iter(bits(keys)))]
            yield Gain(self.account.ability(caller, 0, 0, on_key)[at] & on_key, action, named, number)
            both = written & on_key
            if both:
                gained = self.account.ability(caller, 0, both, both)[at] & both
                yield Gain(gained, f"{SECRET_POLICY} and {action}", self._first(gained), number)

    def _goals(self, action: str, mask: int, goals: Mapping[str, int]) -> int:
        """The goals on the resources, or with the keys, of a mask."""
        found = self._known.get((action, mask))
        if found is None:
            listed = self.writers.resources[action]
            found = self._known[action, mask] = sum(goals[listed[bit]] for bit in bits(mask))
        return found

    def _first(self, goals: int) -> str:
        """The resource of the first of the goals."""
        return next((self._listed[bit][1] for bit in bits(goals)), "")

    def _power(self, number: int) -> Masks:
        """What a caller could do if a policy of its own allowed everything."""
        found = self._powers.get(number)
        if found is None:
            found = self._powers[number] = self.account.ability(self.account.callers[number], self.account.every)
        return found

    def _with(self, number: int, more: Sequence[Doc], without: Doc | None = None) -> Masks:
        """What a caller could do with further policies in the place of one of its own."""
        caller = self.account.callers[number]
        kept = [doc for doc in caller.docs if doc is not without]
        docs = [*kept, *more]
        return self.account.ability(Caller(caller.subject, docs, caller.boundary, caller.above, flags_of(docs)))

    def _closure(self, number: int, becomes: Sequence[Masks], at: int) -> int:
        """The roles that a caller can become, one after another."""
        found, waiting = 0, becomes[number][at]
        while waiting:
            found |= waiting
            nearer = 0
            for bit in bits(waiting):
                nearer |= becomes[self.roles.caller_of[bit]][at]
            waiting = nearer & ~found
        return found


def _holders(account: Account) -> dict[str, list[int]]:
    """Managed policy -> the callers who hold it, themselves or by a group."""
    found: dict[str, list[int]] = {}
    groups = account.estate.groups
    for number, principal in enumerate(account.principals):
        arns = [*principal.attached, *(arn for name in principal.groups if name in groups
                                       for arn in groups[name].attached)]  # fmt: skip
        for arn in dict.fromkeys(arns):
            found.setdefault(arn, []).append(number)
    return found
