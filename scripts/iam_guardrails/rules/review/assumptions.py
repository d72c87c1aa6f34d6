"""Box: who assumed a role and had not done so before, and whom of other accounts trust policies let in.

What is usual is the time before the window (`trail ask unusual-principals`); what is expected says guardrails.toml:
[[assumer]], the people of the break-glass role, and `trusted` of the middleware. A service that a role was made for is
nothing unusual.
"""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.capture.capture import FINDINGS
from iam_guardrails.model.capture.findings import EXTERNAL
from iam_guardrails.model.iam.document import PolicyDocument
from iam_guardrails.model.iam.principals import Estate, Principal
from iam_guardrails.model.iam.trust import ACCOUNT, ANYONE, FEDERATED, SERVICE, UNIQUE_ID, Door, account_of, doors
from iam_guardrails.model.review.basis import Basis, listed
from iam_guardrails.model.review.manifest import named_by
from iam_guardrails.model.review.review import Box, Item, Table, fingerprint, item_id
from iam_guardrails.model.trail.questions.rows import Unusual
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.rules.review.trail_gaps import gaps_of

ID, TITLE = "assume-role", "Unusual AssumeRole"
ASKS = 'Review CloudTrail "AssumeRole" events for unusual principals'
QUESTION = "unusual-principals"
_EXTERNAL = ("role", "lets in", "by", "declared")


def box(basis: Basis) -> Box:
    """An item for each new pair of principal and role, and for each role that lets in somebody from outside."""
    answer = basis.asked(QUESTION)
    rows = [] if isinstance(answer, Unknown) else [row for row in answer.rows if isinstance(row, Unusual)]
    missing = list(gaps_of(answer, "who assumed a role for the first time"))
    trusts = {} if isinstance(basis.estate, Unknown) else dict(_outside(basis, basis.estate, missing))
    items = [_seen(basis, row) for row in rows
             if not _expected(basis, _name(row.role), row.principal) and not _for_service(basis, row)]  # fmt: skip
    items += [item for role, found in trusts.values() if (item := _trusting(basis, role, found))]
    if isinstance(basis.estate, Unknown):
        missing.append(f"whom of other accounts trust policies let in: {basis.estate.reason}")
        looked_at = len(rows)
    else:
        looked_at = len(rows) + len(basis.estate.roles)
    table = tuple((role.name, door.who, door.action, "yes" if _expected(basis, role.name, door.value) else "no")
                  for role, found in trusts.values() for door in found)  # fmt: skip
    tables = (Table("Trust policies that let in others than this account", _EXTERNAL, table),) if table else ()
    return Box(ID, TITLE, ASKS, looked_at, tuple(items), tuple(missing), tuple(_notes(basis)), tables)


def _name(arn: str) -> str:
    return arn.rpartition("/")[2]


def _expected(basis: Basis, role: str, principal: str) -> bool:
    """Whether guardrails.toml says that the principal assumes the role."""
    expected = basis.expected
    if role in expected.role_names and principal in expected.people:
        return True
    if any(named_by((line.name,), role) and named_by(line.trusted, principal) for line in expected.middleware):
        return True
    texts = {principal, _account(principal)} - {""}
    return any(named_by((item.role,), role) and any(named_by((item.principal,), text) for text in texts)
               for item in expected.assumers)  # fmt: skip


def _for_service(basis: Basis, row: Unusual) -> bool:
    """Whether an AWS service assumed a role that is made for it: its trust policy names the service. A function that
    was deployed this month is nothing unusual; the change of a trust policy is told by the changes of IAM."""
    if isinstance(basis.estate, Unknown):
        return False
    role = next((item for item in basis.estate.roles if item.arn == row.role), None)
    document = basis.estate.trust_document(role) if role else None
    if not isinstance(document, PolicyDocument):
        return False
    return any(door.kind == SERVICE and door.value == row.principal for door in _doors(basis, document))


def _account(principal: str) -> str:
    """The account id of an ARN, of an account, or of a caller of another account ("ID PRINCIPAL-ID")."""
    return account_of(principal.partition(" ")[0])


