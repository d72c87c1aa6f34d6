"""What undoing a change would do that only a person may want: give rights again, open what was closed, silence what
tells or records, destroy a key or what a log holds.

Taking rights away, closing a port and switching a guardrail on are what a use is for: no line to paste turns that back,
and where the purpose fits it stays. Undoing that also takes away what the use gave is still to be done, by somebody who
has looked. Source: AWS IAM User Guide, reference_policies_evaluation-logic (a Deny wins over every Allow).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from iam_guardrails.model.iam.document import Condition, PolicyDocument, PolicyError, Statement, parse
from iam_guardrails.model.iam.match import covers
from iam_guardrails.model.incident.step import FIX_IAM, PURPOSES
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import frozen

GIVES, MAY_GIVE, OPENS = "gives rights again", "may give rights again", "opens the network again"
MAKES_PUBLIC, SILENCES, DESTROYS = "makes it public again", "silences the guardrail again", "destroys what it holds"


@frozen
class Harm:
    """what: a clause about what undoing does ("gives rights again").  fits: the purposes under which the change is what
    was wanted.  mixed: whether undoing takes away what the use gave, too.  stays: a clause: why it stays there."""

    what: str
    fits: tuple[str, ...] = ()
    mixed: bool = False
    stays: str = "that was the purpose of the use"


def works_again(stays: str, what: str = SILENCES) -> Harm:
    """Of a state that is no temporary thing, whatever the purpose. stays: a clause ("it records again")."""
    return Harm(what, PURPOSES, stays=f"{stays}, and that is no temporary thing")


def putting_back(what: str, *fits: str) -> Callable[..., Harm | None]:
    """Of a thing that was taken away, where putting it back does harm."""
    return lambda names, now, target, *_: Harm(what, fits) if now is None and target is not None else None


def taking_away(more: Callable[..., Harm | None] | None = None) -> Callable[..., Harm | None]:
    """Of a thing that the use made and that tells or records: it is to go, or to be kept, but by somebody who looks,
    for it may stand in the place of one that was silenced before. more: the harm of anything else."""

    def harm(names: Any, now: Any, target: Any, *further: Any) -> Harm | None:
        if target is None and now is not None:
            return Harm("takes away what tells or records", mixed=True)
        return more(names, now, target, *further) if more else None

    return harm


def switched_on(on: Any, stays: str, what: str = SILENCES) -> Callable[..., Harm | None]:
    """Of something that is in the state in which it tells, records or can be used."""
    return lambda names, now, target, *_: works_again(stays, what) if now == on else None


def smaller_now(what: str, *fits: str) -> Callable[..., Harm | None]:
    """Of a number that is not to be made greater without a look."""
    return lambda names, now, target, *_: Harm(what, fits) if _number(target) > _number(now) >= 0 else None


def _number(value: Any) -> float:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else -1.0


def of_list(what: str, *fits: str) -> Callable[..., Harm | None]:
    """Of a list of those who are let in."""

    def harm(names: Any, now: Any, target: Any, *_: Any) -> Harm | None:
        if not isinstance(now, (list, tuple)) or not isinstance(target, (list, tuple)):
            return None
        return Harm(what, fits, mixed=not {*now} <= {*target}) if not {*target} <= {*now} else None

    return harm


def of_document(what: str = GIVES, *fits: str) -> Callable[..., Harm | None]:
    """Of a policy document. fits: FIX_IAM where nothing is told."""

    def harm(names: Any, now: Any, target: Any, *_: Any) -> Harm | None:
        if isinstance(target, Unknown):
            return Harm(MAY_GIVE) if now is None else None
        return turning(now, target, what, fits or (FIX_IAM,))

    return harm


def turning(now: Any, then: Any, what: str = GIVES, fits: tuple[str, ...] = (FIX_IAM,)) -> Harm | None:
    """The harm in putting one document in the place of another; None for either: there is none.

    One that cannot be read may do anything, and so may what it takes the place of.
    """
    try:
        here, back = _statements(now), _statements(then)
        if _reads_otherwise(now, then):
            return Harm(MAY_GIVE, mixed=True)
    except PolicyError:
        return Harm(MAY_GIVE, mixed=True)
    if not _gives(here, back):
        return None
    return Harm(what, fits, mixed=_gives(back, here))


def denies(document: Any) -> bool:
    """Whether a policy document denies anything."""
    try:
        return any(item.effect == "Deny" for item in _statements(document))
    except PolicyError:
        return True


def _statements(document: Any) -> tuple[Statement, ...]:
    return () if document is None else _read(document).statements


def _read(document: Any) -> PolicyDocument:
    return document if isinstance(document, PolicyDocument) else parse(document)


def _reads_otherwise(now: Any, then: Any) -> bool:
    """Whether the same text means something else: only Version 2012-10-17 has policy variables (AWS IAM User Guide,
    reference_policies_variables)."""
    if now is None or then is None:
        return False
    one, other = _read(now), _read(then)
    return one.version != other.version and "${" in repr((one, other))


def _gives(now: Iterable[Statement], then: Iterable[Statement]) -> bool:
    """Whether the statements then allow what those now do not, or lack a Deny."""
    return _lacks(now, then, "Allow") or _lacks(then, now, "Deny")


def _lacks(have: Iterable[Statement], wanted: Iterable[Statement], effect: str) -> bool:
    """Whether a statement of that effect is among the wanted that no one of those there is as wide as."""
    there = [item for item in have if item.effect == effect]
    return any(not any(_is_as_wide(one, item) for one in there) for item in wanted if item.effect == effect)


def _is_as_wide(wide: Statement, narrow: Statement) -> bool:
    """Whether a statement reaches all that another does. Errs towards False."""
    return (
        _elements(wide.actions, narrow.actions, lower=True) and _elements(wide.resources, narrow.resources)
        and _elements([f"{one.kind} {one.value}" for one in wide.principals],
                      [f"{one.kind} {one.value}" for one in narrow.principals])
        and _same(wide.not_actions, narrow.not_actions) and _same(wide.not_resources, narrow.not_resources)
        and _same(wide.not_principals, narrow.not_principals)
        and _told(wide.conditions) <= _told(narrow.conditions)
    )  # fmt: skip


def _told(conditions: Iterable[Condition]) -> set[tuple[str, str, frozenset[str]]]:
    """Conditions so that the same ones are equal; a statement with fewer of them reaches further."""
    return {(item.operator.lower(), item.key.lower(), frozenset(item.values)) for item in conditions}


def _elements(wide: Iterable[str], narrow: Iterable[str], *, lower: bool = False) -> bool:
    """Whether each pattern lies within one of the wide ones; without any on one side, the other has none, too."""
    ones, others = list(wide), list(narrow)
    if not ones or not others:
        return not ones and not others
    if lower:
        ones, others = [item.lower() for item in ones], [item.lower() for item in others]
    return all(any(covers(one, other) for one in ones) for other in others)


def _same(one: Iterable[Any], other: Iterable[Any]) -> bool:
    return {*one} == {*other}


def fewer_now(now: Any, target: Any) -> bool:
    """Whether settings that are on in one state are off in the other."""
    told = target if isinstance(target, Mapping) else {}
    return isinstance(now, Mapping) and any(value is True and told.get(name) is not True for name, value in now.items())
