"""drill: does a use of the role reach somebody, tried out?

Offline, the catalogue's events are put to the real patterns of a plan or an account. Live, the role is assumed for
real with a drill's incident id, and the seconds until the alarm's state changes and until the messages arrive at a
subscription of the drill's own are measured. What a live drill makes, it removes, whatever happens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Protocol

from iam_guardrails.model.account import Account
from iam_guardrails.model.chain.links import ALARM, EVENT_RULE, Link, Outcome
from iam_guardrails.model.chain.proof import lost, prove
from iam_guardrails.model.drill import FAILED, LIVE, OFFLINE, PASSED, DrillRecord, EntryRefused, Heard, Message, Rung
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.trail.catalogue import ENTRY
from iam_guardrails.model.value import changed, frozen

Progress = Callable[[str], None]
Save = Callable[[DrillRecord], None]


class Mailbox(Protocol):
    """A test subscription of its own for each topic."""

    def open(self, topic_arns: Iterable[str]) -> None:
        """Make the queues and subscribe them."""

    def messages(self) -> list[Message]:
        """What arrived since the last call; waits a moment for it."""

    def close(self) -> tuple[str, ...]:
        """Remove what `open` made; returns a command for each thing that could not be removed."""


class World(Protocol):
    """What a live drill does to the account and sees of it."""

    def enter(self, role_arn: str, incident_id: str, session_name: str) -> str:
        """Assume the role; returns the ARN of who did. Raises EntryRefused when AWS says no."""

    def in_alarm(self, names: Iterable[str]) -> tuple[str, ...]:
        """Those of the alarms that are in ALARM now."""

    def rung_since(self, names: Iterable[str], since: datetime) -> Mapping[str, datetime]:
        """When each alarm last went into ALARM after `since`."""

    def now(self) -> datetime:
        """The time (aware UTC)."""


@frozen
class LivePlan:
    """What a live drill will do and what must come of it, from the chain of the live account.

    broken: a sentence for each way that notices the use and reaches nobody; such a drill cannot pass.
    """

    environment: str
    account_id: str
    role_arn: str
    region: str
    alarms: tuple[str, ...]
    ways: tuple[str, ...]
    topic_arns: tuple[str, ...]
    incident_pattern: str | None
    broken: tuple[str, ...] = ()


def plan_live(account: Account, expected: Expected, environment: str) -> LivePlan:
    """Work out what a use of the role in the home Region must cause. Raises Problem without a role."""
    entries = prove(account, expected).of(ENTRY)
    mine = [
        item for item in entries if item.event.region == expected.home_region and item.event.id == "assume-iam-user"
    ]
    if not mine or not any(role.name in expected.role_names for role in account.roles):
        names = ", ".join(expected.role_names) or "guardrails.toml names none"
        raise Problem(f"account {account.account_id} holds no break-glass role to drill ({names}); apply first")
    outcome = mine[0]
    return LivePlan(
        environment=environment,
        account_id=account.account_id,
        role_arn=outcome.event.role_arn,
        region=expected.home_region,
        alarms=tuple(dict.fromkeys(route.name for route in outcome.telling if route.way == ALARM)),
        ways=tuple(sorted(outcome.ways)),
        topic_arns=_topics(outcome),
        incident_pattern=expected.incident_id_pattern,
        broken=_broken_ways(outcome),
    )


def _topics(outcome: Outcome) -> tuple[str, ...]:
    links = [link.address for route in outcome.telling for link in route.links if link.kind == "topic"]
    return tuple(dict.fromkeys(links))


def _broken_ways(outcome: Outcome) -> tuple[str, ...]:
    found = [
        f"by the {route.way} {_ends(route.broken)}" for way in (ALARM, EVENT_RULE) if (route := lost(outcome, way))
    ]
    return tuple(found) or ((_broken(outcome),) if not outcome.telling else ())


def _ends(link: Link | None) -> str:
    return f"the chain ends at the {link.kind} {link.address}: {link.why}" if link else "nobody is told"


def _broken(outcome: Outcome) -> str:
    link = outcome.broken or outcome.doubt
    return _ends(link) if link else ""


def incident_id(pattern: str | None, stamp: str) -> str:
    """An incident id for a drill that the trust policy's pattern admits (2 to 64 characters)."""
    made = (pattern or "INC-*").replace("*", f"DRILL-{stamp}", 1).replace("*", "").replace("?", "0")
    return made[:64]


