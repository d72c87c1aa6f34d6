"""What a process that reads files remembers from one to the next. Only how fast it goes depends on it."""

from __future__ import annotations

import os

from iam_guardrails.adapters.trail_engine.one_record import Class, Classes, Key, class_of, letters_of

_FORMAT = 5
try:
    from iam_guardrails.adapters.trail_engine._alike import FORMAT, Table
except ImportError:  # installed without a C compiler: every record is decoded, for the same answers
    HAS_TABLE = False
else:
    HAS_TABLE = FORMAT == _FORMAT  # else one is left from before, as it could not be built anew

HELD_CLASSES, HELD_TEXTS, MOST_BYTES = 30_000, 8 << 20, 16 << 20
"""How many combinations a process remembers from batch to batch, and of how many characters; some 12 MB, and as much
again in the table, which holds so many bytes at most; where texts are as long as none is by itself, twice that."""


class Known:
    """What is remembered from one gathering to the next, for the same targets.

    classes: what is known of combinations.  letters: how many characters these have.  table: which records are
    alike, None where each is to be decoded.  plain: the classes of the table's kinds of which only the times matter.
    readings: the combinations and classes of those that read secrets and nothing else.  special: the other kinds.
    One gathering at a time may use it.
    """

    def __init__(self, *, table: bool = HAS_TABLE) -> None:
        self.classes: Classes = {}
        self.letters = 0
        self.table = Table(int.from_bytes(os.urandom(8), "big"), MOST_BYTES) if table else None
        self.plain: dict[int, Class] = {}
        self.readings: dict[int, tuple[Key, Class]] = {}
        self.special: set[int] = set()

    @property
    def is_full(self) -> bool:
        """Whether so much is known that it is better to begin anew."""
        kinds = self.table is not None and (self.table.full or self.table.kinds > HELD_CLASSES)
        return kinds or len(self.classes) > HELD_CLASSES or self.letters > HELD_TEXTS

    def class_of(self, key: Key, targets: frozenset[tuple[str, str]]) -> Class:
        """The class of a combination (one_record.class_of); it is remembered."""
        found = self.classes.get(key)
        if found is None:
            found = self.classes[key] = class_of(key, targets)
            self.letters += letters_of(key)
        return found
