"""What to do after a reconciliation: the remedy in a sentence, and one command that can be run as it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from iam_guardrails.model.finding import Finding, Verdict
from iam_guardrails.model.incident import placing as sides
from iam_guardrails.model.incident.entry import flag_of
from iam_guardrails.model.incident.incident import ENDED_STATE, Incident
from iam_guardrails.reports.summary import ordered

BEGIN = "guardrails breakglass"


def next_lines(verdict: Verdict, environment: str, incidents: Iterable[Incident], again: str) -> str:
    """The last lines. incidents: of the environment, with those that findings speak of.  again: this very command."""
    told, command = _next(verdict, environment, tuple(incidents), again)
    return f"{told}\nnext: {command}\n"


def _next(verdict: Verdict, environment: str, incidents: tuple[Incident, ...], again: str) -> tuple[str, str]:
    if verdict.findings:
        first = ordered(verdict.findings)[0]
        made = _COMMANDS.get(first.rule, _nothing)(_about(first, incidents), environment, incidents)
        return f"first {first.address}: {first.remedy}", made or again
    if any(not item.limit for item in verdict.not_judged):
        return "make readable what was not judged (above), and repeat", again
    return "nothing is to be done; repeat within a week", again


def _about(finding: Finding, incidents: Iterable[Incident]) -> Incident | None:
    """The incident that a finding is about, or names."""
    listed = tuple(incidents)
    exact = next((item for item in listed if item.id == finding.address), None)
    return exact or next((item for item in listed if item.id in finding.message), None)


Made = Callable[[Incident | None, str, tuple[Incident, ...]], str]


def _nothing(_about: Incident | None, _environment: str, _all: tuple[Incident, ...]) -> str:
    return ""


def _verify(_about: Incident | None, environment: str, _all: tuple[Incident, ...]) -> str:
    return f"guardrails records verify {environment}"


def _revoke(_about: Incident | None, environment: str, incidents: tuple[Incident, ...]) -> str:
    """Sessions are revoked within an incident: the one that is open, or one that is declared for it."""
    there = next((item for item in incidents if item.is_open), None)
    if there is not None:
        return f"{BEGIN} exit {there.id} --again{flag_of(there)}"
    flag = flag_of(incidents[0]) if incidents else ""
    return f'{BEGIN} open {environment} --reason "an entry that nobody declared" --minutes 30{flag}'


def _of(action: str, words: str = "") -> Made:
    """A command about the incident that the finding is about; none where that is not known."""
    return lambda about, _environment, _all: f"{BEGIN} {action} {about.id}{words}{flag_of(about)}" if about else ""


def _close(about: Incident | None, _environment: str, _all: tuple[Incident, ...]) -> str:
    """The close of an incident; of one that is closed, what its record says."""
    return f"{BEGIN} {'close' if about.is_open else 'show'} {about.id}{flag_of(about)}" if about else ""


def _exit(about: Incident | None, _environment: str, _all: tuple[Incident, ...]) -> str:
    """The exit of an incident that lacks it; where it is exited, and open, its close."""
    if about is None:
        return ""
    if about.state == ENDED_STATE:
        return f"{BEGIN} close {about.id}{flag_of(about)}"
    return f"{BEGIN} exit {about.id}{flag_of(about)}" if about.is_open else f"{BEGIN} show {about.id}{flag_of(about)}"


_COMMANDS: Mapping[str, Made] = {
    sides.UNDECLARED: _revoke,
    sides.AFTER_EXIT: _of("exit", " --again"),
    sides.OTHER_PERSON: _of("show"),
    sides.BROKEN: _verify,
    "reconcile-used-late": _exit,
    "reconcile-session-late": _exit,
    "reconcile-outside-purpose": _of("note", ' "WHY THESE CALLS WERE MADE"'),
    "reconcile-never-used": _close,
    "reconcile-never-exited": _of("exit"),
    "reconcile-never-closed": _close,
}
"""By rule; after the others, the remedy's work is somebody's elsewhere, and then the same is judged again."""
