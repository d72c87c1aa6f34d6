"""breakglass open: the declaration is kept first, with no network; then the state before is read, if it can be."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from iam_guardrails.model.account import Account
from iam_guardrails.model.codec import encode
from iam_guardrails.model.incident.incident import Incident
from iam_guardrails.model.incident.step import BEFORE, Before, Opened
from iam_guardrails.model.problem import Problem

BEFORE_FILE = "before.json.gz"


class Records(Protocol):
    """What keeps incidents (adapters.incidents.IncidentRecords)."""

    def open(self, opened: Opened) -> Incident:
        """Begin a record."""

    def append(self, incident_id: str, kind: str, content: Any) -> Incident:
        """Add a step."""

    def keep_beside(self, incident_id: str, name: str, content: bytes) -> Path:
        """Write a file that belongs to an incident."""


def capture_before(records: Records, incident: Incident, read: Callable[[], Account]) -> Incident:
    """Read the account and keep what it looked like; where it cannot be read, the record says why.

    Nothing that goes wrong here stops an emergency: Ctrl-C skips it.
    """
    try:
        account = read()
    except KeyboardInterrupt:
        return records.append(incident.id, BEFORE, Before(why_not="it was skipped with Ctrl-C"))
    except Problem as problem:
        return records.append(incident.id, BEFORE, Before(why_not=str(problem)))
    except Exception as defect:  # its text may hold anything, also what must not be kept
        return records.append(incident.id, BEFORE, Before(why_not=f"a defect in guardrails ({type(defect).__name__})"))
    data = gzip.compress(json.dumps(encode(account), ensure_ascii=False).encode(), mtime=0)
    kept = records.keep_beside(incident.id, BEFORE_FILE, data)
    step = Before(kept.name, hashlib.sha256(data).hexdigest(), "", dict(account.refused))
    return records.append(incident.id, BEFORE, step)
