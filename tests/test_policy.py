"""`guardrails policy …`: what it prints, its exit codes, and how bad input ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from iam_guardrails.cli import main
from tests.test_cli import sentence
from tests.test_startup import HEAVY, modules_after

EXAMPLES = Path(__file__).parent / "cases" / "iam" / "examples"
ENTER, TRUST, CONFIG = EXAMPLES / "enter.json", EXAMPLES / "trust.json", EXAMPLES / "guardrails.toml"
USER = "arn:aws:iam::111122223333:user/alice"
ALL = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
UNKNOWN_SERVICE = {"Statement": {"Effect": "Allow", "Principal": {"Service": "foo"}, "Action": "sts:AssumeRole"}}
ASK: dict[str, Any] = {"request": {"principal": USER, "action": "s3:GetObject", "resource": "*"}}


def evaluated(capsys: pytest.CaptureFixture[str], path: Path) -> Any:
    assert main(["policy", "evaluate", str(path), "--format", "json"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return json.loads(out)


def changed(tmp_path: Path, **context: object) -> Path:
    content = json.loads(ENTER.read_text())
    content["request"]["context"] |= context
    path = tmp_path / "asked.json"
    path.write_text(json.dumps(content))
    return path


def test_evaluate(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert evaluated(capsys, ENTER) == {
        "decision": "explicit_deny",
        "because": [
            {"policy": "SCP level 1, policy 2", "statement": 'statement "HomeRegionsOnly"', "effect": "Deny",
             "says": 'statement "HomeRegionsOnly" of the SCP level 1, policy 2 denies it'}
        ],
        "depends_on": [],
        "reading": "documented",
    }  # fmt: skip
    found = evaluated(capsys, changed(tmp_path, **{"aws:RequestedRegion": "us-east-2"}))
    assert found["decision"] == "allowed"
    assert [item["policy"] for item in found["because"]] == ["SCP level 1, policy 1", "trust policy", "identity policy"]
    found = evaluated(capsys, changed(tmp_path, **{"aws:RequestedRegion": {"unknown": True}}))
    assert (found["decision"], found["depends_on"]) == ("depends", ["aws:requestedregion"])
    found = evaluated(
        capsys, changed(tmp_path, **{"aws:RequestedRegion": "us-east-2", "aws:MultiFactorAuthPresent": None})
    )
    assert found["decision"] == "implicit_deny"
    assert [item["says"] for item in found["because"]] == ["no statement of the trust policy allows it"]


def test_evaluate_as_text(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["policy", "evaluate", str(changed(tmp_path, **{"aws:RequestedRegion": {"present": True}}))]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0] == "depends"
    assert out[-1] == "  it depends on: aws:requestedregion"


def test_the_reading_of_a_star_can_be_chosen(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    statement = {"Effect": "Allow", "Action": "*", "Resource": "arn:aws:sqs:*x:111122223333:q"}
    resource = "arn:aws:sqs:a:x:111122223333:q"
    path = tmp_path / "asked.json"
    for reading, decision in (("documented", "implicit_deny"), ("whole", "allowed")):
        asked = {**ASK, "policies": {"identity": [{"Statement": statement}]}, "reading": reading}
        asked["request"] = {**ASK["request"], "resource": resource}
        path.write_text(json.dumps(asked))
        assert evaluated(capsys, path)["decision"] == decision


def test_a_warning_goes_to_stderr(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    statement = {**ALL["Statement"], "Condition": {"Bool": {"aws:x": "perhaps"}}}
    path = tmp_path / "asked.json"
    path.write_text(json.dumps({**ASK, "policies": {"identity": [{"Statement": statement}]}}))
    assert main(["policy", "evaluate", str(path), "--output", str(tmp_path / "out")]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert "warning: identity policy 1, statement 1: Condition Bool aws:x: 'perhaps' is no true or false" in err
    assert (tmp_path / "out").read_text().startswith("implicit_deny\n")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "is not JSON"),
        ("[]", "the file is not an object"),
        ("{}", "request is missing"),
        ('{"request": 1}', "request is not an object"),
        ({**ASK, "policy": {}}, "the file has the key 'policy'"),
        ({**ASK, "policies": {"identities": []}}, "policies has the key 'identities'"),
        ({"request": {**ASK["request"], "principal": "alice"}}, "the principal 'alice' is not the ARN of a user"),
        ({"request": {**ASK["request"], "principal": None}}, "request.principal is missing or not a text"),
        ({"request": {**ASK["request"], "action": "s3:*"}}, "is not one action"),
        ({"request": {**ASK["request"], "resource": 1}}, "request.resource is missing or not a text"),
        ({"request": {**ASK["request"], "resource": "\ud800"}}, "half of a character pair"),
        ({"request": {**ASK["request"], "context": []}}, "request.context is not an object"),
        ({"request": {**ASK["request"], "context": {"a:b": {"c": 1}}}}, "request.context 'a:b' is neither a text"),
        ({"request": {**ASK["request"], "context": {"a:b": 1, "A:B": 2}}}, "one key twice"),
        ({"request": {**ASK["request"], "context_complete": "no"}}, "context_complete is neither true nor false"),
        ({**ASK, "reading": "loose"}, "reading must be one of documented, segments, whole"),
        ({**ASK, "policies": {"scps": [ALL]}}, "scps is a list of levels"),
        ({**ASK, "policies": {"scps": {}}}, "scps is a list of levels"),
        ({**ASK, "policies": {"rcps": ""}}, "rcps is a list of levels"),
        ({**ASK, "policies": {"scps": False}}, "scps is a list of levels"),
        ({**ASK, "policies": {"exempt": ["all"]}}, "policies.exempt is a list of"),
        ({**ASK, "policies": {"resource_kind": "bucket"}}, "resource_kind must be one of resource, trust, key"),
        ({**ASK, "policies": {"resource_account": "12"}}, "no account id of twelve digits"),
        ({**ASK, "policies": {"identity": [{}]}}, "MalformedPolicyDocument: identity policy 1: Missing required field"),
        ({**ASK, "policies": {"identity": ["{"]}}, "identity policy 1 is not JSON"),
        ('{"request": %s}' % ("1" * 5000), "it holds a number of thousands of digits"),
        ('{"request": NaN}', "NaN is no JSON number"),
        ({**ASK, "policies": {"session": [ALL]}}, "is no session"),
        ({"request": {**ASK["request"], "principal": "ec2.amazonaws.com"}, "policies": {"identity": [ALL]}},
         "no user and no role"),
    ],
)  # fmt: skip
def test_bad_input_ends_in_one_sentence(
    content: object, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "asked.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    assert main(["policy", "evaluate", str(path)]) == 2
    assert says in sentence(capsys)


def test_a_refusal_is_named_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "asked.json"
    statement = {"Effect": "Allow", "Action": "*", "Resource": "b/k"}
    path.write_text(json.dumps({**ASK, "policies": {"identity": [{"Statement": statement}]}}))
    assert main(["policy", "evaluate", str(path)]) == 2
    assert sentence(capsys).count("MalformedPolicyDocument") == 1


def test_a_file_in_another_encoding(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "asked.json"
    path.write_text(json.dumps(ASK), encoding="utf-16")
    assert main(["policy", "evaluate", str(path)]) == 2
    assert "asked.json is not UTF-8 text; save it as UTF-8" in sentence(capsys)


def test_a_missing_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "evaluate", str(tmp_path / "none.json")]) == 2
    assert "none.json" in sentence(capsys)


def asked_callers(*more: str, trust: Path = TRUST, code: int = 1) -> None:
    assert main(["policy", "callers", "--trust", str(trust), "--config", str(CONFIG), *more]) == code


def test_callers_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    asked_callers("--format", "json")
    found = json.loads(capsys.readouterr().out)
    assert found["role"] == "arn:aws:iam::333333333333:role/prod-breakglass-admin"
    results = {item["caller"]: (item["answer"], item["result"], item["statement"]) for item in found["callers"]}
    assert len(results) == 25
    assert results["the user prod-breakglass-primary, an access key and no MFA"] == ("in", "HOLE", 'statement "Owners"')
    assert results["kim@example.com of the permission set Emergency"][:2] == ("out", "LOCKED OUT")
    assert results["the role itself"][:2] == ("out", "as wanted")
    assert len(found["findings"]) == 3


def test_callers_as_markdown_and_of_another_role(capsys: pytest.CaptureFixture[str]) -> None:
    asked_callers("--format", "markdown", "--role-arn", "arn:aws:iam::333333333333:role/emergency/x")
    out = capsys.readouterr().out
    assert out.startswith("Who gets into `arn:aws:iam::333333333333:role/emergency/x`:")
    assert "| a chained role of the account | out | as wanted |" in out
    assert "- **critical**: kim@example.com" in out


def test_callers_of_a_sound_policy(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    content = json.loads(TRUST.read_text())
    owners, lane = content["Statement"]
    owners["Condition"] = {
        "Bool": {"aws:MultiFactorAuthPresent": "true"},
        "StringLike": {"sts:SourceIdentity": "INC-*"},
    }
    lane["Condition"]["ArnLike"]["aws:PrincipalArn"] = lane["Condition"]["ArnLike"]["aws:PrincipalArn"][:-1] + "?" * 16
    lane["Condition"]["StringLike"]["aws:userid"] = ["*:dana@example.com", "*:kim@example.com"]
    path = tmp_path / "trust.json"
    path.write_text(json.dumps(content))
    asked_callers(trust=path, code=0)
    out = capsys.readouterr().out
    assert "HOLE" not in out
    assert "critical" not in out


def sound_trust(condition: dict[str, Any]) -> str:
    """A trust policy by which the declared users alone get in, with one more condition."""
    people = [f"arn:aws:iam::333333333333:user/breakglass/prod-breakglass-{name}" for name in ("primary", "backup")]
    asked = {"Bool": {"aws:MultiFactorAuthPresent": "true"}, "StringLike": {"sts:SourceIdentity": "INC-*"}}
    lane = {"Sid": "Owners", "Effect": "Allow", "Principal": {"AWS": people}, "Condition": {**asked, **condition},
            "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"]}  # fmt: skip
    return json.dumps({"Version": "2012-10-17", "Statement": [lane]})


USERS_ONLY = (
    'account_id = "333333333333"\nhome_region = "us-east-2"\n[breakglass]\nrole_names = ["prod-breakglass-admin"]\n'
    'people = ["arn:aws:iam::333333333333:user/breakglass/prod-breakglass-primary", '
    '"arn:aws:iam::333333333333:user/breakglass/prod-breakglass-backup"]\nincident_id_pattern = "INC-*"\n'
)


@pytest.mark.parametrize(
    ("condition", "code", "says"),
    [
        ({}, 0, ""),
        ({"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, 1, "is not met: DateLessThan aws:CurrentTime"),
        ({"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, 0, ""),
        ({"NumericGreaterThan": {"aws:EpochTime": "1577836800"}}, 0, ""),
        ({"DateLessThan": {"aws:CurrentTime": "2920-01-01T00:00:00Z"}}, 2, "can enter depends on aws:currenttime"),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}, 2, "can enter depends on aws:principalorgid"),
    ],
)
def test_callers_of_whom_it_is_not_certain(
    condition: dict[str, Any], code: int, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trust, config = tmp_path / "trust.json", tmp_path / "guardrails.toml"
    trust.write_text(sound_trust(condition))
    config.write_text(USERS_ONLY)
    for form in ("text", "markdown", "json"):
        asked = ["policy", "callers", "--trust", str(trust), "--config", str(config), "--format", form]
        assert main(asked) == code
        out = capsys.readouterr().out
        assert says in out
        if form == "json":
            found = json.loads(out)["not_judged"]
            assert [bool(item["callers"] and item["reason"] and item["remedy"]) for item in found] == [True] * len(
                found
            )
            assert bool(found) is (code == 2)
        else:
            assert ("not judged" in out) is (code == 2)
            assert ("because whether the user prod-breakglass-primary, MFA a minute ago" in out) is (code == 2)


@pytest.mark.parametrize(
    ("trust", "more", "says"),
    [
        ("{", (), "the trust policy is not JSON"),
        (json.dumps(ALL), (), "AssumeRole policy may only specify STS AssumeRole actions"),
        (json.dumps(UNKNOWN_SERVICE), (), "not judged, because somebody is named who cannot ask: the principal 'foo'"),
        (None, ("--role-arn", "x"), "--role-arn 'x' is not the ARN of a role"),
        (None, ("--role-arn", USER), "is not the ARN of a role"),
    ],
)
def test_callers_bad_input(
    trust: str | None, more: tuple[str, ...], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = TRUST
    if trust is not None:
        path = tmp_path / "trust.json"
        path.write_text(trust)
    asked_callers(*more, trust=path, code=2)
    assert says in sentence(capsys)


@pytest.mark.parametrize(
    ("config", "says"),
    [('role_names = ["r"]', "declares nobody"), (f'role_names = []\npeople = ["{USER}"]', "names no role")],
)
def test_callers_need_people_and_a_role(
    config: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "guardrails.toml"
    path.write_text(f'account_id = "111122223333"\nhome_region = "us-east-2"\n[breakglass]\n{config}\n')
    assert main(["policy", "callers", "--trust", str(TRUST), "--config", str(path)]) == 2
    assert says in sentence(capsys)


@pytest.mark.parametrize(
    "arguments",
    [["policy", "evaluate", str(ENTER)], ["policy", "callers", "--trust", str(TRUST), "--config", str(CONFIG)]],
)
def test_policy_imports_no_heavy_library(arguments: list[str]) -> None:
    loaded = modules_after(arguments)
    assert "iam_guardrails.model.iam.conditions" in loaded
    assert not (HEAVY | {"parsy"}) & loaded
