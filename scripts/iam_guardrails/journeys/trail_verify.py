"""trail verify: are stored CloudTrail files complete and unchanged, by CloudTrail's digest files?

The files are listed once, digests are read and put into a ledger on disk, then each chain is judged from its newest
digest to its oldest, then the log files. Source: AWS CloudTrail User Guide, "Validating CloudTrail log file integrity".
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import datetime, timedelta

from iam_guardrails.adapters.trail_ahead import ahead, content_of
from iam_guardrails.adapters.trail_bytes import Damage, pieces_of
from iam_guardrails.adapters.trail_folder_objects import key_of
from iam_guardrails.adapters.trail_keys import PublicKeys
from iam_guardrails.adapters.trail_ledger import Ledger
from iam_guardrails.adapters.trail_objects import StoredObject, TrailObjects
from iam_guardrails.journeys.trail_verify_digests import Digests
from iam_guardrails.journeys.trail_verify_logs import Unnamed, judge_logs, later
from iam_guardrails.model.trail.digest import Digest, DigestError, parse_digest
from iam_guardrails.model.trail.integrity import VALID, Book, Chain, ChainResult, Integrity, Period, joined
from iam_guardrails.model.trail.integrity import Window as Span
from iam_guardrails.model.trail.object_keys import DIGEST, TrailKey, parse_key
from iam_guardrails.model.trail.other_logs import is_other_log
from iam_guardrails.model.trail.places import Places
from iam_guardrails.model.trail.window import Window
from iam_guardrails.model.value import frozen

MAXIMUM_DIGEST_BYTES = 64 << 20  # ours: an hour with a hundred thousand log files
_MARGIN = timedelta(hours=3)  # digests around the period are read too: for signatures, and for files at its edges
_APART = timedelta(minutes=70)
_STEP = 500
KeysOf = Callable[[Mapping[str, "tuple[str, str]"]], PublicKeys]


@frozen
class Asked:
    """What is asked: the period, and until when digest files should be there where it has no end.

    newest: PENDING ago in a bucket, which CloudTrail may still deliver to; "" in a folder, a copy of any time.
    """

    period: Period = Period()
    newest: str = ""


def verify(store: TrailObjects, asked: Asked, keys_of: KeysOf, progress: Callable[[str], None]) -> Integrity:
    """Judge every chain of digest files in the store, and every log file.

    keys_of: the public keys for Regions and the times from when to when they are needed. Raises Problem when the store
    cannot be listed.
    """
    with closing(Ledger()) as ledger:
        rest = Book()
        _index(store, asked.period, ledger, rest, progress)
        places = Places(ledger.places(), store.bucket, store.prefix)
        ledger.settle(places)
        return _judged(store, asked, ledger, places, keys_of, rest, progress)


def _index(store: TrailObjects, period: Period, ledger: Ledger, rest: Book, progress: Callable[[str], None]) -> None:
    near = Period(
        later(period.start, -_MARGIN) if period.start else "", later(period.end, _MARGIN) if period.end else ""
    )
    read = _Counted(progress, "read", "digest files")
    digests = _digests(store, near, ledger, rest, progress)
    for (item, said), packed in ahead(
        store, digests, lambda one: content_of(store, one[0].key), lambda one: one[0].size
    ):
        read()
        _add(packed, item.key, said, ledger)


def _digests(
    store: TrailObjects, near: Period, ledger: Ledger, rest: Book, progress: Callable[[str], None]
) -> Iterator[tuple[StoredObject, TrailKey]]:
    """The digest files to read; log files are noted on the way."""
    foreign = others = 0
    listed = _Counted(progress, "listed", "files", _STEP * 20)
    for item in store.list():
        listed()
        said = parse_key(item.key)
        if said is None and is_other_log(item.key):
            others += 1
        elif said is None:
            foreign += 1
        elif not item.key.isprintable():  # no key of CloudTrail is
            rest.open(item.key, "its folder's name is no text that CloudTrail writes")
        elif said.kind != DIGEST:
            ledger.store(item.key, said, item.size)
        elif near.overlaps(said.time, said.time) or near.holds(said.time):
            yield item, said
    if foreign:
        are, its, it = (
            ("1 file is", "its name", "it") if foreign == 1 else (f"{foreign} files are", "their names", "them")
        )
        rest.note(f"{are} none of CloudTrail's by {its}, so nothing is said about {it}")
    if others:
        are, it = ("1 file is", "it") if others == 1 else (f"{others} files are", "them")
        rest.note(f"{are} of other services' logs by place and name, so nothing is said about {it}")


def _add(packed: bytes | Damage, key: str, said: TrailKey, ledger: Ledger) -> None:
    if isinstance(packed, Damage):
        ledger.add(key, said, None, "", unread=str(packed))
        return
    try:
        content = _unpacked(packed)
    except Damage as damage:
        ledger.add(key, said, None, "", broken=str(damage))
        return
    hashed = hashlib.sha256(content).hexdigest()
    try:
        ledger.add(key, said, _checked(parse_digest(content)), hashed)
    except DigestError as error:
        ledger.add(key, said, None, hashed, broken=str(error))


def _unpacked(packed: bytes) -> bytes:
    made = bytearray()
    for piece in pieces_of(packed):
        made += piece
        if len(made) > MAXIMUM_DIGEST_BYTES:
            raise Damage(f"it holds more than {MAXIMUM_DIGEST_BYTES >> 20} MiB")
    return bytes(made)


def _checked(digest: Digest) -> Digest:
    said = parse_key(digest.key)
    if said is None or said.kind != DIGEST:
        raise DigestError("its digestS3Object is no key of a digest file")
    return digest


def _judged(
    store: TrailObjects, asked: Asked, ledger: Ledger, places: Places, keys_of: KeysOf, rest: Book,
    progress: Callable[[str], None],
) -> Integrity:  # fmt: skip
    known: dict[str, set[str]] = {}
    spans: dict[str, tuple[str, str]] = {}
    for region, fingerprint, start, end in ledger.fingerprints():
        known.setdefault(region, set()).add(fingerprint)
        first, last = spans.get(region, (start, end))
        spans[region] = (min(first, start), max(last, end))
    digests = Digests(store, ledger, places, keys_of(spans), known)
    books = {number: Book() for number, _chain in ledger.chains()}
    newest = _newest(asked, ledger)
    digests.judge(dict(ledger.chains()), asked.period, books)
    onward = {number: digests.follow(number, asked.period, newest, book) for number, book in books.items()}
    Unnamed(store, ledger, places, books, rest, onward).judge(asked.period, asked.newest)
    counted = _Counted(progress, "checked", "log files")
    for number in books:
        judge_logs(store, ledger, number, asked.period, books[number], counted)
    name = store.source if store.bucket else key_of(store.source)
    if not books:
        rest.open(name, "there is no digest file: log file validation is off, or the digest files are elsewhere")
    for number, book in books.items():
        for name in ledger.buckets(number) if store.bucket else ():
            if name != store.bucket:
                book.note(f"these are copies: CloudTrail delivered to the bucket {name}")
    if ledger.unpacked:
        are = "1 file is" if ledger.unpacked == 1 else f"{ledger.unpacked:,} files are"
        rest.note(f"{are} unpacked here, and judged by content: CloudTrail delivers them gzipped")
    for span in _unjudged(asked.period):
        rest.note(f"log files delivered {span} are not judged, though `trail ask` of the same time reads them too:"
                  " events of that time may be in them")  # fmt: skip
    chains = [_result(number, chain, books[number], ledger, asked.period) for number, chain in ledger.chains()]
    return Integrity(name, tuple(chains), tuple(rest.not_judged), tuple(rest.notes))


def _unjudged(period: Period) -> Iterator[str]:
    """When files are delivered that `trail ask` reads for the events of a period, and that are not of the period."""
    since, until = (datetime.fromisoformat(time) if time else None for time in (period.start, period.end))
    first, last = Window(since, until).file_days
    if not period.start.endswith("T00:00:00Z" if period.start else ""):
        yield f"on {first} before {period.start}"
    if period.end:
        yield f"from {period.end} to the end of {last} (a later --until judges them)"


def _newest(asked: Asked, ledger: Ledger) -> str:
    """Until when every chain should go: as asked, or within about an hour of the one that goes on longest."""
    if asked.period.end or asked.newest:
        return asked.period.end or asked.newest
    ends = [last for spans in ledger.spans().values() for _number, _first, last in spans]
    return later(max(ends), -_APART) if ends else ""


class _Counted:
    """Tells now and then how far something is; small stores stay silent."""

    def __init__(self, progress: Callable[[str], None], verb: str, what: str, step: int = _STEP) -> None:
        self._progress, self._verb, self._what, self._step = progress, verb, what, step
        self._done = 0

    def __call__(self) -> None:
        self._done += 1
        if self._done % self._step == 0:
            self._progress(f"{self._verb} {self._done:,} {self._what}")


def _result(number: int, chain: Chain, book: Book, ledger: Ledger, period: Period) -> ChainResult:
    good: list[Span] = []
    spoiled: list[tuple[str, str]] = []
    for digest in ledger.digests(number):
        if not period.overlaps(digest.start, digest.end):
            continue
        clean = digest.clean if digest.state == VALID else ""
        if digest.backfill:
            spoiled += [(digest.start, digest.end)] if clean < digest.end else []
        elif clean > digest.start and period.overlaps(digest.start, clean):
            good.append(period.clipped(digest.start, clean))
    whole = [one for one in good if not any(start < one.end and one.start < end for start, end in spoiled)]
    return ChainResult(
        chain, ledger.buckets(number), book.counts(digest=True), book.counts(digest=False), joined(whole),
        tuple(book.findings), tuple(book.not_judged), tuple(book.notes),
    )  # fmt: skip
