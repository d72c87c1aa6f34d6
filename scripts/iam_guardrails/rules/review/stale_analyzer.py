"""What IAM Access Analyzer calls unused, beside what IAM itself tells of roles, passwords and keys.

Source: IAM User Guide, access-analyzer-findings (unused roles, access keys and passwords, by the analyzer's window).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from iam_guardrails.model.capture.capture import FINDINGS
from iam_guardrails.model.capture.findings import (
    UNUSED_KEY,
    UNUSED_PASSWORD,
    UNUSED_ROLE,
    AnalyzerFinding,
    UnusedDetail,
)
from iam_guardrails.model.review.basis import Basis, day
from iam_guardrails.model.review.review import Item, fingerprint, item_id
from iam_guardrails.model.value import changed
from iam_guardrails.rules.review import analyzer_gaps
from iam_guardrails.rules.review.aging import CLOSED, KEPT, LINKED, STALE, WINDOW_DAYS, YOUNG, Aged
from iam_guardrails.rules.review.power import power_of

BOX = "stale"
KINDS = {UNUSED_ROLE: "role", UNUSED_PASSWORD: "password", UNUSED_KEY: "access key"}
_LEFT = (KEPT, LINKED, YOUNG, CLOSED)


def unread(basis: Basis) -> Iterator[str]:
    """Why it is not known what the analyzer calls unused, a clause each."""
    what = "what IAM Access Analyzer calls unused"
    yield from analyzer_gaps.unread(basis.capture, what, lambda kind: kind.endswith(analyzer_gaps.UNUSED_ACCESS))
    if left_out := basis.capture.unasked.get(FINDINGS):
        yield f"{what}: {left_out}"


def judged(basis: Basis, everything: Sequence[Aged], items: Iterable[Item]) -> list[Item]:
    """The items, with the findings that say the same, and one for each finding that says more than IAM.

    everything: whatever has an age.  Who is kept, young or AWS's own stays as it is.
    """
    found = {item.id: item for item in items}
    more: dict[str, Item] = {}
    for one in basis.capture.findings:
        if one.kind not in KINDS or one.status != "ACTIVE":
            continue
        about = [aged for aged in everything if aged.kind == KINDS[one.kind] and _is_of(aged, one)]
        same = [item_id(BOX, f"{aged.kind} {aged.arn}", "unused") for aged in about if aged.state == STALE]
        for name in same:
            if name in found:
                found[name] = _with(found[name], one)
        if not same and any(aged.state not in _LEFT for aged in about):
            made = _item(basis, one, next(aged for aged in about if aged.state not in _LEFT))
            more.setdefault(made.id, made)
    return [*found.values(), *more.values()]


def _is_of(aged: Aged, one: AnalyzerFinding) -> bool:
    """Whether a finding is about it; of the keys of a user it tells no number, so that it is about all of them."""
    return aged.arn.partition("/access-key-")[0] == one.resource


def _with(item: Item, one: AnalyzerFinding) -> Item:
    said = ("also", f"IAM Access Analyzer, finding {one.id}")
    return item if said in item.evidence else changed(item, evidence=(*item.evidence, said))


def _item(basis: Basis, one: AnalyzerFinding, aged: Aged) -> Item:
    kind, name = KINDS[one.kind], one.resource.rpartition("/")[2]
    evidence = (("source", f"IAM Access Analyzer, finding {one.id}"), ("window", _window(basis, one)),
                ("granularity", f"the {kind}"), ("last use by IAM", day(aged.last)), ("found on", day(one.created_at)),
                ("confidence", _sure(one, aged)))  # fmt: skip
    suffix = one.detail.key_suffix if isinstance(one.detail, UnusedDetail) else ""
    title = f"{kind} {name}{f' (…{suffix})' if suffix else ''} is unused, says IAM Access Analyzer"
    reasons = (f"IAM's own data do not call it unused for {WINDOW_DAYS} days",)
    meaning = fingerprint(["analyzer", one.kind, one.resource, suffix, power_of(basis, one.resource)])
    return Item(item_id(BOX, f"{kind} {one.resource}", f"analyzer {suffix}"), BOX, one.resource, title, "low",
                meaning, reasons, evidence, aged.remedy)  # fmt: skip


def _window(basis: Basis, one: AnalyzerFinding) -> str:
    analyzer = next((item for item in basis.capture.account.analyzers if item.address == one.analyzer_arn), None)
    days = analyzer.unused_access_days if analyzer else None
    return f"{days} days, the analyzer's own" if isinstance(days, int) else "the analyzer's own, not known"


def _sure(one: AnalyzerFinding, aged: Aged) -> str:
    if aged.last is not None and one.analyzed_at is not None and aged.last > one.analyzed_at:
        return f"low: IAM tells a use on {day(aged.last)}, after the analyzer looked"
    return "medium: of the analyzer's own window, by which IAM's data do not call it stale"
