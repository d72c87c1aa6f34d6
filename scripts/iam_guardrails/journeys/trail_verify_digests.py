"""trail verify: the digest files of one chain, from the newest to the oldest, and what their chain leaves open.

Source: AWS CloudTrail User Guide, "Custom implementations of CloudTrail log file integrity validation": the signature
of a digest is in the next digest, and of the newest one in the metadata of its object.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from iam_guardrails.adapters.trail_bytes import Damage
from iam_guardrails.adapters.trail_folder_objects import SIDECAR
from iam_guardrails.adapters.trail_keys import PublicKeys
from iam_guardrails.adapters.trail_ledger import Ledger, StoredDigest
from iam_guardrails.adapters.trail_objects import TrailObjects
from iam_guardrails.model.trail.digest import SIGNATURE_ALGORITHM, signing_text
from iam_guardrails.model.trail.integrity import (
    ALTERED,
    INVALID,
    MISSING,
    MOVED,
    NOT_JUDGED,
    UNKNOWN_KEY,
    VALID,
    Book,
    Chain,
    Period,
    Told,
)
from iam_guardrails.model.trail.object_keys import parse_key
from iam_guardrails.model.trail.places import Places, packed

_UNSIGNED = (
    "its signature is only in the metadata of its object, which this copy lacks; keep it with"
    " `aws s3api head-object --bucket {bucket} --key {key} > FILE" + SIDECAR + "`, FILE being the copy"
)


class Digests:
    """Judges digest files: `known` are the fingerprints that the digests of each Region name."""

    def __init__(
        self, store: TrailObjects, ledger: Ledger, places: Places, keys: PublicKeys, known: Mapping[str, set[str]]
    ) -> None:
        self._store, self._ledger, self._places, self._keys, self._known = store, ledger, places, keys, known

    def judge(self, chains: Mapping[int, Chain], period: Period, books: Mapping[int, Book]) -> None:
        """Judge every member of the chains and note the verdicts; tell of those in the period.

        The newest goes first, as it vouches for the one before it, which may be of another chain (follow).
        """
        for digest in self._ledger.members():
            told = self._verdict(digest, chains[digest.chain])
            state = VALID if told is None else INVALID if told.kind else NOT_JUDGED
            self._ledger.judge(digest.id, state)
            place = self._places.stored(digest.bucket, digest.object_key)
            if packed(digest.key) != packed(place) and told is None:
                told = Told(MOVED, digest.key, f"it is the digest file {digest.object_key}, not where it was delivered")
            if told and told.kind:
                self._ledger.spoil(digest.id)
            if period.overlaps(digest.start, digest.end):
                books[digest.chain].count_digest(told)
        for number, book in books.items():
            for copy in self._ledger.copies(number):
                if period.overlaps(copy.start, copy.end):
                    book.count_digest(Told(MOVED, copy.key, f"it is a copy of the digest file {copy.object_key}"))

    def _verdict(self, digest: StoredDigest, chain: Chain) -> Told | None:
        """None for a valid one."""
        if digest.unread:
            return Told("", digest.key, digest.unread)
        next_one = self._ledger.successor(digest)
        after = None if next_one and next_one.state == INVALID else next_one
        if after and after.previous and after.previous.hash_value != digest.hash:
            return Told(ALTERED, digest.key, f"its content is not what the next digest file, {after.key}, says it was")
        if digest.broken:
            return Told(ALTERED, digest.key, digest.broken)
        vouched = after is not None and after.state == VALID
        if digest.fingerprint not in self._keys:
            return None if vouched else self._without_key(digest, chain)
        if digest.algorithm != SIGNATURE_ALGORITHM:
            reason = f"its signature algorithm is {digest.algorithm[:40]}, not {SIGNATURE_ALGORITHM}"
            return None if vouched else Told("", digest.key, reason)
        return self._signed(digest, next_one)

    def _signed(self, digest: StoredDigest, after: StoredDigest | None) -> Told | None:
        """A signature that fits proves the content, also one that an altered digest hands down."""
        before = digest.previous.signature if digest.previous else ""
        text = signing_text(digest.end, digest.bucket, digest.object_key, digest.hash, before)
        found = False
        try:
            for signature, trusted in self._signatures(digest, after):
                found = found or trusted
                if self._keys.signed(digest.fingerprint, text, signature):
                    return None
        except Damage as damage:
            return Told("", digest.key, f"its metadata: {damage}")
        if found:
            reason = "its signature does not fit: its content, or the signature kept with it, was altered"
            return Told(ALTERED, digest.key, reason)
        return Told("", digest.key, _UNSIGNED.format(bucket=digest.bucket, key=digest.object_key))

    def _signatures(self, digest: StoredDigest, after: StoredDigest | None) -> Iterator[tuple[str, bool]]:
        """Each signature there is of a digest, and whether it should fit."""
        if after and after.previous:
            yield after.previous.signature, after.state != INVALID
        kept = self._store.metadata(digest.key).get("signature")
        if kept:
            yield kept, True

    def _without_key(self, digest: StoredDigest, chain: Chain) -> Told:
        """A late digest is signed when it is made, so keys of its hour say nothing about its key."""
        fingerprint = digest.fingerprint[:80]
        names = () if digest.backfill else self._known.get(chain.region, ())
        if chain.region in self._keys.asked or any(self._keys.used_at(name, digest.end) for name in names):
            reason = f"it is signed with the key {fingerprint}, which is none of CloudTrail's in {chain.region}"
            return Told(UNKNOWN_KEY, digest.key, reason)
        if self._keys.refused:
            return Told("", digest.key, f"there is no public key to check its signature with: {self._keys.refused}")
        how = f"`aws cloudtrail list-public-keys --region {chain.region}` prints it for the time it was used"
        return Told("", digest.key, f"its public key {fingerprint} is not among those given; {how}")

    def follow(self, number: int, period: Period, newest: str, book: Book) -> int:
        """Tell where the chain is cut, begins anew, or leaves time out; gives the chain it goes on in, 0 for none.

        newest: until when digest files should be here. Where the trail gets another prefix, or becomes its
        organisation's, its digest files name those before them, but their keys make another chain.
        """
        last, final = "", None
        for digest in self._ledger.digests(number):
            start = digest.start if not (digest.broken or digest.unread) else last or digest.end
            if period.overlaps(start, digest.end):
                missing = self._missing(digest, period, last, book)
                if not digest.backfill and not missing:
                    covered = last if last >= start else max(last, self._before(digest))
                    _hole(digest, start, covered, period, book)
            if not digest.backfill and digest.end >= last:
                last, final = digest.end, digest
        onward = self._ledger.successor(final) if final else None
        if onward and onward.chain != number and not onward.backfill and onward.state != INVALID and onward.end > last:
            book.note(f"its digest files go on with {onward.key}")
            return onward.chain
        if not last or (period.start and last <= period.start):
            book.open("", "there is no digest file of this time")
        elif last < newest:
            book.open(
                f"{last} to {newest}",
                "there is no digest file, although one is delivered every hour: log file validation was off, logging or"
                " the trail was stopped, or digest files were removed",
            )
        return 0

    def _before(self, digest: StoredDigest) -> str:
        """When the hour of the digest before this one ended, whatever chain it is of; "" where it is not here."""
        before = digest.previous
        return self._ledger.ended(before.bucket, before.key) if before and digest.state != INVALID else ""

    def _missing(self, digest: StoredDigest, period: Period, last: str, book: Book) -> bool:
        """Whether the digest before this one is not here, and told so."""
        before = digest.previous
        if digest.state == INVALID or before is None or self._ledger.ended(before.bucket, before.key):
            return False
        said = parse_key(before.key)
        if period.start and said and said.time <= period.start:
            return False
        key = self._places.stored(before.bucket, before.key)
        if not key:
            book.open(f"s3://{before.bucket}/{before.key}", f"{digest.key} names it as the digest file before it, but"
                      " it is outside of what was given")  # fmt: skip
            return True
        hint = "; if what was given begins here on purpose, say so with --since " + digest.start
        if last:
            hint = f", so nothing vouches for {last} to {digest.start}"
        book.find(Told(MISSING, key, f"{digest.key} names it as the digest file before it{hint}"), digest=True)
        return True


def _hole(digest: StoredDigest, start: str, last: str, period: Period, book: Book) -> None:
    """Tell of time before this digest that no digest covers, and of a new chain."""
    begins = digest.previous is None and not digest.broken and not digest.unread
    last = max(last, period.start)
    if last and start > last:
        why = "log file validation or logging was off" if begins else "the digest files leave this time out"
        book.open(f"{last} to {start}", f"no digest file covers it: {why}")
    if begins:
        book.note(f"a chain of digest files begins at {start}")
