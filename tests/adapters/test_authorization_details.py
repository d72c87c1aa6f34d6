"""The reader of GetAccountAuthorizationDetails: every form of the file, what it keeps, and how bad input ends."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iam_guardrails.adapters.authorization_details import read_authorization_details
from iam_guardrails.model.iam.document import PolicyDocument
from iam_guardrails.model.iam.principals import Estate
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.unknown import Unknown

ACCOUNT = "111122223333"
IAM = f"arn:aws:iam::{ACCOUNT}"
READ = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}
TRUST = {"Statement": {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}}
PAGE: dict[str, Any] = {
    "UserDetailList": [{
        "Path": "/people/", "UserName": "alice", "UserId": "AIDAEXAMPLE", "Arn": f"{IAM}:user/people/alice",
        "GroupList": ["staff", "gone"], "UserPolicyList": [{"PolicyName": "own", "PolicyDocument": READ}],
        "AttachedManagedPolicies": [{"PolicyName": "Read", "PolicyArn": f"{IAM}:policy/Read"}],
        "PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": f"{IAM}:policy/Read"},
        "Tags": [{"Key": "team", "Value": "blue"}],
    }],
    "GroupDetailList": [{
        "Path": "/", "GroupName": "staff", "GroupId": "AGPAEXAMPLE", "Arn": f"{IAM}:group/staff",
        "GroupPolicyList": [{"PolicyName": "shared", "PolicyDocument": {**READ}}], "AttachedManagedPolicies": [],
    }],
    "RoleDetailList": [{
        "Path": "/", "RoleName": "app", "RoleId": "AROAEXAMPLE", "Arn": f"{IAM}:role/app",
        "AssumeRolePolicyDocument": TRUST, "RolePolicyList": [],
        "AttachedManagedPolicies": [{"PolicyName": "X", "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}],
        "InstanceProfileList": [{"Arn": f"{IAM}:instance-profile/app"}],
        "RoleLastUsed": {"LastUsedDate": "2026-01-02T03:04:05+00:00", "Region": "us-east-1"},
    }],
    "Policies": [{
        "PolicyName": "Read", "Arn": f"{IAM}:policy/Read", "Path": "/", "DefaultVersionId": "v2",
        "PolicyVersionList": [
            {"VersionId": "v2", "IsDefaultVersion": True, "Document": READ},
            {"VersionId": "v1", "IsDefaultVersion": False, "Document": {"Statement": []}},
        ],
    }],
}  # fmt: skip


def read(tmp_path: Path, content: object, progress: list[str] | None = None) -> Estate:
    path = tmp_path / "account.json"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return read_authorization_details(str(path), (progress if progress is not None else []).append)


def refused(tmp_path: Path, content: object) -> str:
    with pytest.raises(Problem) as caught:
        read(tmp_path, content)
    said = str(caught.value)
    assert "\n" not in said
    assert len(said) < 700
    return said


def test_everything_is_kept(tmp_path: Path) -> None:
    estate = read(tmp_path, PAGE)
    assert (estate.account_id, estate.partition, estate.gaps) == (ACCOUNT, "aws", ())
    alice, app = estate.principals
    assert (alice.kind, alice.name, alice.path, alice.arn) == ("user", "alice", "/people/", f"{IAM}:user/people/alice")
    assert (alice.unique_id, alice.tags, alice.trust) == ("AIDAEXAMPLE", (("team", "blue"),), None)
    assert (alice.groups, alice.boundary_arn) == (("staff", "gone"), f"{IAM}:policy/Read")
    assert (app.kind, app.trust, app.boundary_arn, app.last_used_at) == ("role", TRUST, "", "2026-01-02T03:04:05+00:00")
    assert app.instance_profiles == (f"{IAM}:instance-profile/app",)
    assert estate.policies[f"{IAM}:policy/Read"].default_version == "v2"
    assert [name for name, _ in estate.policies[f"{IAM}:policy/Read"].versions] == ["v2", "v1"]


def test_documents_are_parsed_once_and_what_is_not_there_is_unknown(tmp_path: Path) -> None:
    estate = read(tmp_path, PAGE)
    alice, app = estate.principals
    named = dict(estate.identity_documents(alice))
    assert list(named) == ["inline policy own", "managed policy Read", "inline policy shared of group staff",
                           "the policies of group gone"]  # fmt: skip
    parsed = [item for item in named.values() if isinstance(item, PolicyDocument)]
    assert len(parsed) == 3
    assert all(item is parsed[0] for item in parsed), "equal documents are one object"
    assert estate.boundary_document(alice) is parsed[0]
    assert estate.boundary_document(app) is None
    assert isinstance(named["the policies of group gone"], Unknown)
    ((label, missing),) = estate.identity_documents(app)
    assert label == "managed policy ReadOnlyAccess"
    assert missing == Unknown("the file does not hold the policy arn:aws:iam::aws:policy/ReadOnlyAccess")
    assert isinstance(estate.trust_document(app), PolicyDocument)
    assert estate.trust_document(alice) is None


def _texts(page: dict[str, Any], encode: Any) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json.dumps(page))
    for user in made["UserDetailList"]:
        user["UserPolicyList"][0]["PolicyDocument"] = encode(user["UserPolicyList"][0]["PolicyDocument"])
    made["RoleDetailList"][0]["AssumeRolePolicyDocument"] = encode(TRUST)
    for version in made["Policies"][0]["PolicyVersionList"]:
        version["Document"] = encode(version["Document"])
    return made


def test_documents_may_be_text_or_url_encoded(tmp_path: Path) -> None:
    odd = {"Statement": [{"Sid": "a+b %41", "Effect": "Allow", "Action": "*", "Resource": "*"}]}
    page = json.loads(json.dumps(PAGE))
    page["UserDetailList"][0]["UserPolicyList"][0]["PolicyDocument"] = odd
    expected = read(tmp_path, page)
    for encode in (json.dumps, lambda value: quote(json.dumps(value), safe="")):
        estate = read(tmp_path, _texts(page, encode))
        for one, other in zip(expected.principals, estate.principals, strict=True):
            assert estate.identity_documents(other) == expected.identity_documents(one)
            assert estate.boundary_document(other) == expected.boundary_document(one)
            assert estate.trust_document(other) == expected.trust_document(one)


def _halves() -> tuple[dict[str, Any], dict[str, Any]]:
    first = {**PAGE, "RoleDetailList": [], "Policies": [], "IsTruncated": True, "Marker": "m"}
    second = {"UserDetailList": [], "GroupDetailList": [], "IsTruncated": False,
              **{name: PAGE[name] for name in ("RoleDetailList", "Policies")}}  # fmt: skip
    return first, second


@pytest.mark.parametrize("form", ["list", "lines", "joined", "gzip", "utf-16", "bom", "merged"])
def test_the_forms_of_the_file(tmp_path: Path, form: str) -> None:
    first, second = _halves()
    one, two = json.dumps(first), json.dumps(second, indent=4)
    contents = {
        "list": json.dumps([first, second]).encode(), "lines": f"{one}\n{two}\n".encode(),
        "joined": (one + two).encode(), "gzip": gzip.compress((one + two).encode(), mtime=0),
        "utf-16": json.dumps(PAGE).encode("utf-16"), "bom": b"\xef\xbb\xbf" + json.dumps(PAGE).encode(),
        "merged": json.dumps({**PAGE, "IsTruncated": False}).encode(),
    }  # fmt: skip
    estate, whole = read(tmp_path, contents[form]), read(tmp_path, PAGE)
    assert (estate.users, estate.groups, estate.roles, estate.policies) == (
        whole.users, whole.groups, whole.roles, whole.policies,
    )  # fmt: skip


def test_pages_that_are_missing_are_refused(tmp_path: Path) -> None:
    first, second = _halves()
    for content in (first, [second, first], [first, first], {**PAGE, "NextToken": "x"}):
        said = refused(tmp_path, content)
        assert "is incomplete" in said
        assert "without --no-paginate and --max-items" in said
    assert "stands in the file before" in refused(tmp_path, [first, {**second, "UserDetailList": [
        {"UserName": "alice", "Arn": f"{IAM}:user/people/alice"}]}])  # fmt: skip


def test_a_list_that_is_missing_is_said(tmp_path: Path) -> None:
    progress: list[str] = []
    estate = read(tmp_path, {"RoleDetailList": PAGE["RoleDetailList"]}, progress)
    assert len(estate.gaps) == len(progress) == 3
    assert "the file has no Policies" in estate.gaps


def test_a_policy_without_a_certain_default_version_is_unknown(tmp_path: Path) -> None:
    page = json.loads(json.dumps(PAGE))
    policy, versions = page["Policies"][0], page["Policies"][0]["PolicyVersionList"]
    for default, marks in (("v9", (False, False)), ("v1", (True, False)), ("", (True, True)), ("", (False, False))):
        policy["DefaultVersionId"] = default
        for version, mark in zip(versions, marks, strict=True):
            version["IsDefaultVersion"] = mark
        assert isinstance(read(tmp_path, page).managed(policy["Arn"]), Unknown), (default, marks)
    policy["DefaultVersionId"] = ""
    versions[0]["IsDefaultVersion"], versions[1]["IsDefaultVersion"] = False, True
    assert read(tmp_path, page).managed(policy["Arn"]) == {"Statement": []}


@pytest.mark.parametrize("document", [None, 7, [], "", "%7B", "{", '{"a":1,"a":2}', "null", {"Statement": 3},
                                      {"Statement": [{"Effect": "allow"}]}])  # fmt: skip
def test_what_is_no_policy_is_unknown_and_never_empty(tmp_path: Path, document: object) -> None:
    page = json.loads(json.dumps(PAGE))
    page["UserDetailList"][0]["UserPolicyList"][0]["PolicyDocument"] = document
    estate = read(tmp_path, page)
    assert isinstance(estate.identity_documents(estate.users[0])[0][1], Unknown)


def _with(name: str, **changes: object) -> dict[str, Any]:
    page: dict[str, Any] = json.loads(json.dumps(PAGE))
    page[name][0] |= changes
    return page


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"{", "is not JSON: Expecting property name"),
        (b"[" * 100_000, "nested too deeply"),
        (b"\xff\xfe\x00", "no text"),
        (b"\x1f\x8b\x00", "cannot be read"),
        (gzip.compress(b"{}", mtime=0)[:-4], "damaged"),
        (b'{"UserDetailList": NaN}', "NaN is no JSON number"),
        (b'{"UserDetailList": [], "UserDetailList": []}', "twice in one object"),
        (b"7", "is not what `aws iam get-account-authorization-details"),
        (b"[]", "is not what `aws iam get-account-authorization-details"),
        ({"Users": []}, "has none of UserDetailList"),
        ({"UserDetailList": {}}, "UserDetailList is not a list"),
        ({"UserDetailList": []}, "holds no user and no role"),
        ({"UserDetailList": [7]}, "UserDetailList[0] is not an object"),
        (_with("UserDetailList", Arn=None), "UserDetailList[0] has no Arn"),
        (_with("UserDetailList", Arn="x" * 100_000), "is no name that IAM gives"),
        (_with("UserDetailList", Arn=f"{IAM}:role/alice"), "is not the ARN of a user"),
        (_with("UserDetailList", Arn=f"{IAM}:user/ali\ud800ce"), "is no name that IAM gives"),
        (_with("UserDetailList", UserName="bob"), "is not the name in its Arn"),
        (_with("UserDetailList", GroupList="staff"), "GroupList is not a list of names"),
        (_with("UserDetailList", UserPolicyList={}) | {"Policies": 1}, "Policies is not a list"),
        (_with("UserDetailList", UserPolicyList=["x"]), "UserPolicyList is not a list of objects"),
        (_with("UserDetailList", AttachedManagedPolicies=[{}]), "AttachedManagedPolicies has no PolicyArn"),
        (_with("UserDetailList", Tags=[{"Key": "a"}]), "a tag without Key and Value"),
        (_with("UserDetailList", PermissionsBoundary="x"), "has no PermissionsBoundaryArn"),
        (_with("RoleDetailList", Arn="arn:aws:iam::444455556666:role/app"), "is of account 444455556666"),
        (_with("Policies", PolicyVersionList=[{"Document": {}}]), "has no VersionId"),
        (_with("GroupDetailList", GroupName=7), "has no GroupName"),
    ],
)  # fmt: skip
def test_bad_input_gives_one_sentence(tmp_path: Path, content: object, says: str) -> None:
    assert says in refused(tmp_path, content)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="there is no file"):
        read_authorization_details(str(tmp_path / "none.json"), print)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


_KEYS = sorted({key for entries in PAGE.values() for key in entries[0]})


@given(where=st.sampled_from(sorted(PAGE)), key=st.sampled_from(_KEYS), value=_JSON)
def test_whatever_stands_there_it_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, where: str, key: str, value: object
) -> None:
    folder = tmp_path_factory.mktemp("fuzz")
    try:
        estate = read(folder, _with(where, **{key: value}))
    except Problem as problem:
        assert "\n" not in str(problem)
        return
    for principal in estate.principals:
        estate.identity_documents(principal)
        estate.boundary_document(principal)
        estate.trust_document(principal)
