"""What a Deny, a boundary or another limit held back, where what it held back from is not all known."""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.iam.difference.pieces import grants_of
from iam_guardrails.model.iam.difference.reasons import named
from iam_guardrails.model.iam.difference.subject import Held, Side, Subject
from iam_guardrails.model.iam.document import PolicyDocument, Principal, Statement
from iam_guardrails.model.iam.prove.alone import given_alone
from iam_guardrails.model.iam.prove.effective import Grants, Piece, everything, new_access
from iam_guardrails.model.iam.prove.proof import PROVEN
from iam_guardrails.model.value import changed, frozen

FULL = PolicyDocument((Statement(0, "Allow", actions=("*",), resources=("*",)),), "2012-10-17")
_ANYBODY = (Principal("*", "*"),)
REMEDY = "look at what it held back by hand"


@frozen
class Open:
    """What was not judged: `what`, because of `reason`, and how to make it known."""

    what: str
    reason: str
    remedy: str = ""


def lifted(old: Side, new: Side, shared: list[Held], others: str, subject: Subject) -> Iterator[Open]:
    """Whether something was stopped before and is not now that unknown policies may grant.

    shared: unread policies, the same on both sides.  others: policies that are not held here, "" for none.
    """
    gone = _gone(old, new)
    if not gone and old.boundary == new.boundary:
        return
    full_old, full_new = (_with_everything(grants_of(side), subject) for side in (old, new))
    if new_access(full_old, full_new, subject.kind, everything(subject.kind), subject.arn).verdict == PROVEN:
        return
    if shared:
        yield Open(f"what {', '.join(held.name for held in shared)} grants of what was denied on the other side",
                   "a Deny or a permissions boundary that limited it is weaker here, and what it grants is not known",
                   shared[0].remedy)  # fmt: skip
    elif not _granted_anyway(old, new, gone, full_new, subject):
        what = [named(held, item) for held, item in gone]
        if old.boundary and old.boundary != new.boundary:
            what.append(f"the permissions boundary {old.boundary.name}")
        reason = (
            f"a Deny or a boundary went or got weaker, and what it held back is not known here: {others} may grant it"
        )
        yield Open(f"what {' and '.join(what)} held back", reason, REMEDY)


def named_alone(old: Side, new: Side, subject: Subject) -> Iterator[Open]:
    """Whether NEW names somebody of the resource's own account whom OLD lets in with the whole account only.

    Whether that is new access hangs on the policies of whoever is named, which are not held here.
    """
    documents = [[held.document for held in side.policies] for side in (old, new)]
    if subject.kind == "identity" or not subject.account_id or [len(listed) for listed in documents] != [1, 1]:
        return
    one, other = documents[0][0], documents[1][0]
    if one is None or other is None or one == other:
        return
    found = given_alone(one, other, subject.kind, subject.account_id)
    if found.verdict == PROVEN:
        return
    reason = (
        f"in the account {subject.account_id}, whose resource it is, who is named needs no policy of its own, and who "
        "comes with the account does"
    )
    who = f"{found.request.principal} may {found.request.action}" if found.request else found.reason or found.because
    yield Open(f"what {new.policies[0].name} gives to whom it names ({who})", reason, "look at its own policies")


def unweighed(subject: Subject, *, lost: bool = False) -> Iterator[Open]:
    """Whether a grant or a limit that is no policy may give access, or (lost) take it, by what became of it."""
    old, new = subject.old.policies, subject.new.policies
    if old and new and old[0].same and old[0].same == new[0].same:
        return
    counts = {"grant": bool(new), "limit": bool(old), "both": True, "change": bool(old and new), "coming": not old}
    opposite = {"grant": bool(old), "limit": bool(new), "both": False, "change": False, "coming": False}
    if (opposite if lost else counts)[subject.effect]:
        held = (new or old)[0]
        does = "gives or takes" if old and new else "gave or took" if old else "gives or takes"
        simple = {"grant": ("grants", "granted"), "limit": ("stops", "stopped")}.get(subject.effect)
        does = (simple[0] if new else simple[1]) if simple else does
        yield Open(f"what {held.name} {does}", held.reason, held.remedy)


def _with_everything(grants: Grants, subject: Subject) -> Grants:
    if subject.kind == "identity":
        return changed(grants, documents=(*grants.documents, FULL))
    whole = changed(FULL.statements[0], principals=_ANYBODY)
    return changed(grants, documents=(*grants.documents, changed(FULL, statements=(whole,))))


def _gone(old: Side, new: Side) -> list[tuple[Held, Statement]]:
    """The Deny statements of the old side that the new one does not hold word for word."""
    kept = {_words(held, item) for held, item in _denies(new)}
    return [(held, item) for held, item in _denies(old) if _words(held, item) not in kept]


def _denies(side: Side) -> Iterator[tuple[Held, Statement]]:
    for held in (*side.policies, *((side.boundary,) if side.boundary else ())):
        for item in held.document.statements if held.document else ():
            if item.effect == "Deny":
                yield held, item


def _words(held: Held, item: Statement) -> tuple[Statement, str]:
    return changed(item, index=0, sid=""), held.document.version if held.document else ""


def _granted_anyway(old: Side, new: Side, gone: list[tuple[Held, Statement]], full: Grants, subject: Subject) -> bool:
    """Whether whatever was held back is granted by the new side itself, so that it is all named as new."""
    pieces = [Piece(changed(item, effect="Allow"), held.document.version if held.document else "")
              for held, item in gone]  # fmt: skip
    if old.boundary != new.boundary:
        pieces.append(everything(subject.kind))
    grants = grants_of(new)
    return all(new_access(grants, full, subject.kind, piece, subject.arn).verdict == PROVEN for piece in pieces)
