"""What the published CIS monitoring patterns see of our event catalogue, miss of their subject, and add as noise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from iam_guardrails.model.trail import everyday
from iam_guardrails.model.trail.catalogue import FAMILIES, Scope, catalogue
from iam_guardrails.model.trail.guarded import Guarded, Targets
from iam_guardrails.model.trail.matching import matcher
from iam_guardrails.model.trail.pattern import PatternError
from iam_guardrails.model.trail.record import Place, TrailEvent
from tests.prod_filters import kept

PUBLISHED = Path(__file__).parent / "cases" / "patterns" / "cis_published.yaml"
PLACE = Place("333333333333", "us-east-2")
ROLE = "arn:aws:iam::333333333333:role/prod-breakglass-admin"
TARGETS = Targets(
    trails=(Guarded("prod-trail"),), log_groups=(Guarded("/aws/cloudtrail/prod-trail"),),
    filters=(Guarded("prod-guardrail-root-use", within="/aws/cloudtrail/prod-trail"),),
    alarms=(Guarded("prod-guardrail-root-use"),), rules=(Guarded("prod-guardrail-event-root-use"),),
    roles=(Guarded("prod-breakglass-admin"),), delivery_roles=(Guarded("prod-trail-delivery"),),
    policies=(Guarded("arn:aws:iam::333333333333:policy/prod-breakglass-boundary"),),
)  # fmt: skip


@cache
def events() -> tuple[TrailEvent, ...]:
    """The catalogue for prod."""
    made = catalogue(Scope(PLACE, "us-east-1", (ROLE,), TARGETS))
    return tuple(item for item in made if item.here)


def published() -> list[dict[str, Any]]:
    """Every published pattern with its title, subject and versions."""
    found: list[dict[str, Any]] = yaml.safe_load(PUBLISHED.read_text())
    return found


def seen(pattern: str, among: Iterable[TrailEvent]) -> list[TrailEvent]:
    """The events that a pattern surely matches. Raises PatternError where AWS refuses the pattern."""
    matches = matcher(pattern)
    return [item for item in among if matches(item.record)]


def about(subject: str) -> list[TrailEvent]:
    """The catalogue's events a recommendation is about."""
    kind, _, name = subject.partition(":")
    if kind == "silencer" and name:
        return [item for item in events() if item.family == kind and item.call.startswith(f"{name}:")]
    if kind == "event":
        return [item for item in events() if item.id == name]
    return [item for item in events() if item.family == subject]


def ours(item: TrailEvent) -> list[str]:
    """Names of prod's filters that see an event, without the common beginning."""
    return [name.removeprefix("prod-guardrail-") for name, text in kept().items() if matcher(text)(item.record)]


def row(item: dict[str, Any]) -> tuple[str, ...]:
    """One line of the table."""
    where = "; ".join(f"{number} in {', '.join(which)}" for number, which in _numbered(item).items())
    try:
        found = seen(item["pattern"], events())
    except PatternError as error:
        return where, item["title"], f"not valid by the documented syntax: {error}", "", "", ""
    missed = [event for event in about(item["subject"]) if event not in found]
    noise = [event.what for event in seen(item["pattern"], everyday.ordinary(PLACE))]
    adds = dict.fromkeys(name for event in missed for name in ours(event))
    whole = len(about(item["subject"]))
    return (
        where,
        item["title"],
        f"{len(found)} of {len(events())}",
        "not in the catalogue" if not item["subject"] else f"{len(missed)} of {whole}{_named(missed)}",
        "; ".join(noise) or "no",
        ", ".join(f"`{name}`" for name in adds),
    )


def _numbered(item: dict[str, Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for version, number in item["versions"].items():
        found.setdefault(number, []).append(f"v{version}")
    return found


def _named(missed: list[TrailEvent], most: int = 6) -> str:
    if not missed:
        return ""
    names = list(dict.fromkeys(event.what for event in missed))
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f": {', '.join(names[:most])}{more}"


def together() -> Iterator[tuple[str, str, str, str]]:
    """Per family: what all patterns of the latest version together miss, and what ours miss."""
    latest = [item["pattern"] for item in published() if "7.0" in item["versions"]]
    taken = []
    for pattern in latest:
        try:
            taken.append(matcher(pattern))
        except PatternError:
            continue
    for family in FAMILIES:
        mine = [item for item in events() if item.family == family]
        cis = [item for item in mine if not any(matches(item.record) for matches in taken)]
        lost = [item for item in mine if not ours(item)]
        yield family, str(len(mine)), f"{len(cis)}{_named(cis, 4)}", f"{len(lost)}{_named(lost, 4)}"
