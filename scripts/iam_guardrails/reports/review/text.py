"""A review for a terminal of 80 columns: the verdict per box, then what is open, then what to do."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from iam_guardrails.model.expression import Expression
from iam_guardrails.model.review.review import CLEAN, DECIDED, FOUND, NOT_JUDGED, Box, Item, Review
from iam_guardrails.reports.escaping import shown
from iam_guardrails.reports.review import told

WIDE, MOST = 80, 40
"""Columns, and as many open items as are told in full."""
_JOINT = "\0"
_COMMAND = Expression(r"`guardrails [^`]*`")
_WORD = {FOUND: "FINDINGS", NOT_JUDGED: "NOT JUDGED", DECIDED: "DECIDED", CLEAN: "CLEAN"}


def render(review: Review) -> str:
    """Plain text; the last line is what to do next."""
    lines = [
        *_wrapped(f"{told.title(review)}, account {review.account_id}"),
        *_wrapped(f"As of {told.as_of(review)}"),
        "",
        *_wrapped(f"{told.headline(review)}; {told.asked_for(review)}."),
        *_wrapped(f"{told.change(review)}."),
        *(line for note in review.notes for line in _hung("note: ", note)),
        "",
        *(line for box in review.boxes for line in _verdict(box)),
        *_open(review),
        *_gone(review),
        *_unread(review),
        *_not_judged(review),
        "",
        *_wrapped(told.waiting(review)),
        f"Next: {shown(told.next_step(review))}",  # never wrapped: it is there to be copied
    ]
    return "\n".join(lines) + "\n"


def _wrapped(text: str, before: str = "") -> list[str]:
    """A text in lines of WIDE columns, but for a command between ` and `, which is there to be copied as one line.

    before: what stands before each line.
    """
    joined = _COMMAND.sub(lambda found: found[0].replace(" ", _JOINT), shown(text))
    lines = wrap(joined, WIDE, initial_indent=before, subsequent_indent=before, break_on_hyphens=False,
                 break_long_words=False)  # fmt: skip
    return [line.replace(_JOINT, " ") for line in lines]


def _verdict(box: Box) -> Iterator[str]:
    yield from _hung(f"{_WORD[box.outcome]:12}", f"{box.title}: {told.box_line(box)}")
    for note in box.notes:
        yield from _wrapped(note, " " * 14)


def _hung(first: str, text: str) -> list[str]:
    """A text beside a word of fixed width."""
    lines = _wrapped(text, " " * len(first))
    return [first + lines[0].lstrip(), *lines[1:]] if lines else [first.rstrip()]


def _open(review: Review) -> Iterator[str]:
    if not review.open:
        return
    yield "\nOPEN"
    titles = {box.id: box.title for box in review.boxes}
    found = [item for box in review.boxes for item in told.ordered(box.items) if item.decision is None]
    for item in found[:MOST]:
        yield from _item(item, titles.get(item.box, item.box))
    if len(found) > MOST:
        yield f"\n  … and {len(found) - MOST:,} more; --format html or csv has them all"


def _item(item: Item, box: str) -> Iterator[str]:
    yield ""
    yield from _hung(f"{item.severity.upper():9}", item.title)
    yield from _wrapped(f"{item.state}, {item.id}, {box}", " " * 9)
    if item.subject not in item.title:
        yield from _wrapped(item.subject, " " * 9)
    for reason in item.reasons:
        yield from _hung("         - ", reason)
    for name, value in item.evidence:
        yield from _wrapped(f"{name}: {value}", " " * 9)
    for number, line in enumerate(item.remedy.split("\n") if item.remedy else ()):
        yield f"{' ' * 12 if number else ' ' * 9 + '-> '}{shown(line)}"  # never wrapped: it is there to be copied


def _gone(review: Review) -> Iterator[str]:
    found = [(box, title) for box in review.boxes for title in box.gone]
    if found:
        yield f"\nGONE since {shown(review.previous)}"
    for box, title in found[:MOST]:
        yield from _hung("  ", f"{title} ({box.title})")
    if len(found) > MOST:
        yield f"  … and {len(found) - MOST:,} more"


def _unread(review: Review) -> Iterator[str]:
    found = [(box, title, why) for box in review.boxes for title, why in told.unread(box)]
    if found:
        yield f"\n{told.UNREAD.upper()}, of {shown(review.previous)}"
    for box, title, why in found[:MOST]:
        yield from _hung("  ", f"{title} ({box.title}): {why}")
    if len(found) > MOST:
        yield f"  … and {len(found) - MOST:,} more"


def _not_judged(review: Review) -> Iterator[str]:
    found = list(told.not_judged(review))
    if found:
        yield "\nNOT JUDGED"
    for box, reason in found:
        yield from _hung("  ", f"{box.title}: {reason}")
