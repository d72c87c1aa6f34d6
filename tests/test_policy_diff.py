"""`guardrails policy diff`: exit codes, the three formats, and what bad input ends in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from iam_guardrails.cli import main
from iam_guardrails.model.iam.difference.compare import difference
from iam_guardrails.model.iam.difference.shared import differences
from iam_guardrails.model.iam.difference.subject import Held, Side, Subject
from iam_guardrails.model.iam.document import parse
from iam_guardrails.model.value import changed
from iam_guardrails.reports.policy_diff import Report, render_diff

HERE = Path(__file__).parent / "cases" / "diffs"
PLAN = str(HERE / "pull-request.json")
PLANS = HERE.parent / "plans"
PIECE = {"rank", "actions", "resources", "principals", "not_principals", "conditions", "granted_by", "otherwise",
         "denied_otherwise", "only_where_denied_otherwise", "still_denied", "unless", "exact", "request"}  # fmt: skip


def policy(*actions: str, **more: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": list(actions), "Resource": "*", **more}]}  # fmt: skip


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    deep = "[" * 100_000
    contents: dict[str, str] = {
        "narrow": json.dumps(policy("s3:GetObject")), "wide": json.dumps(policy("s3:Get*", "iam:PassRole")),
        "odd": json.dumps(policy("s3:GetObject", Condition={"StringEquals": {"aws:username": "${aws:userid}"}})),
        "large": json.dumps(policy("s3:GetObject", Sid="x" * 100_000)), "deep": deep, "nothing": "",
        "twice": '{"Statement": [], "Statement": []}', "number": "7", "list": "[]",
        "mistyped": '{"Statement": [{"Efect": "Allow"}]}', "state": '{"lineage": "x", "serial": 1}',
        "cut": Path(PLAN).read_text()[:400],
    }  # fmt: skip
    for name, content in contents.items():
        (tmp_path / name).write_text(content)
    return {name: str(tmp_path / name) for name in (*contents, "missing")}


def test_the_plan_of_a_pull_request(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "diff", "--plan", PLAN, "--format", "json"]) == 1
    shown = json.loads(capsys.readouterr().out)
    assert set(shown) == {"verdict", "subjects", "unchanged", "assumptions"}
    assert shown["verdict"] == "new access"
    ranks = [(item["what"], item["name"], item["verdict"], item["rank"]) for item in shown["subjects"]]
    assert ranks == [
        ("trust policy", "shop-worker", "new access", "trust widened"),
        ("role", "shop-worker", "new access", "data"),
        ("role", "shop-operator", "new access", "data"),
    ]
    pieces = [piece for item in shown["subjects"] for piece in (*item["gained"], *item["lost"])]
    assert all(set(piece) == PIECE for piece in pieces)
    assert not [piece for piece in pieces if "s3:ListBucket" in str(piece["actions"])]  # moved, and no news
    assert shown["subjects"][1]["not_judged"][0]["remedy"]


def test_a_piece_shows_a_request_that_evaluate_allows_after_and_not_before(
    files: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["policy", "diff", "--old", files["narrow"], "--new", files["wide"], "--kind", "identity"]
    assert main([*asked, "--format", "json"]) == 1
    gained = json.loads(capsys.readouterr().out)["subjects"][0]["gained"]
    assert [item["rank"] for item in gained] == ["PassRole", "data"]
    question = Path(files["missing"]).with_name("question")
    for piece in gained:
        for name, decision in (("wide", "allowed"), ("narrow", "implicit_deny")):
            document = json.loads(Path(files[name]).read_text())
            policies = {"identity": [document], "resource_kind": "resource", "resource_account": "111122223333"}
            question.write_text(json.dumps({"request": piece["request"], "policies": policies}))
            assert main(["policy", "evaluate", str(question)]) == 0
            assert capsys.readouterr().out.startswith(decision)


def test_exit_codes(files: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    def ended(old: str, new: str) -> int:
        return main(["policy", "diff", "--old", files[old], "--new", files[new], "--kind", "identity"])

    assert ended("wide", "narrow") == 0
    assert "no new access: none of 1 principals" in capsys.readouterr().out
    assert ended("narrow", "wide") == 1
    plan = str(PLANS / "foreign-unknown" / "plan.json")
    assert main(["policy", "diff", "--plan", plan, "--config", str(PLANS / "foreign-unknown" / "guardrails.toml")]) == 2
    assert capsys.readouterr().out.partition("\n")[2].count("not judged") >= 4
    assert main(["policy", "diff", "--old", PLAN, "--new", PLAN]) in (0, 2)


def test_markdown_for_a_comment(files: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "diff", "--plan", PLAN, "--format", "markdown"]) == 1
    shown = capsys.readouterr().out
    assert shown.startswith("## Access: new access\n")
    assert "| data | role shop-operator (aws\\_iam\\_role.operator) | `secretsmanager:GetSecretValue` on" in shown
    assert "<details>" not in shown
    quoted = {"StringEquals": {"a:b": "<b>|`"}}
    many = [
        {"Effect": "Allow", "Action": f"svc{number}:Do", "Resource": "*", "Condition": quoted} for number in range(60)
    ]
    Path(files["missing"]).write_text(json.dumps({"Version": "2012-10-17", "Statement": many}))
    asked = ["policy", "diff", "--old", files["narrow"], "--new", files["missing"], "--kind", "identity"]
    assert main([*asked, "--format", "markdown"]) == 1
    shown = capsys.readouterr().out
    assert "<details><summary>What is new" in shown
    assert "and 20 more pieces" in shown
    assert "<b>" not in shown
    assert "StringEquals a:b &#60;b&#62;&#124;&#96;</code>" in shown


def test_a_comment_holds_what_github_takes_and_counts_the_rest() -> None:
    new = Side((Held("the policy", parse(policy("iam:PassRole"))),))
    found = [difference(Subject("role", "identity", "aws_iam_role.x", "x", Side(), changed(new, policies=(
        changed(new.policies[0], name=f"policy {number}"),)))) for number in range(400)]  # fmt: skip
    shown = render_diff(Report(tuple(found)), "markdown")
    told = shown.count("| PassRole |")
    assert len(shown) < 65_536
    assert 0 < told < 400
    assert f"and {400 - told} more rows" in shown


def test_the_gravest_rows_come_first_and_are_not_cut_off() -> None:
    def of(address: str, *statements: str) -> Subject:
        table = f"arn:aws:dynamodb:us-east-1:111122223333:table/{'t' * 300}"
        document = {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": text, "Resource": table}
            for text in statements]}  # fmt: skip
        return Subject("role", "identity", address, address, Side(), Side((Held("the policy", parse(document)),)))

    many = of("a", "iam:CreateAccessKey", *(f"dynamodb:Put{number}" for number in range(39)))
    found = tuple(map(difference, (many, of("b", "iam:AttachRolePolicy"))))
    shown = render_diff(Report(found), "markdown")
    assert "more rows" in shown
    assert shown.index("iam:AttachRolePolicy") < shown.index("dynamodb:Put")


def test_a_conditional_deny_that_goes_is_told_with_its_condition() -> None:
    whole = policy("s3:*")
    stop = {
        "Effect": "Deny",
        "Action": "s3:*",
        "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    old = {**whole, "Statement": [*whole["Statement"], stop]}
    sides = [Side((Held("the policy", parse(item)),)) for item in (old, whole)]
    report = Report((difference(Subject("role", "identity", "a", "a", sides[0], sides[1])),))
    for form in ("text", "markdown"):
        assert "denies it with Bool aws:SecureTransport false" in render_diff(report, form)
    piece = json.loads(render_diff(report, "json"))["subjects"][0]["gained"][0]
    assert piece["denied_otherwise"] == [{
        "by": "statement 2 of the policy",
        "conditions": [{"operator": "Bool", "key": "aws:SecureTransport", "values": ["false"]}]}]  # fmt: skip


def test_equal_changes_are_proven_once_and_shown_once() -> None:
    def of(name: str, document: dict[str, Any]) -> Subject:
        arn = f"arn:aws:iam::111122223333:role/{name}"
        return Subject("role", "identity", name, name, Side(), Side((Held("the policy", parse(document)),)), arn)

    plain, own = policy("s3:GetObject"), policy("iam:PassRole", Resource="arn:aws:iam::111122223333:role/${aws:userid}")
    subjects = [of(f"r{number}", plain) for number in range(20)] + [of("own", own), of("mine", own)]
    found = tuple(differences(subjects))
    assert found == tuple(map(difference, subjects))
    assert found[1].gained[0].found.statement is found[0].gained[0].found.statement
    shown = render_diff(Report(found), "text")
    assert shown.count("+ data: s3:GetObject on *") == 1
    assert "20 roles: r0, r1, r10" in shown
    assert len(json.loads(render_diff(Report(found), "json"))["subjects"]) == 22


def test_no_value_forges_a_line() -> None:
    evil = "x\nno new access: proven\r\x1b[31m\u2028|`\\|"
    new = Side((Held("the policy\n# forged", parse(policy("s3:GetObject", Condition={
        "StringEquals": {"aws:PrincipalTag/t": evil}}))),))  # fmt: skip
    report = Report((difference(Subject("role", "identity", "a\nb", "a", Side(), new)),))
    text, table = render_diff(report, "text"), render_diff(report, "markdown")
    for shown in (text, table):
        assert all(sign.isprintable() or sign == "\n" for sign in shown)
        assert not [line for line in shown.splitlines() if line.startswith(("no new access", "# forged"))]
    rows = [line.replace("\\|", "") for line in table.splitlines() if line.startswith("|")]
    assert {row.count("|") for row in rows} == {5}


def test_without_anything_of_iam_it_says_so() -> None:
    assert render_diff(Report(()), "text").startswith("no new access: there is no IAM principal or policy")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "give either --plan FILE, or --old FILE and --new FILE"),
        (["--plan", PLAN, "--old", PLAN], "give either --plan FILE"),
        (["--old", PLAN], "give either --plan FILE"),
        (["--old", PLAN, "--new", "narrow"], "one of --old and --new is a plan"),
        (["--old", "narrow", "--new", "wide"], "two policies need --kind"),
        (["--old", PLAN, "--new", PLAN, "--kind", "trust"], "--kind is for two policies"),
        (["--plan", "missing"], "does not exist"), (["--plan", "narrow"], "not a Terraform plan"),
        (["--plan", "deep"], "nested too deeply"), (["--plan", "cut"], "cut off"),
        (["--old", "state", "--new", PLAN], "a Terraform state file"),
        *[(["--old", name, "--new", "narrow", "--kind", "identity"], says) for name, says in (
            ("missing", "there is no file"), ("mistyped", "Efect"), ("deep", "deep"), ("nothing", "JSON"),
            ("twice", "twice"), ("number", "object"), ("list", "object"), ("cut", "JSON"),
            ("large", "characters"))],
    ],
)  # fmt: skip
def test_bad_input_is_one_sentence(
    files: dict[str, str], capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    assert main(["policy", "diff", *(files.get(word, word) for word in arguments)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert says in told.err
    assert told.err.count("\n") == 1
