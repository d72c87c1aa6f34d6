"""IAM: attached and inline policies, managed policies and their versions, boundaries.

Sources: IAM API Reference (the calls named here); AWS CLI Command Reference, iam. AttachRolePolicy and its kin succeed
where the policy is attached already, so they do not tell that it was not before; Detach… and Delete… fail where there
is nothing, so they tell that there was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from iam_guardrails.model.account import Account
from iam_guardrails.model.incident.effects.harm import GIVES, MAY_GIVE, Harm, of_document, putting_back, turning
from iam_guardrails.model.incident.effects.kind import (
    ADDS,
    REMOVES,
    SETS,
    Ask,
    Attributes,
    Call,
    Kind,
    Names,
    Remade,
    State,
)
from iam_guardrails.model.incident.effects.reading import (
    answered,
    at,
    attached,
    exists,
    inline,
    member,
    of,
    written_document,
    written_value,
)
from iam_guardrails.model.incident.effects.state import THERE, UNTOLD, Whole, agree, document
from iam_guardrails.model.incident.effects.write import Write
from iam_guardrails.model.incident.step import FIX_IAM
from iam_guardrails.model.unknown import Unknown

_GONE = ("NoSuchEntity",)


def _boundary_harm(names: Names, now: State, target: State, *_: Any) -> Harm | None:
    """Without a boundary there are more rights; of two, nobody compares which is the wider."""
    if now is None or isinstance(target, Unknown):
        return None
    return Harm(GIVES, (FIX_IAM,)) if target is None else Harm(MAY_GIVE, mixed=True)


_ALLOWING: Mapping[str, Any] = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
_OF_AWS = re.compile(r"arn:aws[a-z-]*:iam::aws:policy/(?!.*Deny|.*Quarantine)")
"""AWS's own policies, but for those that deny (AWS Managed Policy Reference)."""


def document_of(arn: str, before: Account | None, ask: Ask | None) -> State:
    """What a managed policy says, in the capture, else now. Of AWS's own that nobody can read: that it allows."""
    found = next((item.document for item in before.managed_policies if item.arn == arn), None) if before else None
    if found is None and ask is not None:
        told = in_force({"PolicyArn": arn}, ask)
        found = told.get("document") if isinstance(told, Mapping) else None
    if found is None or isinstance(found, Unknown):
        return _ALLOWING if _OF_AWS.match(arn) else Unknown("nobody can read what the policy says")
    return found


def _attached_harm(names: Names, now: State, target: State, before: Account | None, ask: Ask | None) -> Harm | None:
    """Attaching it again gives what it allows; detaching it gives what it denies."""
    says = document_of(names["PolicyArn"], before, ask)
    if isinstance(says, Unknown):
        return Harm(MAY_GIVE) if now is None else None
    return turning(None, says) if now is None else turning(says, None) if target is None else None


def boundary_of(what: str) -> Kind:
    """The boundary of a Role or User."""
    key, dash, kept = f"{what}Name", what.lower(), f"{what.lower()}s"
    return Kind(
        f"boundary-of-{dash}", f"the {dash} {{{key}}} has a permissions boundary",
        ("iam", f"Get{what}", {key: f"{{{key}}}"}), at(f"{what}.PermissionsBoundary.PermissionsBoundaryArn"), _GONE,
        is_global=True, whole=True, before=of(kept, "name", key, lambda thing, names: thing.boundary_arn),
        away=f"aws iam delete-{dash}-permissions-boundary --{dash}-name {{{key}}}",
        back=f"aws iam put-{dash}-permissions-boundary --{dash}-name {{{key}}} --permissions-boundary {{value}}",
        terraform=((f"aws_iam_{dash}", {"name": key}),), part=(kept, key, "boundary_arn"), harm=_boundary_harm,
    )  # fmt: skip


def _in_role(dash: str, attributes: Attributes) -> tuple[tuple[str, Attributes], ...]:
    """What the resource of a role itself may declare of its policies; those of users and groups declare none."""
    return (("aws_iam_role", attributes),) if dash == "role" else ()


