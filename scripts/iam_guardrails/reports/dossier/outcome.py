"""How a run of `close` ended: what is said last, and the command that is needed next, on a line of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from iam_guardrails.model.counting import counted
from iam_guardrails.model.incident.entry import flag_of
from iam_guardrails.model.incident.examined import Examined
from iam_guardrails.model.incident.handing import Repository, branch_of, commit_command
from iam_guardrails.model.incident.incident import Incident
from iam_guardrails.model.incident.review import Late, after_late
from iam_guardrails.model.incident.settle import unsettled
from iam_guardrails.model.incident.step import Entered
from iam_guardrails.model.value import frozen
from iam_guardrails.reports.dossier.told import harmless
from iam_guardrails.reports.fitting import wrapped

CLOSE = "guardrails breakglass close"
WORD = "--owner NAME --ticket TICKET --until DAY --reason WHY"


@frozen
class Handing:
    """How the files of a closed use are handed in. repository: None where there is none.  paths: git's pathspecs.

    signers: who may approve it.
    """

    repository: Repository | None
    paths: tuple[str, ...]
    signers: tuple[str, ...]

    @property
    def by(self) -> str:
        """Who has to approve it, in words."""
        return " or ".join(self.signers) or "somebody who took no part in it"


@frozen
class Outcome:
    """code: the exit code.  said: sentences, or commands that may be needed.  next: a command, "" where none is."""

    code: int
    said: tuple[str, ...]
    next: str = ""


def ending(outcome: Outcome) -> str:
    """The last lines. Sentences are broken to fit; a command is a line of its own, however long."""
    lines: list[str] = []
    for text in outcome.said:
        shown = harmless(text)
        lines += [f"  {shown}"] if shown.startswith(("guardrails ", "git ")) else wrapped("", shown)
    return "\n".join([*lines, *([f"next: {outcome.next}"] if outcome.next else [])]) + "\n"


def while_alive(incident: Incident, sessions: Sequence[Entered]) -> Outcome:
    """Why nothing was examined: sessions of the use can still be used."""
    until = max(item.expires_at for item in sessions)
    number = counted(len(sessions), "session")
    told = f"{number} of {incident.id} can be used until {until:%H:%M:%S} UTC: end them first"
    return Outcome(1, (told,), f"guardrails breakglass exit {incident.id}{flag_of(incident)}")


def of_items(incident: Incident, examined: Examined, goes_on: bool) -> Outcome:
    """What the items leave to do; exit code 0 where the use can be closed. goes_on: also where something may lack."""
    open_items, doubts = unsettled(examined.items)
    flag = flag_of(incident)
    close = f"{CLOSE} {incident.id}{'' if incident.is_open else ' --again'}{flag}"
    state = "stays open" if incident.is_open else "is closed, and this is open again"
    accept = f"guardrails breakglass accept {incident.id} {{}} {WORD}{flag}"
    if open_items:
        kept = [item.id for item in open_items if item.may_stay]
        word = ["of what was taken away or closed, say so where it is to stay so:"] if kept else []
        word += [f"guardrails breakglass reverted {incident.id} {one} --evidence TEXT{flag}" for one in kept[:1]]
        return Outcome(1, (
            f"{len(open_items)} open, {len(doubts)} not judged: {incident.id} {state}", *word, "to let one stay:",
            accept.format(open_items[0].id), "undo each by the commands above, and then look again",
        ), close)  # fmt: skip
    if doubts:
        said = (f"{len(doubts)} not judged: {incident.id} {state}", "look yourself and say so, or accept it:")
        reverted = f"guardrails breakglass reverted {incident.id} {doubts[0].id} --evidence TEXT{flag}"
        return Outcome(2, (*said, accept.format(doubts[0].id)), reverted)
    if examined.incomplete and not goes_on and incident.is_open:
        why = f"not judged whether that is all: {'; '.join(examined.incomplete)}"
        return Outcome(2, (
            why, f"{incident.id} stays open: repeat later, or with another --source; to close it nevertheless:",
            f"{close} --incomplete REASON",
        ), close)  # fmt: skip
    return Outcome(0, ("nothing stays open",))


def lacking(incident: Incident, happened: bool, prevention: bool) -> Outcome:
    """That the review is not whole. happened, prevention: whether it says what happened, and what prevents the next."""
    lacks = [] if happened else ["what happened"]
    lacks += [] if prevention else ["a prevention action, or why there is none (--no-prevention REASON)"]
    options = "" if happened else " --happened TEXT"
    options += "" if prevention else " --prevent TEXT --owner NAME --due DAY"
    said = f"nothing stays open, but the review lacks {' and '.join(lacks)}; {incident.id} stays open until then"
    return Outcome(1, (said,), f"{CLOSE} {incident.id}{options}{flag_of(incident)}")


def closed(
    incident: Incident, dossier: str, log: str, late: Iterable[Late], handing: Handing | None
) -> Outcome:  # fmt: skip
    """That the use is closed. dossier: its path.  log: the name of the change log.  late: what it still asks for.

    handing: how it is handed in; None for a use of the embedded AWS.
    """
    listed, environment = tuple(late), incident.opened.environment
    told = tuple(f"late: {item.what} ({item.owner}, {item.due})" for item in listed)
    said = [*told, f"{incident.id} is closed; read {dossier}"]
    flag = flag_of(incident)
    if handing is None:
        said.append("it was a rehearsal in the embedded AWS: nothing is to be committed")
        after = f"guardrails breakglass status {environment}{flag}"
    elif handing.repository is None:
        said.append(f"there is no git repository here: hand {log} and the record to {handing.by}, to be signed")
        after = f"guardrails records verify {environment}"
    elif handing.repository.pending:
        after = commit_command(incident, handing.repository, handing.paths)
        branch = branch_of(incident, handing.repository)
        said.append(f"commit {log} with the record, and open a pull request for the branch {branch}: {handing.by} has"
                    " to approve it")  # fmt: skip
    else:
        said.append(f"{log} and the record are committed: {handing.by} has to approve the pull request")
        after = f"guardrails records verify {environment} --base origin/main"
    if listed:
        said += [after] if after.startswith("git ") else []
        after = after_late(listed[0], flag)
    return Outcome(1 if listed else 0, tuple(said), after)
