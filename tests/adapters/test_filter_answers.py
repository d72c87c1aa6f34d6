"""The answers of TestMetricFilter: asked, kept, read back, and refused where they are damaged."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import NoCredentialsError
from tests.adapters.test_aws_reading import FakeSession, refused

from iam_guardrails import trail_command
from iam_guardrails.adapters import aws
from iam_guardrails.adapters.aws.errors import AwsError
from iam_guardrails.adapters.aws.filter_answers import ask
from iam_guardrails.adapters.expectations import read_expectations
from iam_guardrails.adapters.filter_answers import ANSWERS, answers_beside, read_answers, write_answers
from iam_guardrails.adapters.place import Place
from iam_guardrails.cli import main
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.trail.answers import NONE, Answers
from iam_guardrails.model.trail.open_cases import CASES

NOW = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)
ACCOUNT, REGION = "333333333333", "us-east-2"


def answering(**given: Any) -> dict[str, Any]:
    """An AWS for which every `!=` matches."""
    assert set(given) == {"filterPattern", "logEventMessages"}
    assert len(given["logEventMessages"]) == 1
    json.loads(given["logEventMessages"][0])
    return {"matches": [{"eventNumber": 1}] if "!=" in given["filterPattern"] else []}


def test_every_case_is_asked_once() -> None:
    session = FakeSession().change("test_metric_filter", answering)
    asked = ask(session, ACCOUNT, REGION)
    assert session.calls["test_metric_filter"] == len(CASES)
    assert asked.answers == {case.id: "!=" in case.pattern for case in CASES}
    assert asked.refused == {}


def test_a_refused_question_stays_open() -> None:
    def some(**given: Any) -> Any:
        return refused("InvalidParameterException") if "IS NULL" in given["filterPattern"] else answering(**given)

    asked = ask(FakeSession().change("test_metric_filter", some), ACCOUNT, REGION)
    assert asked.refused == {"is-null-text": "logs:TestMetricFilter failed (InvalidParameterException)"}
    assert len(asked.answers) == len(CASES) - 1
    nothing = ask(FakeSession().change("test_metric_filter", refused()), ACCOUNT, REGION)
    assert set(nothing.refused.values()) == {"logs:TestMetricFilter was refused (AccessDenied)"}
    with pytest.raises(AwsError, match="There are no AWS credentials"):
        ask(FakeSession().change("test_metric_filter", NoCredentialsError()), ACCOUNT, REGION)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / ANSWERS
    write_answers(path, {"is-null-text": False, "asterisk-inside": True}, NOW, ACCOUNT, REGION)
    assert json.loads(path.read_text()) == {
        "asked_at": "2026-01-15T09:30:00+00:00", "account_id": ACCOUNT, "region": REGION,
        "answers": {"is-null-text": False, "asterisk-inside": True},
    }  # fmt: skip
    assert read_answers(path) == Answers("2026-01-15", (("asterisk-inside", True), ("is-null-text", False)))


DAMAGED = {
    "{": "is not JSON",
    "[" * 100_000: "is not JSON",
    "[]": 'has no table "answers"',
    '{"answers": []}': 'has no table "answers"',
    '{"answers": {}}': '"asked_at" is None, which is no time',
    '{"asked_at": "yesterday", "answers": {}}': "\"asked_at\" is 'yesterday', which is no time",
    '{"asked_at": "2026-01-15", "answers": {"x": true}}': "'x' is no open case of filter patterns",
    '{"asked_at": "2026-01-15", "answers": {"is-null-text": null}}': "is-null-text is None, not true or false",
}


@pytest.mark.parametrize(("text", "said"), DAMAGED.items(), ids=DAMAGED.values())
def test_a_damaged_record_is_a_problem_that_names_the_file(text: str, said: str, tmp_path: Path) -> None:
    toml = tmp_path / "guardrails.toml"
    toml.write_text(f'account_id = "{ACCOUNT}"\nhome_region = "{REGION}"\n')
    (tmp_path / "records").mkdir()
    (tmp_path / ANSWERS).write_text(text)
    with pytest.raises(Problem) as caught:
        read_expectations(toml)
    assert str(caught.value).startswith(str(tmp_path / ANSWERS))
    assert said in str(caught.value)
    assert "guardrails trail settle ENV" in str(caught.value)


def test_the_record_beside_the_expectations_is_read_and_counts_as_a_source(tmp_path: Path) -> None:
    folder = tmp_path / "envs" / "prod"
    folder.mkdir(parents=True)
    toml = folder / "guardrails.toml"
    toml.write_text(f'account_id = "{ACCOUNT}"\nhome_region = "{REGION}"\n')
    place = Place(tmp_path, "prod", folder, tmp_path / "work", {})
    assert read_expectations(toml).filter_answers is NONE
    assert answers_beside("guardrails.toml") is NONE
    assert place.sources() == [toml]
    write_answers(place.filter_answers, {"is-null-text": False}, NOW, ACCOUNT, REGION)
    assert read_expectations(toml).filter_answers == Answers("2026-01-15", (("is-null-text", False),))
    assert place.sources() == [toml, place.filter_answers]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "envs" / "prod"
    folder.mkdir(parents=True)
    (tmp_path / "modules").mkdir()
    (folder / "main.tf").touch()
    (folder / "guardrails.toml").write_text(f'account_id = "{ACCOUNT}"\nhome_region = "{REGION}"\n')
    return tmp_path


def settle(project: Path, session: FakeSession, monkeypatch: pytest.MonkeyPatch, *more: str) -> int:
    monkeypatch.setattr(aws, "session", lambda environment, region: session)
    return main(["--root", str(project), "trail", "settle", "prod", *more])


def test_settle_writes_the_record(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    session = FakeSession().change("test_metric_filter", answering)
    session.change("get_caller_identity", {"Account": ACCOUNT, "Arn": "arn:x"})
    assert settle(project, session, monkeypatch) == 0
    said = capsys.readouterr().out
    assert said == f"{len(CASES)} cases are settled, 0 are not; commit envs/prod/{ANSWERS}\n"
    given = dict(read_answers(project / "envs" / "prod" / ANSWERS).given)
    assert given["differs-missing-text"] is True
    assert given["is-null-text"] is False


def test_settle_asks_only_the_right_account_and_never_the_embedded_aws(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    session = FakeSession().change("test_metric_filter", answering)
    session.change("get_caller_identity", {"Account": "111111111111", "Arn": "arn:x"})
    assert settle(project, session, monkeypatch) == 2
    assert "belong to account 111111111111" in capsys.readouterr().err
    assert settle(project, session, monkeypatch, "--sandbox") == 2
    assert "the embedded AWS answers with our own evaluator, so it settles nothing" in capsys.readouterr().err
    assert session.calls["test_metric_filter"] == 0
    session.change("get_caller_identity", {"Account": ACCOUNT, "Arn": "arn:x"}).change("test_metric_filter", refused())
    assert settle(project, session, monkeypatch) == 2
    err = capsys.readouterr().err
    assert "AWS answered none of the questions: logs:TestMetricFilter was refused (AccessDenied)" in err
    assert not (project / "envs" / "prod" / ANSWERS).exists()


def test_settle_tells_what_stays_open(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def some(**given: Any) -> Any:
        return refused("ThrottlingException") if "IS NULL" in given["filterPattern"] else answering(**given)

    session = FakeSession().change("test_metric_filter", some)
    session.change("get_caller_identity", {"Account": ACCOUNT, "Arn": "arn:x"})
    assert settle(project, session, monkeypatch) == 2
    out, err = capsys.readouterr()
    assert "not settled: is-null-text, because logs:TestMetricFilter failed (ThrottlingException)" in err
    assert out.startswith(f"{len(CASES) - 1} cases are settled, 1 are not")


def test_every_action_has_arguments_and_an_end() -> None:
    declared = [trail_command._declared(name) for name in trail_command.ACTIONS]
    assert all(epilog.startswith("Exit code") for epilog, _ in declared)
    assert len({declare for _, declare in declared}) == len(declared) == 6
