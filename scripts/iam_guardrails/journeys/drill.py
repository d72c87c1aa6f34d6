"""drill: does a use of the role reach somebody, tried out?

Offline, the catalogue's events are put to the real patterns of a plan or an account. Live, the role is assumed for
real with a drill's incident id, and the seconds until the alarm's state changes and until the messages arrive at a
subscription of the drill's own are measured. What a live drill makes, it removes, whatever happens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Protocol

from iam_guardrails.journeys.drill_plan import LivePlan, ends
from iam_guardrails.model.account import Account
from iam_guardrails.model.chain.links import ALARM, EVENT_RULE, Outcome
from iam_guardrails.model.chain.proof import prove
from iam_guardrails.model.drill import (
    FAILED,
    LIVE,
    NOT_JUDGED,
    OFFLINE,
    PASSED,
    DrillRecord,
    EntryRefused,
    Heard,
    Message,
    Rung,
    Watched,
    incident_id,
    region_of,
)
from iam_guardrails.model.expected import Expected, require_role
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.value import changed

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

    def in_alarm(self, alarms: Iterable[Watched]) -> tuple[Watched, ...]:
        """Those of the alarms that are in ALARM now, each looked up in its own Region."""

    def rung_since(self, alarms: Iterable[Watched], since: datetime) -> Mapping[Watched, datetime]:
        """When each alarm first went into ALARM at or after `since`."""

    def now(self) -> datetime:
        """The time (aware UTC)."""


INTERRUPTED = "the drill was interrupted"
"""By Ctrl-C or SIGTERM; whatever else stops a drill says so in words of its own."""


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

    wait_seconds: how long to wait for alarm and messages. The mailbox is closed whatever happens, Ctrl-C included, and
    what ends the drill early is in the record before it is raised.
    """
    save(record)
    trial = _Trial(plan, record, world, mailbox, progress)
    problems: tuple[str, ...] = (INTERRUPTED,)
    try:
        problems = trial.run(wait_seconds)
    except EntryRefused as refusal:
        problems = (f"AWS refused the entry: {refusal}",)
    except Problem as problem:
        problems = (str(problem),)
        raise
    except Exception as defect:  # its text may hold anything, also what must not be kept
        problems = (f"a defect in guardrails itself stopped the drill ({type(defect).__name__})",)
        raise
    finally:
        left = trial.tidy()
        ended = changed(
            trial.seen(), left_behind=left, ended_at=world.now(), outcome=FAILED if problems else PASSED,
            problems=problems,
        )  # fmt: skip
        save(ended)
    return ended


