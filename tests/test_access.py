"""`guardrails access who-can`: what it answers, in each form, and how bad input ends."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from iam_guardrails.adapters.resource_policies import read_organization, read_resource_policies
from iam_guardrails.cli import main
from iam_guardrails.model.problem import Problem
from tests.bench.account_file import write_account, write_resources
from tests.test_cli import sentence
from tests.test_startup import HEAVY, modules_after

IAM = "arn:aws:iam::111122223333"
SECRET = "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-AbCdEf"
KEY = "arn:aws:kms:us-east-1:111122223333:key/1234"
ACTION = "secretsmanager:GetSecretValue"
CASES = yaml.safe_load((Path(__file__).parent / "cases" / "who_can" / "cases.yaml").read_text())["cases"]


def _document(statements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": statements}


def _attached(entry: dict[str, Any]) -> list[dict[str, str]]:
    arns = [name if name.startswith("arn:") else f"{IAM}:policy/{name}" for name in entry.get("attached", ())]
    return [{"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn} for arn in arns]


def _entry(kind: str, name: str, told: dict[str, Any]) -> dict[str, Any]:
    path = told.get("path", "/")
    made: dict[str, Any] = {
        "Path": path, f"{kind}Name": name, "Arn": f"{IAM}:{kind.lower()}{path}{name}",
        f"{kind}PolicyList": [{"PolicyName": "own", "PolicyDocument": _document(told["inline"])}
                              for _ in range(bool(told.get("inline")))],
        "AttachedManagedPolicies": _attached(told),
        "Tags": [{"Key": key, "Value": value} for key, value in told.get("tags", {}).items()],
    }  # fmt: skip
    if "id" in told:
        made[f"{kind}Id"] = told["id"]
    if "boundary" in told:
        made["PermissionsBoundary"] = {"PermissionsBoundaryArn": f"{IAM}:policy/{told['boundary']}"}
    if kind == "Role":
        ec2 = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
        made["AssumeRolePolicyDocument"] = _document(told.get("trust", [ec2]))
    if kind == "User":
        made["GroupList"] = told.get("groups", [])
    return made


def account_of(case: dict[str, Any]) -> dict[str, Any]:
    """The case's account as AWS tells it."""
    return {
        "UserDetailList": [_entry("User", name, told) for name, told in case.get("users", {}).items()],
        "GroupDetailList": [_entry("Group", name, {"inline": told}) for name, told in case.get("groups", {}).items()],
        "RoleDetailList": [_entry("Role", name, told) for name, told in case.get("roles", {}).items()],
        "Policies": [
            {"PolicyName": name, "Arn": f"{IAM}:policy/{name}", "DefaultVersionId": "v1",
             "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": True, "Document": _document(told)}, *(
                 {"VersionId": "v0", "IsDefaultVersion": False, "Document": _document(old)}
                 for old in (case.get("old_versions", {}).get(name),) if old), *(
                 {"VersionId": f"v{number}", "IsDefaultVersion": False, "Document": _document(told)}
                 for number in range(2, case.get("kept", {}).get(name, 1) + 1))]}
            for name, told in case.get("policies", {}).items()
        ],
    }  # fmt: skip


def asked(case: dict[str, Any], folder: Path, *more: str) -> list[str]:
    """The arguments of the case's question, with its files written to the folder."""
    resource = case.get("resource", SECRET)
    (folder / "account.json").write_text(json.dumps(account_of(case)))
    words = ["access", "who-can", "--action", case.get("action", ACTION), "--resource", resource,
             "--authorization-details", str(folder / "account.json"), *more]  # fmt: skip
    told = case.get("told", {"secret": {"policy": None, "key": None}} if "told" in case else {})
    if told:
        secret = {**told["secret"], **({"key": KEY} if told["secret"].get("key") == "key" else {})}
        if isinstance(secret.get("policy"), list):
            secret["policy"] = _document(secret["policy"])
        content = {resource: secret, **({KEY: {"policy": _document(told["key"])}} if "key" in told else {})}
        (folder / "told.json").write_text(json.dumps(content))
        words += ["--resource-policies", str(folder / "told.json")]
    if "scps" in case:
        (folder / "scps.json").write_text(json.dumps(case["scps"]))
        words += ["--scps", str(folder / "scps.json")]
    return words


