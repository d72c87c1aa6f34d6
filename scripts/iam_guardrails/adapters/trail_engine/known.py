"""What a process that reads files remembers from one to the next. Only how fast it goes depends on it."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from typing import Literal

import msgspec

from iam_guardrails.adapters.trail_engine.decode import FILES, AnyFile, Event
from iam_guardrails.adapters.trail_engine.one_record import Class, Classes, Key, class_of, letters_of
from iam_guardrails.model.trail.principal import LONG

_FORMAT = 5
try:
    from iam_guardrails.adapters.trail_engine._alike import FORMAT, Table
except ImportError:  # installed without a C compiler: every record is decoded, for the same answers
    HAS_TABLE = False
else:
    HAS_TABLE = FORMAT == _FORMAT  # else one is left from before, as it could not be built anew

MOST_TEXTS, LEARNT_FROM, TRIES = 4_000, 16, 100
"""How many texts are known at most, of how many files with new ones they are learnt at once, and how often."""
HELD_CLASSES, HELD_TEXTS, MOST_BYTES = 30_000, 8 << 20, 16 << 20
"""How many combinations a process remembers from batch to batch, and of how many characters; some 12 MB, and as much
again in the table, which holds so many bytes at most; where texts are as long as none is by itself, twice that."""
USUAL = ("AssumedRole", "IAMUser", "Root", "AWSService", "AWSAccount", "FederatedUser", "SAMLUser", "WebIdentityUser",
         "IdentityCenterUser", "true", "false")  # fmt: skip
"""Types of callers, and whether they had MFA (AWS CloudTrail User Guide, "CloudTrail userIdentity element")."""


class Files:
    """Decodes files, and remembers the texts that come again and again: they are looked up instead of made anew.

    A file with a text that is not known is read as if nothing were known. After some of these their texts are known
    too, as long as there is an end of new ones: what comes out is the same either way. texts: known from the beginning.
    tries: how often it may learn, TRIES where None; 0 where so few files are decoded that it saves nothing.
    """

    def __init__(self, texts: Collection[str] = (), tries: int | None = None) -> None:
        self._texts: set[str] = set()
        self._decoder = FILES
        self._strange = 0
        self._tries = TRIES if tries is None else tries
        if texts and len(texts) + len(USUAL) <= MOST_TEXTS:
            self._texts.update(USUAL, texts)
        self._is_new = bool(self._texts)

    def decode(self, content: bytes | bytearray) -> list[Event]:
        """The records of a file as CloudTrail writes it. Raises one of NOT_READ for anything else."""
        if self._is_new:  # only now, as it takes milliseconds, and the table leaves few files to decode
            self._is_new = False
            self._know()
        if self._decoder is not FILES:
            try:
                return self._decoder.decode(content).Records
            except msgspec.ValidationError:
                pass
        events = FILES.decode(content).Records
        if self._tries:
            self._learn(events)
        return events

    @property
    def known_texts(self) -> int:
        """How many texts are known."""
        return len(self._texts)

    def _learn(self, events: list[Event]) -> None:
        """Know the texts of these, once there were enough files with new ones; to make a decoder takes milliseconds."""
        for event in events:
            self._texts.update(text for text in _texts_of(event) if text and len(text) <= LONG)
        self._strange += 1
        if self._strange < LEARNT_FROM:
            return
        self._strange = 0
        self._tries -= 1
        if not self._tries or len(self._texts) > MOST_TEXTS:
            self._tries, self._decoder = 0, FILES
            self._texts.clear()
        elif self._texts:
            self._know()

    def _know(self) -> None:
        self._decoder = msgspec.json.Decoder(AnyFile[Literal[tuple(self._texts)]])  # type: ignore[misc]  # made here


def _texts_of(event: Event) -> Iterator[str | None]:
    """Those of its texts that many records share."""
    yield from (event.eventSource, event.eventName, event.errorCode, event.recipientAccountId)
    if (identity := event.userIdentity) is not None:
        yield from (identity.type, identity.accountId)
        if (context := identity.sessionContext) is not None:
            if (issuer := context.sessionIssuer) is not None:
                yield issuer.arn
            if (attributes := context.attributes) is not None and isinstance(attributes.mfaAuthenticated, str):
                yield attributes.mfaAuthenticated


class Known:
    """What is remembered from one gathering to the next, for the same targets.

    classes: what is known of combinations.  letters: how many characters these have.  texts: see Files.  table: which
    records are alike, None where each is to be decoded.  plain: the classes of the table's kinds of which only the
    times matter.  readings: the combinations and classes of those that read secrets and nothing else.  special: the
    other kinds.  One gathering at a time may use it.
    """

    def __init__(self, texts: Collection[str] = (), *, table: bool = HAS_TABLE) -> None:
        self.files = Files(tries=0) if table else Files(texts)
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
