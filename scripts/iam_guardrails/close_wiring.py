"""Closing an incident, with its edges: the account, CloudTrail, Terraform, the capture from before, the files."""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from iam_guardrails.adapters.expectations import read_expectations
from iam_guardrails.adapters.place import environment_folder
from iam_guardrails.incident_wiring import WORK, Found, read_account, variables_of
from iam_guardrails.journeys import close
from iam_guardrails.model.account import Account
from iam_guardrails.model.codec import CodecError, decode_account
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.incident.against import Against
from iam_guardrails.model.incident.examined import Examined
from iam_guardrails.model.incident.incident import Incident
from iam_guardrails.model.incident.step import BEFORE, CLOSED, ENTERED, EXAMINED, Before, Entered
from iam_guardrails.model.incident.window import DELIVERY_SECONDS, begins_at, ends_at, lookup_gaps
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.trail.window import Window
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import changed, frozen

if TYPE_CHECKING:
    from iam_guardrails.adapters.aws.session import Session
    from iam_guardrails.journeys.trail_ask import Engine

Progress = Callable[[str], None]
CHANGE_LOG = "Change_Log.md"


@frozen
class Closing:
    """What an examination needs. source: of CloudTrail's records, "" for LookupEvents of every enabled Region.

    variables: the environment for AWS and Terraform.  wait_seconds: how long after its last call a use's records are
    waited for; 0 for the embedded AWS, which records at once.  profile: signs in instead of keys.  plan_file: an
    existing plan as JSON, "" to make one.
    """

    root: Path
    found: Found
    expected: Expected
    sandbox: bool
    source: str
    wait_seconds: float
    terraform: bool
    plan_file: str
    cache: str
    profile: str | None
    variables: Mapping[str, str]
    progress: Progress
    now: Callable[[], datetime]
    wait: Callable[[float], None]

    def session(self, region: str) -> Session:
        """Signs in. Raises AwsError."""
        from iam_guardrails.adapters.aws import session

        return session(self.variables, region)

    def examination(self, waits: bool) -> Examined:
        """Wait, collect, look and judge. waits: else it is only said what may be missing. Raises Problem."""
        from iam_guardrails.adapters.aws.account import check_account

        incident, home = self.found.incident, self.expected.home_region
        check_account(self.session(home), incident.opened.account_id, home)
        made, gaps = self.with_regions()
        return made._examined(waits, gaps)

    def with_regions(self) -> tuple[Closing, tuple[str, ...]]:
        """The same with its source, by default LookupEvents of every enabled Region; and what it leaves out, sentences.

        Raises AwsError.
        """
        from iam_guardrails.adapters.aws.regions import regions_of

        if self.source and not self.source.startswith("lookup:"):
            return self, ()
        home = self.expected.home_region
        mine = [home, self.expected.second_region, self.found.incident.opened.region]
        mine += [item.region for item in self.found.incident.contents(ENTERED, Entered)]
        there = regions_of(self.session(home), home)
        source = self.source or "lookup:" + ",".join(dict.fromkeys([*mine, *there.askable]))
        return changed(self, source=source), lookup_gaps(source, [*mine, *there.enabled], there.why)

    def _examined(self, waits: bool, gaps: tuple[str, ...]) -> Examined:
        """The examination of a source that is known by now. gaps: what it leaves out. Raises Problem."""
        from iam_guardrails.adapters.aws.effects import LiveLook

        incident, home = self.found.incident, self.expected.home_region
        ended = ends_at(incident)
        if waits:
            until = ended + timedelta(seconds=self.wait_seconds)
            close.wait_for_delivery(until, self.now, self.wait, self.progress)
        collected, clock = self.collected(), self.now()
        if waits and close.still_coming(incident, collected, ended, clock, self.wait_seconds):
            last = max([ended, *(datetime.fromtimestamp(item.time, UTC) for item in collected.mine)])
            close.wait_for_delivery(last + timedelta(seconds=self.wait_seconds), self.now, self.wait, self.progress)
            collected, clock = self.collected(), self.now()
        late = close.still_coming(incident, collected, ended, clock, self.wait_seconds)
        late = (*late, *gaps)
        around = close.Surroundings(
            LiveLook(self.session(home), incident.opened.account_id), self.before(), self._live(), self._plan, home
        )
        self.progress("looking at what was changed")
        return close.examine(incident, collected, around, self.source, clock, late)

    def keep(self, examined: Examined) -> Incident:
        """Write the examination into the record, unless the last one found the same. Raises Problem."""
        records, incident = self.found.records, self.found.incident
        last = incident.contents(EXAMINED, Examined)
        if last and close.same(last[-1], examined):
            return incident
        return records.append(incident.id, EXAMINED, examined)

    def before(self) -> Account | Unknown:
        """The capture that `open` made, if it is still what was written."""
        steps = self.found.incident.contents(BEFORE, Before)
        if not steps:
            return Unknown("no capture was made when the use was declared")
        told = steps[-1]
        if not told.file:
            return Unknown(f"no capture was made when the use was declared: {told.why_not or 'no reason is recorded'}")
        path = self.found.records.folder / told.file
        try:
            packed = path.read_bytes()
        except OSError as error:
            return Unknown(f"the capture from before, {path.name}, cannot be read ({error.strerror})")
        if hashlib.sha256(packed).hexdigest() != told.sha256:
            return Unknown(f"the capture from before, {path.name}, is not the one that was written")
        try:
            return decode_account(json.loads(gzip.decompress(packed)))
        except (OSError, ValueError, EOFError, CodecError, TypeError) as error:
            return Unknown(f"the capture from before, {path.name}, cannot be read ({error})")

    def collected(self) -> close.Collected:
        """The records of the use as they are now. Raises Problem."""
        incident = self.found.incident
        self.progress(f"reading CloudTrail from {self.source}")
        roles = frozenset((self.expected.account_id, name) for name in self.expected.role_names)
        window = Window(begins_at(incident), self.now())
        return close.collect(incident, roles, self._engine, window, self._against(window))

    def _against(self, window: Window) -> Against:
        """The records that explain entries which are not of this use. Raises Problem where one of a drill is broken."""
        from iam_guardrails.adapters import drills
        from iam_guardrails.incident_wiring import environments, records_of

        since, until, records = window.since or self.now(), window.until or self.now(), self.found.records
        others = [name for name in environments(self.root) if name != self.found.environment]
        return Against(
            self.found.environment, self.expected.account_id, since, until, until, since, self.now(),
            incidents=tuple(item for item in records.readable()[0] if item.opened.simulated is self.sandbox),
            drills=tuple(item for item in drills.load(records.records) if item.simulated is self.sandbox),
            elsewhere={item: name for name in others for item in records_of(self.root, name, self.sandbox).ids()},
        )  # fmt: skip

    def _engine(self, roles: close.Roles) -> Engine:
        from iam_guardrails.trail_source import open_source

        cache = self.cache or str(self.found.records.work / "trail")
        given = argparse.Namespace(engine="embedded", cache=cache, processes=0)
        engine, _ = open_source(given, self.source, "breakglass-session", roles, self.progress, self.variables)
        return engine

    def _live(self) -> Account | Unknown:
        if isinstance(self.before(), Unknown):
            return Unknown("there is nothing to compare it with")
        self.progress("reading the live account, to compare it with how it was")
        try:
            return read_account(self.root, self.found.environment, self.sandbox, self.profile, self.progress)
        except Problem as problem:
            return Unknown(f"the live account cannot be read: {problem}")

    def _plan(self) -> Mapping[str, Any] | Unknown:
        """A plan made now, as JSON; why not, where there is none."""
        from iam_guardrails.adapters.plan_json import read_plan

        if not self.terraform:
            return Unknown("--no-terraform was given")
        try:
            if self.plan_file:
                return dict(read_plan(Path(self.plan_file)).content)
            from iam_guardrails.wiring import Wiring

            self.progress("asking Terraform what it declares")
            wiring = Wiring.make(self.root, self.found.environment, self.sandbox, self.progress)
            wiring.plan("close")
            made = wiring.place.work / "close.json"
            content = dict(read_plan(made).content)
            for left in (made, wiring.place.work / "close.tfplan"):
                left.unlink(missing_ok=True)
            return content
        except Problem as problem:
            return Unknown(str(problem))


