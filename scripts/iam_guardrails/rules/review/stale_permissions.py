"""Permissions that go unused: services by last accessed data, and what IAM Access Analyzer found."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from iam_guardrails.model.capture.findings import UNUSED_PERMISSION, AnalyzerFinding, UnusedDetail
from iam_guardrails.model.capture.last_access import TRACKED_DAYS, LastAccess
from iam_guardrails.model.capture.scope import OUT_OF_SCOPE
from iam_guardrails.model.review.basis import Basis, day, listed
from iam_guardrails.model.review.review import Item, fingerprint, item_id
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.rules.review.aging import WINDOW_DAYS
from iam_guardrails.rules.review.power import power_of

BOX = "stale"
_BLIND = "attempts that were denied count as uses; resource policies, boundaries and iam:PassRole are not seen"


def judged(basis: Basis, now: datetime, stale: Collection[str]) -> tuple[list[Item], list[str], list[str]]:
    """Items for principals that are not stale themselves, what is not judged, and notes."""
    young = {arn for arn, at in basis.created.items() if now - at <= timedelta(days=WINDOW_DAYS)}
    left = {*stale, *young}
    asked = (one for one in basis.capture.last_access if one.principal_arn not in left)
    items = [item for one in asked if (item := _item(basis, one, now))]
    told = {item.subject for item in items} | left
    found, missing, outside = list[Item](), list[str](), set[str]()
    for one in basis.capture.findings:
        if one.kind == UNUSED_PERMISSION and one.status == "ACTIVE" and one.resource not in told:
            if one.detail == Unknown(OUT_OF_SCOPE):
                outside.add(one.resource.rpartition("/")[2])
            elif isinstance(one.detail, Unknown):
                missing.append(f"what {one.resource.rpartition('/')[2]} does not use: {one.detail.reason}")
            else:
                found.append(_of_analyzer(basis, one))
                told.add(one.resource)
    notes = [f"IAM Access Analyzer finds unused permissions of {len(outside)} principals ({listed(outside)}) outside of"
             " what the capture asked for (--last-accessed all)"] if outside else []  # fmt: skip
    return items + found, missing, notes


def _unused(one: LastAccess, now: datetime) -> Iterator[str]:
    yield from one.unused
    window = timedelta(days=WINDOW_DAYS)
    yield from (item.service for item in one.used if now - item.last_used_at > window)


def _item(basis: Basis, one: LastAccess, now: datetime) -> Item | None:
    unused = sorted(set(_unused(one, now)))
    if not unused:
        return None
    every = len(set(unused) | {item.service for item in one.used})
    name = one.principal_arn.rpartition("/")[2]
    actions = sorted(action for item in one.used for action in item.unused_actions)
    evidence = (("source", "last accessed data"), ("window", f"{WINDOW_DAYS} days, of {TRACKED_DAYS} that IAM tracks"),
                ("granularity", "service" + (" and action" if one.granularity == "ACTION_LEVEL" else "")),
                ("asked on", day(one.job_at)), ("confidence", f"medium: {_BLIND}"))  # fmt: skip
    reasons = [f"unused: {listed(unused, 40)}"]
    reasons += [f"of the services it uses, these actions are unused: {listed(actions, 20)}"] if actions else []
    title = f"{name} does not use {len(unused)} of the {every} services it may use: {listed(unused, 4)}"
    remedy = f"take {', '.join(f'{service}:*' for service in unused[:6])} out of the policies of {name}"
    if ":role/" in one.principal_arn:
        command = basis.commands.tighten(name)
        remedy += f"; the tighter policy, proven: {command}" if command else "; `policy tighten` proposes the policy"
    return _made(basis, one.principal_arn, title, unused, reasons, evidence, remedy)


def _made(
    basis: Basis, arn: str, title: str, services: list[str], reasons: list[str], evidence: tuple[tuple[str, str], ...],
    remedy: str,
) -> Item:  # fmt: skip
    meaning = fingerprint(["permissions", services, power_of(basis, arn)])
    return Item(item_id(BOX, arn, "permissions"), BOX, arn, title, "low", meaning, tuple(reasons), evidence, remedy)


def _of_analyzer(basis: Basis, one: AnalyzerFinding) -> Item:
    detail = one.detail if isinstance(one.detail, UnusedDetail) else UnusedDetail()
    name, services = one.resource.rpartition("/")[2], sorted({item.service for item in detail.services})
    evidence = (("source", f"IAM Access Analyzer, finding {one.id}"), ("last use", day(detail.last_used_at)),
                ("granularity", "service and action"),
                ("confidence", "medium: of the analyzer's own window"))  # fmt: skip
    title = f"{name} has permissions that go unused: {listed(services, 6) or 'the analyzer names none'}"
    remedy = f"take them out of the policies of {name}"
    return _made(basis, one.resource, title, services, [], evidence, remedy)
