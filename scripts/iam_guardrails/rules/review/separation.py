"""Whether ingress and worker are apart: no shared policy that writes, no way from one to the other, no shared secret,
no write to the same thing."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from iam_guardrails.model.iam.principals import Estate
from iam_guardrails.model.iam.reach.groups import chain_text
from iam_guardrails.model.iam.reach.question import Question
from iam_guardrails.model.iam.reach.universe import bits
from iam_guardrails.model.iam.reach.ways import CONDITIONAL, NOT_JUDGED, YES, Ways
from iam_guardrails.model.iam.width import writes
from iam_guardrails.model.review.basis import Basis, listed
from iam_guardrails.model.review.review import Item
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.rules.review.apart import Powers, overlap, powers
from iam_guardrails.rules.review.parts import Part, item_of
from iam_guardrails.rules.review.reading import reading_of

MOST_PAIRS = 400


def separation(basis: Basis, estate: Estate, parts: list[Part], missing: list[str]) -> Iterator[Item]:
    """An item for each way in which roles of different tiers are not apart; what is not judged goes to `missing`."""
    pairs = [(one, other) for one, other in combinations(parts, 2) if one.line.tier != other.line.tier]
    if not pairs:
        missing.append("whether ingress and worker are apart: the manifest names roles of one tier only")
        return
    if len(pairs) > MOST_PAIRS:
        missing.append(f"whether tiers are apart: {len(pairs):,} pairs, of which {MOST_PAIRS} were judged")
        pairs = pairs[:MOST_PAIRS]
    made = {part.role.arn: powers(estate, part.role) for pair in pairs for part in pair}
    yield from _assuming(estate, parts, pairs, missing)
    for one, other in pairs:
        yield from _shared(basis, estate, one, other)
        yield from _overlapping(made[one.role.arn], made[other.role.arn], missing)


def _shared(basis: Basis, estate: Estate, one: Part, other: Part) -> Iterator[Item]:
    names, subject = f"{one.role.name} and {other.role.name}", f"{one.role.arn} {other.role.arn}"
    policies = sorted(arn for arn in {*one.role.attached} & {*other.role.attached}
                      if arn.split(":")[4:5] != ["aws"] and _may_write(estate, arn))  # fmt: skip
    if policies:
        shown = listed(arn.rpartition("/")[2] for arn in policies)
        yield item_of(subject, "policy", f"{names} share the policy {shown}, which writes", "medium", policies, [],
                    "give each role a policy of its own")  # fmt: skip
    reading = reading_of(basis)
    if reading is None:
        return
    found = [{number for each in reader.answers if each.answer in (YES, CONDITIONAL) for number in each.secrets}
             for part in (one, other) if (reader := reading.by_arn.get(part.role.arn))]  # fmt: skip
    both = sorted(reading.name(number) for number in found[0] & found[1]) if len(found) == 2 else []
    if both:
        yield item_of(subject, "secret", f"{names} can both read {listed(both, 4)}", "medium", both, [],
                    "give each role a secret of its own")  # fmt: skip


def _may_write(estate: Estate, arn: str) -> bool:
    """Whether a policy allows something that writes; a policy that is not known may."""
    document = estate.parsed(estate.managed(arn))
    if isinstance(document, Unknown):
        return True
    return any(item.effect == "Allow" and (item.not_actions or any(map(writes, item.actions)))
               for item in document.statements)  # fmt: skip


def _assuming(
    estate: Estate, parts: list[Part], pairs: list[tuple[Part, Part]], missing: list[str]
) -> Iterator[Item]:  # fmt: skip
    """Whether a role of one tier becomes one of another, itself or by way of others."""
    arns = tuple(dict.fromkeys(part.role.arn for part in parts))
    ways = Ways(estate, Question(("sts:AssumeRole",), arns))
    apart = {(one.role.arn, other.role.arn) for pair in pairs for one, other in (pair, pair[::-1])}
    for part in parts:
        number = ways.number_of(part.role.arn)
        for answer, way, goals in ways.answers(number):
            for goal in bits(goals) if answer in (YES, CONDITIONAL, NOT_JUDGED) else ():
                if (part.role.arn, arns[goal]) not in apart:
                    continue
                name = arns[goal].rpartition("/")[2]
                if answer == NOT_JUDGED:
                    missing.append(f"whether {part.role.name} becomes {name}: it hangs on policies that were not read")
                    continue
                chain = chain_text(ways, ways.chain(number, goal, answer, way).hops)
                sure = "becomes" if answer == YES else "under conditions becomes"
                yield item_of(f"{part.role.arn} {arns[goal]}", "assumes", f"{part.role.name} {sure} {name}",
                            "high" if answer == YES else "medium", [answer, way], [chain] if chain else [],
                            f"take {part.role.name} out of the trust policy of {name}")  # fmt: skip


def _overlapping(one: Powers, other: Powers, missing: list[str]) -> Iterator[Item]:
    found = overlap(one, other)
    names = f"{one.role.name} and {other.role.name}"
    missing += [f"whether {names} write the same: {why}" for why in found.open]
    if found.certain or found.possible:
        first = (*found.certain, *found.possible)[0]
        reasons = [f"both may: {text}" for text in found.certain[:12]]
        reasons += [f"both may under conditions: {text}" for text in found.possible[:12]]
        count = len(found.certain) + len(found.possible)
        more = f" and {count - 1} more" if count > 1 else ""
        yield item_of(f"{one.role.arn} {other.role.arn}", "overlap", f"{names} can both do {first}{more}",
                    "medium" if found.certain else "low", [sorted(found.certain), sorted(found.possible)], reasons,
                    "name the resources of each role apart")  # fmt: skip
