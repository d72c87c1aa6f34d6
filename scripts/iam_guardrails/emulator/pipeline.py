"""The worker behind the calls: delivers records after a delay, then evaluates filters, alarms and rules.

It alone does this work, so that it happens in one order: records as they were made, account by account.
What it does not understand it says in the log; a call never waits for it and never fails because of it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends

from iam_guardrails.emulator import alarms, bus, trail_logs
from iam_guardrails.emulator.identity import Json
from iam_guardrails.emulator.state import GuardrailsBackend, backends
from iam_guardrails.emulator.trails import LoggingTrail

_BATCH = 200  # records that are written to a log group at once
_QUICKEST, _SLOWEST = 0.02, 0.5
_STOP_SECONDS = 5.0
log = logging.getLogger("iam_guardrails.emulator")


class Pipeline:
    """A thread while the `with` block lasts. `delay`: seconds between a call and the delivery of its record."""

    def __init__(self, delay: float) -> None:
        self.delay = delay
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="delivery", daemon=True)

    def __enter__(self) -> Pipeline:
        self._thread.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self._stop.set()
        self._thread.join(_STOP_SECONDS)

    def _work(self) -> None:
        pause = min(_SLOWEST, max(_QUICKEST, self.delay / 4))
        while not self._stop.wait(pause):
            _guarded(self.round)

    def round(self) -> None:
        """Deliver what is due, do the jobs that came up, then look at the alarms."""
        for _, account in sorted(dict(backends()).items()):
            for kept in list(account.values()):
                while not self._stop.is_set() and (due := _due(kept, time.monotonic() - self.delay)):
                    _guarded(_deliver, due)
                    _jobs(kept)
                _jobs(kept)
        for _, regions in sorted(dict(cloudwatch_backends).items()):
            for backend in list(regions.values()):
                if backend.alarms:
                    _guarded(alarms.evaluate, backend)


def _due(kept: GuardrailsBackend, before: float) -> list[tuple[Json, tuple[LoggingTrail, ...]]]:
    """Take the records that were made `before` that moment, at most a batch."""
    if kept.dropped:
        log.warning("account %s: %d records or jobs did not fit and are lost", kept.account_id, kept.dropped)
        kept.dropped = 0
    found: list[tuple[Json, tuple[LoggingTrail, ...]]] = []
    while kept.waiting and kept.waiting[0][0] <= before and len(found) < _BATCH:
        _, event, trails = kept.waiting.popleft()
        found.append((event, trails))
    return found


def _deliver(due: list[tuple[Json, tuple[LoggingTrail, ...]]]) -> None:
    batches: dict[tuple[str, str], tuple[LoggingTrail, list[Json]]] = {}
    for event, trails in due:
        for trail in trails:
            if trail.covers(event):
                batches.setdefault((trail.region, trail.name), (trail, []))[1].append(event)
    for trail, events in batches.values():
        _guarded(trail_logs.deliver, trail, events)
    for event, trails in due:
        if any(trail.reaches(event["awsRegion"]) for trail in trails):
            _guarded(bus.deliver, event)


def _jobs(kept: GuardrailsBackend) -> None:
    while kept.jobs:
        _guarded(kept.jobs.popleft())


def _guarded(work: Callable[..., Any], *arguments: Any) -> None:
    """One failure must not end the worker, or hide what comes after it."""
    try:
        work(*arguments)
    except Exception as error:
        log.warning("delivery: %r in %s", error, getattr(work, "__name__", "a job"))
