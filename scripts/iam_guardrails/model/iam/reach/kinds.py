"""Callers in kinds: those of one kind get the same answer to every request, whatever is granted or written.

What an answer hangs on is the statements of a caller's policies, its boundary, the SCPs above it, whether it is a user,
a role or a service-linked role (which no RCP limits), what those statements ask about it (its tags, its ARN), and what
the policies on resources say of it alone. Where its policies deny something, or a boundary limits it, it counts as well
where they stand: who writes one of them anew takes the Deny away with it.
"""

from __future__ import annotations

from collections.abc import Sequence

from iam_guardrails.model.iam.organization import LINKED
from iam_guardrails.model.iam.reach.grants import Grants
from iam_guardrails.model.iam.reach.subject import TAG, Subject
from iam_guardrails.model.iam.reach.weigh import Caller
from iam_guardrails.model.value import frozen


@frozen
class Kinds:
    """of: the kind of each caller.  firsts: one caller of each kind.  limited: whether something limits the kind.

    is_plain: whether neither its own policies nor those above it nor those of resources single it out or limit it.
    """

    of: list[int]
    firsts: list[int]
    limited: list[bool]
    is_plain: list[bool]


def sort(callers: Sequence[Caller], grants: Sequence[Grants], asks: Sequence[str], *, is_above: bool) -> Kinds:
    """The callers in kinds. grants: the policies on resources of every leg.  asks: what the policies above ask.

    is_above: whether there are resource control policies.
    """
    of: list[int] = []
    firsts: list[int] = []
    limited: list[bool] = []
    is_plain: list[bool] = []
    known: dict[object, int] = {}
    everywhere = [place for place, item in enumerate(grants) if item.singles_out("")]
    named: dict[str, list[int]] = {}
    for place, item in enumerate(grants):
        for arn in item.named:
            named.setdefault(arn, []).append(place)
    for number, caller in enumerate(callers):
        arn, docs = caller.subject.arn, caller.docs
        stopped, asking = caller.boundary is not None or not caller.is_known, asks
        for doc in docs:
            if doc.denies:
                stopped = True
            if doc.asking:
                asking = (*asking, *doc.asking)
        if caller.boundary is not None and caller.boundary.asking:
            asking = (*asking, *caller.boundary.asking)
        places = named.get(arn)
        if places is None:
            voices = _voices(caller.subject, grants, everywhere) if everywhere else ()
        else:
            voices = _voices(caller.subject, grants, sorted({*everywhere, *places}))
        role = ":role/" in arn and (1 + (is_above and LINKED in arn))
        said: object = _said(caller, stopped) if docs or stopped else ()
        key = role, bool(caller.above), said, _asked(caller.subject, asking) if asking else (), voices
        kind = known.get(key)
        if kind is None:
            kind = known[key] = len(firsts)
            firsts.append(number)
            limited.append(stopped)
            is_plain.append(not (stopped or voices or caller.above or is_above))
        of.append(kind)
    return Kinds(of, firsts, limited, is_plain)


def is_limited(caller: Caller) -> bool:
    """Whether anything but a policy above the account could stop a caller whose own policies allow everything."""
    if not caller.is_known or caller.boundary is not None:
        return True
    for doc in caller.docs:  # noqa: SIM110 - ten thousand callers have them, and `any` takes three times as long
        if doc.denies:
            return True
    return False


def _said(caller: Caller, stopped: bool) -> object:
    docs = caller.docs
    if stopped:
        boundary = caller.boundary and (caller.boundary.source, caller.boundary.key)
        return frozenset([(doc.source, doc.key) for doc in docs]), boundary
    if len(docs) == 1:
        return docs[0].key
    return frozenset().union(*[doc.key for doc in docs])


def _asked(subject: Subject, keys: Sequence[str]) -> object:
    if not all(key.startswith(TAG) for key in keys):
        return subject.arn
    return tuple([(key, subject.value(key)) for key in sorted(set(keys))])


def _voices(subject: Subject, grants: Sequence[Grants], places: Sequence[int]) -> tuple[object, ...]:
    """What policies on resources say of one caller, where they may say something else of it than of others: there."""
    return tuple([(place, grants[place].voice(subject)) for place in places])
