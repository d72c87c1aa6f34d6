"""What a capture was not told to ask about, so that an item that is missing, or another one, shows no change.

Captures differ: in their Regions, in whose last accessed data they hold, in the parts that were left out. What AWS
refused stands in the boxes instead (`Box.not_judged`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from iam_guardrails.model.capture.capture import COMPLIANCE, FINDINGS, Capture
from iam_guardrails.model.review.review import Evidence, Item, item_id
from iam_guardrails.model.unknown import Unknown

ANALYZER, LAST_ACCESSED = "IAM Access Analyzer", "last accessed data"
"""How the evidence "source" of an item begins that rests on them."""
EXTERNAL, CONFIG, PERMISSIONS = "external", "config", "permissions"
"""What `item_id` is given for what an analyzer of external access, AWS Config and last accessed data tell."""
UNUSED = f"{FINDINGS}:unused"
_TOLD = {FINDINGS: "what IAM Access Analyzer finds", COMPLIANCE: "what the rules of AWS Config say",
         UNUSED: "what IAM Access Analyzer calls unused"}  # fmt: skip
_STALE, _BY_REGION = "stale", ("secrets", "middleware")
_NOT_READ = "a Region that was read before was not read this time: "


def left_out(capture: Capture) -> tuple[tuple[str, str], ...]:
    """The parts of which nobody asked for anything, or not in a Region, with the reason: see `Capture.unasked`."""
    named = {key: why for key, why in capture.unasked.items() if key.partition("@")[0] in (FINDINGS, COMPLIANCE)}
    return tuple(sorted((named | {key: why for key, why in capture.unasked.items() if key == UNUSED}).items()))


def unseen(capture: Capture, enough: Collection[str]) -> tuple[str, ...]:
    """The ids of the items about unused permissions of users and roles whose last accessed data nobody asked for.

    enough: reasons for not asking that say enough of a role themselves.
    """
    if isinstance(capture.details, Unknown):
        return ()
    asked = {one.principal_arn for one in capture.last_access}
    entries = (one for name in ("UserDetailList", "RoleDetailList") for one in capture.details.get(name, ()))
    found = []
    for arn in sorted(str(one["Arn"]) for one in entries):
        known = arn in asked or capture.unasked.get(f"last_access:{arn}") in enough
        found += [] if known else [item_id(_STALE, arn, PERMISSIONS)]
    return tuple(found)


def uncovered(item: Item, now: Evidence, then: Evidence, reasons: Collection[str] = ()) -> str:
    """Why what a review rests on (now) does not tell of an item of another one (then), a clause; "" where it does.

    reasons: why it was not looked at by then either, where it was not.
    """
    told = dict(item.evidence)
    source = told.get("source", "")
    if source == LAST_ACCESSED and item.id in now.unseen:
        return "its last accessed data were not asked for (guardrails capture: --last-accessed)"
    part = next((part for part, what in ((FINDINGS, EXTERNAL), (COMPLIANCE, CONFIG)) if _is(item, what)), "")
    regions = _regions(item, bool(part))
    without = dict(now.left_out)
    if part and part in without:
        return f"{_TOLD[part]}: {without[part]}"
    if part and regions and all(f"{part}@{region}" in without for region in regions):
        return f"{_TOLD[part]}, in {', '.join(regions)}: {without[f'{part}@{regions[0]}']}"
    if source.startswith(ANALYZER) and UNUSED in without:
        return f"{_TOLD[UNUSED]}: {without[UNUSED]}"
    lost = _lost(item, now, then, regions, reasons)
    return f"{_NOT_READ}{', '.join(sorted(lost))}" if lost else ""


def _is(item: Item, what: str) -> bool:
    """Whether an item is of the kind that `what` names."""
    about = f"{dict(item.evidence).get('Region', '')} {item.subject}" if what == CONFIG else item.subject
    return item.id == item_id(item.box, about, what)


def _regions(item: Item, told: bool) -> tuple[str, ...]:
    """In which Regions an item was seen, () for one of the whole account. told: whether its evidence tells that."""
    named = dict(item.evidence).get("Region", "") if told else ""
    in_arn = item.subject.split(":")[3:4] if item.subject.startswith("arn:") else []
    return tuple(one for one in (named.split(", ") if named else in_arn) if one)


def _lost(
    item: Item, now: Evidence, then: Evidence, regions: tuple[str, ...], reasons: Collection[str]
) -> set[str]:  # fmt: skip
    """The Regions in which it may still be, and which were not read."""
    if not now.regions:
        return set()
    if regions:
        return set() if {*regions} & {*now.regions} else {*regions}
    before = {*then.regions, *(region for why in reasons for region in _named(why))}
    return before - {*now.regions} if item.box in _BY_REGION else set()


def _named(why: str) -> Iterator[str]:
    if why.startswith(_NOT_READ):
        yield from why.removeprefix(_NOT_READ).split(", ")
