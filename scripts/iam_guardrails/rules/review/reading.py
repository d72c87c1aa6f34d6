"""Who reads which secret: the shared engine of `access who-can`, asked once for all secrets of a capture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import pairwise

from iam_guardrails.model.capture.secrets import Secret
from iam_guardrails.model.iam.principals import Estate, Principal
from iam_guardrails.model.iam.reach.groups import chain_text, reason
from iam_guardrails.model.iam.reach.question import Question
from iam_guardrails.model.iam.reach.universe import bits
from iam_guardrails.model.iam.reach.ways import CONDITIONAL, NO, YES, Ways
from iam_guardrails.model.review.basis import Basis
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import frozen

READ, RESTORE = "secretsmanager:GetSecretValue", "secretsmanager:RestoreSecret"
MOST_REASONS = 200
"""For how many readers the reasons are worked out one by one; further ones get those of another one like them."""


@frozen
class Answer:
    """secrets: numbers of the secrets.  answer, way: as in `access who-can`."""

    answer: str
    way: str
    secrets: tuple[int, ...]
    goals: int


@frozen
class Reader:
    """A user or a role that reads a secret, or may. number: of the caller."""

    number: int
    principal: Principal
    answers: tuple[Answer, ...]

    @property
    def who(self) -> str:
        """`role/path/name` or `user/path/name`."""
        return self.principal.arn.split(":", 5)[5]


class Reading:
    """The answers. secrets: in the order of the columns; those that wait for their deletion are among them: restored,
    they are read like any other."""

    def __init__(self, estate: Estate, secrets: Sequence[Secret], ways: Ways) -> None:
        self.estate, self.secrets, self.ways = estate, secrets, ways
        self.names = _names(secrets)
        self.readers = tuple(self._readers())
        self._told: dict[tuple[str, str, int], tuple[str, ...]] = {}
        self._count = 0
        self.by_arn: Mapping[str, Reader] = {item.principal.arn: item for item in self.readers}

    def meant(self, text: str) -> tuple[int, ...]:
        """The numbers of the secrets that a caller may have meant: by a name those of all Regions."""
        return self._by_text.get(text, ())

    @cached_property
    def _by_text(self) -> Mapping[str, tuple[int, ...]]:
        found: dict[str, tuple[int, ...]] = {}
        for number, secret in enumerate(self.secrets):
            for text in {secret.name, secret.arn, secret.arn.rpartition("-")[0]}:
                found[text] = (*found.get(text, ()), number)
        return found

    def _readers(self) -> Iterator[Reader]:
        for number, principal in enumerate(self.ways.account.principals):
            found = tuple(
                Answer(answer, way, tuple(bits(goals)), goals)
                for answer, way, goals in self.ways.answers(number)
                if goals and answer != NO
            )
            if found:
                yield Reader(number, principal, found)

    def reasons(self, reader: Reader, each: Answer) -> tuple[str, ...]:
        """Why, a sentence each: the chain, the statements, what it depends on."""
        key = (each.answer, each.way, each.goals)
        if key in self._told and self._count >= MOST_REASONS:
            return (*self._told[key], "(the reasons are those of another one with the same answer)")
        self._count += 1
        found = reason(self.ways, reader.number, each.goals, each.answer, each.way)
        told = [f"{each.answer}: {chain_text(self.ways, found.hops)}"] if found.hops else []
        told += found.because
        told += [f"it depends on {', '.join(found.depends_on)}"] if found.depends_on else []
        self._told[key] = tuple(told)
        return self._told[key]

    def name(self, number: int) -> str:
        """What a secret is called: its name, with its Region where it stands in two."""
        return self.names[number]


def _names(secrets: Sequence[Secret]) -> tuple[str, ...]:
    names = [item.name for item in secrets]
    twice = {name for name, other in pairwise(names) if name == other}  # they are sorted
    found = (f"{item.name} ({item.region})" if item.name in twice else item.name for item in secrets)
    return tuple(f"{name} (deleted {item.deleted_at:%Y-%m-%d})" if item.deleted_at else name
                 for name, item in zip(found, secrets, strict=True))  # fmt: skip


def restorers(basis: Basis, reading: Reading) -> Mapping[str, tuple[str, ...]]:
    """Who can restore each secret that waits for its deletion, by its name as the reading calls it."""
    waiting = {item.arn: reading.name(number) for number, item in enumerate(reading.secrets) if item.deleted_at}
    if not waiting:
        return {}
    ways = Ways(reading.estate, Question((RESTORE,), tuple(waiting), basis.held, now=_since(basis)))
    found: dict[str, list[str]] = {name: [] for name in waiting.values()}
    names = tuple(waiting.values())
    for number, principal in enumerate(ways.account.principals):
        for answer, _, goals in ways.answers(number):
            for goal in bits(goals) if answer in (YES, CONDITIONAL) else ():
                found[names[goal]].append(principal.arn.split(":", 5)[5])
    return {name: tuple(dict.fromkeys(who)) for name, who in found.items()}


def forget(basis: Basis) -> None:
    """Let go of what `reading_of` keeps, as large as half of the capture; called by the last box that reads it.

    All of it refers to the account and the account to all of it, so that only a look of the collector at everything
    would free it: the account is emptied instead. Whoever has the reading must not ask it again.
    """
    reading: Reading | None = basis.kept.pop("reading", None)
    if reading is not None:
        vars(reading.ways.account).clear()
        vars(reading.ways).clear()


def reading_of(basis: Basis) -> Reading | None:
    """The answers for a capture, worked out once; None where there is no secret, or no details."""
    if "reading" not in basis.kept:
        basis.kept["reading"] = _reading(basis)
    found: Reading | None = basis.kept["reading"]
    return found


def _reading(basis: Basis) -> Reading | None:
    secrets = sorted(basis.capture.secrets, key=lambda item: (item.name, item.region))
    if isinstance(basis.estate, Unknown) or not secrets:
        return None
    question = Question((READ,), tuple(item.arn for item in secrets), basis.held, now=_since(basis))
    return Reading(basis.estate, secrets, Ways(basis.estate, question))


def _since(basis: Basis) -> str:
    """Since when sessions begin that are asked about: when the account looked so, "" where nobody knows."""
    return f"{basis.as_of:%Y-%m-%dT%H:%M:%SZ}" if basis.as_of else ""
