"""The answer to a question about CloudTrail, with what it rests on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from iam_guardrails.model.trail.questions.rows import Row
from iam_guardrails.model.trail.window import Window
from iam_guardrails.model.value import field, frozen

TYPE_CHECKING = False  # as typing.TYPE_CHECKING, which costs more than a question that was answered before may
if TYPE_CHECKING:
    from datetime import datetime

    from iam_guardrails.model.trail.facts import DayFacts


@frozen
class Unread:
    """What could not be read: the file, where in it ("" for the whole), and why."""

    key: str
    record: str
    reason: str


USD_PER_TB = 5.0
"""Athena's list price per TB read; it differs a little between Regions (Amazon Athena pricing)."""
LEAST_BYTES = 10_000_000
"""What Athena charges a query at least."""


@frozen
class Query:
    """A query of Athena's. scanned: bytes read.  milliseconds: how long it ran.  rows: how many it gave."""

    query_id: str
    scanned: int
    milliseconds: int
    rows: int

    @property
    def usd(self) -> float:
        """About what it costs by the list price."""
        return max(self.scanned, LEAST_BYTES) / 1e12 * USD_PER_TB if self.scanned else 0.0


def price(queries: Sequence[Query]) -> str:
    """What queries read and about cost, a clause; queries: at least one."""
    scanned, usd = sum(item.scanned for item in queries), sum(item.usd for item in queries)
    named = ", ".join(item.query_id for item in queries)
    return (f"Athena read {scanned:,} bytes in {len(queries)} {'query' if len(queries) == 1 else 'queries'} ({named}),"
            f" about {usd:.4f} USD at {USD_PER_TB:g} USD per TB (list price, approximate)")  # fmt: skip


@frozen
class Coverage:
    """What an answer rests on.

    files: how many were in the window.  fresh: how many of them were read now, the others' facts were kept.  events:
    how many records they hold, records that were delivered twice twice.  read: bytes unpacked now.  skipped: digest,
    Insights and network activity files and other services' logs (other_logs), which hold no API calls.  unreadable:
    what could not be read, and so is in no answer.  accounts, first_day, last_day: of the files' keys, and of a log
    group's records; of LookupEvents the accounts alone.  queries: what Athena was asked, the last of them for the
    answer's own window; Athena does not tell how many files and records there were.  places: (account, Region) of the
    folders that the files lie in, and of those of digests, which CloudTrail delivers also where nothing is done; ()
    where the folders do not tell; of a log group, those of its records; of Athena's table, those of which it holds any
    record on the days of the window, of made_for, the places that it was made for.  days: of each place, the days
    (YYYY-MM-DD) of its folders, of a log group's records, or of the files of Athena's table where it told them; nothing
    for other sources, and where every_region.  every_region: whether a trail of every Region delivers to the log group,
    so that a Region without a record is one in which nothing was done.  digests: the same as `days`, of the folders of
    digests alone.  copied: (account, Region, time as its name has it) of the newest file or digest in a folder, which
    holds copies; () where CloudTrail's own are read.  by_trail: whether a trail delivered the records, so that there
    are none of when it was stopped; CloudTrail's own history, which LookupEvents asks, holds these too.  outside: how
    many of the files have names that tell no day of the window, and hold no record of it.  active: of Athena's table,
    account -> day -> when it last did anything (seconds); None where nobody asked, and for other sources.  amended: of
    each record that
    another one corrects, the part of the facts (model.trail.facts.PARTS) that it is in beside the whole records, its
    event id, and the fields that are corrected, as CloudTrail names them, "" where it does not.  unread_later: whether
    files that were delivered later than is read for the window were there and never read, so that another question may
    find more.  gap_days: the days (YYYY-MM-DD) of files of which `gaps` says that something in them is in no answer.
    """

    files: int
    fresh: int
    events: int
    read: int
    skipped: int
    unreadable: tuple[Unread, ...]
    accounts: tuple[str, ...] = ()
    first_day: str = ""
    last_day: str = ""
    unit: str = "file"
    notes: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    queries: tuple[Query, ...] = ()
    places: tuple[tuple[str, str], ...] = ()
    days: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    digests: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    copied: tuple[tuple[str, str, str], ...] = ()
    by_trail: bool = True
    outside: int = 0
    every_region: bool = False
    active: Mapping[str, Mapping[str, int]] | None = None
    amended: tuple[tuple[str, str, str], ...] = ()
    unread_later: bool = False
    made_for: tuple[tuple[str, str], ...] = ()
    gap_days: frozenset[str] = frozenset()

    def regions(self, account_id: str) -> tuple[str, ...]:
        """The Regions of which there are files, or a log group's records, of an account, sorted."""
        return tuple(sorted({region for owner, region in self.places if owner == account_id}))

    @property
    def lacks(self) -> str:
        """What is said before the Regions of which it holds nothing."""
        if self.queries:
            return "Athena's table holds no record of"
        return "there is no file and no digest of" if self.unit == "file" else "the log group holds no record of"

    def was_asked(self, region: str) -> bool:
        """Whether the source was asked about a Region: Athena's table only about those that it was made for."""
        return not self.queries or any(region == there for _, there in self.made_for)

    def is_of_others(self, account_id: str) -> bool:
        """Whether it tells its accounts, as each record of LookupEvents does, and an account is none of them."""
        return account_id not in self.accounts and (bool(self.accounts) or not self.by_trail)

    @property
    def is_unasked(self) -> bool:
        """Whether Athena was asked, but not on which days the account did anything."""
        return bool(self.queries) and self.active is None

    @property
    def is_empty(self) -> bool:
        """Whether there was nothing of the window to read: no file, and where Athena was asked, no byte."""
        return self.files <= self.outside and not (self.queries and self.queries[-1].scanned)


