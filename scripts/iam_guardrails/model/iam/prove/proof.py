"""The answer to a statement about a policy: proven, refuted by a request, or undetermined.

A refutation is put to the evaluator before anybody sees it, and an undetermined statement never counts as proven.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Literal

from iam_guardrails.model.iam.caller import read_caller
from iam_guardrails.model.iam.prove.automaton import OverBudget
from iam_guardrails.model.iam.prove.encode import Encoder
from iam_guardrails.model.iam.prove.fields import Free, Option
from iam_guardrails.model.iam.prove.replay import can_be, requests_of
from iam_guardrails.model.iam.prove.search import Question, free_of, hits
from iam_guardrails.model.iam.prove.tests import Unreadable
from iam_guardrails.model.iam.prove.ties import ties
from iam_guardrails.model.iam.reasons import assumes_as_root
from iam_guardrails.model.iam.request import Request, RequestError
from iam_guardrails.model.value import changed, frozen

Verdict = Literal["proven", "refuted", "undetermined"]
PROVEN: Verdict = "proven"
REFUTED: Verdict = "refuted"
UNDETERMINED: Verdict = "undetermined"
DISAGREES = "the evaluator disagrees"
TRIES = 60
FEW = 8  # statements
Check = Callable[[Request], bool | None]  # whether the request refutes the statement; None where that depends


@frozen
class Proof:
    """verdict: see above.  request: what refutes.  because: the reason for a verdict, one sentence.

    assumptions: what a proof rests on beside the texts.  reason: why nothing was decided ("" otherwise).
    """

    verdict: Verdict
    because: str
    request: Request | None = None
    reason: str = ""
    assumptions: tuple[str, ...] = ()
    milliseconds: float = 0.0


def settle(encoder: Encoder, question: Question, check: Check, told: str) -> Proof:
    """Search all requests. told: the sentence of a proof ("no request … is allowed")."""
    start = time.perf_counter()
    question = changed(question, demands=(*question.demands, *ties(encoder)))
    found = _settle(encoder, question, check, told)
    return changed(found, milliseconds=round((time.perf_counter() - start) * 1000, 3))


def _settle(encoder: Encoder, question: Question, check: Check, told: str) -> Proof:
    try:
        found = _searched(encoder, question, check, exact=False)
        if found is not None and found.verdict == UNDETERMINED and found.reason != DISAGREES:
            found = _searched(encoder, question, check, exact=True)
        return changed(found or Proof(PROVEN, told), assumptions=tuple(encoder.assumed))
    except Unreadable as problem:
        return Proof(UNDETERMINED, "the policy cannot be read to the end", reason=str(problem))
    except OverBudget as problem:
        return _by_solver(encoder, question, check, told, str(problem))


def _by_solver(encoder: Encoder, question: Question, check: Check, told: str, why: str) -> Proof:
    """What z3 says, where it is installed, of a question that is too large for the classes."""
    from iam_guardrails.model.iam.prove import smt  # here, because hardly a question is too large

    large = "the question is too large to be tried out"
    if not smt.installed():
        return Proof(UNDETERMINED, large, reason=f"{why}; z3 might answer it (pip install 'iam-guardrails[smt]')")
    try:
        chosen = smt.counterexample(encoder, question)
    except OverBudget as problem:
        return Proof(UNDETERMINED, large, reason=f"{why}, and {problem}")
    if chosen is None:
        return Proof(PROVEN, told, assumptions=(*encoder.assumed, "z3 is right that there is no such request"))
    for request in requests_of(chosen, encoder.limits, encoder.spelling):
        if _asked(encoder, check, request):
            return Proof(REFUTED, "the request below refutes it", request, assumptions=tuple(encoder.assumed))
    return Proof(UNDETERMINED, "a counterexample of z3 did not stand", reason=DISAGREES)


def _searched(encoder: Encoder, question: Question, check: Check, *, exact: bool) -> Proof | None:
    """A refutation, or why a possible one is none for certain; None where there is no request at all."""
    parts: list[tuple[dict[str, list[Option]], int]] = []
    for fields, every in _parts(encoder, question, exact):  # one after the other: the first may refute it
        parts.append((fields, every))
        for chosen in hits(fields, every, question, exact=True):
            for request in requests_of(chosen, encoder.limits, encoder.spelling):
                if _asked(encoder, check, request):
                    return Proof(REFUTED, "the request below refutes it", request)
            return Proof(UNDETERMINED, "a counterexample did not stand", request, DISAGREES)
    left: Free = None
    for fields, every in parts:
        for chosen in islice(hits(fields, every, question, exact=False), TRIES):
            for request in requests_of(chosen, encoder.limits, encoder.spelling):
                if _asked(encoder, check, request):
                    return Proof(REFUTED, "the request below refutes it", request)
            left = left or free_of(chosen)
    if left is None:
        return None
    on = ", ".join(dict.fromkeys(left)) or "what AWS leaves open or the policy compares in two ways"
    return Proof(UNDETERMINED, "a request may refute it, but none does for certain", reason=f"it hangs on {on}")


def _parts(encoder: Encoder, question: Question, exact: bool) -> Iterator[tuple[dict[str, list[Option]], int]]:
    """The requests in parts: with few statements all at once, else for each kind of action by itself.

    Statements that are about other actions are left out, which keeps the parts small.
    """
    if not question.possible((1 << len(encoder.bodies)) - 1):
        return
    found = (option for option in encoder.actions(exact) if question.possible(option[1]))
    viable = [option for option in found if not question.settled(option[1], encoder.alike)]
    together = 0
    for option in viable:
        together |= option[1]
    groups = [viable] if together.bit_count() <= FEW else [[option] for option in viable]
    for group in groups if viable else ():
        alive = 0
        for option in group:
            alive |= option[1]
        yield {"action": group, **encoder.encode(alive, exact).fields}, alive


def _asked(encoder: Encoder, check: Check, request: Request) -> bool | None:
    """Whether the request refutes it, which none does that cannot be, or AWS refuses whatever the policies say."""
    if not can_be(request):
        return None
    try:
        kind = encoder.limits.kind
        as_root = kind == "trust" and assumes_as_root(read_caller(request.principal), request.action, kind)
        return False if as_root else check(request)
    except RequestError:
        return None