def answered(capsys: pytest.CaptureFixture[str], words: list[str]) -> Any:
    assert main([*words, "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)


def _short(arn: str) -> str:
    return arn.split(":", 5)[5]


@pytest.mark.parametrize("case", CASES, ids=[case["what"] for case in CASES])
def test_the_cases(case: dict[str, Any], capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    found = answered(capsys, asked(case, tmp_path))
    told = {_short(item["arn"]): item["answers"] for item in found["principals"]}
    assert all(len(answers) == 1 for answers in told.values())
    assert {name: f"{answers[0]['answer']} {answers[0]['way']}" for name, answers in told.items()} == case["expect"]
    for name, keys in case.get("depends_on", {}).items():
        assert told[name][0]["depends_on"] == keys
    for name, hops in case.get("chain", {}).items():
        assert [f"{hop['action']} {_short(hop['on'])}" for hop in told[name][0]["chain"]] == hops
    if "outside" in case:
        assert [item["who"] for item in found["outside"]] == case["outside"]
    for who in case.get("notes", ()):
        assert any(who in text and "is gone" in text for text in found["not_judged"]), found["not_judged"]
    if "conditional_outside" in case:
        assert all(found["sets"][item["conditional_set"]] and not item["reason"] for item in found["outside"])
    if "not_judged" in case:
        assert any(case["not_judged"] in text for text in found["not_judged"])


OUTSIDE = {
    "roles": {"idle": {}},
    "told": {"secret": {"policy": [
        {"Effect": "Allow", "Action": ACTION, "Resource": "*", "Principal": {
            "AWS": ["444455556666", "arn:aws:iam::111122223333:role/gone"], "Service": "rds.amazonaws.com"}},
        {"Effect": "Allow", "Action": ACTION, "Resource": "*", "Principal": "*",
         "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}},
        {"Effect": "Deny", "Action": "*", "Resource": "*", "Principal": {"Service": "glue.amazonaws.com"}},
    ]}},
}  # fmt: skip


def test_who_is_named_from_outside_is_listed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    found = answered(capsys, asked(OUTSIDE, tmp_path))
    outside = {item["who"]: item for item in found["outside"]}
    assert set(outside) == {"* (anyone, in any account)", "444455556666", "rds.amazonaws.com",
                            "arn:aws:iam::111122223333:role/gone"}  # fmt: skip
    sets = found["sets"]
    assert sets[outside["rds.amazonaws.com"]["yes_set"]] == [{"action": ACTION, "resource": SECRET}]
    assert outside["444455556666"]["depends_on"] == ["the policies of account 444455556666, which are not in the file"]
    assert "aws:principalorgid" in outside["* (anyone, in any account)"]["depends_on"]
    assert main(asked(OUTSIDE, tmp_path)) == 0
    text = capsys.readouterr().out
    assert "NAMED FROM OUTSIDE" in text
    assert "  rds.amazonaws.com: yes, the resource" in text


def test_nobody_of_another_account_is_named_for_a_secret_under_awss_own_key(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    allow = {
        "Effect": "Allow",
        "Principal": {"AWS": ["444455556666", "111122223333"]},
        "Action": ACTION,
        "Resource": "*",
    }
    case = {"roles": {"idle": {}}, "told": {"secret": {"policy": [allow], "key": None}}}
    assert answered(capsys, asked(case, tmp_path))["outside"] == []
    theirs = {**case, "resource": SECRET.replace("111122223333", "444455556666")}
    found = answered(capsys, asked(theirs, tmp_path))
    assert found["principals"] == []
    assert [item["who"] for item in found["outside"]] == ["444455556666"], "its own account"


def test_csv_tells_what_each_pair_depends_on(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    case = next(case for case in CASES if case["what"] == "a chain whose hop is conditional")
    assert main([*asked(case, tmp_path), "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    alice = next(row for row in rows if row["principal"].endswith("alice"))
    assert alice["chain"] == "user/alice assumes role/reader"
    assert alice["depends_on"] == "aws:multifactorauthpresent"
    assert next(row for row in rows if row["principal"].endswith("reader"))["depends_on"] == ""


def test_json_marks_the_pairs_of_which_something_is_not_told(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    case = next(case for case in CASES if case["what"].startswith("a key whose policy nobody told"))
    found = answered(capsys, asked(case, tmp_path))
    (lacking,) = found["principals"][0]["answers"][0]["not_told"]
    assert lacking["what"].startswith("the policy of its key")
    assert found["sets"][lacking["set"]] == [{"action": ACTION, "resource": SECRET}]


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("a key whose policy nobody told", "kms:Decrypt on its key: not judged, because nobody told the key's policy"),
        ("a role behind a chain", "the file does not hold the policy arn:aws:iam::aws:policy/Somewhere"),
        ("what takes a boundary", "what iam:DeleteRolePermissionsBoundary leaves of the policies on role/unbound"),
        (
            "an old version that gives less",
            "what iam:SetDefaultPolicyVersion leaves of the policies on policy/v",
        ),
        ("what writing a parameter", "not judged, because nobody told the key: which permission on it"),
        ("a secret of another account whose policy", "not judged, because nobody told the policy on the resource"),
    ],
)
def test_what_is_not_judged_says_why(what: str, says: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    case = next(case for case in CASES if case["what"].startswith(what))
    found = answered(capsys, asked(case, tmp_path))
    listed = [answer for item in found["principals"] for answer in item["answers"] if answer["answer"] == "not judged"]
    assert listed
    assert all(any(says in text for text in answer["because"]) for answer in listed)


def _warned(capsys: pytest.CaptureFixture[str], words: list[str]) -> list[str]:
    assert main(words) == 0
    return [line.strip() for line in capsys.readouterr().err.splitlines() if "warning" in line]


def test_what_is_likely_a_slip_is_said(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    words = asked(CHAIN, tmp_path)
    assert _warned(capsys, words) == []
    misspelt = _warned(capsys, [*words, "--action", "secretsmanager:GetSecretValues"])
    assert misspelt == ["warning: --action secretsmanager:GetSecretValues: Secrets Manager has no such action"]
    plain = SECRET.removesuffix("-AbCdEf")
    (short,) = _warned(capsys, [*words, "--resource", plain])
    assert short == f"warning: {plain} does not end in the six characters that Secrets Manager adds to a secret's name"
    told = tmp_path / "told.json"
    told.write_text(json.dumps({SECRET: {"policy": None, "key": KEY}, KEY: {}, SECRET + "x": {"policy": None}}))
    (unused,) = _warned(capsys, [*words, "--resource-policies", str(told)])
    assert unused == f"warning: {told}: {SECRET}x is neither one of the resources nor the key of one; it is not used"
    scps = tmp_path / "scps.json"
    scps.write_text(json.dumps({"scps": []}))
    (empty,) = _warned(capsys, [*words, "--scps", str(scps)])
    assert empty == f"warning: {scps}: scps holds no level, so nothing above the account limits it"


CHAIN = next(case for case in CASES if case["what"].startswith("a chain of roles"))


def test_text_says_how_and_why(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(asked(CHAIN, tmp_path)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"who can {ACTION} on {SECRET}: 2 users and 3 roles of account 111122223333"
    assert lines[2] == "NOT JUDGED"
    assert any("the policy on the resource: a Deny there would take a yes away" in line for line in lines)
    assert any("control policies of the organisation are not looked at" in line for line in lines)
    assert "YES: 4 principals, 4 of 5 answers" in lines
    assert any("user/alice assumes role/middle, then role/middle assumes role/reader" in line for line in lines)
    assert any("statement 1 of inline policy own allows it" in line for line in lines)
    assert "NO: 1 principal, 1 of 5 answers" in lines


def test_direct_only_leaves_chains_out_and_says_so(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    found = answered(capsys, asked(CHAIN, tmp_path, "--direct-only"))
    assert [_short(item["arn"]) for item in found["principals"]] == ["role/reader", "role/closed"]
    assert any("roles that can be assumed" in text for text in found["not_judged"])


def test_csv_and_markdown(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main([*asked(CHAIN, tmp_path), "--format", "csv"]) == 0
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert rows[0] == ["principal", "action", "resource", "answer", "way", "chain", "depends_on", "not_told"]
    alice = next(row for row in rows if row[0] == f"{IAM}:user/alice")
    assert alice[1:5] == [ACTION, SECRET, "yes", "through a role"]
    assert alice[5] == "user/alice assumes role/middle, then role/middle assumes role/reader"
    assert "the policy on the resource: a Deny there would take a yes away" in alice[7]
    assert len(rows) == 5
    output = tmp_path / "out.md"
    assert main([*asked(CHAIN, tmp_path), "--format", "markdown", "--output", str(output)]) == 0
    assert "| yes | `user/alice`" in output.read_text()


def test_a_whole_account_in_every_form(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    write_account(tmp_path / "account.json", 60)
    listed, policies = write_resources(tmp_path, 40)
    words = ["access", "who-can", "--action", ACTION, "--action", "secretsmanager:PutSecretValue", "--resources-file",
             str(listed), "--resource-policies", str(policies), "--authorization-details",
             str(tmp_path / "account.json")]  # fmt: skip
    found = answered(capsys, words)
    pairs = sum(len(found["sets"][answer["set"]]) for item in found["principals"] for answer in item["answers"])
    sets = ("yes_set", "conditional_set", "not_judged_set")
    pairs += sum(len(found["sets"][item[name]]) for item in found["outside"] for name in sets)
    assert main([*words, "--format", "csv"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == pairs + 1
    assert main(words) == 0
    text = capsys.readouterr().out
    assert len(text.splitlines()) < 400
    assert "40 resources" in text


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--resource", "db"], "is no ARN of a resource"),
        (["--resource", SECRET + "*"], "is a pattern"),
        (["--resource", SECRET + "\n"], "it is too long, or holds characters"),
        ([], "name a resource"),
        (["--resource", SECRET, "--action", "secretsmanager:*"], "is no action such as"),
        (["--resource", SECRET, "--resources-file", "none.txt"], "there is no file none.txt"),
        (["--resource", SECRET, "--resource-policies", "told"], "is not an object of ARN"),
        (["--resource", SECRET, "--scps", "told"], "must contain"),
        (["--resource", SECRET, "--authorization-details", "none.json"], "there is no file none.json"),
        (["--resource", "db", "--authorization-details", "none.json"], "is no ARN of a resource"),  # the question first
    ],
)
def test_bad_arguments(words: list[str], says: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "account.json").write_text(json.dumps(account_of(CHAIN)))
    (tmp_path / "told").write_text(json.dumps([[{"Statement": {"Effect": "Allow"}}]]))
    words = [str(tmp_path / "told") if word == "told" else word for word in words]
    code = main(
        ["access", "who-can", "--action", ACTION, "--authorization-details", str(tmp_path / "account.json"), *words]
    )
    assert code == 2
    assert says in sentence(capsys)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({"db": {}}, "is no ARN of a resource"),
        ({SECRET: []}, "an entry is an object with policy, key and account"),
        ({SECRET: {"polcy": None}}, "an entry is an object with policy, key and account"),
        ({SECRET: {"key": "mine"}}, "key is neither the ARN of a KMS key nor null"),
        ({SECRET: {"account": "12"}}, "no account id of twelve digits"),
        ({KEY: {"policy": None}}, "a key always has a policy"),
        ({SECRET: {"policy": {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}}}, "Principal"),
        ({SECRET: {"policy": "{"}}, "is not JSON"),
        (b'{"a": 1, "a": 2}', "twice in one object"),
        (b"[" * 100_000, "nested too deeply"),
        (b"", "is empty"),
        (b"{} {}", "holds 2 JSON values"),
    ],
)  # fmt: skip
def test_bad_resource_policies(content: Any, says: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "told.json"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    assert main([*asked(CHAIN, tmp_path), "--resource-policies", str(path)]) == 2
    assert says in sentence(capsys)


def test_odd_characters_of_the_file_stay_in_their_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    odd = {"Sid": "a\nNO: \ud800", "Effect": "Allow", "Action": "*", "Resource": "*",
           "Condition": {"StringEquals": {"x:\n\udfff": "1"}}}  # fmt: skip
    case = {"roles": {"reader": {"inline": [odd]}}}
    for form in ("text", "markdown", "json", "csv"):
        assert main([*asked(case, tmp_path), "--format", form]) == 0
        out = capsys.readouterr().out
        out.encode()
        assert not any(line.startswith("NO: ") and "answers" not in line for line in out.splitlines())


_JSON = st.recursive(
    st.none() | st.booleans() | st.text(max_size=4) | st.sampled_from([SECRET, KEY, "*"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["policy", "key", "account", SECRET, KEY, "Statement", "scps", "rcps"]), inner
        )
    ),
    max_leaves=8,
)


@given(content=_JSON, read=st.sampled_from([read_resource_policies, read_organization]))
def test_whatever_the_files_hold_it_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: object, read: Any
) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "told.json"
    path.write_text(json.dumps(content))
    try:
        read(str(path), lambda _: None)
    except Problem as problem:
        assert "\n" not in str(problem)


def test_it_imports_no_heavy_library(tmp_path: Path) -> None:
    loaded = modules_after(asked(CHAIN, tmp_path))
    assert "iam_guardrails.model.iam.reach.ways" in loaded
    assert not HEAVY & loaded
