"""Box: the roles of the middleware against the manifest: who may assume them, their boundary, tiers apart."""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.iam.document import PolicyDocument
from iam_guardrails.model.iam.match import covers
from iam_guardrails.model.iam.principals import Estate
from iam_guardrails.model.iam.trust import SERVICE, UNIQUE_ID, Door, doors
from iam_guardrails.model.review.basis import Basis, day, listed, moment
from iam_guardrails.model.review.manifest import Middleware, named_by
from iam_guardrails.model.review.review import Box, Item, Table
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.rules.review.boundaries import boundary, declared
from iam_guardrails.rules.review.parts import ID, Part, item_of
from iam_guardrails.rules.review.power import power_of
from iam_guardrails.rules.review.reading import reading_of
from iam_guardrails.rules.review.separation import separation
from iam_guardrails.rules.review.unlisted import unlisted

TITLE = "Roles of the middleware"
ASKS = "List all roles used by the middleware (mw-ingress, mw-worker, …), separate for ingress and worker"
COLUMNS = ("role", "declared as", "tier", "may assume it", "boundary", "last use", "secrets it reads")
_GONE = "gone"
_UNDECLARED = "guardrails.toml declares no [[middleware]] (name, tier, trusted, boundary, secrets)"


def box(basis: Basis) -> Box:
    """Items: a declared role that is not there, one that is not declared, trust beyond the
    manifest, another boundary or one that holds nothing, tiers not apart."""
    lines, estate = basis.expected.middleware, basis.estate
    if isinstance(estate, Unknown):
        return Box(ID, TITLE, ASKS, 0, not_judged=(f"the roles: {estate.reason}",))
    if not lines:
        return Box(ID, TITLE, ASKS, 0, not_judged=(_UNDECLARED,))
    parts = [Part(role, line, power_of(basis, role.arn)) for role in estate.roles
             if (line := line_of(lines, role.name))]  # fmt: skip
    items, missing = list(_absent(lines, parts)), list[str]()
    for part in parts:
        items += _trust(estate, part, missing)
        items += boundary(estate, part, missing)
    items += unlisted(basis, estate, lines, parts)
    items += separation(basis, estate, parts, missing)
    missing += [f"what stands there: {gap}" for gap in estate.gaps]
    rows = tuple(_row(basis, estate, part) for part in parts)
    return Box(ID, TITLE, ASKS, len(parts) + len(lines), tuple(items), tuple(dict.fromkeys(missing)),
               tables=(Table("Roles of the middleware", COLUMNS, rows),) if rows else (),
               declared=tuple(kept for part in parts if (kept := declared(estate, part))))  # fmt: skip


def line_of(lines: tuple[Middleware, ...], name: str) -> Middleware | None:
    """The line of the manifest that names a role: of several the narrowest, of those that are alike the first."""
    fitting = [line for line in lines if named_by((line.name,), name)]
    return next((line for line in fitting if not any(_narrower(other, line) for other in fitting)), None)


def _narrower(one: Middleware, other: Middleware) -> bool:
    """Whether a line names some of the roles that another one names, and no others."""
    return covers(other.name, one.name) and not covers(one.name, other.name)


def _absent(lines: tuple[Middleware, ...], parts: list[Part]) -> Iterator[Item]:
    for line in lines:
        if not any(part.line is line or named_by((line.name,), part.role.name) for part in parts):
            yield item_of(line.name, "absent", f"no role is named {line.name}, which the manifest declares", "low",
                          line.tier, [], "remove the line from guardrails.toml, or deploy the role")  # fmt: skip


def _trust(estate: Estate, part: Part, missing: list[str]) -> Iterator[Item]:
    document = estate.trust_document(part.role)
    if document is None or isinstance(document, Unknown):
        missing.append(f"who may assume {part.role.name}: {document.reason if document else 'it has no trust policy'}")
        return
    if not part.line.trusted:
        missing.append(
            f"who may assume {part.role.name}: its line of the manifest ({part.line.name}) says no `trusted`"
        )
        return
    beyond = sorted({_shown(kind, value) for kind, value, who in _admitted(estate, document)
                     if kind != _GONE and not any(named_by(part.line.trusted, text) for text in who)})  # fmt: skip
    if beyond:
        title = f"{part.role.name} can be assumed by {listed(beyond, 4)}, undeclared"
        reasons = [f"the manifest lets {', '.join(part.line.trusted)} assume it"]
        remedy = "take them out of the trust policy, or declare them: [[middleware]] trusted"
        yield item_of(part.role.arn, "trust", title, "high", beyond, reasons, remedy, part.power)


def _admitted(estate: Estate, document: PolicyDocument) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Who gets in, or is named though it is gone: kind, value, and the texts by which the manifest may name it."""
    for door in doors(document):
        kind = _GONE if _is_gone(estate, door) else door.kind
        yield kind, door.value, (door.value, door.account_id) if door.kind == "account" else (door.value,)
    for item in document.statements:
        if item.effect == "Allow" and item.not_principals:
            yield "anyone but", item.label, (item.label,)


def _is_gone(estate: Estate, door: Door) -> bool:
    """Whether it is the id that IAM shows of a principal that was deleted: nobody gets in by it any more, and the box
    of AssumeRole asks about it. Source: AWS IAM User Guide, reference_policies_elements_principal."""
    named = door.kind == UNIQUE_ID and door.pin is None
    return named and all(door.value.partition(":")[0] != one.unique_id for one in estate.principals)


def _shown(kind: str, value: str) -> str:
    if kind == _GONE:
        return f"{value} (gone)"
    return value if kind == SERVICE or value.startswith("arn:") else f"{kind} {value}"


def _row(basis: Basis, estate: Estate, part: Part) -> tuple[str, ...]:
    document = estate.trust_document(part.role)
    who = "not known"
    if isinstance(document, PolicyDocument):
        who = listed({_shown(kind, value) for kind, value, _ in _admitted(estate, document)})
    reading = reading_of(basis)
    reader = reading.by_arn.get(part.role.arn) if reading else None
    numbers = {number for each in reader.answers for number in each.secrets} if reader else set()
    secrets = listed(reading.name(number) for number in numbers) or "none" if reading else "not known"
    limit, last = part.role.boundary_arn.rpartition("/")[2] or "none", day(moment(part.role.last_used_at))
    return (part.role.name, part.line.name, part.line.tier, who, limit, last, secrets)
