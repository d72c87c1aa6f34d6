"""What is stored and what digests name, in a temporary database on disk, so that memory does not grow with the files.

SQLite deletes the database when it is closed (SQLite documentation, "Temporary Files Used By SQLite").
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

from iam_guardrails.model.trail.digest import Digest, Previous
from iam_guardrails.model.trail.integrity import Chain
from iam_guardrails.model.trail.object_keys import DIGEST, TrailKey, parse_key
from iam_guardrails.model.trail.places import PACKED, Places
from iam_guardrails.model.value import frozen

_TABLES = """
CREATE TABLE stored(
  key TEXT PRIMARY KEY, kind TEXT, account TEXT, region TEXT, time TEXT, size INTEGER) WITHOUT ROWID;
CREATE TABLE digest(
  id INTEGER PRIMARY KEY, key TEXT, object TEXT, bucket TEXT, start TEXT, "end" TEXT, hash TEXT, fingerprint TEXT,
  algorithm TEXT, previous_bucket TEXT, previous TEXT, previous_hash TEXT, previous_signature TEXT, broken TEXT,
  unread TEXT, backfill INTEGER, chain INTEGER, member INTEGER DEFAULT 0, state TEXT DEFAULT '',
  clean TEXT);
CREATE TABLE named(digest INTEGER, bucket TEXT, object TEXT, key TEXT, hash TEXT, algorithm TEXT);
CREATE TABLE chain(
  id INTEGER PRIMARY KEY, account TEXT, region TEXT, trail TEXT, home TEXT, organization TEXT, prefix TEXT,
  UNIQUE(account, region, trail, home, organization, prefix));
