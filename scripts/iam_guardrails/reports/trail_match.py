"""What `trail match` found, as an aligned table or as one JSON object."""

from __future__ import annotations

import json

from iam_guardrails.model.trail.recorded import Matched, Matches

WORDS = {True: "yes", False: "no", None: "undetermined"}


def render(found: Matches, form: str) -> str:
    """The report; `form` is "text" or "json"."""
    return _json(found) if form == "json" else _text(found)


def _summary(found: Matches) -> dict[str, int]:
    verdicts = [event.matched for event in found.events]
    return {
        "events": len(verdicts),
        "matched": verdicts.count(True),
        "not_matched": verdicts.count(False),
        "undetermined": verdicts.count(None),
        "not_read": len(found.not_read),
    }


def _json(found: Matches) -> str:
    content = {
        "pattern": found.pattern,
        "events": [
            {"file": event.file, "index": event.index, "eventName": event.event_name, "matched": event.matched,
             "why": event.why}
            for event in found.events
        ],
        "not_read": [{"file": item.file, "record": item.record, "reason": item.reason} for item in found.not_read],
        "summary": _summary(found),
    }  # fmt: skip
    return json.dumps(content, indent=2) + "\n"


def _text(found: Matches) -> str:
    lines: list[str] = []
    files = [event.file for event in found.events] + [item.file for item in found.not_read]
    for file in dict.fromkeys(files):
        lines.append(file)
        lines += _rows([event for event in found.events if event.file == file])
        for item in found.not_read:
            if item.file == file:
                lines.append(f"  NOT READ  {item.record + ': ' if item.record else ''}{item.reason}")
    counts = _summary(found)
    total = ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in counts.items())
    return "".join(f"{_printable(line)}\n" for line in (*lines, *([""] if lines else []), total))


def _rows(events: list[Matched]) -> list[str]:
    width = max((len(event.event_name) for event in events), default=0)
    number = len(str(events[-1].index)) if events else 0
    return [
        f"  {event.index:>{number}}  {event.event_name:<{width}}  {WORDS[event.matched]:<12}  {event.why}"
        for event in events
    ]


def _printable(line: str) -> str:
    """Text of an event may hold what would move the cursor or cannot be encoded; that is written as an escape."""
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in line)
