"""Names an incident goes by: its id, which is also the session's source identity, and the session's name.

Source: AWS STS API Reference, AssumeRole: SourceIdentity and RoleSessionName take 2 to 64 of [\\w+=,.@-] (F1.14).
"""

from __future__ import annotations

import re

from iam_guardrails.model.expression import Expression
from iam_guardrails.model.iam.match import glob_match
from iam_guardrails.model.problem import Problem

ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""Letters and digits that nobody mistakes for another when they are read aloud."""
LETTERS = 4
_MADE = Expression(rf"\S*\d{{8}}-\d{{4}}-[{ALPHABET}]{{{LETTERS}}}\S*")
_ALLOWED = Expression(r"[\w+=,.@-]{2,64}", re.ASCII)


def incident_id(pattern: str | None, stamp: str, letters: str) -> str:
    """An id that the trust policy's pattern admits, e.g. "INC-20261128-1250-k7qf" for "INC-*".

    pattern: incident_id_pattern of guardrails.toml.  stamp: "20261128-1250", UTC.  letters: LETTERS random ones of
    ALPHABET. Raises Problem where the pattern admits no id of ours.
    """
    wanted = "INC-*" if pattern is None else pattern
    tail = f"{stamp}-{letters}"
    made = wanted.replace("*", tail, 1).replace("*", "").replace("?", "0")
    if "*" not in wanted or not _ALLOWED.fullmatch(made) or not glob_match(wanted, made):
        raise Problem(
            f'the incident id pattern "{wanted}" admits no new incident id: set incident_id_pattern, in Terraform and'
            ' in guardrails.toml, to one with a *, for example "INC-*"'
        )
    return made


def is_id(text: str) -> bool:
    """Whether a text is nothing but an id as `incident_id` makes it."""
    return bool(_MADE.fullmatch(text.strip()))


def session_name(person: str) -> str:
    """A person's name as a session's: other characters become "-"."""
    made = re.sub(r"[^\w+=,.@-]", "-", person, flags=re.ASCII)[:64]
    return made if len(made) >= 2 else f"{made}--"[:2]


def names(wanted: str, incident_id: str) -> bool:
    """Whether it is the id, or at least four letters of its beginning or end."""
    return wanted == incident_id or (
        len(wanted) >= 4 and (incident_id.startswith(wanted) or incident_id.endswith(wanted))
    )
