"""Box: the minimum hygiene of IAM, by the rules that `verify` judges too, over the capture."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from iam_guardrails.model.finding import Finding
from iam_guardrails.model.review.basis import Basis, day
from iam_guardrails.model.review.review import Box, Item, Table, fingerprint, item_id
from iam_guardrails.rules.engine import judge_all
from iam_guardrails.rules.hygiene import RULES
from iam_guardrails.rules.waivers import apply_waivers

ID, TITLE = "hygiene", "IAM hygiene"
ASKS = "Root is not used, MFA for all console access, roles over users and keys, no secrets in the repository"
ROOT_DAYS = 90
NO_SCANNER = (
    "secrets in the repository: no scanner is part of guardrails; run one that is kept up, such as gitleaks"
    " (`gitleaks git .`), and decide on what it finds"
)
_WAIVED = ("rule", "about", "ticket", "owner", "until")


def box(basis: Basis) -> Box:
    """An item for each finding of a hygiene rule without a waiver, and one where the root user was used."""
    names = {item.id for item in RULES}
    waivers = [item for item in basis.expected.waivers if item.rule in names]
    verdict = apply_waivers(judge_all(RULES, basis.capture.account, basis.expected), waivers, basis.today, "review")
    items = [*(_item(one) for one in verdict.findings), *_root(basis)]
    missing = [f"{one.rule} ({one.address}): {one.reason}" for one in verdict.not_judged]
    tables = [Table("Rules that found nothing", ("rule", "looked at"),
                    tuple((one.rule, str(one.subjects)) for one in verdict.clean))]  # fmt: skip
    if verdict.waived:
        rows = tuple((one.finding.rule, one.finding.address, one.waiver.ticket, one.waiver.owner,
                      one.waiver.expires_on.isoformat()) for one in verdict.waived)  # fmt: skip
        tables.append(Table("Accepted by a waiver", _WAIVED, rows))
    account = basis.capture.account
    note = f"{len(account.users)} users and {len(account.roles)} roles; ingress and worker: see the middleware's roles"
    return Box(ID, TITLE, ASKS, len(RULES) + 1, tuple(items), (*missing, NO_SCANNER), (note,), tuple(tables))


def _item(one: Finding) -> Item:
    about = one.address.rpartition("/")[2]
    title = one.message if about in one.message else f"{about}: {one.message}"
    return Item(item_id(ID, one.address, f"{one.rule} {one.message}"), ID, one.address, title, one.severity,
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
