"""Box: who assumed a role and had not done so before, and whom of other accounts trust policies let in.

What is usual is the time before the window (`trail ask unusual-principals`); what is expected says guardrails.toml:
[[assumer]], the people of the break-glass role, and `trusted` of the middleware. What a signed review did not keep
never becomes usual. A service that a role was made for is
nothing unusual.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from datetime import date, timedelta

from iam_guardrails.model.capture.capture import FINDINGS
from iam_guardrails.model.iam.document import PolicyDocument
from iam_guardrails.model.iam.trust import SERVICE, account_of, doors
from iam_guardrails.model.review.basis import Basis, listed
from iam_guardrails.model.review.review import EVENT, Box, Item, Table, fingerprint, item_id
from iam_guardrails.model.trail.answer import Answer
from iam_guardrails.model.trail.questions.rows import Unusual
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.rules.review import analyzer_gaps, external, trusting
from iam_guardrails.rules.review.trail_gaps import gaps_of
from iam_guardrails.rules.review.trusting import account_in, expected

ID, TITLE = "assume-role", "Unusual AssumeRole"
ASKS = 'Review CloudTrail "AssumeRole" events for unusual principals'
QUESTION = "unusual-principals"
BASELINE_DAYS = 30
"""How long before the window it shows what is usual."""
_NEW = "nothing in the baseline before the window shows it, and guardrails.toml does not expect it"
_OTHERS = ("and others",)
_AGAIN = "it was decided to remove it, or to accept it for a while, so that it never counts as usual"
_EXTERNAL = ("role", "lets in", "by", "under", "declared")


def box(basis: Basis) -> Box:
    """An item for each new pair of principal and role, and for each role that lets in somebody from outside, be it that
    only IAM Access Analyzer says so."""
    answer = basis.asked(QUESTION)
    rows = [] if isinstance(answer, Unknown) else [row for row in answer.rows if isinstance(row, Unusual)]
    missing = [*gaps_of(answer, "who assumed a role for the first time"), *_unread(basis)]
    trusts = [] if isinstance(basis.estate, Unknown) else list(trusting.let_in(basis, basis.estate, missing))
    undeclared = [row for row in rows if not expected(basis, _called(basis, row.role), row.principal)
                  and not _for_service(basis, row)]  # fmt: skip
    early = _early(basis, answer, rows)
    items = [_seen(basis, row) for row in undeclared if (row.role, row.principal) not in early]
    names = [f"{row.principal} {_called(basis, row.role)}" for row in undeclared if (row.role, row.principal) in early]
    if names:
        missing.append(f"whether {len(names)} assumed a role for the first time ({listed(names)}): the records begin"
                       f" later than the {BASELINE_DAYS} days before the window, and these came in their first"
                       f" {BASELINE_DAYS} days")  # fmt: skip
    items += [item for one in trusts if (item := trusting.item(basis, one))]
    items += external.about_roles(basis, trusts, missing)
    if isinstance(basis.estate, Unknown):
        missing.append(f"whom of other accounts trust policies let in: {basis.estate.reason}")
        looked_at = len(rows)
    else:
        looked_at = len(rows) + len(basis.estate.roles)
    table = tuple(row for one in trusts for row in trusting.rows(basis, one))
    tables = (Table("Trust policies that let in others than this account", _EXTERNAL, table),) if table else ()
    return Box(ID, TITLE, ASKS, looked_at, tuple(items), tuple(missing), tuple(_notes(basis)), tables,
               declared=tuple(each for one in trusts for each in trusting.declared(basis, one)))  # fmt: skip


def _early(basis: Basis, answer: Answer | Unknown, rows: list[Unusual]) -> Set[tuple[str, str]]:
    """Those (a role and who assumed it) who came so soon after the records begin that nobody knows whether they had
    come before.

    Whoever comes from outside, becomes root, enters a break-glass role, or was decided to be removed, is told whenever
    it came.
    """
    if isinstance(answer, Unknown) or answer.begins is None or not rows:
        return frozenset()
    begin = answer.begins or min(row.first for row in rows)[:10]
    until = (date.fromisoformat(begin) + timedelta(days=BASELINE_DAYS)).isoformat()
    return {(row.role, row.principal) for row in rows if row.first[:10] < until and not _always(basis, row)}


def _always(basis: Basis, row: Unusual) -> bool:
    return (
        account_in(row.principal) not in ("", basis.capture.account_id)
        or row.role.endswith(":root")
        or _called(basis, row.role) in basis.expected.role_names
        or seen_id(row.role, row.principal) in basis.unsettled
    )


def _name(arn: str) -> str:
    return arn.rpartition("/")[2]


def _called(basis: Basis, role: str) -> str:
    """What guardrails.toml calls a role: its name, or its ARN where it is of another account."""
    return _name(role) if account_of(role) in ("", basis.capture.account_id) else role


def _for_service(basis: Basis, row: Unusual) -> bool:
    """Whether an AWS service assumed a role that is made for it: its trust policy names the service. A function that
    was deployed this month is nothing unusual; the change of a trust policy is told by the changes of IAM."""
    if isinstance(basis.estate, Unknown):
        return False
    role = next((item for item in basis.estate.roles if item.arn == row.role), None)
    document = basis.estate.trust_document(role) if role else None
    if not isinstance(document, PolicyDocument):
        return False
    return any(door.kind == SERVICE and door.value == row.principal for door in doors(document))


def seen_id(role: str, principal: str) -> str:
    """The id of the item about a principal (by its text) that assumed a role (by ARN)."""
    return item_id(ID, f"{role} {principal}", "seen")


def _seen(basis: Basis, row: Unusual) -> Item:
    account_id, name = account_in(row.principal), seen_id(row.role, row.principal)
    outside, again = account_id not in ("", basis.capture.account_id), name in basis.unsettled
    what = f"{row.principal} assumed {_called(basis, row.role)} {'again' if again else 'for the first time'}"
    evidence = (("first", row.first), ("last", row.last), ("MFA", row.mfa or "not told"),
                ("from", ", ".join((*row.addresses, *_OTHERS[: len(row.more)])) or "not told"),
                (EVENT, row.event_id))  # fmt: skip
    reasons = [_AGAIN if again else _NEW]
    reasons += _joined(basis, row, account_id) if outside else []
    severity = "high" if outside or _called(basis, row.role) in basis.expected.role_names else "medium"
    remedy = "find out whether it is meant; declare it ([[assumer]] role, principal, reason), or close the trust policy"
    return Item(name, ID, row.principal, what, severity,
                fingerprint([row.role, row.principal]), tuple(reasons), evidence, remedy)  # fmt: skip


def _joined(basis: Basis, row: Unusual, account_id: str) -> list[str]:
    """Whom of another account the trust policy lets in: CloudTrail may tell no more than the account."""
    if isinstance(basis.estate, Unknown):
        return []
    role = next((item for item in basis.estate.roles if item.arn == row.role), None)
    document = basis.estate.trust_document(role) if role else None
    if not isinstance(document, PolicyDocument):
        return [f"who of account {account_id} may do so is not known: the role's trust policy is not in the capture"]
    names = [door.who for door in doors(document) if door.account_id == account_id]
    return [f"of account {account_id} the trust policy lets in {listed(names) or 'nobody now'}"]


def _unread(basis: Basis) -> Iterator[str]:
    what = "whom IAM Access Analyzer finds outside"
    return analyzer_gaps.unread(basis.capture, what, lambda kind: kind in analyzer_gaps.EXTERNAL_ACCESS)


def _notes(basis: Basis) -> Iterator[str]:
    capture = basis.capture
    for key, why in capture.not_judged(FINDINGS).items():
        if key in capture.refused:
            continue  # not judged
        yield f"what IAM Access Analyzer says is not known ({key.removeprefix(FINDINGS).lstrip('@:') or 'all'}): {why}"
