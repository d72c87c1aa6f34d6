"""What else belongs to a use: calls in what its sessions entered, with what they made to call with, and lent.

One judgement for `close`, which has an incident, and for `reconcile`, which has entries. Source: AWS IAM User Guide,
id_credentials_temp_control-access_monitor (the source identity persists through role chaining, and a user's access key
or password has none).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from iam_guardrails.model.incident.chains import Chains
from iam_guardrails.model.incident.lending import LONG_TERM, Lending, Roles, Subject, entered, key_of, lending
from iam_guardrails.model.incident.recorded import made_key
from iam_guardrails.model.incident.rights import Rights
from iam_guardrails.model.incident.window import entered_from
from iam_guardrails.model.trail.principal import subject_of
from iam_guardrails.model.trail.questions.records import Record


def belonging(
    records: Sequence[Record], first: Iterable[Record], keys: Iterable[str], roles: Roles, end: int,
    rights: Rights | None = None,
) -> tuple[Record, ...]:  # fmt: skip
    """The records of a use, with what its own led to, in the order in which they are given.

    records: all that is known, in the order of time, but what belongs to another use.  first: those of them that are
    known to be the use's.  keys: the access keys of its sessions.  roles, end: see lending.lending.  rights: what
    principals were allowed before; without it, what was done with rights that it lent is not looked for.
    """
    chains = Chains((made_key(record), key_of(record)) for record in records if made_key(record))
    found = dict.fromkeys(first)
    own = {*keys, *map(made_key, found)} - {""}
    while True:
        lent = lending(records, found, roles, end)
        led = rights.led(records, found, end) if rights else lambda record: False
        more = [record for record in records if record not in found
                and (_is_led(record, own, lent, chains, roles) or led(record))]  # fmt: skip
        if not more:
            return tuple(record for record in records if record in found)
        found |= dict.fromkeys(more)
        own |= {made_key(record) for record in more} - {""}


def followed(mine: Iterable[Record], roles: Roles) -> frozenset[Subject]:
    """The roles that the records of a use entered, made or changed the trust of, and the users whom it gave a key or a
    password. roles: the break-glass roles."""
    listed = list(mine)
    return entered_from(listed) | lending(listed, listed, roles, 0).subjects


def _is_led(record: Record, keys: set[str], lent: Lending, chains: Chains, roles: Roles) -> bool:
    into = lent.trusted.get(entered(record))
    if _with_key(record, keys, lent, chains) or (into is not None and into.holds(record.time)):
        return True
    if lent.let_in(record) and entered(record) not in roles:
        return True
    who = subject_of(record.principal)
    begun = record.session_began  # a console session goes on for hours, also where the password behind it is gone
    if any(one.holds(record.time) or one.holds(begun) for one in lent.passwords.get(who, ())):
        return not any(key.startswith(LONG_TERM) for key in chains.back(key_of(record)))  # it came from a sign-in
    return any(one.holds(record.time) for one in lent.made.get(who, ()))


def _with_key(record: Record, keys: set[str], lent: Lending, chains: Chains) -> bool:
    """Whether a call was made with one of the keys, or with one that came from it; with a lent one, while it was."""
    for key in chains.back(key_of(record)):
        if key in lent.keys:
            return lent.keys[key].holds(record.time)
        if key in keys:
            return True
    return False
