"""Undoing what a use left: in which order, and as lines that act on no other account than the one that is meant.

Sources: IAM API Reference, DeleteUser and DeletePolicy (DeleteConflict while something hangs on them) and
DeletePolicyVersion (not the one in force); EC2 API Reference, DeleteSecurityGroup; AWS CLI User Guide,
cli-configure-files (--profile).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable

from iam_guardrails.model.incident.examined import OPEN, Item
from iam_guardrails.model.incident.incident import Incident

_HOLDERS = frozenset({
    "role", "user", "group", "instance-profile", "managed-policy", "oidc-provider", "saml-provider",
    "virtual-mfa-device", "security-group", "secret", "trail", "topic", "log-group", "event-rule",
})  # fmt: skip
"""Kinds on which others hang: deleted after all else, and made again before it."""
_VERSION = "policy-version"
_QUOTED_OR_JOINED = re.compile(r"""'[^']*'|"[^"]*"|( && | [|] | [)]$)""")
_CALLS_AWS = re.compile(r"(\( )?(\w+=\$\()?aws ")
PROFILE = "PROFILE"
"""Stands for a profile that a person has to name: a line with it acts on nothing."""


def in_undo_order(items: Iterable[Item]) -> list[Item]:
    """The items, what was done last first; of what one call did, in the order of the tables; what is no line to paste
    comes last. items: by time."""
    calls: dict[tuple[str, ...], list[Item]] = {}
    for item in items:
        calls.setdefault(item.writes[:1] or (item.id,), []).append(item)
    return sorted((item for call in reversed(calls.values()) for item in call), key=_rank)


def _rank(item: Item) -> int:
    if item.harm:
        return 4
    deletes = " delete-" in item.command
    if item.kind == _VERSION and deletes:
        return 2
    if item.kind not in _HOLDERS or not item.command:
        return 1
    return 3 if deletes else 0


def pasted(command: str, incident: Incident, profile: str = "") -> str:
    """A command as a line for a POSIX shell. profile: of the account that is meant, "" where none was given.

    Of a use of the embedded AWS the line asks for its variables first, and stops where it does not run. Of a real use
    it names a profile, in each of the commands that "&&" or "|" join, so that none acts with whatever credentials are
    about.
    """
    if incident.opened.simulated:
        asked = f"guardrails sandbox env {shlex.quote(incident.opened.environment)}"
        return f'(variables="$({asked})" && eval "$variables" && {command})'
    named = f" --profile {shlex.quote(profile or PROFILE)}"
    return "".join(
        f"{one}{named if _CALLS_AWS.match(one) else ''}{joint}" for one, joint in _each(command)
    )  # fmt: skip


def _each(command: str) -> list[tuple[str, str]]:
    """The commands that "&&" or "|" join, or that a ")" ends, outside of quotes, each with what follows it."""
    found, start = [], 0
    for match in _QUOTED_OR_JOINED.finditer(command):
        if match[1]:
            found.append((command[start : match.start()], match[1]))
            start = match.end()
    return [*found, (command[start:], "")] if command[start:] else found


def undo_lines(items: Iterable[Item], incident: Incident, profile: str = "") -> list[str]:
    """The lines that undo what is open, in their order, each once; none whose harm only a person may want."""
    commands = dict.fromkeys(
        item.command for item in in_undo_order(items)
        if item.command and item.verdict == OPEN and not item.harm
    )  # fmt: skip
    return [pasted(command, incident, profile) for command in commands]


def undo_note(incident: Incident, profile: str = "") -> str:
    """How the lines are used, and on which account they act; a sentence."""
    opened = incident.opened
    if opened.simulated:
        return "undo in this order; the lines act on the embedded AWS, and on nothing where it does not run"
    told = f"undo in this order, in the account {opened.account_id} ({opened.environment})"
    return told if profile else f"{told}: put a profile of that account for {PROFILE}"
