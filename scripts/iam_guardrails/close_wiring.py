"""Closing an incident, with its edges: the account, CloudTrail, Terraform, the record."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from iam_guardrails.adapters.expectations import read_expectations
from iam_guardrails.adapters.place import environment_folder
from iam_guardrails.evidence_wiring import before_of, live_of, plan_of
from iam_guardrails.incident_wiring import Found, account_with, variables_of
from iam_guardrails.journeys import close
from iam_guardrails.model.account import Account
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.incident.against import Against
from iam_guardrails.model.incident.declared import About
from iam_guardrails.model.incident.ending import last_call
from iam_guardrails.model.incident.examined import Examined
from iam_guardrails.model.incident.incident import Incident
from iam_guardrails.model.incident.reach import NOWHERE, Reach, lookup_gaps, lookup_of
from iam_guardrails.model.incident.step import ENTERED, EXAMINED, Entered
from iam_guardrails.model.incident.window import DELIVERY_SECONDS, begins_at, ends_at, undated
from iam_guardrails.model.trail.window import Window
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import changed, frozen

if TYPE_CHECKING:
    from iam_guardrails.adapters.aws.session import Session
    from iam_guardrails.journeys.trail_ask import Engine

Progress = Callable[[str], None]


@frozen
class Closing:
    """What an examination needs. source: of CloudTrail's records, "" for LookupEvents of every enabled Region.

    variables: the environment for AWS and Terraform.  session: signs in, once (raises AwsError).  wait_seconds: how
    long after its last call a use's records are waited for; 0 for the embedded AWS, which records at once.  plan_file:
    an existing plan as JSON, "" to make one.  reach: the Regions in which the use may have left records.
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
    variables: Mapping[str, str]
    session: Callable[[], Session]
    progress: Progress
    now: Callable[[], datetime]
    wait: Callable[[float], None]
    reach: Reach = NOWHERE

    @property
    def complete_seconds(self) -> float:
        """How long after its last call a use's records may still come, however long they are waited for."""
        return self.wait_seconds if self.sandbox else max(self.wait_seconds, DELIVERY_SECONDS)

    def examination(self, waits: bool) -> Examined:
        """Wait, collect, look and judge. waits: else it is only said what may be missing. Raises Problem."""
        from iam_guardrails.adapters.aws.account import check_account

        check_account(self.session(), self.found.incident.opened.account_id, self.expected.home_region)
        return self.with_regions()._examined(waits)

    def with_regions(self) -> Closing:
        """The same with its source, by default LookupEvents of every enabled Region, and with what it should hold.

        Raises AwsError.
        """
        from iam_guardrails.adapters.aws.regions import regions_of

        home = self.expected.home_region
        mine = [home, self.expected.second_region, self.found.incident.opened.region]
        mine += [item.region for item in self.found.incident.contents(ENTERED, Entered)]
        there = regions_of(self.session(), home)
        source = self.source or lookup_of((*mine, *there.askable))
        return changed(self, source=source, reach=Reach((*mine, *there.enabled), there.why))

    def _examined(self, waits: bool) -> Examined:
        """The examination of a source that is known by now. Raises Problem."""
        from iam_guardrails.adapters.aws.effects import LiveLook

        incident, before = self.found.incident, self.before()
        ended = min(ends_at(incident), self.now())
        if waits:
            self._wait_until(ended)
        collected, live, clock = self._read(before)
        if waits and close.still_coming(incident, collected, ended, clock, self.wait_seconds):
            self._wait_until(last_call(collected.mine, collected.others, ended))
            collected, live, clock = self._read(before)
        late = close.still_coming(incident, collected, ended, clock, self.complete_seconds)
        late += close.copied_too_early(incident, collected, clock, self.complete_seconds)
        late += (*lookup_gaps(self.source, self.reach), *undated(incident, clock))
        around = close.Surroundings(
            LiveLook(self.session(), incident.opened.account_id),
            before,
            live,
            self._plan,
            self.expected.home_region,
            self._beside,
        )
        self.progress("looking at what was changed")
        return close.examine(incident, collected, around, self.source, clock, late)

    def _wait_until(self, last: datetime) -> None:
        """Wait until the records of a call at that moment are there."""
        close.wait_for_delivery(last + timedelta(seconds=self.wait_seconds), self.now, self.wait, self.progress)

    def _read(self, before: Account | Unknown) -> tuple[close.Collected, Account | Unknown, datetime]:
        """The records, the live account, and the time when both readings began, side by side. Raises Problem."""
        from iam_guardrails.adapters.side_by_side import begun

        also = before if isinstance(before, Account) else None
        live = begun(lambda: live_of(
            before, lambda: account_with(self.session(), self.expected, self.progress, also=also), self.progress
        ))  # fmt: skip
        clock, collected = self.now(), self.collected(before)
        return collected, live(), clock

    def keep(self, examined: Examined) -> Incident:
        """Write the examination into the record, unless the last one found the same. Raises Problem."""
        records, incident = self.found.records, self.found.incident
        last = incident.contents(EXAMINED, Examined)
        if last and close.same(last[-1], examined):
            return incident
        return records.append(incident.id, EXAMINED, examined)

    def before(self) -> Account | Unknown:
        """The capture that `open` made, if it is still what was written."""
        return before_of(self.found)

    def collected(self, before: Account | Unknown) -> close.Collected:
        """The records of the use as they are now. before: the capture that `open` made. Raises Problem."""
        incident = self.found.incident
        self.progress(f"reading CloudTrail from {self.source}")
        roles = frozenset((self.expected.account_id, name) for name in self.expected.role_names)
        now = self.now()
        window = Window(begins_at(incident, now), now)
        return close.collect(incident, roles, self._engines(), window, self._against(window), self.reach, before)

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

    def _engines(self) -> Callable[[close.Roles], Engine]:
        """What reads for some roles; AWS is asked once, however many roles are followed."""
        if self.source.startswith(("lookup:", "logs:")):
            from iam_guardrails.adapters.aws.trail_records import Once, record_source
            from iam_guardrails.adapters.trail_engine.records import RecordEngine

            records = Once(record_source(self.source, lambda _region: self.session(), self.progress))
            return lambda roles: RecordEngine(records, roles)
        return self._of_files

    def _of_files(self, roles: close.Roles) -> Engine:
        from iam_guardrails.trail_source import open_source

        kept = self.cache or str(self.found.records.work / "trail")
        given = argparse.Namespace(engine="embedded", cache=kept, processes=0)
        engine, _ = open_source(given, self.source, "breakglass-session", roles, self.progress, self.variables)
        return engine

    def _beside(self, content: Mapping[str, Any]) -> Callable[[str], About]:
        from iam_guardrails.adapters.terraform_source.about import Beside

        folder = environment_folder(self.root, self.found.environment)
        return Beside(content, folder, self.expected.home_region, self.expected.account_id)

    def _plan(self) -> Mapping[str, Any] | Unknown:
        if not self.terraform:
            return Unknown("--no-terraform was given")
        return plan_of(self.root, self.found.environment, self.sandbox, self.plan_file, self.progress)


def closing_for(
    root: Path, found: Found, sandbox: bool, progress: Progress, *, now: Callable[[], datetime],
    wait: Callable[[float], None], source: str = "", wait_seconds: float | None = None, terraform: bool = True,
    plan_file: str = "", cache_folder: str = "", profile: str | None = None,
) -> Closing:  # fmt: skip
    """What an examination of an incident needs. profile: signs in instead of keys. Raises Problem."""
    expected = read_expectations(environment_folder(root, found.environment) / "guardrails.toml")
    variables = variables_of(root, expected, sandbox, profile)

    @cache
    def signed_in() -> Session:
        from iam_guardrails.adapters.aws import session

        return session(variables, expected.home_region)

    if wait_seconds is None:
        wait_seconds = 0 if sandbox else DELIVERY_SECONDS
    return Closing(
        root, found, expected, sandbox, source, wait_seconds, terraform, plan_file, cache_folder, variables, signed_in,
        progress, now, wait,
    )  # fmt: skip
