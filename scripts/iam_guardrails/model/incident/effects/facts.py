"""From the writes of a session to the objects they are about, each once, with its writes in the order of time."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from iam_guardrails.model.incident.effects.kind import Answer, Ask, Call, Kind, Look, Names, State, given
from iam_guardrails.model.incident.effects.table import calls_of, leaves_nothing
from iam_guardrails.model.incident.effects.write import Write
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import frozen


@frozen
class Fact:
    """An object that writes are about. account_id: whose it is.  steps: the writes, with the row that placed them."""

    id: str
    kind: Kind
    account_id: str
    region: str
    names: Mapping[str, str]
    steps: tuple[tuple[Write, Call], ...]

    @property
    def told(self) -> str:
        """A clause about it."""
        return self.kind.told.format_map(self.names)

    @property
    def command_region(self) -> str:
        """The Region that a command has to name; "" where there is none."""
        return "" if self.kind.is_global else self.region


@frozen
class Unplaced:
    """Writes of one action of which nobody can tell what they left. id: of their item, and only of these very writes,
    so that an acceptance does not cover one that CloudTrail delivers later."""

    id: str
    writes: tuple[Write, ...]
    why: str


def facts_of(writes: Iterable[Write]) -> tuple[tuple[Fact, ...], tuple[Unplaced, ...]]:
    """The objects of the writes that succeeded, or may have, and the writes that belong to none."""
    found: dict[tuple[str, str], Fact] = {}
    unplaced: dict[tuple[str, ...], tuple[Write, ...]] = {}
    joining: list[tuple[Write, Call, Names]] = []
    for write in sorted(writes, key=in_time):
        if (write.error and not write.is_unsure) or leaves_nothing(write):
            continue
        placed, why = False, ""
        for call in calls_of(write.action):
            names = call.objects(write)
            if call.joins:
                joining += [(write, call, one) for one in names] if not isinstance(names, Unknown) else []
                continue
            if isinstance(names, Unknown):
                why = names.reason
                continue
            placed = placed or call.each is not None  # which tells where a call was about nothing
            for one in names:
                placed = True
                _add(found, write, call, one)
        if not placed or why:  # a call with several effects may tell of one only
            why = why or "nobody knows how to look at what this call leaves behind"
            alike = (write.action, write.account_id, write.region, why)
            unplaced[alike] = (*unplaced.get(alike, ()), write)
    for write, call, one in joining:
        if _key(write, call, one) in found:
            _add(found, write, call, one)
    return tuple(found.values()), tuple(
        Unplaced(_id(action.partition(":")[2], _event_ids(those), ()), those, why)
        for (action, _, _, why), those in unplaced.items()
    )  # fmt: skip


def _event_ids(writes: Sequence[Write]) -> str:
    return json.dumps([write.event_id for write in writes])


def _known(write: Write, call: Call, names: Names) -> dict[str, str]:
    return dict(names) if call.kind.is_global else {**names, "Region": write.region}


def _key(write: Write, call: Call, names: Names) -> tuple[str, str]:
    region = "" if call.kind.is_global else write.region
    return call.kind.name, json.dumps([write.account_id, region, sorted(_known(write, call, names).items())])


def _add(found: dict[tuple[str, str], Fact], write: Write, call: Call, names: Names) -> None:
    key, region = _key(write, call, names), "" if call.kind.is_global else write.region
    here = found.get(key)
    steps = sorted((*here.steps, (write, call)) if here else ((write, call),), key=lambda step: in_time(step[0]))
    id_ = here.id if here else _id(*key, [fact.id for fact in found.values()])
    found[key] = Fact(id_, call.kind, write.account_id, region, _known(write, call, names), tuple(steps))


_ODD = re.compile(r"[^A-Za-z0-9-]+")
"""What no name of a call has: ids are pasted into shells, and stand in tables."""


def in_time(write: Write) -> tuple[int, str]:
    """What sorts writes by time; within a second by their ids, which tells nothing."""
    return write.seconds, write.event_id


def _id(name: str, text: str, taken: Collection[str]) -> str:
    """A name and the beginning of a hash over both, so that no two kinds of one object share it; longer where taken.

    name: of a kind, or of a call as the record has it."""
    whole = hashlib.sha256(f"{name} {text}".encode()).hexdigest()
    name = _ODD.sub("-", name)[:60]
    made = f"{name}-{whole[:6]}"
    return made if made not in taken else f"{name}-{whole[:16]}"


def looks(fact: Fact, home_region: str, ask: Any) -> State:
    """The state of an object now. ask: Look -> Answer.  home_region: where global services are asked."""
    service, operation, template = fact.kind.looks
    missing = frozenset(fact.kind.missing)
    region = fact.region or home_region
    answers: list[Answer] = [ask(Look(service, region, operation, given(template, fact.names), missing))]
    if fact.kind.then is not None and isinstance(answers[0], Mapping):
        further = fact.kind.then(fact.names, answers[0])
        if further is not None:
            answers.append(ask(Look(service, region, further[0], further[1], missing)))
    return fact.kind.read(fact.names, answers)


def asking(fact: Fact, home_region: str, ask: Any) -> Ask:
    """Further looks at the service of an object, where it is. ask: Look -> Answer."""
    missing = frozenset(fact.kind.missing)
    return lambda operation, told: ask(Look(fact.kind.looks[0], fact.region or home_region, operation, told, missing))


def named(items: Sequence[Fact]) -> dict[str, tuple[str, ...]]:
    """event id -> ids of the objects that it is about."""
    found: dict[str, tuple[str, ...]] = {}
    for fact in items:
        for write, _ in fact.steps:
            found[write.event_id] = (*found.get(write.event_id, ()), fact.id)
    return found
