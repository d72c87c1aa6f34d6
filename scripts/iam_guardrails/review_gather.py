"""What a review is judged from, with its edges: files, CloudTrail, git, alarms, records of incidents."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from iam_guardrails.model.problem import Problem
from iam_guardrails.model.review.review import MONTHLY, QUARTERLY, WEEKLY
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import frozen

if TYPE_CHECKING:
    from iam_guardrails.journeys.trail_ask import Engine
    from iam_guardrails.model.capture.capture import Capture
    from iam_guardrails.model.expected import Expected
    from iam_guardrails.model.finding import Verdict
    from iam_guardrails.model.iam.principals import Estate
    from iam_guardrails.model.iam.tightening.outcome import Outcome
    from iam_guardrails.model.incident.reach import Reach
    from iam_guardrails.model.incident.review import Late
    from iam_guardrails.model.review.basis import Basis
    from iam_guardrails.model.review.calling import Commands
    from iam_guardrails.model.review.repository import Scanned
    from iam_guardrails.model.review.weekly import Commit, Firing
    from iam_guardrails.model.trail.answer import Answer
    from iam_guardrails.model.trail.window import Window

T = TypeVar("T")
Progress = Callable[[str], None]
NO_SOURCE = Unknown("no --source names records of CloudTrail")
OFFLINE = Unknown("the review is offline (--from), and only the live account tells its alarms")
_OF_ACCESS = ("unusual-principals", "secret-reads")
QUESTIONS = {WEEKLY: ("iam-changes",), MONTHLY: _OF_ACCESS, QUARTERLY: _OF_ACCESS}
SESSIONS = "breakglass-session"
"""The question that gives every record of the roles that are asked for."""


@frozen
class Around:
    """Where a review takes place. given: the arguments, with `config`.  window: of CloudTrail, both ends given.

    reach: the Regions in which break-glass uses may have left records.  unsettled: see `Basis`.
    """

    given: argparse.Namespace
    root: Path
    expected: Expected
    window: Window
    now: datetime
    tell: Progress
    variables: dict[str, str]
    reach: Reach
    unsettled: frozenset[str] = frozenset()

    @property
    def environment(self) -> str:
        """Its name."""
        return str(self.given.env)

    @property
    def has_source(self) -> bool:
        """Whether records of CloudTrail can be asked."""
        return bool(self.given.source) or self.given.engine == "athena"

    def opener(self, question: str) -> Callable[[frozenset[tuple[str, str]]], tuple[Engine, str]]:
        """What opens the source for one list of roles after another. Raises Problem."""
        from iam_guardrails.trail_source import opener

        return opener(self.given, self.given.source, question, self.tell, self.variables)

    def engine(self, question: str, roles: frozenset[tuple[str, str]]) -> tuple[Engine, str]:
        """What answers a question. Raises Problem."""
        from iam_guardrails.trail_source import open_source

        return open_source(self.given, self.given.source, question, roles, self.tell, self.variables)


def gather(around: Around, capture: Capture, cadence: str, commands: Commands) -> Basis:
    """Everything that the boxes of a cadence need; what cannot be had is Unknown with the reason. Raises Problem."""
    from iam_guardrails.adapters.capture_assembly import held_of
    from iam_guardrails.adapters.justifications import read_justifications
    from iam_guardrails.adapters.place import environment_folder
    from iam_guardrails.journeys.review import estate_or_why
    from iam_guardrails.model.review.basis import Basis

    folder = environment_folder(around.root, around.environment)
    estate = estate_or_why(capture, around.tell)
    secrets = tuple(one.arn for one in capture.secrets)
    trail = {name: _asked(around, name, secrets) for name in QUESTIONS[cadence]}
    more: dict[str, Any] = _of_week(around) if cadence == WEEKLY else {}
    if cadence in (MONTHLY, QUARTERLY):
        more["repository"] = _or_why(lambda: _scanned(around))
    if cadence == QUARTERLY:
        more["tightened"] = _tightened(around, capture, estate)
    return Basis(capture, around.expected, estate, around.now.date(), read_justifications(folder), held_of(capture),
                 trail, beyond=_beyond(capture), commands=commands, unsettled=around.unsettled,
                 since=around.window.since, **more)  # fmt: skip


def _beyond(capture: Capture) -> dict[str, str]:
    """The rules that say nothing of an account of the embedded AWS, and why."""
    from iam_guardrails.emulator.limits import LIMITS
    from iam_guardrails.model.capture.capture import SANDBOX

    limits = LIMITS if capture.origin == SANDBOX else ()
    return {rule: limit.what for limit in limits for rule in limit.rule_ids}


def _or_why(get: Callable[[], T]) -> T | Unknown:
    try:
        return get()
    except Problem as problem:
        return Unknown(str(problem))


def _asked(around: Around, name: str, secrets: tuple[str, ...]) -> Answer | Unknown:
    from iam_guardrails.journeys.review_trail import Asker, ask_wholly, secret_regions
    from iam_guardrails.model.trail.questions.all import question

    if not around.has_source:
        return NO_SOURCE
    expected = around.expected
    roles = frozenset((expected.account_id, one) for one in expected.role_names)
    asker = Asker(expected.account_id, expected.home_region, around.reach, secret_regions(secrets), roles, around.now,
                  around.unsettled)  # fmt: skip

    def get() -> Answer:
        engine, source = around.engine(name, roles)
        return ask_wholly(question(name), engine, source, around.window, asker)

    return _or_why(get)


def _of_week(around: Around) -> dict[str, Any]:
    found = _or_why(lambda: _reconciled(around)) if around.has_source else NO_SOURCE
    verdict, calls = (found, {}) if isinstance(found, Unknown) else found
    return {
        "firings": _firings(around),
        "commits": _or_why(lambda: _commits(around)),
        "reconciled": verdict,
        "incident_calls": calls,
        "late": _or_why(lambda: _late(around)),
    }


def _firings(around: Around) -> tuple[Firing, ...] | Unknown:
    if around.given.from_capture or around.given.from_authorization_details:
        return OFFLINE
    from iam_guardrails.adapters.aws import session
    from iam_guardrails.adapters.aws.alarm_history import firings
    from iam_guardrails.adapters.aws.identities import open_reading
    from iam_guardrails.adapters.aws.reading import Refused

    assert around.window.since and around.window.until
    expected = around.expected
    try:
        reading = open_reading(session(around.variables, expected.home_region), expected.account_id,
                               expected.home_region, around.tell)  # fmt: skip
        regions = tuple(dict.fromkeys((expected.home_region, expected.second_region)))
        return firings(reading, regions, around.window.since, around.window.until)
    except Refused as refusal:
        return Unknown(refusal.reason)
    except Problem as problem:
        return Unknown(str(problem))


def _commits(around: Around) -> tuple[Commit, ...]:
    from iam_guardrails.adapters.git_history import commits
    from iam_guardrails.model.trail.regions import partition_of
    from iam_guardrails.rules.review.explaining import AFTER, BEFORE

    assert around.window.since and around.window.until
    home, account_id = around.expected.home_region, around.expected.account_id
    known = {"aws_partition": {"partition": partition_of(home)}, "aws_caller_identity": {"account_id": account_id}}
    since, until = around.window.since - BEFORE, around.window.until + AFTER
    return commits(around.root, around.environment, since, until, known)


def _reconciled(around: Around) -> tuple[Verdict, Mapping[str, str]]:
    from iam_guardrails.adapters import drills
    from iam_guardrails.adapters.incident_history import history
    from iam_guardrails.incident_wiring import environments, records_of
    from iam_guardrails.journeys.reconcile import Records, reconciled

    sandbox = bool(around.given.sandbox)
    mine = records_of(around.root, around.environment, sandbox)
    found = history(mine)
    others = [name for name in environments(around.root) if name != around.environment]
    elsewhere = {item: name for name in others for item in records_of(around.root, name, sandbox).ids()}
    kept = tuple(item for item in found.incidents if item.opened.simulated is sandbox)
    tried = tuple(item for item in drills.load(mine.records) if item.simulated is sandbox)
    records = Records(kept, found.broken, tried, elsewhere, found.unread)
    return reconciled(around.opener(SESSIONS), around.expected, records, around.window, around.now, around.reach)


def _late(around: Around) -> tuple[Late, ...]:
    from iam_guardrails.incident_wiring import records_of
    from iam_guardrails.model.incident.review import late

    there, broken = records_of(around.root, around.environment, bool(around.given.sandbox)).readable()
    if broken:
        raise Problem(broken[0])
    return tuple(one for item in there for one in late(item, around.now.date()))


def _scanned(around: Around) -> Scanned:
    """What a scanner of secrets finds in the project's repository, whichever environment is reviewed."""
    import os

    from iam_guardrails.adapters.checkov import find_python
    from iam_guardrails.adapters.secret_scan import CACHE, scan
    from iam_guardrails.incident_wiring import WORK

    around.tell("scanning the files that git tracks for secrets")
    python = find_python(os.environ, around.root)
    return scan(around.root, python, os.environ, around.root / WORK / CACHE).scanned


def _tightened(around: Around, capture: Capture, estate: Estate | Unknown) -> Outcome | Unknown:
    if isinstance(estate, Unknown) or not around.has_source:
        return estate if isinstance(estate, Unknown) else NO_SOURCE
    from iam_guardrails.journeys.policy_tighten import Request, tighten_policies
    from iam_guardrails.journeys.review_last_access import told_of
    from iam_guardrails.model.incident.reach import Reach

    roles = {role.name: role.arn for role in estate.roles}
    guarded = frozenset(roles[name] for name in around.expected.role_names if name in roles)
    reach = Reach(tuple(dict.fromkeys((around.expected.home_region, *around.reach.regions))), around.reach.why)
    request = Request(around.window, around.now, (), guarded, told_of(capture), reach=reach)
    return _or_why(
        lambda: tighten_policies(estate, lambda roles: around.engine(SESSIONS, roles), request, around.tell).outcome
    )
