"""Why a request is decided as it is: the statements that decide, or the policies that lack one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from iam_guardrails.model.iam.caller import FEDERATED_USER, ROOT, Caller
from iam_guardrails.model.iam.judge import ALLOWED, EXPLICIT_DENY, IMPLICIT_DENY, Verdict
from iam_guardrails.model.iam.policies import Heard, Layer, Voice
from iam_guardrails.model.value import frozen


@frozen
class Reason:
    """One thing that decided: a statement, or the lack of one.

    statement: its label, "" where the policy has none that allows.  effect: "Allow", "Deny", or "".
    """

    policy: str
    statement: str
    effect: str
    says: str


OWNER = "aws:resourceaccount"


def assumes_as_root(caller: Caller, action: str, kind: str) -> bool:
    """Whether a root user asks to assume a role, or for what goes with it (sts:TagSession), which AWS refuses.

    kind: what policy the resource has. Source: AWS STS API Reference, AssumeRole ("You cannot call AssumeRole by using
    AWS account root user credentials").
    """
    return caller.kind == ROOT and (kind == "trust" or action.lower() == "sts:assumerole")


def reasons(verdict: Verdict, heard: Heard, open_keys: Iterable[str]) -> tuple[Reason, ...]:
    """What decided, each once, in the order in which AWS looks; for "depends", what is open."""
    if verdict == EXPLICIT_DENY:
        found = [_of(item, "denies it") for layer in heard.layers for item in layer.denying() if item.answer is True]
    elif verdict == ALLOWED:
        found = [_of(item, "allows it") for layer in heard.layers for item in layer.allowing() if item.answer is True]
        if heard.situation.caller.kind == ROOT:
            found.append(Reason("the root user", "", "", "the root user has full access to its account"))
    elif verdict == IMPLICIT_DENY:
        found = list(_lacking(heard))
    else:
        found = list(_open(layer.voices for layer in heard.layers))
        if OWNER in open_keys:
            resource = heard.situation.request.resource
            found.append(Reason("resource policy", "", "", f"it is not told which account owns {resource}"))
        found = found or [Reason("", "", "", f"it depends on {', '.join(sorted(open_keys))}")]
    return tuple(dict.fromkeys(found))


def _of(item: Voice, says: str) -> Reason:
    where = f"{item.statement.label} of the {item.policy}"
    return Reason(item.policy, item.statement.label, item.statement.effect, f"{where} {says}")


def _open(layers: Iterable[Iterable[Voice]]) -> Iterator[Reason]:
    for voices in layers:
        for item in voices:
            if not isinstance(item.answer, bool):
                verb = "allows" if item.statement.effect == "Allow" else "denies"
                yield _of(item, f"{verb} it, depending on {', '.join(sorted(item.answer))}")


def _lacking(heard: Heard) -> Iterator[Reason]:
    for layer in heard.above:
        if layer.allowed is False:
            yield _nothing(layer.name)
    caller = heard.situation.caller
    if assumes_as_root(caller, heard.situation.request.action, heard.kind):
        yield Reason("AWS STS", "", "", "the root user may not call sts:AssumeRole")
        return
    if caller.kind == FEDERATED_USER and heard.session is None:
        says = "a session of GetFederationToken has no permissions without a session policy"
        yield Reason("session policy", "", "", says)
    elif heard.resource is None and heard.kind != "resource":
        name = {"trust": "the role has no trust policy here", "key": "the key has no key policy here"}[heard.kind]
        yield Reason(f"{heard.kind} policy", "", "", f"{name}, and identity policies alone are not enough")
    elif heard.resource is None and (
        not caller.account_id or caller.kind == ROOT or heard.identity.allowed is not False
    ):
        says = "there is no resource policy here, and a caller from outside the resource's account needs one"
        yield Reason("resource policy", "", "", says)
    elif heard.resource is not None and heard.resource.allowed is False:
        yield _nothing(heard.resource.name)
    beside: tuple[Layer | None, ...] = (heard.identity, heard.boundary, heard.session)
    for lacking in beside if caller.account_id and caller.kind != ROOT else ():
        if lacking is not None and lacking.allowed is False:
            yield _nothing(lacking.name)


def _nothing(name: str) -> Reason:
    return Reason(name, "", "", f"no statement of the {name} allows it")
