"""`guardrails secrets`: are there secrets in the files that git tracks?"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from iam_guardrails.model.problem import Problem

if TYPE_CHECKING:
    from iam_guardrails.adapters.secret_scan import Scan
    from iam_guardrails.model.review.repository import Scanned, Spot

_HOW = "guardrails secrets --accept REASON"
EPILOG = (
    "Exit codes: 0 nothing looks like a secret, 1 something does, 2 could not scan. A value is never printed. A real"
    " secret is made invalid where it was issued first: whoever has a copy of the repository has it."
)


def declare(made: argparse.ArgumentParser) -> None:
    """The arguments of `secrets`."""
    made.epilog = EPILOG
    made.add_argument("paths", metavar="PATH", nargs="*",
                      help="with --accept: files or folders, from the repository's root (default: all)")  # fmt: skip
    made.add_argument("--accept", metavar="REASON",
                      help="write what is found into .secrets.baseline as no secret, for this reason")  # fmt: skip
    made.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    made.add_argument("--output", metavar="FILE", help="write the result there instead of to stdout")


def run(
    given: argparse.Namespace,
    find_root: Callable[[argparse.Namespace], Path],
    tell: Callable[[str], None],
    put: Callable[[str, str | None], None],
) -> int:
    """Scan, accept where that is asked for, show; returns the exit code. Raises Problem."""
    import os

    from iam_guardrails.adapters.checkov import find_python
    from iam_guardrails.adapters.secret_scan import CACHE, scan

    if given.paths and given.accept is None:
        raise Problem("a PATH says what --accept REASON is about; without it all tracked files are scanned")
    root = find_root(given)
    tell("scanning the files that git tracks")
    found = scan(root, find_python(os.environ, root), os.environ, root / ".guardrails" / CACHE)
    if given.accept is not None:
        return _accept(given, found, put)
    scanned = found.scanned
    put(_as_json(scanned) if given.format == "json" else _as_text(scanned), given.output)
    return 1 if scanned.found else 0


def _accept(given: argparse.Namespace, found: Scan, put: Callable[[str, str | None], None]) -> int:
    from iam_guardrails.adapters.secret_scan import write_baseline
    from iam_guardrails.model.review.repository import entries_with

    reason = given.accept.strip()
    if not reason or not reason.isprintable() or len(reason) > 500:
        raise Problem("--accept needs a reason: one line of 1 to 500 letters")
    chosen = [spot for spot in found.scanned.found if _is_in(spot, given.paths)]
    for path in given.paths:
        if not any(_is_in(spot, [path]) for spot in chosen):
            raise Problem(f"nothing that waits to be accepted stands in {path[:200]!r}; nothing was written")
    path = write_baseline(found, entries_with(found.spots, found.baseline, reason, chosen))
    left = len(found.scanned.found) - len(chosen)
    put(f"{len(chosen)} accepted in {path}, {left} left; commit it\n", given.output)
    return 1 if left else 0


def _is_in(spot: Spot, paths: list[str]) -> bool:
    plain = [path.removeprefix("./").rstrip("/") for path in paths]
    return not plain or any(path in ("", ".", spot.file) or spot.file.startswith(f"{path}/") for path in plain)


def _as_text(scanned: Scanned) -> str:
    from iam_guardrails.reports.escaping import shown

    lines = [f"{spot.file}:{spot.line}: {spot.kind}{f' ({spot.why})' if spot.why else ''}" for spot in scanned.found]
    lines += [f"note: {text}" for text in scanned.told(_HOW)]
    accepted = sum(number for _, _, number in scanned.accepted)
    number = len(scanned.found)
    said = f"{number} look{'s' if number == 1 else ''} like a secret" if number else "nothing looks like a secret"
    lines.append(f"{scanned.files} files, {said}, {accepted} accepted with a reason ({scanned.scanner})")
    if number:
        lines.append("a real one: make it invalid where it was issued, then take it out; else: guardrails secrets"
                     " --accept REASON PATH")  # fmt: skip
    return "".join(f"{shown(line)}\n" for line in lines)


def _as_json(scanned: Scanned) -> str:
    found = [{"file": one.file, "line": one.line, "type": one.kind, "why": one.why} for one in scanned.found]
    accepted = [{"file": file, "reason": reason, "number": number} for file, reason, number in scanned.accepted]
    values = {"scanner": scanned.scanner, "files": scanned.files, "found": found, "accepted": accepted,
              "notes": list(scanned.told(_HOW))}  # fmt: skip
    return json.dumps(values, indent=2, ensure_ascii=False) + "\n"
