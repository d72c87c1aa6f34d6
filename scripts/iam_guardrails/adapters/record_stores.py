"""What a second place for records does: of incidents, and of the other kinds (adapters.aws.incident_store.S3Store)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from iam_guardrails.model.incident.incident import Incident
from iam_guardrails.model.incident.step import Step


class IncidentStore(Protocol):
    """A second place for the lines of incidents."""

    @property
    def url(self) -> str:
        """Where it is, e.g. "s3://bucket/prefix"."""

    def claim(self, incident_id: str) -> Incident | None:
        """None where this incident may be opened, else the one that is open elsewhere. Raises Problem."""

    def send(self, incident_id: str, steps: Sequence[Step]) -> int:
        """Write the lines that are not there yet; returns how many. Raises Problem."""

    def ids(self) -> tuple[str, ...]:
        """The ids of the incidents it knows. Raises Problem."""

    def text(self, incident_id: str) -> str:
        """A record as it has it. Raises Problem."""

    def sent_at(self, incident_id: str) -> datetime | None:
        """When it got the first line of a record, by its own clock; None where it has none. Raises Problem."""

    def is_locked(self) -> bool:
        """Whether what is written there is kept for a time, whatever anybody does. Raises Problem."""


class RecordStore(Protocol):
    """A second place for records of any kind; a kind has a folder of its own."""

    def send_lines(self, folder: str, record: str, lines: Sequence[str]) -> int:
        """Write the lines of a record that are not there yet; returns how many. Raises Problem."""

    def names(self, folder: str) -> tuple[str, ...]:
        """The records of a kind that it knows. Raises Problem."""

    def text_in(self, folder: str, record: str) -> str:
        """A record as it has it. Raises Problem."""


class Store(IncidentStore, RecordStore, Protocol):
    """Both in one."""
