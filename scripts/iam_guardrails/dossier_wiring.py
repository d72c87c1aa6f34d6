"""The files of a closed use: its dossier beside the record, and its entry in the change log."""

from __future__ import annotations

from pathlib import Path

from iam_guardrails.adapters.files import require_writable
from iam_guardrails.incident_wiring import WORK, Found
from iam_guardrails.model.incident.incident import Incident
from iam_guardrails.model.incident.step import CLOSED

CHANGE_LOG = "Change_Log.md"


def require_files_writable(root: Path, found: Found, sandbox: bool) -> None:
    """Raise Problem, before a use is closed, where its dossier or its entry could not be written afterwards."""
    from iam_guardrails.adapters.change_log import require_entries

    for path in _dossier(found):
        require_writable(path)
    require_entries(change_log_of(root, found, sandbox), _lock(root), make=sandbox)


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
    made = add_entry(log, _lock(root), entry.render(dossier), make=sandbox)
    return path, log, made


def change_log_of(root: Path, found: Found, sandbox: bool) -> Path:
    """Where the entry of a use stands: the company's log, or in the embedded AWS one beside the records."""
    return (found.records.records if sandbox else root) / CHANGE_LOG


def _dossier(found: Found) -> tuple[Path, ...]:
    return tuple(found.records.folder / f"{found.incident.id}.dossier.{form}" for form in ("md", "html"))


def _lock(root: Path) -> Path:
    return root / WORK / "change-log.lock"


def _as_closed(incident: Incident) -> Incident:
    """The incident up to its close: what is written later changes nothing in its dossier."""
    numbers = [step.number for step in incident.of(CLOSED)]
    return Incident(incident.opened, incident.steps[: numbers[-1]]) if numbers else incident