def run_live(
    plan: LivePlan,
    record: DrillRecord,
    world: World,
    mailbox: Mailbox,
    wait_seconds: int,
    progress: Progress,
    save: Save,
) -> DrillRecord:
    """Run a live drill to its end; the record is saved before anything is done, and again at the end.

    wait_seconds: how long to wait for alarm and messages. The mailbox is closed whatever happens, Ctrl-C included.
    """
    save(record)
    if not plan.ways:
        return _finished(record, world, save, ("nobody would be told, so nothing was tried", *plan.broken))
    if loud := world.in_alarm(plan.alarms):
        problem = f"{', '.join(loud)} is in ALARM already, so a use would change nothing: wait until it is OK"
        return _finished(record, world, save, (problem,))
    problems: tuple[str, ...] = ("the drill was interrupted",)
    try:
        progress(f"subscribing a test queue to {', '.join(plan.topic_arns)}")
        mailbox.open(plan.topic_arns)
        record, late = _enter_and_wait(plan, record, world, mailbox, wait_seconds, progress)
        problems = (*plan.broken, *late)
    except EntryRefused as refusal:
        problems = (f"AWS refused the entry: {refusal}",)
    finally:
        progress("removing the test queue and its subscription")
        left = mailbox.close()
        record = _finished(changed(record, left_behind=left), world, save, problems)
    return record


def _enter_and_wait(
    plan: LivePlan, record: DrillRecord, world: World, mailbox: Mailbox, wait_seconds: int, progress: Progress
) -> tuple[DrillRecord, tuple[str, ...]]:
    progress(f"assuming {plan.role_arn} with the incident id {record.incident_id}")
    began = world.now()
    person = world.enter(plan.role_arn, record.incident_id, record.id)
    record = changed(record, person=person)
    rung: dict[str, Rung] = {}
    heard: dict[tuple[str, str], Heard] = {}
    while (passed := (world.now() - began).total_seconds()) < wait_seconds:
        for name, at in world.rung_since(plan.alarms, began).items():
            if name not in rung:
                rung[name] = Rung(name, round((at - began).total_seconds(), 1))
                progress(f"the alarm {name} went into ALARM after {rung[name].seconds:.0f} s")
        for message in mailbox.messages():
            _hear(message, plan, record, heard, (world.now() - began).total_seconds(), progress)
        if not missing(plan, rung, heard):
            break
        progress(f"{passed:.0f} s: waiting for {', '.join(missing(plan, rung, heard))}")
    record = changed(record, rung=tuple(rung.values()), heard=tuple(heard.values()))
    lost = missing(plan, rung, heard)
    return record, tuple(f"{what} did not come within {wait_seconds} s" for what in lost)


def _hear(
    message: Message, plan: LivePlan, record: DrillRecord, heard: dict[tuple[str, str], Heard], seconds: float,
    progress: Progress,
) -> None:  # fmt: skip
    way = ALARM if message.alarm_name in plan.alarms else ""
    if not message.alarm_name and (record.incident_id in message.text or record.id in message.text):
        way = EVENT_RULE
    name = message.alarm_name or message.topic_arn
    if way and (way, name) not in heard:
        heard[way, name] = Heard(way, name, message.topic_arn, round(seconds, 1))
        progress(f"a message of the {way} {name.rpartition(':')[2]} arrived after {seconds:.0f} s")


def missing(plan: LivePlan, rung: Mapping[str, Rung], heard: Mapping[tuple[str, str], Heard]) -> list[str]:
    """What has not happened yet."""
    lost = [f"the alarm {name}" for name in plan.alarms if name not in rung]
    if ALARM in plan.ways and not any(way == ALARM for way, _ in heard):
        lost.append("the alarm's message")
    if EVENT_RULE in plan.ways and not any(way == EVENT_RULE for way, _ in heard):
        lost.append("the event rule's message")
    return lost


def _finished(record: DrillRecord, world: World, save: Save, problems: tuple[str, ...]) -> DrillRecord:
    ended = changed(record, ended_at=world.now(), outcome=FAILED if problems else PASSED, problems=problems)
    save(ended)
    return ended


def run_offline(account: Account, expected: Expected, record: DrillRecord) -> tuple[DrillRecord, tuple[Outcome, ...]]:
    """Put every event to the patterns; passed when each that can happen is told."""
    outcomes = tuple(item for item in prove(account, expected).outcomes if item.possible)
    lost = [item for item in outcomes if item.told is not True]
    problems = tuple(f"{item.event.what} in {item.event.region}: {_broken(item)}" for item in lost)
    done = changed(
        record, outcome=FAILED if lost else PASSED, ended_at=record.started_at, problems=problems,
        events_told=len(outcomes) - len(lost), events_lost=len(lost),
    )  # fmt: skip
    return done, outcomes


def first_record(
    kind: str, environment: str, account_id: str, at: datetime, simulated: bool, plan: LivePlan | None = None
) -> DrillRecord:
    """The record as it stands before anything is done."""
    stamp = at.strftime("%Y%m%dT%H%M%SZ")
    record = DrillRecord(f"DRILL-{stamp}", kind, environment, account_id, at, simulated=simulated)
    if kind == OFFLINE or plan is None:
        return record
    assert kind == LIVE
    return changed(
        record, role_arn=plan.role_arn, region=plan.region, expected_alarms=plan.alarms, expected_ways=plan.ways,
        incident_id=incident_id(plan.incident_pattern, stamp),
    )  # fmt: skip