def _seen(basis: Basis, row: Unusual) -> Item:
    account_id = _account(row.principal)
    outside = account_id not in ("", basis.capture.account_id)
    what = f"{row.principal} assumed {_name(row.role)} for the first time"
    evidence = (("first", row.first), ("last", row.last), ("MFA", row.mfa or "not told"),
                ("from", ", ".join(row.addresses) or "not told"), ("event", row.event_id))  # fmt: skip
    reasons = ["nothing in the baseline before the window shows it, and guardrails.toml does not expect it"]
    reasons += _joined(basis, row, account_id) if outside else []
    severity = "high" if outside or _name(row.role) in basis.expected.role_names else "medium"
    remedy = "find out whether it is meant; declare it ([[assumer]] role, principal, reason), or close the trust policy"
    return Item(item_id(ID, f"{row.role} {row.principal}", "seen"), ID, row.principal, what, severity,
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


def _outside(
    basis: Basis, estate: Estate, missing: list[str]
) -> Iterator[tuple[str, tuple[Principal, list[Door]]]]:  # fmt: skip
    unread = []
    for role in estate.roles:
        document = estate.trust_document(role)
        if not isinstance(document, PolicyDocument):
            unread.append(role.name)
            continue
        found = [door for door in _doors(basis, document) if _is_outside(basis, door)]
        if found:
            yield role.arn, (role, found)
    if unread:
        missing.append(f"whom {len(unread)} roles let in ({listed(unread)}): their trust policies were not read")


def _doors(basis: Basis, document: PolicyDocument) -> tuple[Door, ...]:
    kept: dict[int, tuple[Door, ...]] = basis.kept.setdefault("doors", {})
    if id(document) not in kept:
        kept[id(document)] = doors(document)
    return kept[id(document)]


def _is_outside(basis: Basis, door: Door) -> bool:
    if door.kind in (ANYONE, UNIQUE_ID):
        return True
    return door.kind not in (SERVICE, FEDERATED) and door.account_id not in ("", basis.capture.account_id)


def _trusting(basis: Basis, role: Principal, found: list[Door]) -> Item | None:
    beyond = [door for door in found if not _expected(basis, role.name, door.value)]
    if not beyond:
        return None
    who = sorted({_told(door) for door in beyond})
    open_to_all = any(door.kind == ANYONE for door in beyond)
    reasons = [f"{door.statement.label} lets in {_told(door)}"
               + (f" under {', '.join(item.key for item in door.statement.conditions)}" if door.statement.conditions
                  else ", without a condition") for door in beyond[:8]]  # fmt: skip
    ids = [item.id for item in basis.capture.findings
           if item.kind == EXTERNAL and item.status == "ACTIVE" and item.resource == role.arn]  # fmt: skip
    reasons += [f"IAM Access Analyzer says so too (finding {listed(ids, 2)})"] if ids else []
    conditions = [sorted((one.operator, one.key, one.values) for one in door.statement.conditions) for door in beyond]
    severity = "high" if open_to_all else "medium"
    return Item(item_id(ID, role.arn, "trust"), ID, role.arn, f"{role.name} lets in {listed(who, 4)}", severity,
                fingerprint([who, conditions]), tuple(reasons), (),
                "take it out of the trust policy, or declare it: [[assumer]] role, principal, reason")  # fmt: skip


def _told(door: Door) -> str:
    if door.kind == UNIQUE_ID:
        return f"{door.value}, a principal that is gone"
    return f"anybody of account {door.account_id}" if door.kind == ACCOUNT else door.who


def _notes(basis: Basis) -> Iterator[str]:
    for key, why in basis.capture.not_judged(FINDINGS).items():
        yield f"what IAM Access Analyzer says is not known ({key.removeprefix(FINDINGS).lstrip('@:') or 'all'}): {why}"
    roles = set() if isinstance(basis.estate, Unknown) else {item.arn for item in basis.estate.roles}
    others = [item.resource for item in basis.capture.findings
              if item.kind == EXTERNAL and item.status == "ACTIVE" and item.resource not in roles]  # fmt: skip
    if others:
        yield f"Access Analyzer also finds access from outside to {len(others)} other resources: {listed(others, 6)}"
