"""The event catalogue: everything that must reach somebody, as CloudTrail records made for one account and its roles.

Families: ways in, refused attempts, what a session does, root, sign-ins, IAM changes, silencers. Made from
the role's own names, so that it fits any environment and any plan. The shapes and their sources are in the modules
that make them (entering.py, attempts.py, events.py, silencing.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from iam_guardrails.model.trail import attempts, entering, events, silencing
from iam_guardrails.model.trail.apart import Apart
from iam_guardrails.model.trail.guarded import Targets
from iam_guardrails.model.trail.record import Place, TrailEvent, numbered
from iam_guardrails.model.trail.regions import regions_of
from iam_guardrails.model.value import frozen

ENTRY = entering.ENTRY
REFUSED = attempts.REFUSED
INSIDE = attempts.INSIDE
ROOT = "root"
SIGN_IN = "sign-in"
IDENTITY = "IAM change"
SILENCER = "silencer"
FAMILIES = (ENTRY, REFUSED, INSIDE, ROOT, SIGN_IN, IDENTITY, SILENCER)


@frozen
class Scope:
    """For whom the catalogue is made.

    place: account, home Region, partition.  second_region: the other Region with event rules.  role_arns: the
    break-glass roles.  targets: the real guardrails.  apart: which of them the account's patterns can tell apart.
    """

    place: Place
    second_region: str
    role_arns: tuple[str, ...]
    targets: Targets
    apart: Apart = silencing.ALL_ALIKE


def catalogue(scope: Scope) -> tuple[TrailEvent, ...]:
    """Every event of the catalogue, family by family, in the order of FAMILIES."""
    home = scope.place
    two_ways = tuple(dict.fromkeys((home.region, scope.second_region)))
    regions = regions_of(home.partition, *two_ways)
    made: list[TrailEvent] = []
    for role_arn in scope.role_arns:
        made += entering.ways_in(role_arn, home, regions, two_ways)
        made += attempts.refused(role_arn, home, regions, two_ways)
        made += attempts.inside(role_arn, home)
    made += _named(ROOT, events.root_use(home), "root")
    made += _named(SIGN_IN, events.console_without_mfa(home), "console-without-mfa")
    made += _named(SIGN_IN, events.console_failure(home), "console")
    made += _named(IDENTITY, events.iam_changes(home, scope.targets, scope.apart), "iam")
    made += _named(SILENCER, silencing.silencer_events(home, scope.targets, scope.apart), "silencer")
    return tuple(_numbered(item) for item in made)


def of_family(made: Iterable[TrailEvent], family: str, role_arn: str = "") -> tuple[TrailEvent, ...]:
    """The events of one family, of one role where `role_arn` is given."""
    return tuple(item for item in made if item.family == family and role_arn in ("", item.role_arn))


def _named(family: str, made: Iterable[TrailEvent], prefix: str) -> Iterator[TrailEvent]:
    for item in made:
        name = item.id or f"{prefix}-{item.record['eventName']}"
        yield TrailEvent(item.what, item.region, item.record, name, family, call=item.call)


def _numbered(item: TrailEvent) -> TrailEvent:
    where = f"{item.region} {item.role_arn}"
    record = numbered(item.record, f"{item.id} {where}", f"{item.id.removesuffix('-caller')} {where}")
    return TrailEvent(
        item.what, item.region, record, item.id, item.family, item.role_arn, item.door, item.here, item.call
    )
