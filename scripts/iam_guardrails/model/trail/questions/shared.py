"""What two accounts recorded of one call, where only its time and what it was about are kept.

The account of a resource sees of a caller elsewhere the account and the id only; both records share `sharedEventID`,
which reads and latest times have not.

Sources: AWS CloudTrail User Guide, "CloudTrail record contents" (sharedEventID); AWS IAM User Guide,
reference_identifiers (AROA a role, AIDA a user; root's id is the account's own).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from iam_guardrails.model.trail.facts import Read
from iam_guardrails.model.trail.questions.doubts import Doubts
from iam_guardrails.model.trail.sign_ins import is_sign_in

_IDS = ("AROA", "AIDA")


def joined(reads: Collection[Read], doubts: Doubts) -> list[Read]:
    """Reads without what a secret's account recorded of callers elsewhere, where the caller's account recorded the same
    reads: those name him.

    They are the same where the secret, the call, its outcome, and the first and last time are; the id is one role's or
    user's, so that both accounts recorded all of its reads. Where several fit, and not each of them, nobody knows
    which: all stay, and `doubts` says so.
    """
    named = Counter(_same(read.account_id, read) for read in reads if _is_callers(read))
    ids = Counter(_same(_elsewhere(read), read) for read in reads if _elsewhere(read))
    twice = {same for same, count in ids.items() if named[same] == count}
    left = [read for read in reads if not (_elsewhere(read) and _same(_elsewhere(read), read) in twice)]
    callers = {(read.secret, _account(read.principal)) for read in left} - {("", "")}
    for read in left:
        account, unique_id = _by_id(read.principal)
        if unique_id and (read.secret, account) in callers:
            doubts.by_id.add(read.principal)
    return left


def tell_ids(told: Iterable[str], uses: Mapping[str, Iterable[tuple[str, str, str]]], doubts: Doubts) -> None:
    """Tell `doubts` of those principals among `told` that may be there by their ARN, too, which `uses` then has.

    uses: by principal, the source, name and error of each. Who does not get in is known to his own account, too, by
    the id only.
    """
    found = {principal: account for principal in told if (account := _by_id(principal)[0])
             and not all(is_sign_in(source, name) for source, name, _ in uses[principal])}  # fmt: skip
    if found:
        here = {_account(principal) for principal in uses}
        doubts.by_id |= {principal for principal, account in found.items() if account in here}


def _is_callers(read: Read) -> bool:
    """Whether it is what the caller's account recorded of a read in another account."""
    return _account(read.secret) not in ("", read.account_id) and read.account_id == _account(read.principal)


def _elsewhere(read: Read) -> str:
    """The account of a caller of whom the secret's account knows the id only; "" of any other."""
    account, _ = _by_id(read.principal)
    return account if account != read.account_id == _account(read.secret) else ""


def _same(caller: str, read: Read) -> tuple[object, ...]:
    """What the records of the same reads have in common. caller: the account of who read."""
    return (caller, read.secret, read.action, read.error, read.first, read.last)


def _by_id(principal: str) -> tuple[str, str]:
    """Account and id of a caller of whom no more is known (model.trail.principal); ("", "") of any other."""
    if not principal[:1].isdecimal():
        return "", ""
    account, _, unique_id = principal.partition(" ")
    return (account, unique_id) if unique_id.startswith(_IDS) or unique_id == account else ("", "")


def _account(arn: str) -> str:
    """The account in an ARN, "" where there is none."""
    parts = arn.split(":", 5)
    return parts[4] if len(parts) == 6 else ""