@frozen
class Answerable:
    """What questions are asked of: the facts of a window, a part at a time, and what they rest on.

    Parts may speak of the same day; questions merge what they fold.
    """

    facts: Iterator[tuple[str, DayFacts]]
    coverage: Coverage


def _quoted(text: str) -> str:
    """A source as a shell takes it for one word; in a folder's name odd bytes stand as `\\xe4`."""
    if "\\x" in text and not text.startswith("s3://"):
        return "$'" + re.sub(r"\\(?!x(?:[89a-f][0-9a-f]|5c))|'", lambda found: "\\" + found[0], text) + "'"
    plain = text and all(letter.isalnum() or letter in "/.:_-+@%=," for letter in text)
    return text if plain else "'" + text.replace("'", "'\"'\"'") + "'"


@frozen
class Answer:
    """question, source: as asked.  columns: of the rows.  not_judged: what the answer leaves open, and why.

    seen_until: up to when the source holds what was done, None where nobody looked.

    begins: of a question that compares with the time before its window, where the source holds less than that time: the
    day (YYYY-MM-DD) from which it holds something, "" where it does not tell; None where it holds all of it.

    baseline_unread: whether something of that time could not be read, of which `not_judged` tells, or came later than
    is read, of which a note does.
    """

    question: str
    source: str
    window: Window
    columns: tuple[str, ...]
    rows: Sequence[Row]
    coverage: Coverage
    not_judged: tuple[str, ...] = ()
    seen_until: datetime | None = None
    begins: str | None = None
    baseline_unread: bool = False

    @property
    def unverified(self) -> str:
        """That nobody judged here whether the files are complete and unchanged; "" where no files were read.

        A folder or prefix is verified by a command of its own, as that reads every file of it.
        """
        if self.coverage.is_empty or self.coverage.unit != "file":
            return ""
        source = "s3://BUCKET` of the table's bucket" if self.coverage.queries else f"{_quoted(self.source)}`"
        return (f"not verified: `guardrails trail verify {source} tells whether CloudTrail's files are complete and"
                " unchanged; of files with other names nothing tells")  # fmt: skip

    @property
    def exit_code(self) -> int:
        """0 where the answer is whole, 2 where something could not be read or judged."""
        return 2 if self.not_judged or self.coverage.unreadable else 0
