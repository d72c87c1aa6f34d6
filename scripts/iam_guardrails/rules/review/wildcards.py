"""Box: wildcards by meaning. Each needs a justification with a ticket, an owner and an end, or it is a finding."""

from __future__ import annotations

import json
from collections.abc import Iterator, Set

from iam_guardrails.model.iam.document import PolicyDocument, Statement
from iam_guardrails.model.iam.principals import Estate
from iam_guardrails.model.iam.width import (
    ALL_BUT,
    ALL_BUT_THERE,
    ELSEWHERE,
    EVERYTHING,
    PASS_ROLE,
    PASSES_TO,
    RAISES,
    SERVICE,
    UNBOUND,
    WRITES,
    wide,
)
from iam_guardrails.model.review.basis import Basis, listed
from iam_guardrails.model.review.manifest import LONGEST_DAYS, Justification, named_by
from iam_guardrails.model.review.meaning import meaning_of
from iam_guardrails.model.review.review import Box, Item, Table, fingerprint, item_id
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import frozen
from iam_guardrails.rules.review.granted import Granted, granted, linked, unattached
from iam_guardrails.rules.review.joined import declared, members

ID, TITLE = "wildcards", "Wildcard permissions"
ASKS = "Confirm no one added wildcard permissions without a ticket or justification"
SOON_DAYS = 30
_SEVERITY = dict.fromkeys((EVERYTHING, ALL_BUT, PASS_ROLE, RAISES), "high")
_SEVERITY |= dict.fromkeys((SERVICE, ALL_BUT_THERE, PASSES_TO), "medium")
_OF_AWS = (_SEVERITY.keys() - {PASSES_TO}) | {WRITES, ELSEWHERE}  # what is told of a policy that AWS wrote
_OF_READING = _OF_AWS - {WRITES, ELSEWHERE}  # and of one that AWS says is there to read
_READ_ONLY = ("ReadOnly", "ViewOnly", "SecurityAudit")  # of which AWS itself says so, in their names
_COLUMNS = ("policy", "statement", "why it is wide", "held by", "ticket", "owner", "until")
Told = list[tuple[Statement, tuple[tuple[str, str], ...]]]
_BY_READING = "whether an action writes is read off its name: what does not begin with Get, List, Describe, … does"


@frozen
class Wide:
    """A wide statement, or a wide policy of AWS's. meaning: its fingerprint.  because: (kind, clause)."""

    at: Granted
    label: str
    meaning: str
    because: tuple[tuple[str, str], ...]
    conditions: tuple[str, ...] = ()
    sid: str = ""


def box(basis: Basis) -> Box:
    """An item for each wide statement without a justification that holds today."""
    if isinstance(basis.estate, Unknown):
        return Box(ID, TITLE, ASKS, 0, not_judged=(f"every policy: {basis.estate.reason}",))
    covered: list[Granted] = []
    policies = list(granted(basis.estate))
    found = _distinct(one for item in policies for one in _wide(basis, basis.estate, item))
    left = [item for item in policies if item.by_aws and _writes_only(basis, basis.estate, item)]
    items, rows, used = [], [], set[int]()
    for one in found:
        said = [each for each in basis.justifications if each.is_for(one.at.policy, one.meaning)]
        used.update(map(id, said))
        if not said or _void(basis, one, said):
            items.append(_item(basis, basis.estate, one, said))
        else:
            covered.append(one.at)
            because, held = "; ".join(clause for _, clause in one.because), listed(one.at.holders)
            rows += [(one.at.policy, one.label, because, held, each.ticket, each.owner, f"{each.expires_on}")
                     for each in said if not _over(basis, each)]  # fmt: skip
    unread = tuple(_unread(basis.estate, policies))
    tables = (Table("Justified", _COLUMNS, tuple(rows)),) if rows else ()
    looked_at = len(policies) or int(not unread)  # an account without policies was looked at
    return Box(ID, TITLE, ASKS, looked_at, tuple(items), unread, tuple(_notes(basis, used, left)), tables,
               declared=tuple(declared(ID, basis.estate, covered)))  # fmt: skip


def wide_policies(basis: Basis) -> set[str]:
    """The attached policies with a wide statement, by ARN: each has an item, or a justification."""
    if isinstance(basis.estate, Unknown):
        return set()
    return {one.at.policy for item in granted(basis.estate) for one in _wide(basis, basis.estate, item)}


def _distinct(found: Iterator[Wide]) -> list[Wide]:
    """Without statements that stand twice in one policy."""
    return list({(one.at.policy, one.meaning): one for one in found}.values())


def _wide(basis: Basis, estate: Estate, item: Granted) -> Iterator[Wide]:
    """The wide statements of a policy; a policy of AWS's as a whole, with its holders in the meaning.

    What AWS itself wrote action by action, such as its policies for Lambda and for read access, is no wildcard that
    somebody of the company added: of those only what is wide by more than single writes is told.
    """
    document = estate.parsed(item.document)
    if isinstance(document, Unknown):
        return
    told = _told(basis, document)
    if item.by_aws:
        because = tuple(
            dict.fromkeys(clause for _, clauses in told for clause in clauses if clause[0] in _counting(item))
        )
        if because:
            yield Wide(item, "the whole policy", fingerprint([item.policy, item.holders]), because)
    elif not item.by_aws:
        for each, clauses in told:
            conditions = tuple(f"{one.operator} {one.key}" for one in each.conditions)
            yield Wide(item, each.label, meaning_of(each, document.version), clauses, conditions, each.sid)


