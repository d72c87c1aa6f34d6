"""The policies that have a say in one request, and the statements of theirs that are about it."""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.iam.answers import Answer, either
from iam_guardrails.model.iam.document import PolicyDocument, Statement
from iam_guardrails.model.iam.judge import Kind, applies
from iam_guardrails.model.iam.request import Situation
from iam_guardrails.model.iam.scope import ANYBODY, names
from iam_guardrails.model.value import frozen

Level = tuple[PolicyDocument, ...]


@frozen
class Policies:
    """Every policy that AWS would look at. What is left out does not exist.

    identity: the caller's policies, with those of its groups.  resource: the policy on the resource;
    resource_kind says what it is: "resource", "trust" (of a role), "key" (of a KMS key), or "" to tell by the
    request.  boundary: the caller's permissions boundary.  session: the policies passed with the session.
    scps, rcps: one entry per level from the root to the account, each with the policies attached there: every
    level must allow.  resource_account: the account that owns the resource, "" where its ARN tells.
    exempt: "scp" and "rcp" where they do not count: for principals, and for resources, of the management account,
    and for service-linked roles.
    """

    identity: Level = ()
    resource: PolicyDocument | None = None
    boundary: PolicyDocument | None = None
    session: Level = ()
    scps: tuple[Level, ...] = ()
    rcps: tuple[Level, ...] = ()
    resource_kind: str = ""
    resource_account: str = ""
    exempt: frozenset[str] = frozenset()


@frozen
class Voice:
    """One statement that is about the request, or may be: what it says, and where it stands.

    way: how a resource policy names the caller (model.iam.scope), else "".
    """

    policy: str
    statement: Statement
    answer: Answer
    way: str = ""


@frozen
class Layer:
    """The statements of one kind of policy that have something to say."""

    name: str
    voices: tuple[Voice, ...]

    @property
    def allowed(self) -> Answer:
        """Whether one statement allows."""
        return self.allowed_by()

    def allowed_by(self, *ways: str) -> Answer:
        """Whether one statement allows, naming the caller in one of the ways (none given: in any)."""
        return either(item.answer for item in self.allowing(*ways))

    def allowing(self, *ways: str) -> Iterator[Voice]:
        """The statements that allow, or may."""
        return (item for item in self.voices if item.statement.effect == "Allow" and (not ways or item.way in ways))

    def denying(self) -> Iterator[Voice]:
        """The statements that deny, or may."""
        return (item for item in self.voices if item.statement.effect == "Deny")


def listen(name: str, documents: Level, situation: Situation, kind: Kind, reading: str) -> Layer:
    """Ask each statement of the documents about the request; those that are certainly not about it stay silent."""
    voices: list[Voice] = []
    for number, document in enumerate(documents, 1):
        for statement in document.statements:
            answer = applies(statement, situation, kind, document.version, reading)
            if answer is False:
                continue
            label = name if len(documents) == 1 else _numbered(name, number)
            if kind == "identity" or statement.effect == "Deny" or statement.not_principals:
                voices.append(Voice(label, statement, answer, "" if kind == "identity" else ANYBODY))
            else:
                voices += _by_way(label, statement, situation, answer)
    return Layer(name, tuple(voices))


def _numbered(name: str, number: int) -> str:
    return f"{name}, policy {number}" if "level" in name else f"{name} {number}"


def _by_way(label: str, statement: Statement, situation: Situation, answer: Answer) -> Iterator[Voice]:
    """An Allow of a resource policy, once for each way in which it names the caller."""
    for principal in statement.principals:
        way, named = names(principal, situation)
        if named is not False:
            yield Voice(label, statement, answer if named is True else either((named, _open(answer))), way)


def _open(answer: Answer) -> Answer:
    return False if answer is True else answer


@frozen
class Heard:
    """What every kind of policy says of the request. above: SCPs and RCPs, level by level."""

    situation: Situation
    kind: Kind
    identity: Layer
    resource: Layer | None
    boundary: Layer | None
    session: Layer | None
    above: tuple[Layer, ...]

    @property
    def layers(self) -> tuple[Layer, ...]:
        """All of them, in the order in which AWS looks at them."""
        beside = (self.resource, self.identity, self.boundary, self.session)
        return (*self.above, *(layer for layer in beside if layer is not None))
