"""Box: the minimum hygiene of IAM, by the rules that `verify` judges too, over the capture."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

from iam_guardrails.model.capture.capture import COMPLIANCE
from iam_guardrails.model.capture.findings import RuleCompliance
from iam_guardrails.model.finding import Finding
from iam_guardrails.model.review.basis import Basis, day, listed
from iam_guardrails.model.review.repository import HOW
from iam_guardrails.model.review.review import Box, Item, Table, fingerprint, item_id
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.rules.engine import judge_all
from iam_guardrails.rules.hygiene import RULES
from iam_guardrails.rules.waivers import apply_waivers

ID, TITLE = "hygiene", "IAM hygiene"
ASKS = "Root is not used, MFA for all console access, roles over users and keys, no secrets in the repository"
ROOT_DAYS = 90
_AGE = re.compile(r"\b\d+(?= days old\b)")
_WAIVED = ("rule", "about", "ticket", "owner", "until")


def box(basis: Basis) -> Box:
    """An item for each finding of a hygiene rule without a waiver, and one where the root user was used."""
    names = {item.id for item in RULES}
    waivers = [item for item in basis.expected.waivers if item.rule in names]
    verdict = apply_waivers(judge_all(RULES, basis.capture.account, basis.expected), waivers, basis.today, "review")
    items = [_item(one) for one in verdict.findings if one.rule not in basis.beyond]
    items += [*_root(basis), *_secrets(basis)]
    missing = [f"{one.rule} ({one.address}): {one.reason}" for one in verdict.not_judged]
    missing += [f"{rule}: {why}" for rule, why in basis.beyond.items() if rule in names]
    if isinstance(basis.capture.details, Unknown) and not basis.capture.account.refused:
        missing.append(f"users, roles and policies: {basis.capture.details.reason}")
    if isinstance(basis.repository, Unknown):
        missing.append(f"secrets in the repository: {basis.repository.reason}")
    missing += _compliance_gaps(basis)
    tables = [Table("Rules that found nothing", ("rule", "looked at"),
                    tuple((one.rule, str(one.subjects)) for one in verdict.clean
                          if one.rule not in basis.beyond))]  # fmt: skip
    if verdict.waived:
        rows = tuple((one.finding.rule, one.finding.address, one.waiver.ticket, one.waiver.owner,
                      one.waiver.expires_on.isoformat()) for one in verdict.waived)  # fmt: skip
        tables.append(Table("Accepted by a waiver", _WAIVED, rows))
    account = basis.capture.account
    note = f"{len(account.users)} users and {len(account.roles)} roles; ingress and worker: see the middleware's roles"
    tables += [*_accepted(basis), *_compliance(basis)]
    notes = (note, *_scan_notes(basis), *_compliance_notes(basis))
    return Box(ID, TITLE, ASKS, len(RULES) + 1, tuple(items), tuple(missing), notes,
               tuple(tables))  # fmt: skip


def _item(one: Finding) -> Item:
    about = one.address.rpartition("/")[2]
    named = about in one.message or "/access-key-" in one.address  # whose message names the user
    title = one.message if named else f"{about}: {one.message}"
    what = f"{one.rule} {_AGE.sub('#', one.message)}"  # the item is the same one a day later
    return Item(item_id(ID, one.address, what), ID, one.address, title, one.severity,
                fingerprint([one.rule, one.address]), (one.reference,), (("rule", one.rule),), one.remedy)  # fmt: skip


def _root(basis: Basis) -> Iterator[Item]:
    for root in basis.capture.account.root_users:
        at, now = root.last_used_at, basis.as_of
        if at is not None and now is not None and now - at <= timedelta(days=ROOT_DAYS):
            yield Item(item_id(ID, root.address, "root-used"), ID, root.address, f"the root user was used on {day(at)}",
                       "high", fingerprint(["root-used", day(at)]),
                       (f"root is the break-glass of last resort; {ROOT_DAYS} days without a use are asked for",),
                       (("last use", day(at)), ("source", "credential report")),
                       "find out who used it and why; give the person a role for it")  # fmt: skip


def _secrets(basis: Basis) -> Iterator[Item]:
    """An item for each place that looks like a secret and that the baseline does not accept; never the value."""
    scanned = basis.repository
    for one in () if isinstance(scanned, Unknown) else scanned.found:
        where = f"{one.file}:{one.line}"
        yield Item(
            item_id(ID, one.file, f"secret {one.kind} {one.hashed}"), ID, where,
            f"{where} looks like a secret ({one.kind})", "high", fingerprint(one.key), (one.why,) if one.why else (),
            (("file", one.file), ("line", str(one.line)), ("type", one.kind), ("source", _scanner(basis))),
            "make it invalid where it was issued, since every copy of the repository holds it, then take it out; where "
            f"it is none: {HOW} {one.file}",
        )  # fmt: skip


def _scanner(basis: Basis) -> str:
    return "" if isinstance(basis.repository, Unknown) else basis.repository.scanner


def _scan_notes(basis: Basis) -> Iterator[str]:
    scanned = basis.repository
    if not isinstance(scanned, Unknown):
        yield (
            f"secrets in the repository: {scanned.files} files that git tracks, as they are now (earlier commits are"
            f" not looked into), by {scanned.scanner}"
        )
        yield from (f"secrets in the repository: {note}" for note in scanned.notes)


def _compliance(basis: Basis) -> Iterator[Table]:
    """What the account's Config rules say, as evidence: our own rules judge the same things by themselves."""
    rows = tuple((one.rule_name, one.region, one.compliance, _resources(one)) for one in basis.capture.compliance)
    if rows:
        yield Table("What AWS Config says", ("rule", "Region", "says", "not compliant"), rows)


def _resources(one: RuleCompliance) -> str:
    if isinstance(one.resources, Unknown):
        return f"not known: {one.resources.reason}"
    return listed([f"{item.resource_type} {item.resource_id}" for item in one.resources])


def _compliance_notes(basis: Basis) -> Iterator[str]:
    found = basis.capture.compliance
    failing = sum(one.compliance == "NON_COMPLIANT" for one in found)
    if found:
        yield f"of {len(found)} rules of AWS Config {failing} are not complied with: evidence beside our own rules"
    for key, why in basis.capture.not_judged(COMPLIANCE).items():
        if key not in basis.capture.refused:
            yield f"what AWS Config says is not known ({key}): {why}"


def _compliance_gaps(basis: Basis) -> Iterator[str]:
    capture = basis.capture
    for key in sorted(capture.not_judged(COMPLIANCE).keys() & capture.refused.keys()):
        region = key.partition("@")[2]
        yield f"what AWS Config says{f' in {region}' if region else ''}: {capture.refused[key]}"


def _accepted(basis: Basis) -> list[Table]:
    scanned = basis.repository
    if isinstance(scanned, Unknown) or not scanned.accepted:
        return []
    rows = tuple((file, str(number), reason) for file, reason, number in scanned.accepted)
    return [Table("Looks like a secret and is accepted as none", ("file", "how many", "reason"), rows)]