def _of_principal(what: str, kept: str) -> Iterator[Call]:
    """The calls about a Role, User or Group. kept: the kind of a capture."""
    key, small, dash = f"{what}Name", f"{what.lower()}Name", what.lower()
    its = {key: small, "PolicyArn": "policyArn"}
    attachment = Kind(
        f"attached-policy-of-{dash}", f"{{PolicyArn}} is attached to the {dash} {{{key}}}",
        ("iam", f"ListAttached{what}Policies", {key: f"{{{key}}}"}),
        member("AttachedPolicies", "PolicyArn", "PolicyArn"), _GONE, is_global=True, whole=True,
        before=attached(kept, key),
        away=f"aws iam detach-{dash}-policy --{dash}-name {{{key}}} --policy-arn {{PolicyArn}}",
        back=f"aws iam attach-{dash}-policy --{dash}-name {{{key}}} --policy-arn {{PolicyArn}}",
        terraform=((f"aws_iam_{dash}_policy_attachment", {dash: key, "policy_arn": "PolicyArn"}),
                   ("aws_iam_policy_attachment", {f"{dash}s": key, "policy_arn": "PolicyArn"}),
                   *_in_role(dash, {"name": key, "+managed_policy_arns": "PolicyArn"})),
        part=(kept, key, "attached_policy_arns"), harm=_attached_harm,
    )  # fmt: skip
    yield Call(f"iam:Attach{what}Policy", attachment, ADDS, its)
    yield Call(f"iam:Detach{what}Policy", attachment, REMOVES, its)
    its = {key: small, "PolicyName": "policyName"}
    put = Kind(
        f"inline-policy-of-{dash}", f"the {dash} {{{key}}} has the inline policy {{PolicyName}}",
        ("iam", f"Get{what}Policy", {key: f"{{{key}}}", "PolicyName": "{PolicyName}"}),
        at("PolicyDocument", as_document=True), _GONE, is_global=True, whole=True,
        before=inline(kept, key, "PolicyName"),
        away=f"aws iam delete-{dash}-policy --{dash}-name {{{key}}} --policy-name {{PolicyName}}",
        back=f"aws iam put-{dash}-policy --{dash}-name {{{key}}} --policy-name {{PolicyName}} --policy-document"
        " {value}",
        terraform=((f"aws_iam_{dash}_policy", {dash: key, "name": "PolicyName"}),
                   *_in_role(dash, {"name": key, "+inline_policy": {"name": "PolicyName"}})),
        part=(kept, key, "inline_policies"), harm=of_document(),
    )  # fmt: skip
    yield Call(f"iam:Put{what}Policy", put, ADDS, its, written_document("policyDocument"))
    yield Call(f"iam:Delete{what}Policy", put, REMOVES, its)
    if what == "Group":
        return
    boundary = boundary_of(what)
    arn = written_value("permissionsBoundary")
    yield Call(f"iam:Put{what}PermissionsBoundary", boundary, ADDS, {key: small}, arn)
    yield Call(f"iam:Delete{what}PermissionsBoundary", boundary, REMOVES, {key: small})


