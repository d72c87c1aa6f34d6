"""Secrets in the repository, as a scanner found them: where and of which type, never what they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from iam_guardrails.model.value import field, frozen

HOW = ("secrets", "--accept", "REASON")
"""The words of the command that accepts what is no secret, after the program's own."""
_FIELDS = ("filename", "type", "hashed_secret")


@frozen
class Spot:
    """A place that looks like a secret. file: from the repository's root.  line: from 1.  kind: the scanner's type.

    hashed: the scanner's SHA-1 of the value, as its baseline holds it.  why: what is wrong with its entry in the
    baseline, "" where there is none.
    """

    file: str
    line: int
    kind: str
    hashed: str
    why: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells it from others, wherever in its file it stands."""
        return (self.file, self.kind, self.hashed)


@frozen
class Scanned:
    """What a scan found. files: how many were looked into.  found: what nobody accepted.  accepted: (file, reason,
    how many).  notes: what was not looked into.  scanner: its name and version.  unneeded: how many entries of the
    baseline are no longer found."""

    files: int
    found: tuple[Spot, ...]
    accepted: tuple[tuple[str, str, int], ...] = ()
    notes: tuple[str, ...] = ()
    scanner: str = ""
    unneeded: int = 0

    def told(self, how: str) -> tuple[str, ...]:
        """What a reader should know. how: the command that accepts."""
        more = f"{self.unneeded} entries of the baseline are no longer found: {how} leaves them out"
        return (*self.notes, more) if self.unneeded else self.notes


@frozen
class Baseline:
    """The scanner's own file of what is known. plugins, filters: its settings, None for the scanner's defaults.

    entries: of the places it knows, with the `reason` that guardrails writes beside the scanner's fields.
    """

    plugins: tuple[Mapping[str, Any], ...] | None = None
    filters: tuple[Mapping[str, Any], ...] | None = None
    entries: tuple[Mapping[str, Any], ...] = field(default_factory=tuple)

    @property
    def by_key(self) -> dict[tuple[str, str, str], Mapping[str, Any]]:
        """The entries by what tells them apart."""
        return {(str(one["filename"]), str(one["type"]), str(one["hashed_secret"])): one for one in self.entries}


def weighed(spots: Iterable[Spot], baseline: Baseline, files: int, notes: Iterable[str], scanner: str) -> Scanned:
    """The spots against the baseline. An entry counts with a reason, and where nobody marked it as a real secret."""
    known = baseline.by_key
    found: list[Spot] = []
    accepted: dict[tuple[str, str], int] = {}
    seen: set[tuple[str, str, str]] = set()
    for spot in spots:
        seen.add(spot.key)
        entry = known.get(spot.key)
        why = _why_not(entry)
        if entry is None or why:
            found.append(Spot(spot.file, spot.line, spot.kind, spot.hashed, why))
        else:
            place = (spot.file, str(entry["reason"]))
            accepted[place] = accepted.get(place, 0) + 1
    left = sum(key not in seen for key in known)
    return Scanned(
        files, tuple(sorted(found, key=lambda one: (one.file, one.line, one.kind))),
        tuple((file, reason, number) for (file, reason), number in sorted(accepted.items())), tuple(notes), scanner,
        left,
    )  # fmt: skip


def _why_not(entry: Mapping[str, Any] | None) -> str:
    if entry is None:
        return ""
    if entry.get("is_secret") is True:
        return "the baseline marks it as a real secret"
    if not str(entry.get("reason") or "").strip():
        return "the baseline knows it, and gives no reason"
    return ""


def entries_with(
    spots: Iterable[Spot], baseline: Baseline, reason: str, accepts: Iterable[Spot]
) -> tuple[dict[str, Any], ...]:
    """The entries of a new baseline: what is still found and had an entry, and what is accepted now with a reason."""
    now = {spot.key for spot in accepts}
    known = baseline.by_key
    made: dict[tuple[str, str, str], dict[str, Any]] = {}
    for spot in spots:
        old = known.get(spot.key)
        if spot.key in made or (old is None and spot.key not in now):
            continue
        fresh = {"is_secret": False, "reason": reason} if spot.key in now else {}
        plain = dict(zip(_FIELDS, spot.key, strict=True)) | {"is_verified": False}
        made[spot.key] = {**plain, **(old or {}), "line_number": spot.line, **fresh}
    return tuple(made[key] for key in sorted(made))
