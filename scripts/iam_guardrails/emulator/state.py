"""What the grafts remember. It lives in a moto backend, so POST /moto-api/reset forgets it as well."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Callable
from functools import cache
from typing import Any

from moto.core.base_backend import BackendDict, BaseBackend
from moto.utilities.utils import PARTITION_NAMES

MAX_EVENTS = 20_000
Job = Callable[[], None]


class GuardrailsBackend(BaseBackend):
    """One account's memory: the recorded calls, and a dictionary per kind of thing that moto lacks.

    events: CloudTrail records, oldest first, at most MAX_EVENTS.   sequence: how many were ever recorded.
    waiting: records that trails will deliver, as (time.monotonic() of the call, record, the trails).
    jobs: what the delivery worker does next.   dropped: how many did not fit into the two (MAX_EVENTS each).
    """

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.events: deque[tuple[int, dict[str, Any]]] = deque(maxlen=MAX_EVENTS)
        self.sequence = 0
        self.waiting: deque[tuple[float, dict[str, Any], tuple[Any, ...]]] = deque()
        self.jobs: deque[Job] = deque()
        self.dropped = 0
        self._kinds: dict[tuple[str, ...], dict[str, Any]] = defaultdict(dict)

    def kind(self, *name: str) -> dict[str, Any]:
        """The dictionary for one kind of thing, for example ("config", "us-east-2", "evaluations")."""
        return self._kinds[name]

    def record(self, event: dict[str, Any]) -> None:
        """Append one CloudTrail record."""
        self.sequence += 1
        self.events.append((self.sequence, event))

    def wait(self, event: dict[str, Any], trails: tuple[Any, ...]) -> None:
        """Keep a record until its delivery to `trails` is due; without a trail nothing will be delivered."""
        if trails and self._fits(len(self.waiting)):
            self.waiting.append((time.monotonic(), event, trails))

    def later(self, job: Job) -> None:
        """Have the delivery worker do `job` in its next round."""
        if self._fits(len(self.jobs)):
            self.jobs.append(job)

    def _fits(self, length: int) -> bool:
        if length < MAX_EVENTS:
            return True
        self.dropped += 1
        return False


@cache
def backends() -> BackendDict[GuardrailsBackend]:
    """The one BackendDict of this process."""
    return BackendDict(
        GuardrailsBackend, "guardrails", use_boto3_regions=False, additional_regions=list(PARTITION_NAMES)
    )


def memory(account_id: str) -> GuardrailsBackend:
    """The memory of one account."""
    return backends()[account_id]["aws"]
