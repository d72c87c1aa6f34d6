"""What IAM Access Analyzer finds open to the outside and is active: an item for each resource that no other item tells.

Source: IAM Access Analyzer API Reference, FindingSummary (principal, action, condition, isPublic, error).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from iam_guardrails.model.capture.findings import EXTERNAL, AnalyzerFinding
from iam_guardrails.model.iam.document import PolicyDocument
from iam_guardrails.model.iam.strangers import Stranger
from iam_guardrails.model.iam.trust import ACCOUNT, account_of, doors
from iam_guardrails.model.review.basis import Basis, listed
from iam_guardrails.model.review.review import Item, fingerprint, item_id
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.rules.review import trusting
from iam_guardrails.rules.review.trusting import Trusting

ROLE = "AWS::IAM::Role"
_SAYS = "IAM Access Analyzer says so; it reads the resource's own policy, and nobody archived the finding"
_REMEDY = ("take whoever it is out of the resource's policy; where it is meant, keep it here, or archive the finding"
           " in Access Analyzer")  # fmt: skip


def about_roles(basis: Basis, trusts: Iterable[Trusting], missing: list[str]) -> Iterator[Item]:
    """An item of the box of AssumeRole for each role of which the trust policy, as it is read here, does not say the
    same. trusts: of the roles that let in somebody from outside.  missing: gets what the analyzer could not look at."""
    known = {one.role.arn: one for one in trusts}
    left = [one for one in _active(basis, lambda kind: kind == ROLE) if not _told(basis, one, known.get(one.resource))]
    yield from _items(trusting.BOX, left, missing)


def about_others(basis: Basis, box: str, missing: list[str]) -> Iterator[Item]:
    """An item of a box (its id) for each resource that is no role: a bucket, a key, a queue, … missing: as above."""
    yield from _items(box, _active(basis, lambda kind: kind != ROLE), missing)


def _active(basis: Basis, wanted: Callable[[str], bool]) -> list[AnalyzerFinding]:
    return [one for one in basis.capture.findings
            if one.kind == EXTERNAL and one.status == "ACTIVE" and wanted(one.resource_type)]  # fmt: skip


def _told(basis: Basis, finding: AnalyzerFinding, there: Trusting | None) -> bool:
    """Whether the box judged that principal by the trust policy: it has an item then, or guardrails.toml expects it.

    A provider of the account's own that is asked for what is yours is outside for the analyzer, and not for the box.
    """
    if finding.error:
        return False
    if not finding.principal:
        return there is not None and trusting.item(basis, there) is not None
    found = there.found if there else ()
    return all(_judged(basis, finding.resource, kind, value, found) for kind, value in finding.principal.items())


def _judged(basis: Basis, role_arn: str, kind: str, value: str, found: tuple[Stranger, ...]) -> bool:
    if kind == "Federated":
        return value in _providers(basis, role_arn)
    return any(_is(one, value) for one in found)


def _providers(basis: Basis, role_arn: str) -> set[str]:
    """The providers that a role's trust policy names; none where it is not known."""
    if isinstance(basis.estate, Unknown):
        return set()
    if "roles by ARN" not in basis.kept:  # a role is reported in every Region
        basis.kept["roles by ARN"] = {one.arn: one for one in basis.estate.roles}
    role = basis.kept["roles by ARN"].get(role_arn)
    document = basis.estate.trust_document(role) if role else None
    if not isinstance(document, PolicyDocument):
        return set()
    return {door.value for door in doors(document) if door.principal.kind == "Federated"}


def _is(one: Stranger, value: str) -> bool:
    """Whether a stranger is the analyzer's principal, which stands there without the condition that narrows it.

    That is the text of the statement, or the whole account by its id or root's ARN.
    """
    named = one.door.principal.value
    if value in (named, one.door.value):
        return True
    account_id, whole = account_of(value), ":" not in value or value.endswith(":root")
    broad = one.door.kind == ACCOUNT or named == "*" or ":" not in named or named.endswith(":root")
    return whole and broad and bool(account_id) and account_id == one.door.account_id


def _items(box: str, found: Iterable[AnalyzerFinding], missing: list[str]) -> Iterator[Item]:
    by_resource: dict[str, list[AnalyzerFinding]] = {}
    for one in found:
        if one.error:
            missing.append(f"whom {one.resource} lets in: IAM Access Analyzer in {one.region} could not look at it"
                           f" ({one.error})")  # fmt: skip
        else:
            by_resource.setdefault(one.resource, []).append(one)
    for resource, findings in by_resource.items():
        yield _item(box, resource, findings)


def _item(box: str, resource: str, findings: list[AnalyzerFinding]) -> Item:
    """One item, however many analyzers and Regions say the same."""
    public = any(one.is_public for one in findings)
    who = sorted({value for one in findings for value in one.principal.values()})
    whom = "anybody" if public else listed(who, 4) or "somebody that it does not name"
    does = sorted({action for one in findings for action in one.actions})
    under = sorted({key for one in findings for key in one.condition})
    meaning = sorted({fingerprint([sorted(one.principal.items()), one.actions, sorted(one.condition.items()),
                                   one.is_public]) for one in findings})  # fmt: skip
    evidence = (("type", findings[0].resource_type), ("principal", listed(who) or "not told"),
                ("actions", listed(does) or "not told"), ("under", listed(under) or "no condition"),
                ("Region", listed({one.region for one in findings})),
                ("finding", listed({one.id for one in findings}, 4)))  # fmt: skip
    title = f"{resource.rpartition(':')[2] or resource} is open to {whom} from outside"
    return Item(item_id(box, resource, "external"), box, resource, title, "high" if public else "medium",
                fingerprint([resource, meaning]), (_SAYS,), evidence, _REMEDY)  # fmt: skip