def _version_document(names: Names, answer: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    version = (answer.get("Policy") or {}).get("DefaultVersionId", "")
    return "GetPolicyVersion", {"PolicyArn": names["PolicyArn"], "VersionId": version}


def version_with(names: Names, document_: Any, ask: Ask) -> Names | None:
    """The newest version of a policy, other than the one in force, that says what a document says."""
    policy = {"PolicyArn": names["PolicyArn"]}
    answer = ask("ListPolicyVersions", policy)
    listed = answer.get("Versions", ()) if isinstance(answer, Mapping) else ()
    others = [str(item["VersionId"]) for item in listed if not item.get("IsDefaultVersion")]
    for version in sorted(others, key=lambda name: int(name.removeprefix("v")), reverse=True):
        found = ask("GetPolicyVersion", policy | {"VersionId": version})
        told = (found.get("PolicyVersion") or {}).get("Document") if isinstance(found, Mapping) else None
        if told is not None and agree(document(told), document_) is True:
            return {"VersionId": version}
    return None


_POLICY = {"PolicyArn": "policyArn"}
_MANAGED = ("aws_iam_policy", {"arn": "PolicyArn"})
IN_FORCE = Kind(
    "policy-in-force", "the managed policy {PolicyArn} says what it says now",
    ("iam", "GetPolicy", {"PolicyArn": "{PolicyArn}"}), at("PolicyVersion.Document", as_document=True), _GONE,
    then=_version_document, is_global=True,
    before=of("managed_policies", "arn", "PolicyArn", lambda thing, names: document(thing.document)),
    back="aws iam create-policy-version --policy-arn {PolicyArn} --set-as-default --policy-document {value}",
    kept=version_with,
    again="aws iam set-default-policy-version --policy-arn {PolicyArn} --version-id {VersionId}",
    terraform=(_MANAGED,), part=("managed_policies", "PolicyArn", "document"), harm=of_document(),
)  # fmt: skip
IN_USE = "in force"
"""The state of the one version of a policy that counts, and that Terraform declares."""


def _version_state(answer: Mapping[str, Any]) -> Any:
    return IN_USE if (answer.get("PolicyVersion") or {}).get("IsDefaultVersion") else THERE


VERSION = Kind(
    "policy-version", "the version {VersionId} of the managed policy {PolicyArn} exists",
    ("iam", "GetPolicyVersion", {"PolicyArn": "{PolicyArn}", "VersionId": "{VersionId}"}), answered(_version_state),
    _GONE,
    away="aws iam delete-policy-version --policy-arn {PolicyArn} --version-id {VersionId}", terraform=(_MANAGED,),
    declared_as=(IN_USE,),
    lasting="a deleted version was not in force, and cannot come back under its number", is_global=True,
    remade=Remade(never="a version comes under the same number only where the whole policy was made anew"),
)  # fmt: skip


def in_force(names: Names, ask: Ask) -> Any:
    """What a managed policy says now; None where it is not there, Unknown where the look was refused."""
    found = ask("GetPolicy", {"PolicyArn": names["PolicyArn"]})
    if not isinstance(found, Mapping):
        return found
    told = ask(*_version_document(names, found))
    return (
        {"document": document((told.get("PolicyVersion") or {}).get("Document"))} if isinstance(told, Mapping) else told
    )


POLICY = Kind(
    "managed-policy", "the managed policy {PolicyArn} exists", ("iam", "GetPolicy", {"PolicyArn": "{PolicyArn}"}),
    exists(), _GONE, before=of("managed_policies", "arn", "PolicyArn", lambda thing, names: THERE), is_global=True,
    away="aws iam delete-policy --policy-arn {PolicyArn}", terraform=(_MANAGED,),
    remade=Remade(content=in_force, parts={"document": IN_FORCE}, before=of(
        "managed_policies", "arn", "PolicyArn", lambda thing, names: Whole({"document": document(thing.document)}))),
    part=("managed_policies", "PolicyArn", "arn"), harm=putting_back(MAY_GIVE),
)  # fmt: skip


def _as_default(write: Write, names: Names) -> Any:
    return written_document("policyDocument")(write, names)


CALLS: tuple[Call, ...] = (
    *_of_principal("Role", "roles"), *_of_principal("User", "users"), *_of_principal("Group", "groups"),
    Call("iam:CreatePolicyVersion", IN_FORCE, SETS, _POLICY, _as_default, when="setAsDefault"),
    Call("iam:CreatePolicyVersion", VERSION, ADDS,
         _POLICY | {"VersionId": "response:policyVersion.versionId"}, fresh=True),
    Call("iam:SetDefaultPolicyVersion", IN_FORCE, SETS, _POLICY, lambda write, names: UNTOLD),
    Call("iam:DeletePolicyVersion", VERSION, REMOVES, _POLICY | {"VersionId": "versionId"}),
    Call("iam:CreatePolicy", POLICY, ADDS, {"PolicyArn": "response:policy.arn"}, fresh=True),
    Call("iam:DeletePolicy", POLICY, REMOVES, _POLICY),
)  # fmt: skip
