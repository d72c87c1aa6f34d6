"""An account in short, as the cases of reviews write it, made into the basis that the boxes judge.

roles, users, groups: name -> {inline: {name: document}, attached: [ARN or name], tags: {}, boundary: …, id};
of a role also trust (document), created, last_used; of a user also console, mfa, keys ([{active, rotated, used}]),
password_used, created, certificates (how many), others (additional_credentials_info).  policies: name -> document.
secrets: name -> {policy, key}.  keys: id -> document.  more: fields of Capture as the codec takes them.
unusual, changes, reads: rows that CloudTrail answered (reads: null where
nobody asked); open: what that leaves open; begins: the day from which there are records, where that is too
late; since: where their window begins.
firings, commits, incident_calls, reconciled, late, repository: as in model.review.basis.Basis.
tightened: what tests.model.tightening takes, and `lacking`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from iam_guardrails.adapters.capture_assembly import estate_of, held_of
from iam_guardrails.adapters.captures import with_roles
from iam_guardrails.model.capture.capture import Capture
from iam_guardrails.model.codec import decode
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.finding import Verdict
from iam_guardrails.model.incident.review import Late
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.review.basis import Basis
from iam_guardrails.model.review.manifest import Justification
from iam_guardrails.model.review.repository import Scanned
from iam_guardrails.model.review.weekly import Commit, Firing
from iam_guardrails.model.trail.answer import Answer, Coverage
from iam_guardrails.model.trail.questions.rows import Change, SecretRead, Unusual
from iam_guardrails.model.trail.window import Window
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import changed
from tests.model.tightening import run

ID, REGION = "333333333333", "us-east-2"
IAM = f"arn:aws:iam::{ID}"
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
LONG_AGO = "2020-01-01T00:00:00+00:00"
BY_EC2 = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}  # fmt: skip
EXPECTED = {"account_id": ID, "home_region": REGION, "environment": "prod", "role_names": ["prod-breakglass-admin"]}
TOLD: dict[str, Any] = {"firings": tuple[Firing, ...], "commits": tuple[Commit, ...], "reconciled": Verdict,
                        "incident_calls": Mapping[str, str], "late": tuple[Late, ...],
                        "repository": Scanned}  # fmt: skip


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def basis_of(case: dict[str, Any]) -> Basis:
    """The basis of a case."""
    expected: Expected = decode(Expected, {**EXPECTED, **case.get("expected", {})}, "expected")
    capture = capture_of(case)
    estate = _estate(capture)
    said: Any = decode(tuple[Justification, ...], case.get("justifications", []), "justifications")
    today = date.fromisoformat(case.get("today", "2026-11-28"))
    told = {name: decode(kind | Unknown, case[name], name) for name, kind in TOLD.items() if name in case}
    if "tightened" in case:
        told["tightened"] = tightened_of(case["tightened"])
    return Basis(capture, expected, estate, today, said, held_of(capture), trail_of(case), **told,
                 beyond=case.get("beyond", {}), since=_since(case))  # fmt: skip


def _since(case: dict[str, Any]) -> datetime | None:
    return datetime.fromisoformat(case["since"]) if "since" in case else None


def tightened_of(case: dict[str, Any]) -> Any:
    """What `policy tighten` finds for roles and what they did, in the words of tests/cases/tightening/policies.yaml."""
    if "unknown" in case:
        return Unknown(case["unknown"])
    with TemporaryDirectory() as folder:
        return changed(run(case, Path(folder) / "account.json")[1], lacking=tuple(case.get("lacking", ())))


def trail_of(case: dict[str, Any]) -> dict[str, Any]:
    """The answers of CloudTrail that a case tells: `unusual`, `changes`; `open`: what they leave open."""
    found: dict[str, Any] = {}
    told = {"reads": [], **case}  # nobody read a secret, where a case does not say so
    window = Window(_since(case), None)
    kinds: Any = (("unusual", "unusual-principals", Unusual), ("changes", "iam-changes", Change),
                  ("reads", "secret-reads", SecretRead))  # fmt: skip
    for key, question, row in kinds:
        if told.get(key) is not None:
            rows = [decode(row, each, key) for each in told[key]]
            found[question] = Answer(question, "files", window, (), rows, Coverage(1, 0, 0, 0, 0, ()),
                                     tuple(case.get("open", ())), begins=case.get("begins"))  # fmt: skip
    return found


def _estate(capture: Capture) -> Any:
    try:
        return estate_of(capture, lambda _text: None)
    except Problem as problem:
        return Unknown(str(problem))


def capture_of(case: dict[str, Any]) -> Capture:
    """The capture of a case, as if it had been read from its file."""
    users = case.get("users", {})
    details: Any = {
        "UserDetailList": [_user(name, each) for name, each in users.items()],
        "GroupDetailList": [_entry("Group", name, each) for name, each in case.get("groups", {}).items()],
        "RoleDetailList": [_role(name, each) for name, each in case.get("roles", {}).items()],
        "Policies": [_policy(name, each) for name, each in case.get("policies", {}).items()],
    }
    if not details["UserDetailList"] and not details["RoleDetailList"]:
        details["RoleDetailList"] = [_role("idle", {})]
    report: Any = {"generated_at": NOW.isoformat(), "rows": [_row(name, each) for name, each in users.items()]}
    content: dict[str, Any] = {
        "origin": "live", "environment": "prod", "account_id": ID, "home_region": REGION,
        "captured_at": NOW.isoformat(), "credentials": report, "regions": [REGION],
        "account": {"origin": "capture", "account_id": ID, "home_region": REGION, "seen_at": NOW.isoformat()},
        "secrets": [_secret(name, each) for name, each in case.get("secrets", {}).items()],
        "secret_keys": [_key(name, each) for name, each in case.get("keys", {}).items()],
        "details": {}, **case.get("more", {}),
    }  # fmt: skip
    bare: Capture = decode(Capture, content, "capture")
    told = Unknown(case["no_details"]) if "no_details" in case else details
    return with_roles(Capture(**{**bare.__dict__, "details": told}))


def _entry(kind: str, name: str, each: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {
        f"{kind}Name": name, "Path": each.get("path", "/"), "CreateDate": each.get("created", LONG_AGO),
        f"{kind}Id": each.get("id", f"ID{name.upper()}"), "Arn": f"{IAM}:{kind.lower()}{each.get('path', '/')}{name}",
        f"{kind}PolicyList": [{"PolicyName": one, "PolicyDocument": text}
                              for one, text in each.get("inline", {}).items()],
        "AttachedManagedPolicies": [{"PolicyName": arn(one).rpartition("/")[2], "PolicyArn": arn(one)}
                                    for one in each.get("attached", ())],
    }  # fmt: skip
    if "tags" in each:
        made["Tags"] = [{"Key": key, "Value": value} for key, value in each["tags"].items()]
    if "boundary" in each:
        made["PermissionsBoundary"] = {"PermissionsBoundaryType": "Policy",
                                       "PermissionsBoundaryArn": arn(each["boundary"])}  # fmt: skip
    return made


def arn(text: str) -> str:
    return text if text.startswith("arn:") else f"{IAM}:policy/{text}"


def _role(name: str, each: dict[str, Any]) -> dict[str, Any]:
    used = {"LastUsedDate": each["last_used"], "Region": REGION} if "last_used" in each else {}
    return {**_entry("Role", name, each), "AssumeRolePolicyDocument": each.get("trust", BY_EC2), "RoleLastUsed": used}


def _user(name: str, each: dict[str, Any]) -> dict[str, Any]:
    return {**_entry("User", name, each), "GroupList": each.get("groups", [])}


def _row(name: str, each: dict[str, Any]) -> dict[str, Any]:
    keys = [{"number": number, "active": key.get("active", True), "rotated_at": key.get("rotated", LONG_AGO),
             "last_used_at": key.get("used")} for number, key in enumerate(each.get("keys", ()), 1)]  # fmt: skip
    return {"user": name, "arn": f"{IAM}:user/{name}", "created_at": each.get("created", LONG_AGO), "keys": keys,
            "has_password": each.get("console", False), "mfa_active": each.get("mfa", False),
            "password_last_used_at": each.get("password_used"), "active_certificates": each.get("certificates", 0),
            "other_credentials": each.get("others", "")}  # fmt: skip


def _policy(name: str, document: Any) -> dict[str, Any]:
    full = arn(name)
    version = {"Document": document, "VersionId": "v1", "IsDefaultVersion": True, "CreateDate": LONG_AGO}
    return {"PolicyName": full.rpartition("/")[2], "PolicyId": "P", "Arn": full, "Path": "/", "DefaultVersionId": "v1",
            "CreateDate": LONG_AGO, "PolicyVersionList": [version]}  # fmt: skip


def secret_arn(name: str) -> str:
    return f"arn:aws:secretsmanager:{REGION}:{ID}:secret:{name}-AbCdEf"


def _secret(name: str, each: dict[str, Any]) -> dict[str, Any]:
    key = f"arn:aws:kms:{REGION}:{ID}:key/{each['key']}" if each.get("key") else None
    return {"arn": secret_arn(name), "name": name, "region": REGION, "policy": each.get("policy"), "key_arn": key,
            **each.get("more", {})}  # fmt: skip


def _key(name: str, document: Any) -> dict[str, Any]:
    full = f"arn:aws:kms:{REGION}:{ID}:key/{name}"
    return {"address": full, "arn": full, "region": REGION, "key_id": name, "policy": document}
