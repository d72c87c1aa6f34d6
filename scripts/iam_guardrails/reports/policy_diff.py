"""How a difference in access is shown: text for a terminal, JSON for machines, Markdown for a pull request."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from iam_guardrails.model.iam.difference.compare import Change, Difference
from iam_guardrails.model.iam.difference.held_back import Open
from iam_guardrails.model.iam.difference.ranks import RANKS, TRUST
from iam_guardrails.model.iam.difference.reasons import shown as shown_condition
from iam_guardrails.model.iam.difference.subject import Subject
from iam_guardrails.model.iam.document import Condition
from iam_guardrails.model.value import changed, frozen
from iam_guardrails.reports.policy_proof import shown_request

MOST = 12  # actions or resources of one piece, in text and Markdown
PIECES = 40  # of one subject


@frozen
class Report:
    """The differences of all subjects."""

    differences: tuple[Difference, ...]

    @property
    def verdict(self) -> str:
        """The worst one: new access, else not judged, else no new access."""
        found = {item.verdict for item in self.differences}
        return next((item for item in ("new access", "not judged") if item in found), "no new access")

    @property
    def changed(self) -> tuple[Difference, ...]:
        """Those with something to say, the gravest first."""
        told = [item for item in self.differences if item.gained or item.lost or item.not_judged or item.lost_open]
        return tuple(sorted(told, key=_gravity))

    @property
    def groups(self) -> tuple[tuple[Difference, ...], ...]:
        """Those with something to say; those of which the same is to say stand together."""
        found: dict[object, list[Difference]] = {}
        for item in self.changed:
            subject = item.subject
            pieces = tuple(tuple((one.rank, changed(one.found, request=None), one.unless) for one in listed)
                           for listed in (item.gained, item.lost))  # fmt: skip
            key = subject.what, subject.state, pieces, item.not_judged, item.lost_open
            found.setdefault(key, []).append(item)
        return tuple(map(tuple, found.values()))

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What the proofs rest on."""
        return tuple(dict.fromkeys(text for item in self.differences for text in item.assumptions))

    @property
    def headline(self) -> str:
        """One sentence."""
        gained = sum(bool(item.gained) for item in self.differences)
        unsure = sum(bool(item.not_judged) for item in self.differences)
        total = f"of {len(self.differences)} principals and resource policies"
        open_ones = f"{unsure} could not be judged to the end"
        if not self.differences:
            return "no new access: there is no IAM principal or policy that is read, on either side"
        if gained:
            return f"new access: {gained} {total} gained some" + (f"; {open_ones}" if unsure else "")
        if unsure:
            return f"not judged: {open_ones}, {total}; nothing new was found"
        return f"no new access: none {total} grants anything that it did not grant before, proven"


def _gravity(item: Difference) -> tuple[int, int, str]:
    rank = RANKS.index(item.rank) if item.rank else len(RANKS)
    return rank, 0 if item.not_judged else 1, item.subject.address


def render_diff(report: Report, form: str) -> str:
    """The report as text, JSON or Markdown."""
    if form == "json":
        return json.dumps(_plain(report), indent=2) + "\n"
    if form == "markdown":
        from iam_guardrails.reports.policy_diff_markdown import markdown

        return markdown(report)
    lines = [report.headline]
    for listed in report.groups:
        lines += ["", f"{titled(listed)}: {verdict_of(listed[0])}"]
        lines += [f"  {line}" for line in _lines(listed[0])]
    lines += ["", *(f"assumed: {text}" for text in report.assumptions)] if report.assumptions else []
    return "\n".join(map(on_one_line, lines)) + "\n"


