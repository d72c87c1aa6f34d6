"""What several policies grant together, and whether that grew.

    new_access(old, new, kind, piece, arn) -> Proof     nothing in the piece is granted by NEW and not by OLD

What is granted needs an Allow in one of the policies, an Allow in the boundary where there is one, and no Deny in any
of them (AWS IAM User Guide, access_policies_boundaries: "the intersection"). For the policy of a resource it is that
one document. A refutation is a request that the evaluator allows under NEW and does not allow under OLD.
"""

from __future__ import annotations

from iam_guardrails.model.iam.caller import FEDERATED_USER, ROLE, ROOT, read_caller
from iam_guardrails.model.iam.document import PolicyDocument, Principal, Statement
from iam_guardrails.model.iam.evaluate import ALLOWED, DEPENDS, Policies, policy_allows, statement_applies, weigh
from iam_guardrails.model.iam.judge import Kind, Verdict
from iam_guardrails.model.iam.prove.encode import Body, Encoder, Limits
from iam_guardrails.model.iam.prove.near import trimmed, without_names
from iam_guardrails.model.iam.prove.proof import PROVEN, Proof, settle
from iam_guardrails.model.iam.prove.search import Alike, Question
from iam_guardrails.model.iam.prove.tied import KEYS
from iam_guardrails.model.iam.request import Request
from iam_guardrails.model.value import changed, frozen

_ANYBODY = (Principal("*", "*"),)
_ALL = PolicyDocument((Statement(0, "Allow", actions=("*",), resources=("*",)),))
TOLD = "NEW grants nothing there that OLD does not"


@frozen
class Grants:
    """The policies of one principal and its boundary, or the one policy of a resource (then without boundary)."""

    documents: tuple[PolicyDocument, ...] = ()
    boundary: PolicyDocument | None = None


@frozen
class Piece:
    """A part of all requests: those that the statement body covers, less those of actions and resources left out.

    version: that of the document which the body is from.  source: the Allow statement of NEW that the body is a part
    of; what other statements of NEW allow is then not looked at (it is a part of theirs).
    """

    body: Statement
    version: str
    but_actions: tuple[str, ...] = ()
    but_resources: tuple[str, ...] = ()
    source: Statement | None = None

    def left_out(self, kind: str) -> list[Statement]:
        """Statement bodies for what is left out."""
        made = [_body(kind, self.but_actions, ("*",))] if self.but_actions else []
        return [*made, _body(kind, ("*",), self.but_resources)] if self.but_resources else made

    def covers(self, request: Request, kind: Kind) -> bool | None:
        """Whether the request is one of the piece; None where that depends."""
        inside = statement_applies(self.body, request, kind, self.version)
        outside = [statement_applies(item, request, kind, self.version) for item in self.left_out(kind)]
        if inside is False or True in outside:
            return False
        return None if inside is None or None in outside else True


def _body(kind: str, actions: tuple[str, ...], resources: tuple[str, ...]) -> Statement:
    """What anybody does there; a trust policy knows no resources."""
    principals = () if kind == "identity" else _ANYBODY
    return Statement(0, "Allow", "", principals, (), actions, (), () if kind == "trust" else resources)


def everything(kind: str) -> Piece:
    """The piece that is all requests."""
    return Piece(_body(kind, ("*",), ("*",)), "2012-10-17")


def verdict(grants: Grants, request: Request, kind: Kind) -> Verdict:
    """What the evaluator says of a request under these policies.

    For a principal's own policies the resource is taken for one of its account, and what the resource's policy says is
    left out of account. Raises RequestError.
    """
    if kind != "identity":
        found = [policy_allows(document, request, kind) for document in grants.documents]
        return found[0] if found else "implicit_deny"
    caller = read_caller(request.principal)
    session = (_ALL,) if caller.kind == FEDERATED_USER else ()  # without one it has no permissions at all
    policies = Policies(identity=grants.documents, boundary=grants.boundary, session=session, resource_kind="resource",
                        resource_account=caller.account_id)  # fmt: skip
    return weigh(request, policies).decision


def grown(old: Grants, new: Grants, request: Request, kind: Kind) -> bool | None:
    """Whether NEW allows the request and OLD does not; None where that depends. Raises RequestError."""
    if kind == "identity" and read_caller(request.principal).kind == ROOT:
        return None  # no policy of its own grants the root user anything
    verdicts = verdict(new, request, kind), verdict(old, request, kind)
    return None if DEPENDS in verdicts else verdicts[0] == ALLOWED != verdicts[1]


