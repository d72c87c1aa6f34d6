"""One policy, narrowed to what its holders used: its statements keep their order, Sids and conditions.

Deny statements, exact resources and whatever cannot be judged stay as they are. Nothing is widened: every action of the
result fits an action of the statement it stands in. That is proven afterwards (propose.py), not only meant.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from iam_guardrails.model.iam.document import PolicyDocument, Statement
from iam_guardrails.model.iam.judge import statement_applies
from iam_guardrails.model.iam.match import action_match, covers, has_wildcard
from iam_guardrails.model.iam.request import Request
from iam_guardrails.model.iam.scope import covers_action
from iam_guardrails.model.iam.tightening.evidence import LEVELS, Basis, Confidence
from iam_guardrails.model.iam.tightening.implied import MAY_PASS
from iam_guardrails.model.iam.tightening.narrow_resources import narrowed_resources
from iam_guardrails.model.iam.tightening.observed import Observed
from iam_guardrails.model.iam.tightening.unrecorded import PASSES, Hidden, meets
from iam_guardrails.model.value import frozen


@frozen
class Change:
    """What happened to one statement.

    index: its place in the old policy, from 0.  what: "removed", "actions", "not_actions" (NotAction became Action) or
    "resources".  old, new: the element's
    texts before and after.  confidence, basis: how sure it is that nothing needs what is gone, and why.
    """

    index: int
    statement: str
    what: str
    old: tuple[str, ...]
    new: tuple[str, ...]
    confidence: Confidence
    basis: str


@frozen
class BlindSpot:
    """What stays although no use of it was seen. statement: its label.  pattern, reason: see unrecorded.Hidden."""

    statement: str
    pattern: str
    reason: str


@frozen
class Narrowed:
    """statements: (place in the old policy, the statement as it would be, raw), without those that go."""

    statements: tuple[tuple[int, Mapping[str, Any]], ...]
    changes: tuple[Change, ...]
    blind_spots: tuple[BlindSpot, ...]


@frozen
class Pins:
    """What must stay. statements: places of statements that stay whole.  resources: of which Resource stays."""

    statements: frozenset[int] = frozenset()
    resources: frozenset[int] = frozenset()


def raw_statements(raw: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The statements of a document as it was read; a lone one may stand without its list."""
    listed = raw.get("Statement", [])
    return [listed] if isinstance(listed, Mapping) else list(listed)


def narrow(raw: Mapping[str, Any], parsed: PolicyDocument, basis: Basis, pins: Pins = Pins()) -> Narrowed:  # noqa: B008 - frozen
    """Narrow every Allow statement. raw, parsed: the same document."""
    kept: list[tuple[int, Mapping[str, Any]]] = []
    changes: list[Change] = []
    spots: list[BlindSpot] = []
    for item, statement in zip(parsed.statements, raw_statements(raw), strict=True):
        if item.effect == "Deny" or item.index in pins.statements or not (item.actions or item.not_actions):
            kept.append((item.index, statement))
            continue
        made, done, left = _statement(item, statement, parsed.version, basis, item.index in pins.resources)
        changes += done
        spots += left
        if made is not None:
            kept.append((item.index, made))
    return Narrowed(tuple(kept), tuple(changes), tuple(spots))


def serving(statement: Statement, version: str, requests: Sequence[tuple[str, Observed]]) -> list[Observed]:
    """The requests that the statement may have allowed. One on a resource that is not told may have been on any."""
    found = []
    for role, seen in requests:
        if not covers_action(statement, seen.action):
            continue
        request = Request(role, seen.action, seen.resource, {}, context_complete=False)
        if not seen.resource or statement_applies(statement, request, "identity", version) is not False:
            found.append(seen)
    return found


def _statement(
    item: Statement, raw: Mapping[str, Any], version: str, basis: Basis, pinned: bool
) -> tuple[Mapping[str, Any] | None, list[Change], list[BlindSpot]]:
    served = serving(item, version, basis.requests)
    found = _all_but(item, served, basis) if item.not_actions else _listed(item, served, basis)
    if isinstance(found, str):  # NotAction that cannot be turned into a list
        return raw, [], [BlindSpot(item.label, f"NotAction {', '.join(item.not_actions)}", found)]
    actions, hidden = found
    old = item.not_actions or item.actions
    spots = [BlindSpot(item.label, one.pattern, one.reason) for one in hidden]
    if not actions:
        level, why = _least(old if item.actions else ("*",), (), basis)
        return None, [Change(item.index, item.label, "removed", old, (), level, why)], []
    made, changes = dict(raw), []
    if item.not_actions or set(actions) != set(item.actions):
        made = _with_actions(raw, actions)
        level, why = _least(old if item.actions else ("*",), actions, basis)
        what = "not_actions" if item.not_actions else "actions"
        changes.append(Change(item.index, item.label, what, old, actions, level, why))
    resources = None if pinned else narrowed_resources(item, actions, served, basis.window)
    if resources is not None:
        made["Resource"] = list(resources) if len(resources) > 1 else resources[0]
        level, why = _least(actions, (), basis)
        changes.append(Change(item.index, item.label, "resources", item.resources, resources, level,
                              f"CloudTrail, {basis.window}, the resources that its records name"))  # fmt: skip
    return (made if changes else raw), changes, spots


