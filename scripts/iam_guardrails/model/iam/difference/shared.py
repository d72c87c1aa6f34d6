"""The differences of many subjects: equal changes of principals that nothing tells apart are proven once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from iam_guardrails.model.iam.difference.compare import Change, Difference, difference
from iam_guardrails.model.iam.difference.subject import Side, Subject
from iam_guardrails.model.iam.document import Statement
from iam_guardrails.model.iam.prove.effective import spoken_by
from iam_guardrails.model.value import changed

TELLING = ("aws:principal", "aws:user", "${")  # what may tell one caller from another, in lower case


def differences(subjects: Iterable[Subject]) -> Iterator[Difference]:
    """One for each subject, in their order."""
    known: dict[object, Difference] = {}
    for subject in subjects:
        key = _key(subject)
        if key is None:
            yield difference(subject)
        elif key not in known:
            known[key] = difference(subject)
            yield known[key]
        else:
            yield _of(subject, known[key])


def _key(subject: Subject) -> object:
    """Equal where the same proofs hold; None where who asks may matter."""
    if subject.kind != "identity" or subject.effect or any(map(_tells, (subject.old, subject.new))):
        return None
    account, _, name = subject.arn.rpartition(":")
    caller = account, name.partition("/")[0]
    return subject.old, subject.new, caller, subject.exists, subject.others


def _tells(side: Side) -> bool:
    documents = [held.document for held in (*side.policies, *((side.boundary,) if side.boundary else ()))]
    return any(_told(item) for document in documents if document for item in document.statements)


def _told(item: Statement) -> bool:
    conditions = [text for one in item.conditions for text in (one.key, *one.values)]
    texts = (*item.resources, *item.not_resources, *conditions)
    return any(sign in text.lower() for text in texts for sign in TELLING)


def _of(subject: Subject, found: Difference) -> Difference:
    """The same difference, of this subject."""
    gained, lost = (tuple(_asked(item, subject.arn) for item in listed) for listed in (found.gained, found.lost))
    return changed(found, subject=subject, gained=gained, lost=lost)


def _asked(item: Change, arn: str) -> Change:
    request = spoken_by(item.request, arn)
    return changed(item, request=request, found=changed(item.found, request=request))