def closing_for(
    root: Path, found: Found, sandbox: bool, progress: Progress, *, now: Callable[[], datetime],
    wait: Callable[[float], None], source: str = "", wait_seconds: float | None = None, terraform: bool = True,
    plan_file: str = "", cache: str = "", profile: str | None = None,
) -> Closing:  # fmt: skip
    """What an examination of an incident needs. Raises Problem."""
    expected = read_expectations(environment_folder(root, found.environment) / "guardrails.toml")
    variables = variables_of(root, expected, sandbox, profile)
    if wait_seconds is None:
        wait_seconds = 0 if sandbox else DELIVERY_SECONDS
    return Closing(
        root, found, expected, sandbox, source, wait_seconds, terraform, plan_file, cache, profile, variables, progress,
        now, wait,
    )  # fmt: skip


def write_dossier(root: Path, found: Found, sandbox: bool) -> tuple[Path, Path, bool]:
    """Write the dossier and the entry of the change log of a closed incident, from its record alone.

    As often as one likes: files come out the same, and an entry is made once. Returns the Markdown file, the change
    log, and whether the entry was made now. Raises Problem.
    """
    from iam_guardrails.adapters.change_log import add_entry
    from iam_guardrails.reports.dossier import entry, html, markdown
    from iam_guardrails.reports.dossier.told import dossier_of

    dossier = dossier_of(found.environment, _as_closed(found.incident))
    records = found.records
    path = records.keep_beside(found.incident.id, "dossier.md", markdown.render(dossier).encode())
    records.keep_beside(found.incident.id, "dossier.html", html.render(dossier).encode())
    log = change_log_of(root, found, sandbox)
    made = add_entry(log, root / WORK / "change-log.lock", entry.render(dossier), make=sandbox)
    return path, log, made


def change_log_of(root: Path, found: Found, sandbox: bool) -> Path:
    """Where the entry of a use stands: the company's log, or in the embedded AWS one beside the records."""
    return (found.records.records if sandbox else root) / CHANGE_LOG


def _as_closed(incident: Incident) -> Incident:
    """The incident up to its close: what is written later changes nothing in its dossier."""
    numbers = [step.number for step in incident.of(CLOSED)]
    return Incident(incident.opened, incident.steps[: numbers[-1]]) if numbers else incident


def today() -> date:
    """The day, UTC."""
    return datetime.now(UTC).date()
