"""What a trail writes into its CloudWatch Logs group.

SOURCE: CloudTrail User Guide, "Sending events to CloudWatch Logs": a log event is one record; its time is that
of the delivery; records over 256 KB are left out.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Sequence
from typing import Any

from moto.logs.models import logs_backends

from iam_guardrails.emulator.identity import Json
from iam_guardrails.emulator.state import MAX_EVENTS
from iam_guardrails.emulator.trails import LoggingTrail, note_delivery

_MOST_BYTES = 256 * 1024
log = logging.getLogger("iam_guardrails.emulator")


def deliver(trail: LoggingTrail, events: Sequence[Json]) -> None:
    """Write the records, in order, into the trail's group in its home Region; without a group do nothing.

    GetTrailStatus then tells the time, or the error when the group is gone.
    """
    if not trail.log_group_arn or not events:
        return
    _, _, _, region, account_id, _, name, *_ = f"{trail.log_group_arn}::::::".split(":")
    backend = logs_backends[trail.account_id][trail.region]
    if (account_id, region) != (trail.account_id, trail.region) or name not in backend.groups:
        note_delivery(trail, time.time(), "Log group does not exist.")
        return
    for region in dict.fromkeys(event["awsRegion"] for event in events):
        _write(
            backend, name, f"{trail.account_id}_CloudTrail_{region}", [e for e in events if e["awsRegion"] == region]
        )
    note_delivery(trail, time.time())


def _write(backend: Any, group: str, stream: str, events: Sequence[Json]) -> None:
    backend.ensure_log_stream(group, stream)
    now = int(time.time() * 1000)
    messages = [json.dumps(event, default=str, separators=(",", ":")) for event in events]
    fitting = [text for text in messages if len(text.encode()) <= _MOST_BYTES]
    if len(fitting) < len(messages):
        log.warning("%s: %d records over 256 KB were not sent", group, len(messages) - len(fitting))
    backend.put_log_events(group, stream, [{"timestamp": now, "message": text} for text in fitting])
    del backend.groups[group].streams[stream].events[:-MAX_EVENTS]
