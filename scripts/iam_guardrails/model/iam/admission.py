"""Whether a trust policy lets a caller in, through which statement, and what kept the caller out.

Only the trust policy is looked at: where it admits a whole account, or a caller of another one, the caller's own
policies must allow sts:AssumeRole as well (AWS STS API, AssumeRole). A request that sets a source identity needs
sts:SetSourceIdentity too (AWS IAM User Guide, id_credentials_temp_control-access_monitor).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from iam_guardrails.model.iam.answers import Answer, both, either
from iam_guardrails.model.iam.conditions import condition_holds
from iam_guardrails.model.iam.document import PolicyDocument, Statement
from iam_guardrails.model.iam.judge import ALLOWED, DEPENDS, applies, verdict_of
from iam_guardrails.model.iam.request import Request, Situation, situation_of
from iam_guardrails.model.iam.scope import covers_action, covers_principal
from iam_guardrails.model.value import changed, frozen

IN, OUT, OPEN = "in", "out", "depends"
SOURCE_IDENTITY = "sts:sourceidentity"


@frozen
class Admission:
    """answer: IN, OUT or OPEN.  statement: the label of the one that decides, "" where none is about the caller.

    why: one clause for a table.  keys: what OPEN depends on.
    """

    answer: str
    statement: str
    why: str
    keys: tuple[str, ...] = ()


def admission(document: PolicyDocument, requests: Sequence[Request]) -> Admission:
    """The best that a caller who may send any of the requests gets: in, else perhaps, else out."""
    found = [_one(document, request) for request in requests]
    for answer in (IN, OPEN):
        for item in found:
            if item.answer == answer:
                return item
    return found[0]


def _one(document: PolicyDocument, request: Request) -> Admission:
    steps = [situation_of(request)]
    if isinstance(request.context.get(SOURCE_IDENTITY), tuple):
        steps.append(situation_of(changed(request, action="sts:SetSourceIdentity")))
    denying = [(item, _all_or_any(item, steps, document, any_step=True)) for item in document.statements
               if item.effect == "Deny"]  # fmt: skip
    allowing = [
        [(item, applies(item, step, "trust", document.version)) for item in document.statements
         if item.effect == "Allow"]
        for step in steps
    ]  # fmt: skip
    denied = either(answer for _, answer in denying)
    allowed = both(either(answer for _, answer in step) for step in allowing)
    verdict = verdict_of(denied, allowed)
    if verdict == ALLOWED:
        return Admission(IN, _first(allowing[0], True), "lets the caller in")
    if verdict == DEPENDS:
        keys = sorted({key for answer in (denied, allowed) if not isinstance(answer, bool) for key in answer})
        label = _first_open(denying) or _first_open(allowing[0])
        return Admission(OPEN, label, f"depends on {', '.join(keys)}", tuple(keys))
    if denied is True:
        return Admission(OUT, _first(denying, True), "denies it")
    return _kept_out(document, steps, allowing)


def _all_or_any(item: Statement, steps: list[Situation], document: PolicyDocument, *, any_step: bool) -> Answer:
    answers = [applies(item, step, "trust", document.version) for step in steps]
    return either(answers) if any_step else both(answers)


def _first(found: Iterable[tuple[Statement, Answer]], wanted: Answer) -> str:
    return next((item.label for item, answer in found if answer is wanted), "")


def _first_open(found: Iterable[tuple[Statement, Answer]]) -> str:
    return next((item.label for item, answer in found if not isinstance(answer, bool)), "")


def _kept_out(
    document: PolicyDocument, steps: list[Situation], allowing: list[list[tuple[Statement, Answer]]]
) -> Admission:
    if len(steps) > 1 and either(answer for _, answer in allowing[0]) is not False:
        return Admission(OUT, _first(allowing[0], True), "does not allow sts:SetSourceIdentity beside sts:AssumeRole")
    for item in document.statements:
        if item.effect == "Allow" and _is_about(item, steps[0]):
            keys = ", ".join(_unmet(item, steps[0], document.version))
            return Admission(OUT, item.label, f"is not met: {keys}")
    return Admission(OUT, "", "no statement names the caller")


def _is_about(item: Statement, situation: Situation) -> bool:
    return covers_action(item, situation.request.action) and covers_principal(item, situation) is not False


def _unmet(item: Statement, situation: Situation, version: str) -> Iterator[str]:
    for condition in item.conditions:
        if condition_holds(condition, situation, version) is False:
            yield f"{condition.operator} {condition.key}"
