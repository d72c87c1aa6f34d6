"""How the answer to "who can raise themselves to administrator" is shown: chain by chain, and what cuts each."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from iam_guardrails.model.iam.escalation.chains import Chain, ChainStep
from iam_guardrails.model.iam.escalation.evidence import Permission
from iam_guardrails.model.iam.escalation.findings import (
    ADMINISTRATOR,
    CAN,
    EXPECTED,
    IF_OUTSIDE,
    UNDER,
    UNJUDGED,
    Finding,
    Outcome,
)

MOST = 8  # principals that are named before "and N more"; JSON names all
OTHER_WAYS = "One way is shown for each; when it is cut, others may remain: ask again after each change."
NO_SCPS = "SCPs not looked at (give --scps FILE): a service control policy may stop what is shown here."
NOT_FOLLOWED = (
    "Not followed: AWS's own policies that the file does not hold, IAMFullAccess aside; a permissions boundary that is "
    "replaced by one that allows less than everything; policies of other resources, and roles of other accounts."
)
LEFT_OUT = "Service-linked roles are left out: only AWS holds and changes them."
_TOO = {
    CAN: "Of these, {names} would get into {end} too (--format json has the steps).",
    UNDER: "Of these, {names} could get into {end} too, under conditions (--format json has the steps).",
    IF_OUTSIDE: "It is possible that {names} get into {end} too (--format json has the steps).",
    UNJUDGED: "Whether {names} could get into {end} is not judged either.",
}
_HEADS = {CAN: "CAN", UNDER: "UNDER CONDITIONS", EXPECTED: "EXPECTED", IF_OUTSIDE: "POSSIBLE", UNJUDGED: "NOT JUDGED"}


def render_outcome(outcome: Outcome, form: str) -> str:
    """The outcome as text, Markdown or JSON."""
    if form == "json":
        return _json(outcome)
    lines = list(_lines(outcome, form == "markdown"))
    return "\n".join(lines) + "\n"


def cut_of(step: ChainStep) -> tuple[tuple[str, ...], dict[str, str]]:
    """What cuts a chain at this step: all statements to remove, or the Deny to add to the actor's policies.

    No statements where removing some is not enough.
    """
    first = next((item for item in step.permissions if item.resource == step.target), step.permissions[0])
    resource = first.resource if first.resource == step.target else "*"
    return first.removable, {"Effect": "Deny", "Action": first.action, "Resource": resource}


def _json(outcome: Outcome) -> str:
    findings = []
    for item in outcome.findings:
        shown: dict[str, Any] = {
            "principal": item.principal, "end": item.end, "answer": item.answer, "because": item.because,
            "held_by_services_only": item.by_service, "break_glass_role": item.guarded,
        }  # fmt: skip
        if item.chain is not None:
            removed, deny = cut_of(item.chain.steps[0])
            shown |= {
                "depends_on": list(item.chain.depends_on), "facts": list(item.chain.facts),
                "end_depends_on": list(item.chain.at_end), "steps": [_step(step) for step in item.chain.steps],
                "cut": {"remove": list(removed), "or_deny": deny},
            }  # fmt: skip
        findings.append(shown)
    shown_all = {
        "judged": outcome.judged,
        "findings": findings,
        "administrators": [{"principal": arn, "depends_on": list(keys)} for arn, keys in outcome.administrators],
        "not_judged": list(outcome.unread),
        "scps": "looked at" if outcome.with_scps else "not looked at",
        "not_followed": NOT_FOLLOWED,
    }
    return json.dumps(shown_all, indent=2) + "\n"


def _step(step: ChainStep) -> dict[str, Any]:
    return {
        "actor": step.actor, "method": step.method, "name": step.name, "target": step.target, "gain": step.gain,
        "facts": step.facts, "depends_on": list(step.depends_on), "trust_written": step.written,
        "permissions": [
            {"action": item.action, "resource": item.resource, "statements": list(item.statements),
             "depends_on": list(item.depends_on), "chosen": dict(item.chosen)}
            for item in step.permissions
        ],
    }  # fmt: skip


def _lines(outcome: Outcome, markdown: bool) -> Iterator[str]:
    yield from _summary(outcome, markdown)
    raised = {(item.principal, item.answer) for item in outcome.findings if item.end == ADMINISTRATOR}
    after = [item for item in outcome.findings if item.end != ADMINISTRATOR and (item.principal, item.answer) in raised]
    skipped = {id(item) for item in after}
    for answer in (CAN, UNDER, UNJUDGED, IF_OUTSIDE, EXPECTED):
        for by_service in (False, True):
            found = [item for item in outcome.of(answer) if item.by_service is by_service and id(item) not in skipped]
            for members in _alike(found):
                yield ""
                yield from _group(members, markdown)
    for end, answer in dict.fromkeys((item.end, item.answer) for item in after):
        yield ""
        names = _names([item.principal for item in after if (item.end, item.answer) == (end, answer)])
        yield _TOO[answer].format(names=names, end=_short(end))
    for text in outcome.unread:
        yield ""
        yield f"NOT JUDGED: {text}"
    yield ""
    yield from [OTHER_WAYS] if outcome.of(CAN, UNDER) else []
    yield from [] if outcome.with_scps else [NO_SCPS]
    yield NOT_FOLLOWED
    yield LEFT_OUT


def _summary(outcome: Outcome, markdown: bool) -> Iterator[str]:
    sure = [arn for arn, keys in outcome.administrators if not keys]
    others = [arn for arn, keys in outcome.administrators if keys]
    numbers = {answer: len({item.principal for item in outcome.of(answer)}) for answer in _HEADS}
    possible = f", {numbers[IF_OUTSIDE]} possibly (see POSSIBLE)" if numbers[IF_OUTSIDE] else ""
    yield (
        f"{outcome.judged} principals: {numbers[CAN]} can raise themselves, {numbers[UNDER]} could under conditions, "
        f"{numbers[UNJUDGED]} not judged{possible}"
    )
    mark = "- " if markdown else "  "
    if sure:
        yield f"{mark}administrators already ({len(sure)}): {_names(sure)}"
    if others:
        yield f"{mark}administrators under conditions ({len(others)}): {_names(others)}"


def _alike(findings: Sequence[Finding]) -> list[list[Finding]]:
    """Findings that take the same steps by the same statements to the same end, in the order of the first of each."""
    groups: dict[object, list[Finding]] = {}
    for item in findings:
        steps = () if item.chain is None else tuple(
            (step.method, _seen(step.actor, item), _seen(step.target, item), step.depends_on,
             tuple(one.statements for one in step.permissions))
            for step in item.chain.steps
        )  # fmt: skip
        at_end = () if item.chain is None else item.chain.at_end
        groups.setdefault((item.end, item.because, item.guarded, steps, at_end), []).append(item)
    return list(groups.values())


def _seen(arn: str, item: Finding) -> str:
    return "itself" if arn == item.principal else arn


def _group(members: Sequence[Finding], markdown: bool) -> Iterator[str]:
    first = members[0]
    goal = "administrator" if first.end == "administrator" else f"into {_short(first.end)}"
    head = f"{_HEADS[first.answer]}: {_names([item.principal for item in members])} -> {goal}"
    if first.answer == IF_OUTSIDE and first.chain is not None:
        head += f", if {' and '.join(first.chain.facts)}, which the account's file does not tell"
    head += " (a break-glass role)" if first.guarded else ""
    head += " (held by services only: whoever controls the workload)" if first.by_service else ""
    head += f" ({first.because})" if first.because and first.answer != UNJUDGED else ""
    yield f"### {head}" if markdown else head
    if first.answer == UNJUDGED:
        yield f"{'' if markdown else '  '}not judged, because of {first.because}"
    if first.chain is None:
        return
    yield from [""] if markdown else []
    if len(members) > 1:
        yield f"{'' if markdown else '  '}shown for {_short(first.principal)}:"
    yield from _chain(first.chain, first.answer)


def _chain(chain: Chain, answer: str) -> Iterator[str]:
    for number, step in enumerate(chain.steps, 1):
        where = f" {_short(step.target)}" if step.target and step.target != step.actor else (
            " (itself)" if step.target else "")  # fmt: skip
        yield f"  {number}. {_short(step.actor)}: {step.name}:{where}" if where else (
            f"  {number}. {_short(step.actor)}: {step.name}")  # fmt: skip
        for item in step.permissions:
            because = "; ".join(item.statements) or "no statement"
            yield f"     {item.action} on {item.resource}{_with(item)}: {because}"
        if step.depends_on:
            yield f"     depends on {', '.join(step.depends_on)}"
        if step.facts:
            yield f"     works if {step.facts}"
    if chain.at_end:
        yield f"  {_short(chain.last)} is administrator then, depending on {', '.join(chain.at_end)}"
    if answer != EXPECTED:
        removed, deny = cut_of(chain.steps[0])
        gone = " and ".join(removed)
        yield f"  to cut it: remove {gone}, or" if removed else "  to cut it:"
        yield f"    deny {_short(chain.steps[0].actor)} {json.dumps(deny)}"


def _with(item: Permission) -> str:
    """What the caller has to send along, or to leave out."""
    told = [f"with {key} = {value}" for key, value in item.chosen if value is not None]
    told += [f"without {key}" for key, value in item.chosen if value is None]
    return f" ({', '.join(told)})" if told else ""


def _names(arns: Sequence[str]) -> str:
    named = ", ".join(_short(arn) for arn in arns[:MOST])
    return named + (f" and {len(arns) - MOST} more" if len(arns) > MOST else "")


def _short(arn: str) -> str:
    return arn.split(":", 5)[-1] if arn.count(":") >= 5 else arn
