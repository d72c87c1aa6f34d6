"""Box: the minimum hygiene of IAM, by the rules that `verify` judges too, over the capture."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from datetime import timedelta

from iam_guardrails.model.finding import Finding, Verdict
from iam_guardrails.model.review.basis import Basis, day
from iam_guardrails.model.review.repository import HOW
from iam_guardrails.model.review.review import Box, Item, Table, fingerprint, item_id
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.rules.engine import judge_all
from iam_guardrails.rules.hygiene import RULES
from iam_guardrails.rules.review import config_rules, external
from iam_guardrails.rules.waivers import apply_waivers

ID, TITLE = "hygiene", "IAM hygiene"
ASKS = "Root is not used, MFA for all console access, roles over users and keys, no secrets in the repository"
ROOT_DAYS = 90
_AGE = re.compile(r"\b\d+(?= days old\b)")
_WAIVED = ("rule", "about", "ticket", "owner", "until")


def box(basis: Basis) -> Box:
    """An item for each finding of a hygiene rule without a waiver, one where the root user was used, and what AWS
    itself found: Config's rules of the guardrails, and IAM Access Analyzer of resources that are no roles."""
    names = {item.id for item in RULES}
    waivers = [item for item in basis.expected.waivers if item.rule in names]
    verdict = apply_waivers(judge_all(RULES, basis.capture.account, basis.expected), waivers, basis.today, "review")
    made = _made(basis)
    items = [_item(one, made.get(one.address, "")) for one in verdict.findings if one.rule not in basis.beyond]
    items += [*_root(basis), *_secrets(basis)]
    missing = [f"{one.rule} ({one.address}): {one.reason}" for one in verdict.not_judged]
    missing += [f"{rule}: {why}" for rule, why in basis.beyond.items() if rule in names]
    if isinstance(basis.capture.details, Unknown) and not basis.capture.account.refused:
        missing.append(f"users, roles and policies: {basis.capture.details.reason}")
    if isinstance(basis.repository, Unknown):
        missing.append(f"secrets in the repository: {basis.repository.reason}")
    missing += config_rules.gaps(basis)
    items += [*external.about_others(basis, ID, missing), *config_rules.items(basis, ID, verdict)]
    account = basis.capture.account
    note = f"{len(account.users)} users and {len(account.roles)} roles; ingress and worker: see the middleware's roles"
    tables = (*_tables(basis, verdict), *_accepted(basis), *config_rules.tables(basis))
    notes = (note, *_scan_notes(basis), *config_rules.notes(basis))
    return Box(ID, TITLE, ASKS, len(RULES) + 1, tuple(items), tuple(missing), notes, tables)


def _tables(basis: Basis, verdict: Verdict) -> Iterator[Table]:
    yield Table("Rules that found nothing", ("rule", "looked at"),
                tuple((one.rule, str(one.subjects)) for one in verdict.clean
                      if one.rule not in basis.beyond))  # fmt: skip
    if verdict.waived:
        rows = tuple((one.finding.rule, one.finding.address, one.waiver.ticket, one.waiver.owner,
                      one.waiver.expires_on.isoformat()) for one in verdict.waived)  # fmt: skip
        yield Table("Accepted by a waiver", _WAIVED, rows)


def _item(one: Finding, made: str) -> Item:
    about = one.address.rpartition("/")[2]
    named = about in one.message or "/access-key-" in one.address  # whose message names the user
    title = one.message if named else f"{about}: {one.message}"
    what = f"{one.rule} {_AGE.sub('#', one.message)}"  # the item is the same one a day later
    return Item(item_id(ID, one.address, what), ID, one.address, title, one.severity,
                fingerprint([one.rule, one.address, *([made] if made else [])]),
                (one.reference,), (("rule", one.rule),), one.remedy)  # fmt: skip


def _made(basis: Basis) -> dict[str, str]:
    """When each access key was made, by address: one that was rotated is another one in the same place."""
    return {key.address: f"{key.created_at:%Y-%m-%dT%H:%M:%SZ}" for key in basis.capture.account.access_keys
            if key.created_at}  # fmt: skip


def _root(basis: Basis) -> Iterator[Item]:
    for root in basis.capture.account.root_users:
        at, now = root.last_used_at, basis.as_of
        if at is not None and now is not None and at >= min(now - timedelta(days=ROOT_DAYS), basis.since or now):
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
            f"it is none: {basis.commands.calling.plain(*HOW, shlex.quote(one.file))}",
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
        yield from (f"secrets in the repository: {note}" for note in scanned.told(basis.commands.calling.plain(*HOW)))


def _accepted(basis: Basis) -> list[Table]:
    scanned = basis.repository
    if isinstance(scanned, Unknown) or not scanned.accepted:
        return []
    rows = tuple((file, str(number), reason) for file, reason, number in scanned.accepted)
    return [Table("Looks like a secret and is accepted as none", ("file", "how many", "reason"), rows)]
