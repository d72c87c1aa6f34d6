"""Answers that were given before, kept by all that they depend on: the question, its window, and every file's state.

What depends on nothing but the files is the same as long as they are; the program's own files count among what it
depends on, so that a changed program answers anew. An answer in which something could not be read is not kept: the
next time it may be readable.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping

from iam_guardrails.adapters import sealed
from iam_guardrails.adapters.blake2 import blake2b
from iam_guardrails.model.quick_datetime import UTC, datetime
from iam_guardrails.model.trail.answer import Answer, Coverage
from iam_guardrails.model.trail.questions.all import Question
from iam_guardrails.model.trail.window import Window, unread_after
from iam_guardrails.version import VERSION

TYPE_CHECKING = False  # as typing.TYPE_CHECKING, which costs more than a question that was answered before may
if TYPE_CHECKING:
    from typing import Any

MOST_KEPT = 200
_MAGIC = b"trail-answer 3\n"
_PROGRAM = (
    "model/trail",
    "model/trail/questions",
    "model/silencers.py",
    "model/incident/making.py",
    "model/incident/reach.py",
    "adapters",
    "adapters/trail_engine",
    "journeys/trail_ask.py",
)


class KeptAnswers:
    """The answers to one question about one state of a store.

    folder: where answers are kept.  manifest: of the store (trail_listing).  more: whatever else the answer depends on.
    """

    def __init__(
        self, folder: str, question: Question, source: str, window: Window, manifest: str, more: Mapping[str, Any]
    ) -> None:
        self._folder, self._question, self._source, self._window = folder, question, source, window
        limits = [limit.isoformat() if limit else "" for limit in (window.since, window.until)]
        told = bool(unread_after(window, "files", datetime.now(UTC)))  # which the time that passes brings about
        asked = json.dumps([VERSION, question.name, source, limits, told, manifest, more, sorted(_program())])
        name = blake2b(asked.encode(), digest_size=16).hexdigest()
        self._path = f"{folder}/{name}.answer"

    def get(self) -> Answer | None:
        """The answer that was given before, with nothing read now; None where there is none."""
        content = sealed.read(self._path, _MAGIC)
        if content is None:
            return None
        found = json.loads(content)
        coverage = Coverage(**{name: _tuples(value) for name, value in found["coverage"].items()})
        rows = [self._question.row(*map(_tuples, values)) for values in found["rows"]]
        return Answer(
            self._question.name, self._source, self._window, self._question.columns, rows, coverage,
            _tuples(found["not_judged"]),
        )  # fmt: skip

    def keep(self, answer: Answer) -> None:
        """Keep an answer where all could be read, of the baseline too; the oldest of many goes. Raises Problem."""
        seen = answer.coverage
        if seen.unreadable or answer.baseline_unread or seen.queries or seen.unread_later:
            return
        told = {
            "files": seen.files, "fresh": 0, "events": seen.events, "read": 0, "skipped": seen.skipped,
            "unreadable": (), "accounts": seen.accounts, "first_day": seen.first_day, "last_day": seen.last_day,
            "unit": seen.unit, "notes": seen.notes, "gaps": seen.gaps, "places": seen.places, "outside": seen.outside,
        }  # fmt: skip
        rows = [[getattr(row, name) for name in answer.columns] for row in answer.rows]
        content = json.dumps({"rows": rows, "coverage": told, "not_judged": answer.not_judged})
        sealed.write(self._path, _MAGIC, content.encode())
        self._forget()

    def _forget(self) -> None:
        with os.scandir(self._folder) as entries:
            kept = [entry for entry in entries if entry.name.endswith(".answer")]
        if len(kept) <= MOST_KEPT:
            return
        from contextlib import suppress

        with suppress(FileNotFoundError):  # another command forgets too
            for entry in sorted(kept, key=lambda one: one.stat().st_mtime_ns)[:-MOST_KEPT]:
                os.unlink(entry.path)  # noqa: PTH108 - pathlib costs milliseconds that a repeat need not pay


def _tuples(value: Any) -> Any:
    """JSON's lists as the tuples that they were."""
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


def _program() -> Iterator[tuple[str, int, int]]:
    """The state of the files that answers come from: what is gathered, merged and folded."""
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 - see above
    for part in _PROGRAM:
        path = f"{root}/{part}"
        names = [path] if part.endswith(".py") else [f"{path}/{name}" for name in os.listdir(path)]  # noqa: PTH208
        for name in names:
            if name.endswith(".py") and (part != "adapters" or name.startswith(f"{path}/trail_")):
                found = os.stat(name)  # noqa: PTH116 - see above
                yield name.removeprefix(root), found.st_size, found.st_mtime_ns
