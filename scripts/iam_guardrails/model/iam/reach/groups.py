"""The answers in groups: callers with the same answer, by the same kind of way, for the same goals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import repeat

from iam_guardrails.model.iam.reach.chain import Chain, Hop
from iam_guardrails.model.iam.reach.outside import gone
from iam_guardrails.model.iam.reach.question import POLICY_GAP
from iam_guardrails.model.iam.reach.roles import ASSUME
from iam_guardrails.model.iam.reach.universe import bits
from iam_guardrails.model.iam.reach.ways import CONDITIONAL, NO, NOT_JUDGED, YES, Ways
from iam_guardrails.model.iam.reach.why import Why
from iam_guardrails.model.iam.reach.writers import NEW_VERSION, NO_VERSION, TRUST, UNFOLLOWED
from iam_guardrails.model.value import frozen

ORDER = (YES, CONDITIONAL, NOT_JUDGED, NO)
WAYS = {"direct": "directly", "role": "through a role", "policy": "through a policy that can be rewritten", "": ""}


@frozen
class Group:
    """callers: their numbers.  goals: a mask."""

    answer: str
    way: str
    goals: int
    callers: tuple[int, ...]


@frozen
class Reason:
    """Why the first caller of a group has the first of its goals. hops: the chain, empty where it is direct."""

    caller: int
    goal: int
    hops: tuple[Hop, ...]
    because: tuple[str, ...]
    depends_on: tuple[str, ...]


def groups(ways: Ways) -> list[Group]:
    """The groups, certain answers first, and among equal ones those that are about the most pairs."""
    alike: dict[int, list[int]] = {}
    answers = [ways.answers(number) for number in range(len(ways.account.callers))]
    for number, listed in enumerate(answers):
        alike.setdefault(id(listed), []).append(number)
    found: dict[tuple[str, str, int], list[int]] = {}
    for numbers in alike.values():
        for key in answers[numbers[0]]:
            found.setdefault(key, []).extend(numbers)
    made = [Group(*key, tuple(sorted(callers))) for key, callers in found.items()]
    places = {answer: place for place, answer in enumerate(ORDER)}
    return sorted(made, key=lambda item: (places[item.answer], list(WAYS).index(item.way),
                                          -item.goals.bit_count() * len(item.callers), item.callers))  # fmt: skip


def gaps(ways: Ways, goal: int) -> str:
    """What nobody told that the answers about a goal (a bit) hang on, in one text."""
    asked, account = ways.account.goals[goal], ways.account
    found = account.question.gaps(asked.action, asked.resource)
    return "; ".join(part for part in found if part != POLICY_GAP or not account.has_trust(asked.resource))


def depends_on(ways: Ways, chain: Chain, goal: int) -> list[str]:
    """What a goal (a bit) depends on that is reached by a chain."""
    told = () if _is_written(chain.hops) else ways.reasons.depends_on(chain.last, goal)
    return sorted({_printable(text) for text in (*told, *_open_hops(ways, chain.hops))})


def reason(ways: Ways, caller: int, goals: int, answer: str, way: str) -> Reason:
    """Why a caller has the first of the goals."""
    goal = next(iter(bits(goals)))
    chain = ways.chain(caller, goal, answer, way)
    hops = chain.hops
    told = Why((), ()) if _is_written(hops) else ways.reasons.why(chain.last, goal)
    depends_on = {*told.depends_on, *_open_hops(ways, hops)}
    because = [*told.because, *(_why_not_judged(ways, goal, hops) if answer == NOT_JUDGED else ())]
    return Reason(caller, goal, hops, tuple(map(_printable, because)), tuple(map(_printable, sorted(depends_on))))


def _why_not_judged(ways: Ways, goal: int, hops: Sequence[Hop]) -> Iterator[str]:
    """What keeps an answer from being judged, but for policies that are not in the file."""
    for hop in hops:
        if hop.action in UNFOLLOWED:
            yield f"not judged, because what {hop.action} leaves of the policies on {short(hop.on)} is not worked out"
        elif hop.action == ASSUME and hop.on in ways.roles.unread:
            yield f"not judged, because the trust policy of {short(hop.on)} is not in the file"
    account = ways.account
    if account.hinging >> goal & 1:
        asked = account.goals[goal]
        yield from (f"not judged, because nobody told {part}" for part in account.question.gaps(*asked[:2]))


def _printable(text: str) -> str:
    """The text in one line: a Sid or a condition key of the file may hold any character."""
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)


def _open_hops(ways: Ways, hops: Sequence[Hop]) -> Iterator[str]:
    """What the steps of a chain depend on."""
    opened: set[str] = set()
    for hop in hops:
        if hop.action == TRUST:
            opened.add(hop.on)
        if hop.action == ASSUME and hop.on in opened:
            continue  # by the trust policy that was just written
        asked = ways.account.step(hop.action, hop.on)
        if hop.action == ASSUME:
            asked = ways.roles.asked(ways.number_of(hop.on))
        yield from ways.reasons.opened(hop.who, asked)
        if hop.action == NEW_VERSION and ways.needs_room(hop.on):
            yield from ways.reasons.opened(hop.who, asked._replace(action=NO_VERSION))


def _is_written(hops: Sequence[Hop]) -> bool:
    """Whether the chain rests on a policy that is still to be written (but for a trust policy alone)."""
    return any(hop.action not in (ASSUME, TRUST) for hop in hops)


def caller_name(ways: Ways, number: int) -> str:
    """`role/path/name` or `user/path/name`."""
    return ways.account.principals.arns[number].split(":", 5)[5]


def short(arn: str) -> str:
    """What a chain calls a thing: the last part of its ARN, with its type."""
    parts = arn.split(":", 5)
    return parts[5] if len(parts) == 6 and parts[2] == "iam" else arn


def chain_text(ways: Ways, hops: Sequence[Hop]) -> str:
    """The chain in words."""
    parts = []
    for hop in hops:
        verb = "assumes" if hop.action == ASSUME else f"uses {hop.action} on"
        parts.append(f"{caller_name(ways, hop.who)} {verb} {short(hop.on)}")
    return ", then ".join(parts)


def goals_text(ways: Ways, goals: int) -> str:
    """The goals of a mask in few words."""
    question = ways.account.question
    resources, actions = question.resources, question.actions
    by_action: dict[int, list[str]] = {}
    for place, action in enumerate(actions):
        part = goals >> place * len(resources) & (1 << len(resources)) - 1
        if part:
            by_action.setdefault(part, []).append(action)
    texts = []
    for part, named in by_action.items():
        which = _resources_text(resources, part)
        texts.append(which if len(actions) == 1 else f"{', '.join(named)} on {which}")
    return "; ".join(texts)


def _resources_text(resources: Sequence[str], mask: int) -> str:
    named = [resources[bit] for bit in bits(mask)]
    if len(named) == len(resources):
        return "the resource" if len(named) == 1 else f"all {len(named)} resources"
    if len(named) == 1:
        return named[0]
    prefix = _beginning(min(named), max(named))
    if prefix.count(":") >= 5 and [*map(str.startswith, resources, repeat(prefix))].count(True) == len(named):
        return f"{prefix}* ({len(named)} resources)"
    more = f" and {len(named) - 2} more" if len(named) > 2 else ""
    return ", ".join(named[:2]) + more


def _beginning(one: str, other: str) -> str:
    """What two texts have in common at their beginning; of a sorted list's ends, what all have."""
    length = next((at for at, (left, right) in enumerate(zip(one, other, strict=False)) if left != right), len(one))
    return one[:length]


