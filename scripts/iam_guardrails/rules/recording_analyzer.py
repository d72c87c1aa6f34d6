"""IAM Access Analyzer: external access watched in both Regions, unused access watched once."""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.account import Account, Analyzer
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.unknown import known
from iam_guardrails.rules.engine import rule
from iam_guardrails.rules.presence import Place, absent, account_place

_EXTERNAL = frozenset({"ACCOUNT", "ORGANIZATION"})
_UNUSED = frozenset({"ACCOUNT_UNUSED_ACCESS", "ORGANIZATION_UNUSED_ACCESS"})


def both_regions(account: Account, expected: Expected) -> tuple[Place, ...]:
    """The home Region and the second Region, once each."""
    regions = dict.fromkeys((expected.home_region, expected.second_region))
    return tuple(Place(f"account {account.account_id} in {region}", region) for region in regions if region)


def of_kind(account: Account, kinds: frozenset[str]) -> list[Analyzer]:
    """The analyzers of some types."""
    return [item for item in account.analyzers if known(item.kind, "the analyzer's type") in kinds]


@rule(
    id="analyzer-external",
    title="Access Analyzer watches external access in the home and the second Region",
    severity="medium",
    seed="1 Review",
    remedy="Declare an aws_accessanalyzer_analyzer of type ACCOUNT in each of the two Regions.",
    reference="IAM User Guide: what-is-access-analyzer (analyzers are regional)",
    select=both_regions,
    needs=("analyzers",),
)
def analyzer_external(place: Place, account: Account, expected: Expected) -> Iterator[str]:
    """An analyzer sees the resources of its own Region only."""
    here = [item for item in of_kind(account, _EXTERNAL) if item.region == place.region]
    if not here:
        yield from absent(account, expected, "analyzers", f"external access analyzer in {place.region}")
    elif not any(item.status in ("", "ACTIVE", "CREATING") for item in here):
        yield f"the external access analyzer {here[0].name} is {here[0].status}"


@rule(
    id="analyzer-unused",
    title="One analyzer, and only one, looks for unused access",
    severity="low",
    seed="1 Review",
    remedy="Declare one aws_accessanalyzer_analyzer of type ACCOUNT_UNUSED_ACCESS, in the home Region.",
    reference="IAM User Guide: what-is-access-analyzer (unused access is analysed for the whole account)",
    select=account_place,
    needs=("analyzers",),
)
def analyzer_unused(_: Place, account: Account, expected: Expected) -> Iterator[str]:
    """Unused access is global: a second analyzer finds the same and is charged again."""
    found = of_kind(account, _UNUSED)
    if not found:
        yield from absent(account, expected, "analyzers", "unused access analyzer")
    elif len(found) > 1:
        names = ", ".join(item.address for item in found)
        yield f"{len(found)} analyzers look for unused access ({names}); each is charged"


RULES = (analyzer_external, analyzer_unused)
