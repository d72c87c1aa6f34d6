"""Metric filters that exclude what they are there for: a `!=` or `NOT EXISTS` where `=` was meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial

from iam_guardrails.model.account import Account, MetricFilter
from iam_guardrails.model.chain.sight import by_filter, home, regions
from iam_guardrails.model.chain.watch import tree, watch
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.trail import entering
from iam_guardrails.model.trail.events import TrailEvent
from iam_guardrails.model.trail.matching import evaluate
from iam_guardrails.model.trail.pattern import And, Compare, Node, NotExists, Or, leaves, render_leaf
from iam_guardrails.model.unknown import known
from iam_guardrails.model.value import frozen
from iam_guardrails.rules.detection_filters import NOTHING, SEED, SYNTAX, ours
from iam_guardrails.rules.engine import Rule, rule

Rebuild = Callable[["Node | None"], "Node | None"]


@frozen
class Negation:
    """A `!=` or NOT EXISTS of a pattern.

    beside: the `=` that must hold at the same time.  without: the pattern as it would be without it, None
    where nothing else is asked.
    """

    leaf: Compare | NotExists
    beside: tuple[Compare, ...]
    without: Node | None

    @property
    def field(self) -> tuple[object, ...]:
        """The steps of the field it asks about."""
        return self.leaf.selector.steps


@rule(
    id="filter-comparison-inverted", title="No filter excludes the very event or role it is there for",
    severity="critical", seed=SEED, reference=SYNTAX, select=ours,
    needs=("metric_filters", "trails", "roles", "alarms"), nothing=NOTHING,
    remedy="Write `=` where the pattern says `!=` or `NOT EXISTS`, or leave the comparison out.",
)  # fmt: skip
def _comparison_inverted(item: MetricFilter, account: Account, expected: Expected) -> Iterator[str]:
    known(item.pattern, "the pattern")
    if (node := tree(item)) is None:
        return
    for found in negations(node):
        problem = _by_words(found, expected.role_names) or _by_events(found, node, account, expected)
        if problem:
            yield f"`{render_leaf(found.leaf)}` {problem}"


def negations(node: Node) -> Iterator[Negation]:
    """Every negation of a pattern with what stands beside it."""
    yield from _negations(node, (), lambda part: part)


def _negations(node: Node, beside: tuple[Compare, ...], rebuilt: Rebuild) -> Iterator[Negation]:
    if isinstance(node, (Compare, NotExists)):
        if isinstance(node, NotExists) or node.operator == "!=":
            yield Negation(node, beside, rebuilt(None))
        return
    if not isinstance(node, (And, Or)):
        return
    if isinstance(node, And):
        beside += tuple(leaf for leaf in leaves(node) if isinstance(leaf, Compare) and leaf.operator == "=")
    for index, part in enumerate(node.parts):
        yield from _negations(part, beside, partial(_with_part, node, index, rebuilt))


def _with_part(node: And | Or, index: int, rebuilt: Rebuild, part: Node | None) -> Node | None:
    """The whole pattern with the node's part replaced, or left out where it is None."""
    parts = [*node.parts[:index], *([part] if part else []), *node.parts[index + 1 :]]
    if not parts:
        return rebuilt(None)
    return rebuilt(parts[0] if len(parts) == 1 else type(node)(tuple(parts)))


def _by_words(found: Negation, role_names: tuple[str, ...]) -> str:
    """What a negation certainly leaves out although the filter is there for it; empty when it may be sensible."""
    if isinstance(found.leaf, NotExists):
        return ""
    text, field = found.leaf.value.text, found.field[0]
    if any(_names_role(text, name) for name in role_names):
        return "leaves out the break-glass role and selects everything else"
    named = _named(found, role_names)
    inside = any(other.selector.steps[0] == "userIdentity" for other in named)  # what a session does, without …
    if field == "eventName" and text.startswith("AssumeRole") and not inside:
        return "leaves out the assuming of a role and selects every other call"
    if field == "eventSource" and text.startswith("sts") and not inside and (named or _asks_assume(found)):
        return "leaves out the very service that records the assuming of a role"
    what = any(other.selector.steps[0] in ("eventName", "eventSource") for other in found.beside)
    if found.field == ("userIdentity", "type") and text == "Root" and not named and not what:
        return "leaves out the root user and selects everybody else"
    return ""


def _by_events(found: Negation, node: Node, account: Account, expected: Expected) -> str:
    """What the pattern would see without the negation and nobody sees with it; empty when there is no such use."""
    if found.without is None or not (_named(found, expected.role_names) or _asks_assume(found)):
        return ""
    view = watch(account, expected)
    for role in view.roles:
        for event in _uses(role.arn, account, expected):
            answers = expected.filter_answers
            seen, without = (evaluate(part, event.record, answers) for part in (node, found.without))
            excluded = seen is False and without
            if excluded and by_filter(event, view).seen is False:
                return f"leaves out {event.what}, which the pattern would see without it and no other filter sees"
    return ""


def _uses(role_arn: str, account: Account, expected: Expected) -> Iterator[TrailEvent]:
    for region in regions(expected):
        yield from entering.assumed(role_arn, home(account, expected, region))


def _named(found: Negation, role_names: tuple[str, ...]) -> list[Compare]:
    return [other for other in found.beside if any(_names_role(other.value.text, name) for name in role_names)]


def _asks_assume(found: Negation) -> bool:
    return any(
        other.selector.steps == ("eventName",) and other.value.text.startswith("AssumeRole") for other in found.beside
    )


def _names_role(text: str, name: str) -> bool:
    return re.search(rf"(^|[/*]){re.escape(name)}($|[/*])", text) is not None


RULES: tuple[Rule, ...] = (_comparison_inverted,)