def on_one_line(text: str) -> str:
    """The text with what would end a line, or steer a terminal, as an escape."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)


def titled(listed: Sequence[Difference]) -> str:
    """The subjects: what they are, what AWS calls them, their addresses, and whether they come or go."""
    subject = listed[0].subject
    state = "" if subject.state == "kept" else f", {subject.state}"
    if len(listed) == 1:
        name = _name(subject)
        return f"{subject.what}{name and ' '}{name} ({subject.address}{state})"
    several = f"{subject.what[:-1]}ies" if subject.what.endswith("y") else f"{subject.what}s"
    names = [_name(item.subject) or item.subject.address for item in listed]
    return f"{len(listed)} {several}{state}: {_several(names, str)}"


def _name(subject: Subject) -> str:
    return "" if subject.name == subject.address or subject.name.startswith("address:") else subject.name


def verdict_of(item: Difference) -> str:
    """The verdict with the gravest rank."""
    lost = ", some access lost" if item.lost and item.verdict == "no new access" else ""
    return f"{item.verdict}, {item.rank}" if item.rank else f"{item.verdict}{lost}"


def rank_of(change: Change, *, lost: bool) -> str:
    """The rank as a reader sees it."""
    return "trust narrowed" if lost and change.rank == TRUST else change.rank


def _lines(item: Difference) -> Iterator[str]:
    for sign, changes, lost in (("+", item.gained, False), ("-", item.lost, True)):
        for change in changes[:PIECES]:
            yield f"{sign} {rank_of(change, lost=lost)}: {told(change)}"
            yield from (f"    {text}" for text in details(change, lost=lost))
        if len(changes) > PIECES:
            yield f"{sign} and {len(changes) - PIECES} more pieces; --format json has them all"
    for open_one in item.not_judged:
        yield f"? {not_judged(open_one)}"
    for open_one in item.lost_open:
        yield f"? of what is lost, {not_judged(open_one)}"


def not_judged(item: Open) -> str:
    """One thing that was not judged, with how to make it known."""
    remedy = f"; to make it known, {item.remedy}" if item.remedy else ""
    return f"not judged: {item.what}, because {item.reason}{remedy}"


def told(change: Change, quote: Callable[[str], str] = str) -> str:
    """The piece in one phrase: who may do what, on what, under which conditions."""
    found = change.found
    statement = found.statement
    who = _several([item.value for item in found.principals], quote)
    if statement.not_principals:
        who = "everybody but " + _several([item.value for item in statement.not_principals], quote)
    part = "" if found.apart else "a part of "
    parts = [f"{who} may " if who else "", part, _several([span.shown for span in found.actions], quote)]
    if found.resources:
        parts.append(f" on {_several([span.shown for span in found.resources], quote)}")
    if found.conditions:
        parts.append(f" if {_several([shown_condition(one) for one in found.conditions], quote, ' and ')}")
    if found.where:
        kept_out = [" and ".join(map(shown_condition, listed)) for _, listed in found.denied]
        parts.append(f" where {_several(kept_out, quote, ' or ')}")
    return "".join(parts)


def _several(texts: list[str], quote: Callable[[str], str], between: str = ", ") -> str:
    shown = list(map(quote, texts[:MOST]))
    more = f" and {len(texts) - MOST} more" if len(texts) > MOST else ""
    return between.join(shown) + more


def details(change: Change, *, lost: bool) -> Iterator[str]:
    """Why: what grants it, what stood against it on the other side, and what may change this."""
    found = change.found
    yield f"{'was granted' if lost else 'granted'} by {found.by}; {'now' if lost else 'before'}, {found.because}"
    yield from found.limits
    if change.unless:
        yield f"unless {', '.join(change.unless)} says otherwise, which cannot be read"
    if not found.apart:
        yield "the other part may be granted on both sides: it could not be taken apart"
    request = shown_request(change.request)
    carried = {key: value for key, value in request["context"].items() if key.lower() != "aws:principalarn"}
    context = "".join(f", {key} {_value(value)}" for key, value in carried.items())
    yield f"for example {request['action']} on {request['resource']} by {request['principal']}{context}"


def _value(value: object) -> str:
    return "absent" if value is None else " and ".join(value) if isinstance(value, list) else str(value)


def _plain(report: Report) -> dict[str, Any]:
    subjects = []
    for item in report.changed:
        subject = item.subject
        subjects.append({
            "what": subject.what, "address": subject.address, "name": subject.name, "state": subject.state,
            "verdict": item.verdict, "rank": item.rank,
            "gained": [_piece(change, lost=False) for change in item.gained],
            "lost": [_piece(change, lost=True) for change in item.lost],
            "not_judged": [_open(one) for one in item.not_judged],
            "lost_not_judged": [_open(one) for one in item.lost_open],
        })  # fmt: skip
    return {"verdict": report.verdict, "subjects": subjects,
            "unchanged": len(report.differences) - len(report.changed),
            "assumptions": list(report.assumptions)}  # fmt: skip


def _open(item: Open) -> dict[str, str]:
    return {"what": item.what, "because": item.reason, "remedy": item.remedy}


def _conditions(listed: Iterable[Condition]) -> list[dict[str, Any]]:
    return [{"operator": one.operator, "key": one.key, "values": list(one.values)} for one in listed]


def _piece(change: Change, *, lost: bool) -> dict[str, Any]:
    found = change.found
    return {
        "rank": rank_of(change, lost=lost),
        "actions": [{"pattern": span.pattern, "except": list(span.but)} for span in found.actions],
        "resources": [{"pattern": span.pattern, "except": list(span.but)} for span in found.resources],
        "principals": [{"kind": one.kind, "value": one.value} for one in found.principals],
        "not_principals": [{"kind": one.kind, "value": one.value} for one in found.statement.not_principals],
        "conditions": _conditions(found.conditions), "only_where_denied_otherwise": found.where,
        "denied_otherwise": [{"by": by, "conditions": _conditions(listed)} for by, listed in found.denied],
        "granted_by": found.by, "otherwise": found.because, "still_denied": list(found.limits),
        "unless": list(change.unless), "exact": found.apart, "request": shown_request(change.request),
    }  # fmt: skip