_LIMITS = (
    "not looked at: passing a role to a service, making users or roles, access keys of others, tags that are changed or"
    " brought along, grants on keys that exist already, policies on resources other than secrets, keys and roles, and"
    " roles that another account may assume"
)


def _principals(count: int) -> str:
    return f"{count:,} {'principal' if count == 1 else 'principals'}"


def not_told(ways: Ways) -> dict[str, tuple[str, ...]]:
    """What nobody told that answers hang on -> the resources; the trust policies of roles are in the file."""
    found = {}
    for part, resources in ways.account.question.not_told().items():
        left = tuple(item for item in resources if part != POLICY_GAP or not ways.account.has_trust(item))
        if left:
            found[part] = left
    return found


def notes(ways: Ways, *, with_gone: bool = True) -> list[str]:
    """What is not judged, in full sentences' worth of words. with_gone: and whom policies let in that is gone."""
    account, question = ways.account, ways.account.question
    count = len(question.resources)
    found = []
    for part, resources in not_told(ways).items():
        where = resources[0] if len(resources) == 1 else f"{len(resources):,} of {count:,} resources"
        found.append(f"{where}: {part}")
    unknown: dict[str, int] = {}
    for _, texts in sorted(account.unread.items()):
        for text in texts:
            unknown[text] = unknown.get(text, 0) + 1
    found += [f"{_principals(count)}: {text}" for text, count in unknown.items()]
    if question.scps is None or question.rcps is None:
        missing = [name for name, levels in (("service", question.scps), ("resource", question.rcps)) if levels is None]
        found.append(f"{' and '.join(missing)} control policies of the organisation are not looked at (--scps FILE)")
    found += [f"{gap}: whoever stands there is not judged" for gap in account.estate.gaps]
    if ways.indirect and ways.roles.unread:
        found.append(
            f"the trust policies of {len(ways.roles.unread)} roles are not in the file: who becomes them is open"
        )
    for unique_id, goals in gone(account).items() if with_gone else ():
        found.append(
            f"{unique_id}, whom the policy on {goals_text(ways, goals)} lets in, is gone: no user or role of the"
            " account has that id, and nobody gets it again"
        )
    if any(question.held(item).key is None and ":secretsmanager:" in item for item in question.resources):
        found.append(
            "callers of another account than a secret's cannot use AWS's own key (aws/secretsmanager): they are a no,"
            " whatever the policies say"
        )
    if ways.indirect:
        found.append(_LIMITS)
        found.append(
            "who may take away a boundary or a Deny, join a group that denies something, or go back to another version"
            " of a policy: what that opens beyond one step is not judged, answer by answer"
        )
    else:
        found.append("roles that can be assumed and policies that can be rewritten are not looked at (--direct-only)")
    found.append("the account's root user, which may do everything that no resource or key policy and no SCP denies")
    return found
