"""`guardrails policy escalations`: cases with everybody's answer, exit codes, forms, and what bad input ends in."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from iam_guardrails.adapters.captures import write_capture
from iam_guardrails.cli import main
from tests.model.estates import IAM, account, allow, group, managed, policy, role, trust, user
from tests.review_world import capture_of

CASES = yaml.safe_load((Path(__file__).parent / "cases" / "escalations" / "chains.yaml").read_text())
STATEMENT = re.compile(r"(?P<deny>! )?(?P<action>\S+) on (?P<resource>\S+)(?: if (?P<key>[^=]+)=(?P<value>.+))?")
CONFIG = """
account_id = "111122223333"
environment = "prod"
home_region = "us-east-2"
[breakglass]
role_names = ["{role}"]
people = [{people}]
"""


def _statement(text: str | dict[str, Any]) -> dict[str, Any]:
    if isinstance(text, dict):
        return text
    found = STATEMENT.fullmatch(text)
    assert found is not None, text
    resource = found["resource"] if found["resource"] == "*" else f"{IAM}:{found['resource']}"
    more = {"Condition": {"StringEquals": {found["key"]: found["value"]}}} if found["key"] else {}
    made = allow(found["action"], resource, **more)
    return {**made, "Effect": "Deny"} if found["deny"] else made


def _documents(told: dict[str, Any]) -> list[dict[str, Any]]:
    return [policy(*(_statement(text) for text in told["allows"]))]


def _trust(told: dict[str, Any]) -> dict[str, Any]:
    return policy(*told["trust"]) if "trust" in told else trust(told["trusts"])


def _more(told: dict[str, Any]) -> dict[str, Any]:
    boundary = f"{IAM}:policy/{told['boundary']}" if "boundary" in told else ""
    return {"boundary": boundary, "attached": told.get("attached", []), **told.get("tags", {})}


def _account(case: dict[str, Any]) -> dict[str, Any]:
    things = [user(name, *_documents(one), groups=one.get("groups", []), **_more(one))
              for name, one in case.get("users", {}).items()]  # fmt: skip
    things += [role(name, _trust(one), *_documents(one), profile=one.get("profile", True), **_more(one))
               for name, one in case.get("roles", {}).items()]  # fmt: skip
    attach = case.get("attach", {})
    things += [group(name, policy(*map(_statement, one)), attached=attach.get(name, []))
               for name, one in case.get("groups", {}).items()]  # fmt: skip
    older = {name: [policy(*map(_statement, one))] for name, one in case.get("versions", {}).items()}
    kept = {name: number - 1 for name, number in case.get("kept", {}).items()}  # all of them say the same
    things += [managed(name, policy(*map(_statement, one)), *older.get(name, []),
                       *[policy(*map(_statement, one))] * kept.get(name, 0))
               for name, one in case.get("policies", {}).items()]  # fmt: skip
    return account(*things)


def _write(folder: Path, name: str, content: object) -> str:
    text = content if isinstance(content, str) else json.dumps(content)
    (folder / name).write_text(text)
    return str(folder / name)


def _asked(case: dict[str, Any], folder: Path) -> list[str]:
    asked = ["policy", "escalations", "--authorization-details", _write(folder, "account.json", _account(case))]
    if "owners" in case:
        people = ", ".join(f'"{IAM}:{one}"' for one in case["owners"])
        name = case["breakglass"].partition("/")[2]
        told = CONFIG.format(role=name, people=people)
        told += f'[organization]\nid = "{case["organization"]}"\n' if "organization" in case else ""
        return [*asked, "--config", _write(folder, "guardrails.toml", told)]
    if "organization" in case:
        told = "".join(f'{key} = "{value}"\n' for key, value in case["organization"].items())
        config = f'account_id = "111122223333"\nhome_region = "us-east-2"\n[organization]\n{told}'
        return [*asked, "--config", _write(folder, "guardrails.toml", config)]
    if "scps" in case:
        levels = [[policy(*map(_statement, case["scps"]))]]
        asked += ["--scps", _write(folder, "scps.json", {"scps": levels})]
    return [*asked, *(["--breakglass", f"{IAM}:{case['breakglass']}"] if "breakglass" in case else [])]


@pytest.mark.parametrize("case", [pytest.param(one, id=one["name"]) for one in CASES])
def test_everybody_gets_the_right_answer(
    case: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main([*_asked(case, tmp_path), "--format", "json"])
    findings = json.loads(capsys.readouterr().out)["findings"]
    assert {item["principal"] for item in findings} == {f"{IAM}:{name}" for name in case["answers"]}
    accused = {"can", "under conditions"} & {item["answer"] for item in findings}
    unjudged = "not judged" in {item["answer"] for item in findings}
    assert code == (1 if accused else 2 if unjudged else 0)
    for name, wanted in case["answers"].items():
        mine = [item for item in findings if item["principal"] == f"{IAM}:{name}"]
        first = mine[0]
        assert first["answer"] == wanted["answer"]
        assert first["end"] == (f"{IAM}:{wanted['end']}" if "end" in wanted else "administrator")
        assert first["break_glass_role"] is wanted.get("guarded", False)
        assert first["held_by_services_only"] is wanted.get("by_service", False)
        if "chain" in wanted:
            assert [step["method"] for step in first["steps"]] == wanted["chain"]
        chosen = {key: value for step in first.get("steps", []) for one in step["permissions"]
                  for key, value in one["chosen"].items()}  # fmt: skip
        assert {key: chosen.get(key) for key in wanted.get("chosen", {})} == wanted.get("chosen", {})
        assert first.get("depends_on", []) == wanted.get("depends_on", first.get("depends_on", []))
        assert first["answer"] != "under conditions" or first["depends_on"] or first["facts"]
        assert [item["answer"] for item in mine[1:]] == ([wanted["also"]] if "also" in wanted else [])


@pytest.fixture
def chained(tmp_path: Path) -> list[str]:
    return _asked(CASES[0], tmp_path)


def test_what_is_shown_names_path_statements_and_the_cut(
    chained: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(chained) == 1
    shown = capsys.readouterr().out
    assert "3 principals: 2 can raise themselves, 0 could under conditions, 0 not judged" in shown
    assert "CAN: user/bob -> administrator" in shown
    assert "3. role/builder: Create a Lambda function that runs as a role, and invoke it: role/deployer" in shown
    assert (
        f"iam:PassRole on {IAM}:role/deployer (with iam:PassedToService = lambda.amazonaws.com): statement 1" in shown
    )
    assert f'"Action": "iam:UpdateAssumeRolePolicy", "Resource": "{IAM}:role/builder"' in shown
    assert "SCPs not looked at" in shown
    assert main([*chained, "--format", "markdown"]) == 1
    assert "### CAN: user/bob -> administrator" in capsys.readouterr().out


def test_the_deny_that_is_named_cuts_the_chain(
    chained: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*chained, "--format", "json"]) == 1
    findings = json.loads(capsys.readouterr().out)["findings"]
    content = _account(CASES[0])
    people = {one["Arn"]: one for one in (*content["UserDetailList"], *content["RoleDetailList"])}
    for item in findings:
        one = people[item["principal"]]
        added = {"PolicyName": "cut", "PolicyDocument": policy(item["cut"]["or_deny"])}
        one["UserPolicyList" if "UserName" in one else "RolePolicyList"].append(added)
    _write(tmp_path, "account.json", content)
    assert main([*chained, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["findings"] == []


MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
NAMED = [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": who}, "Sid": sid}
         for sid, who in (("Root", f"{IAM}:root"), ("Bob", f"{IAM}:user/bob"))]  # fmt: skip


@pytest.mark.parametrize(
    ("things", "told"),
    [
        ([user("bob", policy(allow("iam:PutUserPolicy", Sid="One"), allow("iam:*UserPolicy", Sid="Two")))],
         ['statement "One" of inline policy p0', 'statement "Two" of inline policy p0']),
        ([user("bob", policy(allow("iam:PutUserPolicy", Sid="One")),
               policy(allow("iam:PutUserPolicy", Sid="Two", Condition=MFA)))],
         ['statement "One" of inline policy p0', 'statement "Two" of inline policy p1']),
        ([user("bob", policy(allow("sts:AssumeRole", Sid="Own"))),
          role("admin", policy(*NAMED[:1]), policy(allow("*")))],
         ['statement "Own" of inline policy p0']),
        ([user("bob", policy(allow("sts:AssumeRole", Sid="Own"))), role("admin", policy(*NAMED), policy(allow("*")))],
         ['statement "Own" of inline policy p0', 'statement "Bob" of the trust policy of admin']),
        ([user("bob"), role("admin", policy(*NAMED[1:]), policy(allow("*")))],
         ['statement "Bob" of the trust policy of admin']),
    ],
)  # fmt: skip
def test_the_statements_to_remove_cut_the_chain_and_each_of_them_is_needed(
    things: list[Any], told: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def ways(without: list[str]) -> list[Any]:
        sids = [text.split('"')[1] for text in without]
        content = json.loads(json.dumps(account(*things)), object_hook=lambda one: _lacking(one, sids))
        asked = ["policy", "escalations", "--authorization-details", _write(tmp_path, "account.json", content)]
        main([*asked, "--format", "json"])
        found = json.loads(capsys.readouterr().out)["findings"]
        return [item for item in found if item["steps"][0]["method"] in ("iam-put-user-policy", "sts-assume-role")]

    assert [item["cut"]["remove"] for item in ways([])] == [told]
    assert ways(told) == []
    for one in told if len(told) > 1 else []:
        assert ways([other for other in told if other != one]) != []


def _lacking(one: dict[str, Any], sids: list[str]) -> dict[str, Any]:
    """The document without some of its statements; one that stands for nothing where none is left."""
    kept = [item for item in one.get("Statement", []) if item.get("Sid") not in sids]
    stand_in = {"Effect": "Deny", "Action": "sts:AssumeRole", "Principal": {"AWS": "999988887777"}}
    spare = stand_in if any("Principal" in item for item in one.get("Statement", [])) else allow("s3:Nothing")
    return {**one, "Statement": kept or [spare]} if "Statement" in one else one


def test_what_is_said_of_the_break_glass_role_is_no_more_than_what_was_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = account(
        user("bob", attached=["arn:aws:iam::aws:policy/SomethingElse"]),
        user("mia", policy(allow("sts:AssumeRole", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}))),
        role("glass", trust({"AWS": "111122223333"}), policy(allow("*"))),
    )
    asked = ["policy", "escalations", "--authorization-details", _write(tmp_path, "account.json", content)]
    assert main([*asked, "--breakglass", f"{IAM}:role/glass"]) == 1
    shown = capsys.readouterr().out
    assert "Whether user/bob could get into role/glass is not judged either." in shown
    assert "Of these, user/mia could get into role/glass too, under conditions" in shown
    assert "would get into" not in shown


def test_who_is_shown_together_has_the_same_statements(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keys = policy(allow("iam:CreateAccessKey", Sid="Keys"))
    content = account(user("al", keys), user("bo", keys), user("cy", policy(allow("iam:CreateAccessKey", Sid="Mine"))),
                      user("boss", policy(allow("*"))))  # fmt: skip
    asked = ["policy", "escalations", "--authorization-details", _write(tmp_path, "account.json", content)]
    assert main(asked) == 1
    shown = capsys.readouterr().out
    assert "CAN: user/al, user/bo -> administrator" in shown
    assert "CAN: user/cy -> administrator" in shown and 'statement "Mine" of inline policy p0' in shown


def test_service_control_policies_count(chained: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    everything = policy(allow("*"))
    lacking = policy({**allow("*"), "Action": "iam:*"})
    for level, expected in (([everything], 1), ([lacking], 0)):
        scps = _write(tmp_path, "scps.json", {"scps": [[everything], level]})
        assert main([*chained, "--scps", scps]) == expected
        assert "SCPs not looked at" not in capsys.readouterr().out


def test_the_permission_set_that_guardrails_toml_names_is_expected_and_no_look_alike(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = "/aws-reserved/sso.amazonaws.com/us-east-2/"
    names = ("AWSReservedSSO_Emergency_0123456789abcdef", "AWSReservedSSO_EmergencyReader_0123456789abcdef")
    sets = []
    for name in names:
        made = role(name, trust({"Federated": f"{IAM}:saml-provider/sso"}, "sts:AssumeRoleWithSAML"),
                    policy(allow("sts:AssumeRole")))  # fmt: skip
        sets.append({**made, "Path": path, "Arn": f"{IAM}:role{path}{name}"})
    content = account(*sets, role("glass", trust({"AWS": "111122223333"}), policy(allow("s3:*"))))
    center = (
        'identity_center = { permission_set = "Emergency", home_region = "us-east-2", users = ["dana@example.com"] }'
    )
    config = _write(tmp_path, "guardrails.toml", CONFIG.format(role="glass", people="") + center + "\n")
    asked = ["policy", "escalations", "--authorization-details", _write(tmp_path, "account.json", content)]
    assert main([*asked, "--config", config, "--format", "json"]) == 1
    findings = json.loads(capsys.readouterr().out)["findings"]
    told = {item["principal"].rpartition("/")[2]: item["answer"] for item in findings if item["end"].endswith("/glass")}
    assert told == {names[0]: "expected", names[1]: "can"}


def test_a_trust_policy_that_cannot_be_read_is_told_and_not_clean(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = account(user("alice", policy(allow("s3:*"))), role("odd", trust({"AWS": "111122223333"})))
    asked = ["policy", "escalations", "--authorization-details", _write(tmp_path, "account.json", content)]
    assert main(asked) == 0
    content["RoleDetailList"][0]["AssumeRolePolicyDocument"] = {"Statement": [{"Effect": "Maybe"}]}
    _write(tmp_path, "account.json", content)
    assert main(asked) == 2
    assert f"NOT JUDGED: who may assume {IAM}:role/odd" in capsys.readouterr().out


def test_the_methods_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "escalations", "--methods", "--format", "json"]) == 0
    listed = json.loads(capsys.readouterr().out)["methods"]
    assert len(listed) >= 60
    for form in ("text", "markdown"):
        assert main(["policy", "escalations", "--methods", "--format", form]) == 0
        shown = capsys.readouterr().out
        assert all(item["id"] in shown for item in listed)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "--from CAPTURE or --authorization-details FILE"),
        (["--authorization-details", "missing.json"], "there is no file missing.json"),
        (["--from", "missing.gz"], "there is no capture missing.gz"),
        (["--from", "{account}"], "give it as such, not as a capture"),
        (["--authorization-details", "{capture}"], "is a capture; give it with --from"),
        (["--from", "{account}", "--authorization-details", "{account}"], "not both"),
        (["--authorization-details", "{account}", "--breakglass", "arn:aws:iam::111122223333:role/none"],
         "holds no role arn:aws:iam::111122223333:role/none"),
        (["--authorization-details", "{account}", "--scps", "{account}"], "the file has the key"),
        (["--authorization-details", "{account}", "--scps", "{empty}"], "no level of service control policies"),
        (["--authorization-details", "{account}", "--config", "{other}"], "of one account"),
    ],
)  # fmt: skip
def test_bad_input_ends_with_one_sentence(
    arguments: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_capture(tmp_path / "a.capture.gz", capture_of({}))
    files = {
        "capture": str(tmp_path / "a.capture.gz"),
        "account": _write(tmp_path, "account.json", _account(CASES[0])),
        "empty": _write(tmp_path, "empty.json", {}),
        "other": _write(tmp_path, "guardrails.toml",
                        CONFIG.format(role="glass", people="").replace("111122223333", "444455556666")),
    }  # fmt: skip
    assert main(["policy", "escalations", *(text.format(**files) for text in arguments)]) == 2
    said = capsys.readouterr()
    assert told in said.err and said.out == "" and "Traceback" not in said.err


def test_strict_counts_what_is_possible_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = account(user("bob", policy(allow("sso:CreateAccountAssignment"))))
    asked = ["policy", "escalations", "--authorization-details", _write(tmp_path, "account.json", content)]
    assert main(asked) == 0
    shown = capsys.readouterr().out
    assert "POSSIBLE: user/bob -> administrator, if the account administers IAM Identity Center" in shown
    assert "Not followed: AWS's own policies that the file does not hold" in shown
    assert main([*asked, "--strict"]) == 1


def test_in_china_a_service_may_be_written_with_its_own_ending(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = json.dumps(account(
        user("bob", policy(allow("iam:PassRole", Condition={"StringLike": {"iam:PassedToService": "ec2.*"}}),
                           allow("ec2:RunInstances", "arn:aws:ec2:cn-northwest-1:*"))),
        role("admin", trust({"Service": "ec2.amazonaws.com.cn"}), policy(allow("*"))),
    ))  # fmt: skip
    for partition, expected in (("aws-cn", 1), ("aws", 0)):
        content = text.replace("arn:aws:", f"arn:{partition}:")
        asked = ["policy", "escalations", "--authorization-details", _write(tmp_path, "account.json", content)]
        assert main(asked) == expected
