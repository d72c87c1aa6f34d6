"""Whether a trust policy lets a caller in, through which statement, and what kept the caller out.

Only the trust policy is looked at: where it admits a whole account, or a caller of another one, the caller's own
policies must allow sts:AssumeRole as well (AWS STS API, AssumeRole). A request that sets a source identity needs
sts:SetSourceIdentity too (AWS IAM User Guide, id_credentials_temp_control-access_monitor), one that sends session tags
sts:TagSession (id_session-tags).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from iam_guardrails.model.iam.answers import Answer, both, either
from iam_guardrails.model.iam.caller import Value
from iam_guardrails.model.iam.conditions import condition_holds
from iam_guardrails.model.iam.document import PolicyDocument, Statement
from iam_guardrails.model.iam.judge import ALLOWED, DEPENDS, applies_but_for_action, verdict_of
from iam_guardrails.model.iam.request import Request, Situation, situation_of
from iam_guardrails.model.iam.scope import covers_action, covers_principal
from iam_guardrails.model.iam.session_tags import sends_tags
from iam_guardrails.model.value import changed, frozen

Judged = tuple[Statement, Answer]
IN, OUT, OPEN = "in", "out", "depends"
SOURCE_IDENTITY, TAG_SESSION = "sts:sourceidentity", "sts:TagSession"


@frozen
class Admission:
    """answer: IN, OUT or OPEN.  statement: the label of the one that decides, "" where none is about the caller.

    why: one clause for a table.  keys: what OPEN depends on.  missing: the action that it does not allow beside
    that of the request.  unmet: how many conditions kept the caller out.
    """

    answer: str
    statement: str
    why: str
    keys: tuple[str, ...] = ()
    missing: str = ""
    unmet: int = 0


def admission(
    document: PolicyDocument,
    requests: Sequence[Request],
    *,
    explain: bool = True,
    places: Sequence[Mapping[str, Value]] = (),
) -> Admission:
    """The best that a caller who may send any of the requests gets: in, else perhaps, else out.

    explain: whether it is worth finding out what kept the caller out.  places: the keys of each place where the caller
    may stand; they are tried where the answer hangs on one of them.
    """
    found: list[Admission] = []
    for request in requests:
        found.append(_one(document, request, explain))
        if found[-1].answer == IN:
            return found[-1]
    for request, before in zip(requests, tuple(found), strict=True):
        for place in places if places and not places[0].keys().isdisjoint(before.keys) else ():
            there = _one(document, changed(request, context={**place, **request.context}), False)
            if there.answer == IN:
                return there
    nearest = min((item for item in found if item.unmet), key=lambda item: item.unmet) if found[0].unmet else found[0]
    told = next((item for item in found if item.missing == TAG_SESSION), nearest)
    return next((item for item in found if item.answer == OPEN), told)


def _one(document: PolicyDocument, request: Request, explain: bool) -> Admission:
    situation = situation_of(request)
    actions = [request.action]
    if isinstance(request.context.get(SOURCE_IDENTITY), tuple):
        actions.append("sts:SetSourceIdentity")
    if request.action == "sts:AssumeRole" and sends_tags(request.context):
        actions.append(TAG_SESSION)
    denying: list[Judged] = []
    allowing: dict[str, list[Judged]] = {action: [] for action in actions}
    for item in document.statements:
        covered = [action for action in actions if covers_action(item, action)]
        answer = applies_but_for_action(item, situation, "trust", document.version) if covered else False
        if item.effect == "Deny":
            denying.append((item, answer))
        for action in covered if item.effect == "Allow" else ():
            allowing[action].append((item, answer))
    denied = either(answer for _, answer in denying)
    allowed = both(either(answer for _, answer in judged) for judged in allowing.values())
    entering = allowing[request.action]
    verdict = verdict_of(denied, allowed)
    if verdict == ALLOWED:
        return Admission(IN, _first(entering), "lets the caller in")
    if verdict == DEPENDS:
        keys = sorted({key for answer in (denied, allowed) if not isinstance(answer, bool) for key in answer})
        label = _first_open(denying) or _first_open(entering)
        return Admission(OPEN, label, f"depends on {', '.join(keys)}", tuple(keys))
    if denied is True:
        return Admission(OUT, _first(denying), "denies it")
    missing = next((action for action in actions if either(one for _, one in allowing[action]) is False), "")
    return _kept_out(document, situation, entering, missing) if explain else Admission(OUT, "", "")


def _first(found: Iterable[Judged]) -> str:
    return next((item.label for item, answer in found if answer is True), "")


def _first_open(found: Iterable[Judged]) -> str:
    return next((item.label for item, answer in found if not isinstance(answer, bool)), "")


def _kept_out(document: PolicyDocument, situation: Situation, entering: list[Judged], missing: str) -> Admission:
    if either(answer for _, answer in entering) is not False:
        return Admission(OUT, _first(entering), f"does not allow {missing} beside sts:AssumeRole", missing=missing)
    for item in document.statements:
        if item.effect == "Allow" and _is_about(item, situation):
            keys = tuple(_unmet(item, situation, document.version))
            return Admission(OUT, item.label, f"is not met: {', '.join(keys)}", unmet=len(keys))
    return Admission(OUT, "", "no statement names the caller")


def _is_about(item: Statement, situation: Situation) -> bool:
    return covers_action(item, situation.request.action) and covers_principal(item, situation) is not False


def _unmet(item: Statement, situation: Situation, version: str) -> Iterator[str]:
    for condition in item.conditions:
        if condition_holds(condition, situation, version) is False:
            yield f"{condition.operator} {condition.key}"
