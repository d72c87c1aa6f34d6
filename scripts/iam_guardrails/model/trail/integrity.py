"""Whether stored CloudTrail files are complete and unchanged: what was found, chain by chain.

A chain is the digest files of one trail for one account and Region. Source: AWS CloudTrail User Guide, "Validating
CloudTrail log file integrity".
"""

from __future__ import annotations

from iam_guardrails.model.value import field, frozen

ALTERED = "altered"
MISSING = "missing"
MOVED = "moved"
ADDED = "added"
UNKNOWN_KEY = "unknown key"

VALID, INVALID, NOT_JUDGED = "valid", "invalid", "not judged"


@frozen
class Window:
    """A span of time: start and end as YYYY-MM-DDTHH:MM:SSZ."""

    start: str
    end: str


@frozen
class Chain:
    """Whose files: account, Region, trail and its home Region, as the names of the digest files have them, and the
    organisation and what stands before "AWSLogs" in their keys.
    """

    account_id: str
    region: str
    trail_name: str
    home_region: str
    organization_id: str = ""
    prefix: str = ""


@frozen
class Told:
    """Something about one file, or about a span of time: kind is one of the words above, "" where there is no finding.

    file: the key as the store knows it, or as the digest names it when it is missing; "" for a span of time.
    """

    kind: str
    file: str
    reason: str


@frozen
class Counts:
    """Files by verdict; `missing` are named, but not there."""

    valid: int = 0
    invalid: int = 0
    missing: int = 0
    not_judged: int = 0


@frozen
class ChainResult:
    """One chain. buckets: those it was delivered to.  complete: the spans in which every digest file and every log
    file they name is valid, and no other log file was added.  findings: what was tampered with.  not_judged: what could
    not be told.  notes: what a reader should know besides.
    """

    chain: Chain
    buckets: tuple[str, ...]
    digests: Counts
    logs: Counts
    complete: tuple[Window, ...]
    findings: tuple[Told, ...]
    not_judged: tuple[Told, ...]
    notes: tuple[str, ...]


@frozen
class Integrity:
    """All chains of a source, in order of account, Region and trail; not_judged and notes that belong to none."""

    source: str
    chains: tuple[ChainResult, ...]
    not_judged: tuple[Told, ...] = field(default_factory=tuple)
    notes: tuple[str, ...] = field(default_factory=tuple)

    @property
    def exit_code(self) -> int:
        """1 when anything was tampered with, 2 when something could not be judged, else 0."""
        if any(item.findings for item in self.chains):
            return 1
        return 2 if self.not_judged or any(item.not_judged for item in self.chains) else 0


@frozen
class Period:
    """The time that is asked about; "" where it has no bound."""

    start: str = ""
    end: str = ""

    def overlaps(self, start: str, end: str) -> bool:
        """Whether some of a span is inside."""
        return (not self.start or end > self.start) and (not self.end or start < self.end)

    def holds(self, time: str) -> bool:
        """Whether a time is inside."""
        return (not self.start or time >= self.start) and (not self.end or time < self.end)

    def clipped(self, start: str, end: str) -> Window:
        """The part of a span that is inside."""
        return Window(max(start, self.start), min(end, self.end) if self.end else end)


class Book:
    """What is found out about one chain while it is judged."""

    def __init__(self) -> None:
        self.findings: list[Told] = []
        self.not_judged: list[Told] = []
        self.notes: list[str] = []
        self._counts = {True: [0, 0, 0, 0], False: [0, 0, 0, 0]}

    def find(self, told: Told, *, digest: bool = False) -> None:
        """A file that was tampered with, or is missing; counted as a digest file or as a log file."""
        self.findings.append(told)
        self._counts[digest][2 if told.kind == MISSING else 1] += 1

    def open(self, what: str, reason: str) -> None:
        """A file or a span of time that could not be judged; it counts as no file."""
        self.not_judged.append(Told("", what, reason))

    def note(self, text: str) -> None:
        """Something a reader should know."""
        self.notes.append(text)

    def count_digest(self, told: Told | None) -> None:
        """One digest file: valid when there is nothing to tell."""
        self._count(told, digest=True)

    def count_log(self, told: Told | None) -> None:
        """One log file: valid when there is nothing to tell."""
        self._count(told, digest=False)

    def unsure(self) -> None:
        """One log file whose digest could not be judged, which is told of the digest."""
        self._counts[False][3] += 1

    def _count(self, told: Told | None, *, digest: bool) -> None:
        if told is None:
            self._counts[digest][0] += 1
        elif told.kind:
            self.find(told, digest=digest)
        else:
            self._counts[digest][3] += 1
            self.not_judged.append(told)

    def counts(self, *, digest: bool) -> Counts:
        """The files counted so far."""
        return Counts(*self._counts[digest])


def joined(windows: list[Window]) -> tuple[Window, ...]:
    """Windows, in order, with those that touch made one."""
    made: list[Window] = []
    for window in windows:
        if made and window.start <= made[-1].end:
            made[-1] = Window(made[-1].start, max(made[-1].end, window.end))
        else:
            made.append(window)
    return tuple(made)
