"""Whether stored CloudTrail files are complete and unchanged, as text or as one JSON object."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from iam_guardrails.model.trail.integrity import ChainResult, Counts, Integrity, Told

_FEW = 3
_VERDICTS = {
    0: "complete and unchanged, as far as the spans above go",
    1: "tampered with: see what is named above",
    2: "not wholly judged: see above what is open",
}


def render(found: Integrity, form: str) -> str:
    """The report; `form` is "text" or "json"."""
    return _json(found) if form == "json" else _text(found)


def _json(found: Integrity) -> str:
    content = {
        "source": found.source,
        "verdict": ("valid", "tampered", "not judged")[found.exit_code],
        "chains": [_chain(item) for item in found.chains],
        "not_judged": _tolds(found.not_judged),
        "notes": list(found.notes),
    }
    return json.dumps(content, indent=2) + "\n"


def _chain(item: ChainResult) -> dict[str, Any]:
    chain = item.chain
    return {
        "account": chain.account_id, "region": chain.region, "trail": chain.trail_name,
        "home_region": chain.home_region, "organization": chain.organization_id, "prefix": chain.prefix,
        "buckets": list(item.buckets), "digest_files": dict(vars(item.digests)), "log_files": dict(vars(item.logs)),
        "complete": [{"from": window.start, "to": window.end} for window in item.complete],
        "findings": [{"kind": told.kind, "file": told.file, "reason": told.reason} for told in item.findings],
        "not_judged": _tolds(item.not_judged),
        "notes": list(item.notes),
    }  # fmt: skip


def _tolds(tolds: tuple[Told, ...]) -> list[dict[str, str]]:
    return [{"what": told.file, "reason": told.reason} for told in tolds]


def _text(found: Integrity) -> str:
    lines = [line for item in found.chains for line in (*_lines(item), "")]
    lines += [f"NOT JUDGED {_one(told)}" for told in found.not_judged]
    lines += [f"note: {note}" for note in found.notes]
    lines.append(f"{found.source}: {_VERDICTS[found.exit_code]}")
    return "".join(f"{_printable(line)}\n" for line in lines)


def _lines(item: ChainResult) -> Iterator[str]:
    chain = item.chain
    buckets = f", bucket {', '.join(item.buckets)}" if item.buckets else ""
    yield f"{chain.account_id} {chain.region}, trail {chain.trail_name} of {chain.home_region}{buckets}"
    for window in item.complete:
        yield f"  complete and unchanged from {window.start} to {window.end}"
    if not item.complete:
        yield "  no span of time is known to be complete and unchanged"
    yield f"  digest files: {_counts(item.digests)}"
    yield f"  log files: {_counts(item.logs)}"
    for told in item.findings:
        yield f"  {told.kind.upper()} {_one(told)}"
    for told in gathered(item.not_judged):
        yield f"  NOT JUDGED {_one(told)}"
    for note in item.notes:
        yield f"  note: {note}"


def gathered(tolds: tuple[Told, ...]) -> Iterator[Told]:
    """What is open, with more than a few files of the same reason told as one."""
    by_reason: dict[str, list[str]] = {}
    for told in tolds:
        by_reason.setdefault(told.reason, []).append(told.file)
    for reason, files in by_reason.items():
        if len(files) > _FEW:
            yield Told("", f"{len(files):,} files from {min(files)} to {max(files)}", reason)
        else:
            yield from (Told("", file, reason) for file in files)


def _one(told: Told) -> str:
    return f"{told.file}: {told.reason}" if told.file else told.reason


def _counts(counts: Counts) -> str:
    told = [f"{number:,} {name.replace('_', ' ')}" for name, number in vars(counts).items() if number]
    return ", ".join(told) or "none"


def _printable(line: str) -> str:
    """Keys and reasons may hold what would move the cursor or cannot be encoded; that is written as an escape."""
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in line)