def new_access(old: Grants, new: Grants, kind: Kind, piece: Piece, arn: str = "") -> Proof:
    """Whether NEW grants nothing of the piece that OLD does not.

    arn: of the user or role whose policies these are ("" for whoever they will be attached to): a request that refutes
    is one of that principal, and replayed as such. For a trust policy, of the role that it is on.
    """
    principal = arn if kind == "identity" else ""
    encoder = Encoder(Limits(kind, resources=(arn,) if arn and kind == "trust" else (), callers=_callers(principal)))
    nameless = bool(principal) and read_caller(principal).kind == ROLE
    now, was = _Side(encoder, new, piece, nameless), _Side(encoder, old, changed(piece, source=None), nameless)
    body = without_names(piece.body, piece.version) if nameless else piece.body
    if body is None:
        return Proof(PROVEN, TOLD)
    asked = encoder.add([Body(changed(body, effect="covered"), piece.version)])
    spared = encoder.add(Body(changed(item, effect="spared"), piece.version) for item in piece.left_out(kind))
    added, lifted = now.allow & ~was.allow, was.deny & ~now.deny
    opened = was.bounded and not now.bounded
    beyond = now.limit & ~was.limit if was.bounded and now.bounded else 0

    def possible(held: int) -> bool:
        if not (held & now.allow and held & asked and (held & now.limit or not now.bounded)):
            return False
        return bool(opened or held & (added | lifted | beyond))

    def settled(held: int, alike: Alike) -> bool:
        return not (opened or held & added & ~alike(held & was.allow) or held & lifted & ~alike(held & now.deny)
                    or held & beyond & ~alike(held & was.limit))  # fmt: skip

    failing = [(was.allow, False), (was.deny, True), *([(was.limit, False)] if was.bounded else [])]
    demands = [((now.allow, True),), ((asked, True),), ((now.deny, False),), ((spared, False),), tuple(failing)]
    if now.bounded:
        demands.append(((now.limit, True),))

    def check(request: Request) -> bool | None:
        asking = spoken_by(request, principal)
        inside = piece.covers(asking, kind)
        return inside if not inside else grown(old, new, asking, kind)

    proof = settle(encoder, Question(possible, tuple(demands), settled), check, TOLD)
    return proof if proof.request is None else changed(proof, request=spoken_by(proof.request, principal))


class _Side:
    """The masks of one side's statements: allowing, denying (the boundary's too), and allowing in the boundary."""

    def __init__(self, encoder: Encoder, grants: Grants, asked: Piece, nameless: bool) -> None:
        bodies = [body for document in grants.documents for body in _about(document, asked, nameless)]
        limits = [] if grants.boundary is None else _about(grants.boundary, changed(asked, source=None), nameless)
        self.allow = encoder.add(body for body in bodies if body.statement.effect == "Allow")
        self.deny = encoder.add(body for body in (*bodies, *limits) if body.statement.effect == "Deny")
        self.limit = encoder.add(body for body in limits if body.statement.effect == "Allow")
        self.bounded = grants.boundary is not None


def _about(document: PolicyDocument, asked: Piece, nameless: bool) -> list[Body]:
    """The statements of a document as far as they matter to what is asked, of somebody without a user name or not."""
    made = []
    for item in document.statements:
        if asked.source is not None and item.effect == "Allow" and item is not asked.source:
            continue
        named = without_names(item, document.version) if nameless else item
        found = None if named is None else trimmed(named, asked.body.actions, asked.body.resources)
        made += [] if found is None else [Body(found, document.version)]
    return made


def _callers(principal: str) -> tuple[str, ...]:
    """The principal as the prover writes it (prove.callers): a role as one of its sessions."""
    if not principal:
        return ()
    return (f"{principal} session",) if read_caller(principal).kind == ROLE else (principal,)


def spoken_by(request: Request, principal: str) -> Request:
    """The same request made by the principal; the keys that follow from who asks are dropped, AWS sets them anew."""
    if not principal:
        return request
    caller = read_caller(principal)
    context = {key: value for key, value in request.context.items() if key.lower() not in KEYS}
    if caller.kind != ROLE:
        return changed(request, principal=principal, context=context)
    partition = principal.split(":", 2)[1]
    session = f"arn:{partition}:sts::{caller.account_id}:assumed-role/{caller.name}/session"
    return changed(request, principal=session, context={**context, "aws:PrincipalArn": (principal,)})


__all__ = ["Grants", "Piece", "everything", "grown", "new_access", "spoken_by", "verdict"]
