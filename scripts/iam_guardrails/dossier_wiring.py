"""The files of a closed use: its dossier beside the record, and its entry in the change log."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from iam_guardrails.adapters.files import require_writable
from iam_guardrails.incident_wiring import WORK, Found, change_log_of
from iam_guardrails.model.incident.examined import WRITTEN, Closed, Written
from iam_guardrails.model.incident.incident import Incident, kept_files
from iam_guardrails.model.incident.step import CLOSED
from iam_guardrails.model.value import changed

if TYPE_CHECKING:
    from iam_guardrails.reports.dossier.outcome import Handing


def require_files_writable(root: Path, found: Found, sandbox: bool) -> None:
    """Raise Problem, before a use is closed, where its dossier or its entry could not be written afterwards."""
    from iam_guardrails.adapters.change_log import require_entries

    for path in _dossier(found):
        require_writable(path)
    require_entries(change_log_of(root, found.records, sandbox), _lock(root), make=sandbox)


def close_use(found: Found, review: Closed) -> Incident:
    """Close a use with its review, unless somebody did: the step that closes it holds its dossier's hashes.

    Raises Problem.
    """

    def finish(draft: Incident) -> Closed:
        return changed(review, files=_keep(found, draft))

    return found.records.append_finished(found.incident.id, CLOSED, review, finish)


def write_dossier(root: Path, found: Found, sandbox: bool) -> tuple[Path, Path, bool]:
    """Write the dossier and the entry of the change log of a closed incident, from its record alone.

    As often as one likes: files come out the same, else their new hashes are added to the record; an entry is made
    once. Returns the Markdown file, the change log, and whether the entry was made now. Raises Problem.
    """
    from iam_guardrails.adapters.change_log import add_entry
    from iam_guardrails.reports.dossier import entry
    from iam_guardrails.reports.dossier.told import dossier_of

    incident = found.incident
    files = _keep(found, _as_closed(incident))
    if any(kept_files(incident).get(name) != sha256 for name, sha256 in files.items()):
        found.records.append(incident.id, WRITTEN, Written(files))
    log = change_log_of(root, found.records, sandbox)
    text = entry.render(dossier_of(found.environment, _as_closed(incident)))
    return _dossier(found)[0], log, add_entry(log, _lock(root), text, make=sandbox)


def handing_of(root: Path, found: Found, log: Path) -> Handing:
    """How the record of a closed use and its entry are handed in. log: the change log."""
    from iam_guardrails.adapters.expectations import read_expectations
    from iam_guardrails.adapters.place import environment_folder
    from iam_guardrails.adapters.record_history import repository_of
    from iam_guardrails.model.incident.handing import signers
    from iam_guardrails.model.incident.people import names
    from iam_guardrails.reports.dossier.outcome import Handing

    folder = found.records.folder.relative_to(root).as_posix()
    paths = (log.relative_to(root).as_posix(), f"{folder}/{found.incident.id}.*")
    expected = read_expectations(environment_folder(root, found.environment) / "guardrails.toml")
    return Handing(repository_of(root, paths, Path.cwd()), paths, signers(found.incident, names(expected)))


def _keep(found: Found, incident: Incident) -> dict[str, str]:
    """Write the dossier of an incident up to its close; the names and hashes of its files."""
    from iam_guardrails.reports.dossier import html, markdown
    from iam_guardrails.reports.dossier.told import dossier_of

    dossier = dossier_of(found.environment, incident)
    files = {"dossier.md": markdown.render(dossier).encode(), "dossier.html": html.render(dossier).encode()}
    return {found.records.keep_beside(incident.id, name, content).name: hashlib.sha256(content).hexdigest()
            for name, content in files.items()}  # fmt: skip


def _dossier(found: Found) -> tuple[Path, ...]:
    return tuple(found.records.folder / f"{found.incident.id}.dossier.{form}" for form in ("md", "html"))


def _lock(root: Path) -> Path:
    return root / WORK / "change-log.lock"


def _as_closed(incident: Incident) -> Incident:
    """The incident up to its close: what is written later changes nothing in its dossier."""
    numbers = [step.number for step in incident.of(CLOSED)]
    return Incident(incident.opened, incident.steps[: numbers[-1]]) if numbers else incident