def _counting(item: Granted) -> Set[str]:
    """What counts of a policy of AWS's."""
    return _OF_READING if _reads(item) else _OF_AWS


def _reads(item: Granted) -> bool:
    return any(word in item.name for word in _READ_ONLY)


def _writes_only(basis: Basis, estate: Estate, item: Granted) -> bool:
    """Whether a policy of AWS's writes to every resource, and is wide in no way that counts."""
    document = estate.parsed(item.document)
    told = [] if isinstance(document, Unknown) else _told(basis, document)
    kinds = {kind for _, clauses in told for kind, _ in clauses}
    return bool(kinds & {UNBOUND, PASSES_TO, WRITES, ELSEWHERE}) and not kinds & _counting(item)


def _told(basis: Basis, document: PolicyDocument) -> Told:
    """The wide statements of a document, worked out once: the same text stands in many policies."""
    kept: dict[int, Told] = basis.kept.setdefault("wide", {})
    if id(document) not in kept:
        kept[id(document)] = [(each, because) for each in document.statements if (because := wide(each, document))]
    return kept[id(document)]


def _over(basis: Basis, said: Justification) -> str:
    """Why a justification does not hold today, "" where it does."""
    if said.expires_on < basis.today:
        return f"its justification ({said.ticket}, {said.owner}) ended on {said.expires_on}"
    if (said.expires_on - basis.today).days > LONGEST_DAYS:
        return f"its justification ({said.ticket}) runs until {said.expires_on}, more than {LONGEST_DAYS} days ahead"
    return ""


def _void(basis: Basis, one: Wide, said: list[Justification]) -> str:
    """Why the justifications of a statement do not cover it today, "" where they do."""
    holding = [each for each in said if not _over(basis, each)]
    if not holding:
        return _over(basis, said[0])
    named = tuple(text for each in holding for text in each.holders)
    beyond = [who for who in one.at.holders if not named_by(named, who)] if _by_anybody(one) else []
    tickets = "; ".join(f"{each.ticket}, {each.owner}" for each in holding)
    return f"its justification ({tickets}) does not name who holds it (holders): {listed(beyond)}" if beyond else ""


def _by_anybody(one: Wide) -> bool:
    """Whether anybody may come to hold a policy without its name or its fingerprint telling so."""
    return one.at.policy.startswith("arn:") and not one.at.by_aws


def _item(basis: Basis, estate: Estate, one: Wide, said: list[Justification]) -> Item:
    kinds = [kind for kind, _ in one.because]
    severity = min((_SEVERITY.get(kind, "low") for kind in kinds), key=("high", "medium", "low").index)
    reasons = [clause for _, clause in one.because]
    if one.conditions:
        reasons.append(f"only under conditions: {', '.join(one.conditions)}")
    reasons.append(_void(basis, one, said) if said else _changed(basis, one))
    title = f"{one.label} of {one.at.name}: {one.because[0][1]}"
    evidence = (("policy", one.at.policy), ("held by", listed(one.at.holders)), ("statement", one.meaning[:16]))
    holders = f", holders = {json.dumps(one.at.holders)}" if _by_anybody(one) else ""
    remedy = ("name the actions and resources that are needed, or justify it in justifications.toml: policy = "
              f'"{one.at.policy}", statement = "{one.meaning[:16]}"{holders}')  # fmt: skip
    subject = one.at.policy if one.at.by_aws else f"{one.at.policy} {one.sid or one.meaning}"
    people = members(estate, one.at.holders)  # whoever joins a group holds it too
    meaning = fingerprint([one.meaning, one.at.holders, *([people] if people else [])])
    return Item(item_id(ID, subject, "wide"), ID, one.at.policy, title, severity, meaning, tuple(reasons), evidence,
                remedy)  # fmt: skip


def _changed(basis: Basis, one: Wide) -> str:
    """What to say where nothing justifies a statement: an edit voids what was said of it before."""
    others = [said for said in basis.justifications if said.policy == one.at.policy]
    if not others:
        return "nothing in justifications.toml is about it"
    return f"nothing in justifications.toml is about it as it is now; {others[0].ticket} is about another statement"


def _unread(estate: Estate, policies: list[Granted]) -> Iterator[str]:
    for item in policies:
        document = estate.parsed(item.document)
        if isinstance(document, Unknown):
            yield f"{item.policy}, held by {listed(item.holders)}: {document.reason}"
    yield from (f"what stands there: {gap}" for gap in estate.gaps)


def _notes(basis: Basis, used: set[int], left: list[Granted]) -> Iterator[str]:
    assert not isinstance(basis.estate, Unknown)
    yield _BY_READING
    writing = [item.name for item in left if not _reads(item)]
    if writing:
        yield f"{len(writing)} of AWS's own policies write on every resource, action by action: {listed(writing)}"
    reading = [item.name for item in left if _reads(item)]
    if reading:
        yield (f"{len(reading)} of AWS's own policies are there to read by their names, though some of their actions"
               f" have other names: {listed(reading)}")  # fmt: skip
    if count := unattached(basis.estate):
        yield f"{count} customer policies are attached to nobody and grant nothing"
    if count := linked(basis.estate):
        yield f"{count} service-linked roles are left out: AWS alone uses and changes them"
    for said in basis.justifications:
        if id(said) not in used:
            yield f"the justification {said.ticket} for {said.policy} covers nothing any more: remove it"
        elif 0 <= (said.expires_on - basis.today).days <= SOON_DAYS:
            yield f"the justification {said.ticket} for {said.policy} ends on {said.expires_on}"
