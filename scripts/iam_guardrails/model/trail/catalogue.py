"""The event catalogue: everything that must reach somebody, as CloudTrail records made for one account and its roles.

Families: ways in, refused attempts, what a session does, root, sign-ins, IAM changes, silencers. Made from
the role's own names, so that it fits any environment and any plan. The shapes and their sources are in the modules
that make them (entering.py, attempts.py, events.py, silencing.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from iam_guardrails.model.trail import attempts, entering, events, silencing
from iam_guardrails.model.trail.record import Place, Targets, TrailEvent
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
    break-glass roles.  targets: names of the real guardrails.
    """

    place: Place
    second_region: str
    role_arns: tuple[str, ...]
    targets: Targets


def catalogue(scope: Scope) -> tuple[TrailEvent, ...]:
    """Every event of the catalogue, family by family, in the order of FAMILIES."""
    home = scope.place
    two_ways = tuple(dict.fromkeys((home.region, scope.second_region)))
    regions = regions_of(home.partition, *two_ways)
    made: list[TrailEvent] = []
    for role_arn in scope.role_arns:
        made += entering.ways_in(role_arn, home, regions, two_ways)
        made += attempts.refused(role_arn, home)
        made += attempts.inside(role_arn, home)
    made += _named(ROOT, events.root_use(home), "root")
    made += _named(SIGN_IN, events.console_without_mfa(home), "console-without-mfa")
    made += _named(SIGN_IN, events.console_failure(home), "console")
    made += _named(IDENTITY, events.iam_changes(home, scope.targets), "iam")
    made += _named(SILENCER, silencing.silencer_events(home, scope.targets), "silencer")
    return tuple(made)


def of_family(made: Iterable[TrailEvent], family: str, role_arn: str = "") -> tuple[TrailEvent, ...]:
    """The events of one family, of one role where `role_arn` is given."""
    return tuple(item for item in made if item.family == family and role_arn in ("", item.role_arn))


def _named(family: str, made: Iterable[TrailEvent], prefix: str) -> Iterator[TrailEvent]:
    for item in made:
        name = item.id or f"{prefix}-{item.record['eventName']}"
        yield TrailEvent(item.what, item.region, item.record, name, family)
