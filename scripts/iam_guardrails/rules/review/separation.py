"""Whether ingress and worker are apart: no shared policy that writes, no way from one to the other or to what it
may, no shared secret, no write to the same thing."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from iam_guardrails.model.iam.evaluate import ALLOWED, DEPENDS, decide
from iam_guardrails.model.iam.principals import Estate
from iam_guardrails.model.iam.reach.ways import CONDITIONAL, YES
from iam_guardrails.model.iam.request import Request
from iam_guardrails.model.iam.width import writes
from iam_guardrails.model.review.basis import Basis, listed
from iam_guardrails.model.review.review import Item
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.rules.review.apart import Powers, overlap, powers
from iam_guardrails.rules.review.becoming import becoming
from iam_guardrails.rules.review.parts import Part, item_of
from iam_guardrails.rules.review.power import of_policy
from iam_guardrails.rules.review.reading import reading_of

MOST_PAIRS = 400
# what changes a role, and what rewrites a policy that it holds (IAM User Guide, access_policies_manage-edit)
_ON_ROLE = ("iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:DetachRolePolicy",
            "iam:DeleteRolePolicy", "iam:PutRolePermissionsBoundary", "iam:DeleteRolePermissionsBoundary")  # fmt: skip
_ON_POLICY = ("iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion")


def separation(basis: Basis, estate: Estate, parts: list[Part], missing: list[str]) -> Iterator[Item]:
    """An item for each way in which roles of different tiers are not apart; what is not judged goes to `missing`."""
    pairs = [(one, other) for one, other in combinations(parts, 2) if one.line.tier != other.line.tier]
    if not pairs:
        missing.append(f"whether ingress and worker are apart: {_one_tier(basis, parts)}")
        return
    if len(pairs) > MOST_PAIRS:
        missing.append(f"whether tiers are apart: {len(pairs):,} pairs, of which {MOST_PAIRS} were judged")
        pairs = pairs[:MOST_PAIRS]
    made = {part.role.arn: powers(estate, part.role) for pair in pairs for part in pair}
    yield from becoming(basis, estate, pairs, missing)
    for one, other in pairs:
        yield from _shared(basis, estate, one, other)
        yield from _writing(made[one.role.arn], other, missing)
        yield from _writing(made[other.role.arn], one, missing)
        yield from _overlapping(made[one.role.arn], made[other.role.arn], missing)


def _one_tier(basis: Basis, parts: list[Part]) -> str:
    """Why there are no two roles of different tiers."""
    named = {line.tier for line in basis.expected.middleware}
    if len(named) < 2:
        return "the manifest names roles of one tier only"
    there = next(iter({part.line.tier for part in parts}), "none")
    return f"of the tiers that the manifest names ({listed(named)}), roles of {there} are there"


def _shared(basis: Basis, estate: Estate, one: Part, other: Part) -> Iterator[Item]:
    names, subject = f"{one.role.name} and {other.role.name}", f"{one.role.arn} {other.role.arn}"
    policies = sorted(arn for arn in {*one.role.attached} & {*other.role.attached}
                      if arn.split(":")[4:5] != ["aws"] and _may_write(estate, arn))  # fmt: skip
    if policies:
        shown = listed(arn.rpartition("/")[2] for arn in policies)
        yield item_of(subject, "policy", f"{names} share the policy {shown}, which writes", "medium",
                    [[arn, sorted(of_policy(basis, estate, arn))] for arn in policies], [],
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


def _writing(one: Powers, other: Part, missing: list[str]) -> Iterator[Item]:
    """Whether a role changes what another one may, or who may become it."""
    own = [arn for arn in other.role.attached if arn.split(":")[4:5] != ["aws"]]
    own += [other.role.boundary_arn] if other.role.boundary_arn else []
    asked = [(action, other.role.arn) for action in _ON_ROLE]
    asked += [(action, arn) for action in _ON_POLICY for arn in own]
    found = {(action, arn): decide(Request(one.role.arn, action, arn, {}, False), one.policies).decision
             for action, arn in asked}  # fmt: skip
    open_ones = [(action, arn) for (action, arn), answer in found.items() if answer in (ALLOWED, DEPENDS)]
    if one.unread and not open_ones:
        missing.append(f"whether {one.role.name} changes {other.role.name}: {one.unread[0]}")
    if open_ones:
        sure = ALLOWED in found.values()
        told = ", ".join(sorted({action for action, _ in open_ones}))
        title = f"{one.role.name} changes{'' if sure else ' under conditions'} what {other.role.name} may: {told}"
        yield item_of(f"{one.role.arn} {other.role.arn}", "changes", title, "high" if sure else "medium", told,
                      [f"{action} on {arn.split(':', 5)[-1]}" for action, arn in open_ones],
                      f"deny {told} to {one.role.name}")  # fmt: skip


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
