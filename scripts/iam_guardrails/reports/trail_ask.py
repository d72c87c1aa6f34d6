"""What a question about CloudTrail was answered with, as an aligned table, one JSON object, or CSV."""

from __future__ import annotations

import json
from collections.abc import Sequence

from iam_guardrails.model.trail.answer import Answer, Coverage, price
from iam_guardrails.model.trail.questions.rows import Row

FORMATS = ("text", "json", "csv")
WIDEST, WIDEST_NOTE = 80, 4_000
"""How many letters of a cell are shown, and of a sentence below the rows: what others named may be of any length."""
MOST_REGIONS = 6
"""How many Regions are named, and not only counted; JSON names all."""


def render_answer(answer: Answer, form: str) -> str:
    """The report; `form` is one of FORMATS. CSV holds the rows alone: say what `coverage_of` says beside it."""
    if form == "json":
        return _json(answer)
    return _csv(answer) if form == "csv" else _text(answer)


def coverage_of(answer: Answer) -> list[str]:
    """What the answer rests on, in sentences, the last ones about what is not in it."""
    seen = answer.coverage
    lines = [f"{answer.window}: {_count(seen.files, seen.unit)} with {_count(seen.events, 'record')}, of which "
             f"{seen.fresh} were read now"]  # fmt: skip
    if seen.queries:
        lines = [f"{answer.window}: {_asked(seen)}"]
    elif seen.accounts:
        lines[0] += f"; {_places(seen)}"
        what = "files" if seen.unit == "file" else "records"
        lines[0] += f", {what} of {seen.first_day} to {seen.last_day}" if seen.first_day else ""
    if seen.skipped:
        what = "digests, Insights, aggregates, network activity or other services' logs"
        lines.append(f"{_count(seen.skipped, 'file')} of {what}: not read")
    lines += seen.notes
    lines += [answer.unverified] if answer.unverified else []
    lines += [f"NOT JUDGED: {text}" for text in answer.not_judged]
    if len(seen.unreadable) > 1:
        lines.append(f"NOT READ: {len(seen.unreadable)} files or records, each of which is named here")
    for item in seen.unreadable:
        lines.append(f"NOT READ: {item.key}{f', {item.record}' if item.record else ''}: {item.reason}")
    return lines


def _asked(seen: Coverage) -> str:
    """What Athena was asked, and about what it costs."""
    return f"{price(seen.queries)}; {_places(seen)}"


def _places(seen: Coverage) -> str:
    """How many accounts, and in which Regions."""
    regions = _regions(seen)
    told = ", ".join(regions) if len(regions) <= MOST_REGIONS else _count(len(regions), "Region")
    return _count(len(seen.accounts), "account") + (f" in {told}" if regions else "")


def _regions(seen: Coverage) -> list[str]:
    return sorted({region for _, region in seen.places})


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _json(answer: Answer) -> str:
    seen = answer.coverage
    content = {
        "question": answer.question, "source": answer.source, "window": str(answer.window),
        "rows": [{name: getattr(row, name) for name in answer.columns} for row in answer.rows],
        "coverage": {"unit": seen.unit, "files": seen.files, "files_read_now": seen.fresh, "records": seen.events,
                     "bytes_read_now": seen.read, "files_without_api_calls": seen.skipped,
                     "accounts": seen.accounts, "regions": _regions(seen),
                     "first_day": seen.first_day, "last_day": seen.last_day, "notes": seen.notes} | _queries(seen),
        "not_read": [{"file": item.key, "record": item.record, "reason": item.reason} for item in seen.unreadable],
        "not_judged": answer.not_judged, "not_verified": answer.unverified,
        "summary": {"rows": len(answer.rows), "not_read": len(seen.unreadable), "exit_code": answer.exit_code},
    }  # fmt: skip
    return json.dumps(content, indent=2) + "\n"


def _queries(seen: Coverage) -> dict[str, object]:
    """What Athena was asked, where it was."""
    if not seen.queries:
        return {}
    told = [{"id": item.query_id, "bytes_scanned": item.scanned, "milliseconds": item.milliseconds, "rows": item.rows}
            for item in seen.queries]  # fmt: skip
    return {"queries": told, "bytes_scanned": sum(item.scanned for item in seen.queries),
            "approximate_usd": round(sum(item.usd for item in seen.queries), 6)}  # fmt: skip


def _csv(answer: Answer) -> str:
    import csv  # these here, because they cost milliseconds that other forms need not pay
    import io

    from iam_guardrails.reports.escaping import as_csv_cell

    written = io.StringIO()
    table = csv.writer(written, lineterminator="\n")
    table.writerow(answer.columns)
    for row in answer.rows:
        table.writerow(map(as_csv_cell, _cells(row, answer.columns)))
    return written.getvalue()


def _cells(row: Row, columns: Sequence[str]) -> list[str]:
    return [_cell(getattr(row, name)) for name in columns]


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return ""
    return " ".join(value) if isinstance(value, tuple) else str(value)


def _text(answer: Answer) -> str:
    rows = [list(answer.columns), *(_cells(row, answer.columns) for row in answer.rows)]
    used = [number for number in range(len(answer.columns)) if any(row[number] for row in rows[1:])]
    shown = [[_printable(row[number]) for number in used] for row in rows]
    widths = [max(len(row[number]) for row in shown) for number in range(len(used))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (shown if answer.rows else ())
    ]
    lines += ["", _printable(f"{_count(len(answer.rows), 'row')}; {answer.question} of {answer.source}", WIDEST_NOTE)]
    lines += [_printable(line, WIDEST_NOTE) for line in coverage_of(answer)]
    return "".join(f"{line}\n" for line in lines).lstrip("\n")


def _printable(text: str, widest: int = WIDEST) -> str:
    """Without what a terminal would take for a command, and not too long."""
    clean = "".join(letter if letter.isprintable() else "?" for letter in text)
    return clean if len(clean) <= widest else f"{clean[: widest - 1]}…"