CREATE TABLE stray(hash TEXT, key TEXT);
"""
_INDEXES = """
CREATE INDEX named_key ON named(key);
CREATE INDEX named_hash ON named(hash);
CREATE INDEX digest_object ON digest(object);
CREATE INDEX digest_previous ON digest(previous);
CREATE INDEX digest_chain ON digest(chain, "end", start);
"""
_FIELDS = """id, key, object, bucket, start, "end", hash, fingerprint, algorithm, previous_bucket, previous,
  previous_hash, previous_signature, broken, unread, backfill, chain, state, clean"""


@frozen
class StoredDigest:
    """A digest file: where it is stored, what it says, and what was found out about it.

    object_key: the key it was delivered under, as it says itself.  hash: of its unpacked content.  broken: why it is no
    digest.  unread: why the store does not hand it out. Both are clauses, "" where there is nothing to say; then
    object_key and end come from its name.  state: VALID, INVALID, NOT_JUDGED, or "" before it was judged.  clean: until
    when nothing was found in its hour that is not as it should be; "" where a log file that it names is not.
    """

    id: int
    key: str
    object_key: str
    bucket: str
    start: str
    end: str
    hash: str
    fingerprint: str
    algorithm: str
    previous: Previous | None
    broken: str
    unread: str
    backfill: bool
    chain: int
    state: str
    clean: str


@frozen
class Named:
    """A log file that a digest names: its keys, hash and the hash's name, and the state of the digest.

    key: in the store, "" when it cannot be in it.  stored: whether it is, and size: how many bytes.
    """

    digest: int
    bucket: str
    object_key: str
    key: str
    hash: str
    algorithm: str
    state: str
    stored: bool
    size: int


class Ledger:
    """One verification's book. Close it when done.

    unpacked: how many digest files, and log files that digests name, stand unpacked where they should be.
    """

    def __init__(self) -> None:
        self.unpacked = 0
        self._base = sqlite3.connect("", isolation_level=None)
        self._base.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + _TABLES + "BEGIN;")

    def close(self) -> None:
        """Let the database go."""
        self._base.close()

    def store(self, key: str, said: TrailKey, size: int) -> None:
        """Note a log file (of any kind) that the store holds."""
        row = (key, said.kind, said.account_id, said.region, said.time, size)
        self._base.execute("INSERT OR IGNORE INTO stored VALUES(?, ?, ?, ?, ?, ?)", row)

    def add(
        self, key: str, said: TrailKey, digest: Digest | None, hashed: str, broken: str = "", unread: str = ""
    ) -> None:
        """Note a digest file, whole or not, and the log files it names."""
        if digest is None:
            digest = Digest(said.account_id, said.time, said.time, "", "", "", "", None, ())
        before = digest.previous or Previous("", "", "", "")
        added = self._base.execute(
            'INSERT INTO digest(key, object, bucket, start, "end", hash, fingerprint, algorithm, previous_bucket,'
            " previous, previous_hash, previous_signature, broken, unread, backfill, clean)"
            " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (key, digest.key, digest.bucket, digest.start, digest.end, hashed, digest.fingerprint,
             digest.signature_algorithm, before.bucket, before.key, before.hash_value, before.signature, broken, unread,
             said.backfill, digest.end),
        )  # fmt: skip
        self._base.executemany(
            "INSERT INTO named VALUES(?, ?, ?, '', ?, ?)",
            ((added.lastrowid, log.bucket, log.key, log.hash_value, log.hash_algorithm) for log in digest.logs),
        )

    def places(self) -> Iterator[tuple[str, str, str]]:
        """Of every digest file that says what it is: its bucket, its key there, its key in the store."""
        yield from self._base.execute("SELECT bucket, object, key FROM digest WHERE object != ''")

    def settle(self, places: Places) -> None:
        """Once it is known where keys of the buckets are in the store: give digests their chains and logs their keys.

        A file that is not in its place, but unpacked beside it, is that file.  Of several files that say they are the
        same digest, the one in its place is a member of the chain, or the first.
        """
        self._base.create_function("place", 2, places.stored)
        self._base.create_function("unpacked", 1, lambda key: key.removesuffix(PACKED))
        self._base.execute("UPDATE named SET key = place(bucket, object)")
        found = self._base.execute(
            "UPDATE named SET key = unpacked(key) WHERE NOT EXISTS (SELECT 1 FROM stored WHERE stored.key = named.key)"
            " AND EXISTS (SELECT 1 FROM stored WHERE stored.key = unpacked(named.key))"
        )
        self.unpacked = found.rowcount
        chains: dict[tuple[str, ...], int] = {}
        last = 0
        while rows := self._base.execute(
            "SELECT id, key, object FROM digest WHERE id > ? ORDER BY id LIMIT 500", (last,)
        ).fetchall():
            for last, key, object_key in rows:
                said = parse_key(object_key)
                if said is None or said.kind != DIGEST:
                    object_key = places.delivered(key)
                    said = parse_key(object_key)
                    assert said  # it was listed as a digest file
                chain = self._chain(said, chains)
                self._base.execute("UPDATE digest SET chain = ?, object = ? WHERE id = ?", (chain, object_key, last))
        self._base.executescript(_INDEXES)
        self._base.execute(
            "UPDATE digest SET member = 1 WHERE id IN (SELECT id FROM (SELECT id, row_number() OVER"
            " (PARTITION BY object, bucket ORDER BY key = place(bucket, object) DESC,"
            " key = unpacked(place(bucket, object)) DESC, id) AS rank FROM digest)"
            " WHERE rank = 1)"
        )
        found = self._base.execute(
            "SELECT count(*) FROM digest WHERE member AND key = unpacked(place(bucket, object))"
            " AND key != place(bucket, object)"
        )
        self.unpacked += int(found.fetchone()[0])

    def _chain(self, said: TrailKey, known: dict[tuple[str, ...], int]) -> int:
        row = (said.account_id, said.region, said.trail_name, said.home_region, said.organization_id, said.prefix)
        if row not in known:
            known[row] = len(known) + 1
            self._base.execute("INSERT INTO chain VALUES(?, ?, ?, ?, ?, ?, ?)", (known[row], *row))
        return known[row]

    def chains(self) -> list[tuple[int, Chain]]:
        """Every chain with its number, in order of account, Region and trail."""
        found = self._base.execute(
            "SELECT id, account, region, trail, home, organization, prefix FROM chain"
            " ORDER BY account, region, trail, home, organization, prefix"
        )
        return [(number, Chain(*rest)) for number, *rest in found]

    def digests(self, chain: int) -> Iterator[StoredDigest]:
        """The members of a chain, by the end of their hour."""
        sought = f'SELECT {_FIELDS} FROM digest WHERE chain = ? AND member ORDER BY "end", object'
        for row in self._base.execute(sought, (chain,)):
            yield _digest(row)

    def members(self) -> Iterator[StoredDigest]:
        """The members of all chains, the newest first."""
        for row in self._base.execute(f'SELECT {_FIELDS} FROM digest WHERE member ORDER BY "end" DESC, object DESC'):
            yield _digest(row)

    def copies(self, chain: int) -> Iterator[StoredDigest]:
        """The files of a chain that are no members: copies of others."""
        for row in self._base.execute(f"SELECT {_FIELDS} FROM digest WHERE chain = ? AND NOT member", (chain,)):
            yield _digest(row)

    def successor(self, digest: StoredDigest) -> StoredDigest | None:
        """The digest that names this one as the one before it; one that was not found to be altered goes first."""
        row = self._base.execute(
            f"SELECT {_FIELDS} FROM digest WHERE previous = ? AND (previous_bucket = ? OR ? = '') AND member"
            " ORDER BY state = 'valid' DESC, state = 'not judged' DESC, id LIMIT 1",
            (digest.object_key, digest.bucket, digest.bucket),
        ).fetchone()
        return _digest(row) if row else None

    def ended(self, bucket: str, object_key: str) -> str:
        """When the hour of a digest ended that is here, read or not; "" where it is not."""
        row = self._base.execute(
            """SELECT "end" FROM digest WHERE object = ? AND bucket IN (?, '') AND member""", (object_key, bucket)
        ).fetchone()
        return str(row[0]) if row else ""

    def judge(self, digest: int, state: str) -> None:
        """Note the verdict about a digest."""
        self._base.execute("UPDATE digest SET state = ? WHERE id = ?", (state, digest))

    def spoil(self, digest: int) -> None:
        """Note that a log file of a digest is not as it should be."""
        self._base.execute("UPDATE digest SET clean = '' WHERE id = ?", (digest,))

    def clip(self, account: str, region: str, time: str) -> None:
        """Note that from a time on it is open whether the files of the hour it is in are all that were delivered."""
        self._base.execute(
            "UPDATE digest SET clean = min(clean, ?) WHERE chain IN (SELECT id FROM chain WHERE account = ? AND region"
            ' = ?) AND start <= ? AND "end" > ? AND member AND NOT backfill',
            (time, account, region, time, time),
        )

    def at(self, account: str, region: str, time: str) -> list[StoredDigest]:
        """The digests of an account and Region, late ones aside, in whose hour a time is."""
        found = self._base.execute(
            f"SELECT {', '.join('digest.' + name.strip() for name in _FIELDS.split(','))} FROM digest JOIN chain"
            ' ON chain.id = digest.chain WHERE account = ? AND region = ? AND start <= ? AND digest."end" > ?'
            " AND member AND NOT backfill",
            (account, region, time, time),
        )
        return [_digest(row) for row in found]

    def spans(self) -> dict[tuple[str, str], list[tuple[int, str, str]]]:
        """By account and Region: the number, first start and last end of each of its chains, late digests aside."""
        made: dict[tuple[str, str], list[tuple[int, str, str]]] = {}
        for account, region, *span in self._base.execute(
            'SELECT account, region, chain.id, min(start), max("end") FROM digest JOIN chain ON chain.id = digest.chain'
            " WHERE member AND NOT backfill GROUP BY chain.id ORDER BY chain.id"
        ):
            made.setdefault((account, region), []).append((span[0], span[1], span[2]))
        return made

    def fingerprints(self) -> Iterator[tuple[str, str, str, str]]:
        """Region, fingerprint, and the first start and last end of the digests that name it."""
        yield from self._base.execute(
            'SELECT chain.region, fingerprint, min(start), max("end") FROM digest JOIN chain ON chain.id = digest.chain'
            " WHERE fingerprint != '' GROUP BY 1, 2 ORDER BY 1, 3"
        )

    def buckets(self, chain: int) -> tuple[str, ...]:
        """The buckets a chain was delivered to, by name."""
        found = self._base.execute("SELECT DISTINCT bucket FROM digest WHERE chain = ? AND bucket != ''", (chain,))
        return tuple(sorted(bucket for (bucket,) in found))

    def logs(self, chain: int) -> Iterator[Named]:
        """The log files that members of a chain name, by key, where the digest was not found to be altered."""
        found = self._base.execute(
            "SELECT digest, named.bucket, named.object, named.key, named.hash, named.algorithm, state,"
            " stored.key IS NOT NULL, coalesce(size, 0) FROM digest JOIN named ON named.digest = digest.id"
            " LEFT JOIN stored ON stored.key = named.key WHERE chain = ? AND member AND state NOT IN ('invalid', '')"
            " ORDER BY named.key, digest",
            (chain,),
        )
        for row in found:
            said: dict[str, Any] = dict(zip(Named.__annotations__, row, strict=True))
            yield Named(**said | {"stored": bool(row[7])})

    def unnamed(self) -> Iterator[tuple[str, str, str, str, str, int]]:
        """Stored log files that no digest names: key, kind, account, Region, time, size."""
        yield from self._base.execute(
            "SELECT key, kind, account, region, time, size FROM stored WHERE NOT EXISTS"
            " (SELECT 1 FROM named JOIN digest ON digest.id = digest WHERE named.key = stored.key"
            " AND state != 'invalid')"
            " ORDER BY account, region, time, key"
        )

    def named_with(self, hashed: str) -> tuple[str, str] | None:
        """Bucket and key of a log file that should have this content, by a digest that was not found to be altered."""
        row = self._base.execute(
            "SELECT named.bucket, named.object FROM named JOIN digest ON digest.id = digest WHERE named.hash = ?"
            " AND state != 'invalid' ORDER BY named.object",
            (hashed,),
        ).fetchone()
        return (str(row[0]), str(row[1])) if row else None

    def has(self, key: str) -> bool:
        """Whether the store holds a log file, packed or not."""
        found = self._base.execute("SELECT 1 FROM stored WHERE key IN (?, unpacked(?))", (key, key))
        return found.fetchone() is not None

    def hour(self, digest: int) -> tuple[str, str]:
        """From when to when a digest is."""
        start, end = self._base.execute('SELECT start, "end" FROM digest WHERE id = ?', (digest,)).fetchone()
        return str(start), str(end)

    def stray(self, hashed: str, key: str) -> None:
        """Note the content of a file that no digest names."""
        self._base.execute("INSERT INTO stray VALUES(?, ?)", (hashed, key))

    def stray_with(self, hashed: str) -> str:
        """The key of a file that no digest names and that has this content, "" when there is none."""
        row = self._base.execute("SELECT key FROM stray WHERE hash = ? ORDER BY key", (hashed,)).fetchone()
        return str(row[0]) if row else ""


def _digest(row: tuple[Any, ...]) -> StoredDigest:
    """The columns of _FIELDS as a value."""
    said: dict[str, Any] = dict(zip(StoredDigest.__annotations__, (*row[:9], None, *row[13:]), strict=True))
    previous = Previous(*row[9:13]) if row[10] else None
    return StoredDigest(**said | {"previous": previous, "backfill": bool(row[15])})
