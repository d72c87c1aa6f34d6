"""Bringing the record of an incident here from the store: what may be written, and what speaks against it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from iam_guardrails.model.counting import counted
from iam_guardrails.model.incident.chain import Head, against_head
from iam_guardrails.model.incident.incident import Incident, kept_files
from iam_guardrails.model.incident.step import BEFORE, Before, Step
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.value import frozen


@frozen
class Fetched:
    """A record that was brought here. added: lines that were missing here; negative where the record here has that many
    more.  lacking: names of files beside it that its steps speak of and that are not here."""

    environment: str
    incident: Incident
    added: int
    lacking: tuple[str, ...] = ()

    @property
    def lines(self) -> int:
        """How many there are here now."""
        return len(self.incident.steps)


def fetch_command(incident_id: str, url: str, simulated: bool) -> str:
    """What brings a record here. url: of the store.  simulated: whether it is one of the embedded AWS."""
    return f"guardrails records fetch {incident_id} --store {shlex.quote(url)}{' --sandbox' if simulated else ''}"


def lines_to_add(incident_id: str, here: Sequence[Step], there: Sequence[Step], head: Head | None) -> int:
    """How many lines of the store's record are missing here; negative where the record here has that many more.

    here, there: both whole in themselves.  head: what is left of a record that is gone here.  Raises Problem where the
    two are not the same record, or the store lacks what was here.
    """
    for mine, theirs in zip(here, there, strict=False):
        if mine.hash != theirs.hash:
            longer = "they are of one length" if len(here) == len(there) else (
                f"the longer is the one {'here' if len(here) > len(there) else 'in the store'}")  # fmt: skip
            raise Problem(
                f"{incident_id} differs from line {mine.number} on: {counted(len(here), 'line')} here,"
                f" {counted(len(there), 'line')} in the store, {longer}: two machines went on with the same incident,"
                " or somebody changed one of the two; nothing was written"
            )
    if not here and head is not None and (late := against_head(there, head)):
        raise Problem(
            f"of {incident_id} there was a record here with {counted(head.lines, 'line')}, and the store's"
            f" {counted(len(there), 'line')} are not its beginning (line {late.line}: {late.why}); nothing was written:"
            " restore it from version control"
        )
    return len(there) - len(here)


def files_of(incident: Incident) -> tuple[str, ...]:
    """Names of the files beside the record that its steps speak of; a store has none of them."""
    captures = [item.file for item in incident.contents(BEFORE, Before) if item.file]
    return tuple(dict.fromkeys((*captures, *kept_files(incident))))
