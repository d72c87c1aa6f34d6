"""The report of `guardrails policy tighten`: text, Markdown, JSON, or the patch alone."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from iam_guardrails.model.iam.tightening.narrow import BlindSpot
from iam_guardrails.model.iam.tightening.outcome import Outcome
from iam_guardrails.model.iam.tightening.patches import Patches, Place
from iam_guardrails.model.iam.tightening.propose import SKIPPED, TIGHTER, UNCHANGED, WITHHELD, Proposal
from iam_guardrails.reports.policy_tighten_json import as_json
from iam_guardrails.reports.policy_tighten_words import count, names_of, role_label, told_change


def render_tightened(outcome: Outcome, patches: Patches | None, source: str, form: str) -> str:
    """The whole answer. source: what was read.  form: "text", "markdown", "json" or "patch"."""
    if form == "json":
        return as_json(outcome, source, patches)
    if form == "patch":
        return patches.text if patches else ""
    lines = (_markdown if form == "markdown" else _text)(outcome, source, patches)
    return "\n".join(lines).rstrip() + "\n"


def summary(outcome: Outcome) -> str:
    """One line: how many of what."""
    parts = [f"{count(len(outcome.of(TIGHTER)), 'policy', 'policies')} can be tighter",
             f"{len(outcome.of(UNCHANGED))} as tight as its use"]  # fmt: skip
    parts += [f"{len(listed)} {name}" for name, listed in (("withheld", outcome.of(WITHHELD)),) if listed]
    parts += [f"{count(len(outcome.unused), 'role', 'roles')} unused"] if outcome.unused else []
    left = len(outcome.skipped) + len(outcome.of(SKIPPED))
    return ", ".join([*parts, f"{left} left alone"] if left else parts)


def _text(outcome: Outcome, source: str, patches: Patches | None) -> Iterator[str]:
    yield f"{summary(outcome)}; use from {source}, {outcome.window}"
    for item in outcome.of(TIGHTER):
        yield ""
        yield f"TIGHTER: {item.subject.label} of {names_of(item.subject.holders)}"
        yield from (f"  {line}" for line in _told(item, patches))
        yield from (f"    {line}" for line in difference(item))
    for item in outcome.of(WITHHELD):
        yield ""
        yield f"WITHHELD: {item.subject.label} of {names_of(item.subject.holders)}: {item.reason}"
    for item in outcome.of(UNCHANGED):
        if item.blind_spots:
            yield ""
            yield f"AS IT IS: {item.subject.label} of {names_of(item.subject.holders)}"
            yield from (f"  {line}" for line in _stays(item.blind_spots))
    for arn in outcome.unused:
        yield ""
        yield f"UNUSED: {role_label(arn)}: no call of it is recorded, and IAM saw none: is it needed at all?"
    if left := [*_left(outcome)]:
        yield ""
        yield from (f"LEFT ALONE: {line}" for line in left)
    if outcome.notes:
        yield ""
        yield "What this cannot know:"
        yield from (f"- {note}" for note in outcome.notes)
    if patches and patches.text:
        yield ""
        yield f"Patch, for `git apply` in {patches.base}:"
        yield patches.text


def _told(item: Proposal, patches: Patches | None) -> Iterator[str]:
    yield from (told_change(change) for change in item.changes)
    yield from _stays(item.blind_spots)
    if item.shortened:
        yield f"stays as a pattern for IAM's limit on length: {', '.join(item.shortened)}"
    yield _proven(item)
    if patches:
        yield _where(patches.places.get(item.subject.key))


def _stays(spots: tuple[BlindSpot, ...]) -> Iterator[str]:
    by_reason: dict[tuple[str, str], list[str]] = {}
    for spot in spots:
        by_reason.setdefault((spot.statement, spot.reason), []).append(spot.pattern)
    for (statement, reason), patterns in by_reason.items():
        yield f"{statement}: stays unseen ({reason}): {', '.join(dict.fromkeys(patterns))}"


def _proven(item: Proposal) -> str:
    size = f"{item.old_characters:,} to {item.new_characters:,} characters"
    asked = count(item.replayed, "request", "requests")
    return f"proven to grant nothing new; {asked} that were seen replayed, none lost; {size}"


def _where(place: Place | None) -> str:
    if place is None:
        return "Terraform: not looked at"
    if place.reason:
        return f"Terraform{f' ({place.address})' if place.address else ''}: no patch, because {place.reason}"
    return f"Terraform: {place.address} in {place.path}, in the patch below"


def difference(item: Proposal) -> Iterator[str]:
    """The policy before and after, as a unified difference without its file names."""
    old = _pretty(item.subject.raw if isinstance(item.subject.raw, Mapping) else {})
    new = _pretty(item.new) if item.new else []
    yield from (line for line in difflib.unified_diff(old, new, lineterm="", n=2) if line[:3] not in ("---", "+++"))


def _pretty(raw: Mapping[str, Any]) -> list[str]:
    return json.dumps(raw, indent=2, ensure_ascii=False).splitlines()


def _left(outcome: Outcome) -> Iterator[str]:
    yield from (f"{role_label(item.role_arn)}: {item.reason}" for item in outcome.skipped)
    yield from (f"{item.subject.label}: {item.reason}" for item in outcome.of(SKIPPED))


def _markdown(outcome: Outcome, source: str, patches: Patches | None) -> Iterator[str]:
    yield "## Tightening by use"
    yield ""
    yield f"{summary(outcome)}; use from `{source}`, {outcome.window}"
    for item in outcome.of(TIGHTER):
        yield from ("", f"### {_escaped(item.subject.label)} of {_escaped(names_of(item.subject.holders))}", "")
        yield from (f"- {_escaped(line)}" for line in _told(item, patches))
        yield from ("", *_fenced(list(difference(item))))
    rest = [f"withheld: {item.subject.label} of {names_of(item.subject.holders)}: {item.reason}"
            for item in outcome.of(WITHHELD)]  # fmt: skip
    rest += [f"as it is: {item.subject.label} of {names_of(item.subject.holders)}: {line}"
             for item in outcome.of(UNCHANGED) for line in _stays(item.blind_spots)]  # fmt: skip
    rest += [f"unused: {role_label(arn)}" for arn in outcome.unused]
    rest += [f"left alone: {line}" for line in _left(outcome)]
    if rest:
        yield ""
        yield from (f"- {_escaped(line)}" for line in rest)
    if outcome.notes:
        yield from ("", "What this cannot know:", "")
        yield from (f"- {_escaped(note)}" for note in outcome.notes)
    if patches and patches.text:
        yield from ("", "Patch:", "", *_fenced(patches.text.rstrip("\n").split("\n")))


def _fenced(lines: list[str]) -> list[str]:
    """A block of code whose fence is longer than every run of backticks in it (CommonMark, fenced code blocks)."""
    longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}diff", *lines, fence]


def _escaped(text: str) -> str:
    return "".join(f"\\{sign}" if sign in "\\`*_<>[]|" else sign for sign in text)