def _listed(item: Statement, served: Sequence[Observed], basis: Basis) -> tuple[tuple[str, ...], list[Hidden]]:
    """The actions that stay of a statement with Action, and those of them that nobody was seen to use."""
    used = sorted({seen.action for seen in served})
    kept: list[str] = []
    hidden: list[Hidden] = []
    for pattern in item.actions:
        mine = [action for action in used if action_match(pattern, action)]
        if not has_wildcard(pattern):
            unseen = [] if mine else basis.hidden(pattern)[:1]
            kept += [pattern] if mine or unseen else []
            hidden += [Hidden(pattern, one.reason) for one in unseen]
            continue
        unseen = basis.hidden(pattern)
        whole = next((one for one in unseen if not covers(pattern.lower(), one.pattern.lower())), None)
        if whole is not None:  # the pattern is a part of what is not seen, or overlaps it: it stays
            kept.append(pattern)
            hidden.append(Hidden(pattern, whole.reason))
            continue
        kept += [*mine, *(one.pattern for one in unseen)]
        hidden += unseen
    return _tidy(kept), [*(one for one in hidden if not _used(one.pattern, used)), *_not_named(served)]


def _not_named(served: Sequence[Observed]) -> list[Hidden]:
    """The permission to pass roles, where a call may have passed one that its record does not name."""
    return [Hidden(PASSES, MAY_PASS)] if any(seen.why == MAY_PASS for seen in served) else []


def _all_but(item: Statement, served: Sequence[Observed], basis: Basis) -> tuple[tuple[str, ...], list[Hidden]] | str:
    """The same for NotAction; why not, where what is not seen cannot be told apart from what is left out."""
    hidden = []
    for one in basis.hidden("*"):
        if any(covers(left.lower(), one.pattern.lower()) for left in item.not_actions):
            continue
        if any(meets(left, one.pattern) for left in item.not_actions):
            return one.reason
        hidden.append(one)
    used = {seen.action for seen in served}
    spots = [*(one for one in hidden if not _used(one.pattern, used)), *_not_named(served)]
    return _tidy([*used, *(one.pattern for one in hidden)]), spots


def _used(pattern: str, used: Sequence[str] | set[str]) -> bool:
    """Whether a name without a wildcard was seen to be used after all."""
    return not has_wildcard(pattern) and any(action_match(pattern, action) for action in used)


def _tidy(actions: Sequence[str]) -> tuple[str, ...]:
    """Sorted, each once, without those that another one covers; of two that cover each other the first stays."""
    once = {text.lower(): text for text in sorted(set(actions), reverse=True)}
    wide: list[str] = []
    for text in sorted(one for one in once if has_wildcard(one)):
        if not any(covers(one, text) for one in wide):
            wide = [*(one for one in wide if not covers(text, one)), text]
    exact = [text for text in once if not has_wildcard(text) and not any(covers(one, text) for one in wide)]
    return tuple(once[text] for text in sorted([*wide, *exact]))


def _with_actions(raw: Mapping[str, Any], actions: Sequence[str]) -> dict[str, Any]:
    """The statement with other actions, its elements in their order; NotAction becomes Action."""
    value = list(actions) if len(actions) > 1 or not isinstance(raw.get("Action"), str) else actions[0]
    return {("Action" if key == "NotAction" else key): (value if key in ("Action", "NotAction") else one)
            for key, one in raw.items()}  # fmt: skip


def _least(old: Sequence[str], new: Sequence[str], basis: Basis) -> tuple[Confidence, str]:
    """The least sure of the removals, which is what a reader must know of the whole."""
    gone = [text for text in old if text not in new] or list(old)
    return max((basis.confidence(text) for text in gone), key=lambda found: LEVELS.index(found[0]))


__all__ = ["BlindSpot", "Change", "Narrowed", "Pins", "narrow", "raw_statements", "serving"]