class _Trial:
    """A live drill while it runs: what was seen so far is kept, so that one that ends early still tells it."""

    def __init__(self, plan: LivePlan, record: DrillRecord, world: World, mailbox: Mailbox, progress: Progress) -> None:
        self._plan, self._record = plan, record
        self._world, self._mailbox, self._progress = world, mailbox, progress
        self._opened = False
        self._person = ""
        self._rung: dict[Watched, Rung] = {}
        self._heard: dict[tuple[str, str, str], Heard] = {}

    def run(self, wait_seconds: int) -> tuple[str, ...]:
        """Enter and wait; returns what is wrong, one sentence each."""
        if not self._plan.ways:
            return ("no way is known to reach anybody, so nothing was tried", *self._plan.broken)
        if loud := self._world.in_alarm(self._plan.alarms):
            names = ", ".join(label(alarm, self._plan.region) for alarm in loud)
            return (f"{names} is in ALARM already, so a use would change nothing: wait until it is OK",)
        self._progress(f"subscribing a test queue to {', '.join(self._plan.topic_arns)}")
        self._opened = True
        self._mailbox.open(self._plan.topic_arns)
        late = self._enter_and_wait(wait_seconds)
        return (*self._plan.broken, *(f"{what} did not come within {wait_seconds} s" for what in late))

    def tidy(self) -> tuple[str, ...]:
        """Close the mailbox if it was opened; returns a command for each thing that stays."""
        if not self._opened:
            return ()
        self._progress("removing the test queue and its subscription")
        return self._mailbox.close()

    def seen(self) -> DrillRecord:
        """The record with what was seen so far."""
        rung, heard = tuple(self._rung.values()), tuple(self._heard.values())
        return changed(self._record, person=self._person, rung=rung, heard=heard)

    def _enter_and_wait(self, wait_seconds: int) -> list[str]:
        record = self._record
        self._progress(f"assuming {self._plan.role_arn} with the incident id {record.incident_id}")
        began = self._world.now()
        self._person = self._world.enter(self._plan.role_arn, record.incident_id, record.id)
        while (passed := (self._world.now() - began).total_seconds()) < wait_seconds:
            self._look(began)
            if not (waiting := self._missing()):
                break
            self._progress(f"{passed:.0f} s: waiting for {', '.join(waiting)}")
        return self._missing()

    def _look(self, began: datetime) -> None:
        for alarm, at in self._world.rung_since(self._plan.alarms, began).items():
            if alarm not in self._rung:
                seconds = round((at - began).total_seconds(), 1)
                self._rung[alarm] = Rung(alarm.name, seconds, alarm.region)
                self._progress(f"the alarm {label(alarm, self._plan.region)} went into ALARM after {seconds:.0f} s")
        for message in self._mailbox.messages():
            self._hear(message, (self._world.now() - began).total_seconds())

    def _hear(self, message: Message, seconds: float) -> None:
        way = ALARM if Watched(message.alarm_name, region_of(message.topic_arn)) in self._plan.alarms else ""
        ours = (self._record.incident_id, self._record.id)
        if not message.alarm_name and any(name in message.text for name in ours):
            way = EVENT_RULE
        name = message.alarm_name or message.topic_arn
        key = (way, name, message.topic_arn)
        if way and key not in self._heard:
            self._heard[key] = Heard(way, name, message.topic_arn, round(seconds, 1))
            self._progress(f"a message of the {way} {name.rpartition(':')[2]} arrived after {seconds:.0f} s")

    def _missing(self) -> list[str]:
        """What has not happened yet."""
        alarms = [alarm for alarm in self._plan.alarms if alarm not in self._rung]
        told = {way for way, _, _ in self._heard}
        silent = [f"the {way}'s message" for way in self._plan.ways if way not in told]
        return [*(f"the alarm {label(alarm, self._plan.region)}" for alarm in alarms), *silent]


def label(alarm: Watched, home: str) -> str:
    """An alarm's name, with its Region where that is not where the role is assumed."""
    return alarm.name if alarm.region == home else f"{alarm.name} in {alarm.region}"


def run_offline(account: Account, expected: Expected, record: DrillRecord) -> tuple[DrillRecord, tuple[Outcome, ...]]:
    """Put every event to the patterns; passed when each that can happen is told. Raises Problem without a role."""
    require_role(expected)
    outcomes = tuple(item for item in prove(account, expected).outcomes if item.possible)
    lost = [item for item in outcomes if item.told is False]
    unclear = [item for item in outcomes if item.told is None]
    problems = tuple(f"{item.event.what} in {item.event.region}: {_why(item)}" for item in (*lost, *unclear))
    done = changed(
        record, outcome=FAILED if lost else NOT_JUDGED if unclear else PASSED, ended_at=record.started_at,
        problems=problems, events_told=len(outcomes) - len(lost) - len(unclear), events_lost=len(lost),
        events_undecided=len(unclear),
    )  # fmt: skip
    return done, outcomes


def _why(item: Outcome) -> str:
    if link := item.broken:
        return ends(link)
    if link := item.doubt:
        return f"not judged, because of the {link.kind} {link.address}: {link.why}"
    return "nobody is told"


def first_record(
    kind: str, environment: str, account_id: str, at: datetime, simulated: bool, plan: LivePlan | None = None
) -> DrillRecord:
    """The record as it stands before anything is done. Raises Problem where no incident id can say it is a drill."""
    stamp = at.strftime("%Y%m%dT%H%M%SZ")
    record = DrillRecord(f"DRILL-{stamp}", kind, environment, account_id, at, simulated=simulated)
    if kind == OFFLINE or plan is None:
        return record
    assert kind == LIVE
    return changed(
        record, role_arn=plan.role_arn, region=plan.region, expected_ways=plan.ways,
        expected_alarms=tuple(label(alarm, plan.region) for alarm in plan.alarms),
        incident_id=incident_id(plan.incident_pattern, stamp),
    )  # fmt: skip
