"""What a break-glass session entered from there is part of the answer where its role is named, and told where not."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from iam_guardrails.adapters.trail_engine.engine import Engine
from iam_guardrails.adapters.trail_objects import open_objects
from iam_guardrails.journeys.trail_ask import ask
from iam_guardrails.model.trail.answer import Answer
from iam_guardrails.model.trail.questions.all import question
from iam_guardrails.model.trail.window import Window

ACCOUNT = "333333333333"
BREAKGLASS, WORKER, DEEPER = (f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("prod-breakglass", "worker", "deeper"))
ALEX = {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/alex", "accountId": ACCOUNT}


def session(role: str, name: str, identity: str) -> dict[str, Any]:
    path = role.rpartition("/")[2]
    return {"type": "AssumedRole", "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{path}/{name}", "accountId": ACCOUNT,
            "sessionContext": {"sessionIssuer": {"arn": role}, "sourceIdentity": identity}}  # fmt: skip


def call(number: int, who: Any, name: str = "AttachRolePolicy", **more: Any) -> dict[str, Any]:
    source = "sts" if name.startswith("Assume") else "iam"
    return {"eventTime": f"2026-01-10T12:0{number}:00Z", "eventSource": f"{source}.amazonaws.com", "eventName": name,
            "eventID": str(number), "recipientAccountId": ACCOUNT, "userIdentity": who, **more}  # fmt: skip


def entry(number: int, who: Any, role: str, name: str, **more: Any) -> dict[str, Any]:
    return call(number, who, "AssumeRole", requestParameters={"roleArn": role, "roleSessionName": name}, **more)


def history(identity: str) -> list[dict[str, Any]]:
    """An entry, from there into a worker, and from there deeper; with somebody else in each role."""
    return [
        entry(0, ALEX, BREAKGLASS, "alex"),
        entry(1, session(BREAKGLASS, "alex", identity), WORKER, "job"),
        call(2, session(WORKER, "job", identity)),
        entry(3, session(WORKER, "job", identity), DEEPER, "work"),
        call(4, session(DEEPER, "work", identity)),
        call(5, session(WORKER, "other", "")),
        call(6, session(BREAKGLASS, "sam", "INC-2")),
        entry(7, session(BREAKGLASS, "alex", identity), DEEPER, "refused", errorCode="AccessDenied"),
    ]


def asked(records: list[dict[str, Any]], folder: Path, session: str, *arns: str) -> Answer:
    (folder / "tree").mkdir()
    (folder / "tree/a.json").write_bytes(gzip.compress(json.dumps({"Records": records}).encode()))
    roles = frozenset((ACCOUNT, arn.rpartition("/")[2]) for arn in arns)
    engine = Engine(open_objects(str(folder / "tree")), folder / "cache", roles, lambda _: None, 1)
    return ask(question("breakglass-session"), engine, "s", Window(), baseline=timedelta(1), roles=roles,
               session=session)  # fmt: skip


@pytest.mark.parametrize(
    ("identity", "name", "roles", "ids", "told"),
    [
        ("INC-1", "INC-1", (BREAKGLASS,), "17", (WORKER,)),
        ("INC-1", "", (BREAKGLASS,), "0167", (WORKER,)),
        ("INC-1", "sam", (BREAKGLASS,), "6", ()),
        ("INC-1", "INC-1", (BREAKGLASS, WORKER), "1237", (DEEPER,)),
        ("INC-1", "INC-1", (BREAKGLASS, WORKER, DEEPER), "12347", ()),
        ("", "alex", (BREAKGLASS,), "017", (WORKER,)),
        ("", "alex", (BREAKGLASS, WORKER), "01237", (DEEPER,)),
        ("", "alex", (BREAKGLASS, WORKER, DEEPER), "012347", ()),
    ],
)
def test_the_sessions_that_a_session_entered(
    identity: str, name: str, roles: tuple[str, ...], ids: str, told: tuple[str, ...], tmp_path: Path
) -> None:
    found = asked(history(identity), tmp_path, name, *roles)
    assert "".join(row.event_id for row in found.rows) == ids  # type: ignore[union-attr] # these rows have one
    assert [text.rpartition("--role ")[2] for text in found.not_judged] == [f"{arn} too" for arn in told]
    assert found.exit_code == (2 if told else 0)


def given(key: str, minute: int) -> dict[str, Any]:
    """The answer to an entry: the key, and till when it lives."""
    return {"responseElements": {"credentials": {"accessKeyId": key, "expiration": f"Jan 10, 2026, 12:{minute}:00 PM"}}}


def keyed(who: dict[str, Any], key: str, **more: Any) -> dict[str, Any]:
    return {**who, "accessKeyId": key, **more}


ANSWERED = {"assumedRoleUser": {"arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/job"}}


@pytest.mark.parametrize("answer", [{"responseElements": ANSWERED | {"credentials": {"accessKeyId": "ASIAOWN"}}}, {}])
def test_a_role_that_only_the_answer_names_or_nothing(answer: dict[str, Any], tmp_path: Path) -> None:
    records = [
        entry(0, ALEX, BREAKGLASS, "alex"), call(1, session(BREAKGLASS, "alex", ""), "AssumeRole", **answer),
        call(2, session(WORKER, "job", "") | {"accessKeyId": "ASIAOWN"}),
    ]  # fmt: skip
    found = asked(records, tmp_path, "alex", BREAKGLASS, WORKER)
    ids = "".join(row.event_id for row in found.rows)  # type: ignore[union-attr] # these rows have one
    if answer:
        assert (ids, found.not_judged) == ("012", ())
        return
    assert ids == "01" and len(found.not_judged) == 1
    assert "entered a role that the record does not name, and what it did" in found.not_judged[0]


def test_a_session_of_the_name_that_others_entered_is_told(tmp_path: Path) -> None:
    """Its role was entered from there, too, under the name that is asked for."""
    theirs, mine = (session(WORKER, "alex", "") | {"accessKeyId": key} for key in ("ASIAOTHER", "ASIAOWN"))
    records = [
        entry(0, DEPLOYER, WORKER, "alex", **given("ASIAOTHER", 59)), call(1, theirs),
        entry(2, ALEX, BREAKGLASS, "alex"),
        entry(3, session(BREAKGLASS, "alex", ""), WORKER, "alex", **given("ASIAOWN", 59)), call(4, mine),
    ]  # fmt: skip
    for number, name in enumerate(("with", "without")):
        (tmp_path / name).mkdir()
        found = asked(records[2 * number :], tmp_path / name, "alex", BREAKGLASS, WORKER)
        assert "".join(row.event_id for row in found.rows) == "01234"[2 * number :]  # type: ignore[union-attr] # as above
        assert ["a session alex of it counts here by its name" in text for text in found.not_judged] == [True][number:]


DEPLOY, OWN, OTHERS = session(WORKER, "deploy", ""), "ASIAOWN", "ASIAOTHER"
DEPLOYER = {"type": "AWSService", "invokedBy": "codebuild.amazonaws.com"}
FROM_CONSOLE = {"sessionCredentialFromConsole": "true"}


def deployed(way: str) -> list[dict[str, Any]]:
    """A break-glass session goes on as "deploy" at 12:02, which is also what a service calls its session."""
    alex = session(BREAKGLASS, "alex", "")
    if way == "no key is told":
        return [call(1, DEPLOY), entry(2, alex, WORKER, "deploy"), call(3, DEPLOY)]
    if way == "the service's ended":
        return [entry(0, DEPLOYER, WORKER, "deploy", **given("", 1)), call(1, DEPLOY),
                entry(2, alex, WORKER, "deploy"), call(3, DEPLOY)]  # fmt: skip
    if way == "both live":
        return [entry(0, DEPLOYER, WORKER, "deploy"), call(1, DEPLOY), entry(2, alex, WORKER, "deploy"),
                call(3, DEPLOY)]  # fmt: skip
    if way == "other source identity":
        return [entry(0, DEPLOYER, WORKER, "deploy"), call(1, DEPLOY),
                entry(2, session(BREAKGLASS, "alex", "INC-1"), WORKER, "deploy"),
                call(3, session(WORKER, "deploy", "INC-1")), call(4, DEPLOY)]  # fmt: skip
    own, others = keyed(DEPLOY, OWN), keyed(DEPLOY, OTHERS)
    return [
        entry(0, DEPLOYER, WORKER, "deploy", **(given(OTHERS, 59) if way == "both keys" else {})), call(1, others),
        entry(2, alex, WORKER, "deploy", **given(OWN, 30)), call(3, own), call(4, others),
        call(5, keyed(DEPLOY, "ASIABYSERVICE", invokedBy="cloudformation.amazonaws.com")),
        call(6, keyed(DEPLOY, "ASIACONSOLE"), **FROM_CONSOLE),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("way", "ids", "doubted"),
    [
        ("no key is told", "23", False), ("the service's ended", "23", False), ("both live", "23", True),
        ("other source identity", "23", False), ("own key", "2356", True), ("both keys", "2356", True),
    ],
)  # fmt: skip
def test_of_sessions_of_one_name_only_that_counts_which_was_entered_from_there(
    way: str, ids: str, doubted: bool, tmp_path: Path
) -> None:
    found = asked(deployed(way), tmp_path, "alex", BREAKGLASS, WORKER)
    assert "".join(row.event_id for row in found.rows) == ids  # type: ignore[union-attr] # these rows have one
    assert bool(found.not_judged) == doubted and found.exit_code == (2 if doubted else 0)
    for text in found.not_judged:
        assert "the session deploy of the role worker" in text and "codebuild.amazonaws.com" in text


@pytest.mark.parametrize("name", ["alex", "INC-1"])
def test_what_a_session_led_to_is_the_same_by_its_name_and_by_its_source_identity(name: str, tmp_path: Path) -> None:
    first = entry(0, ALEX, BREAKGLASS, "alex")
    first["requestParameters"]["sourceIdentity"] = "INC-1"
    found = asked([first, *history("INC-1")[1:5]], tmp_path, name, BREAKGLASS, WORKER, DEEPER)
    assert "".join(row.event_id for row in found.rows) == "01234"  # type: ignore[union-attr] # these rows have one
    assert not found.not_judged


def test_that_a_session_became_root_is_told(tmp_path: Path) -> None:
    became = call(1, session(BREAKGLASS, "alex", "INC-1"), "AssumeRoot", requestParameters={"targetPrincipal": ACCOUNT})
    (told,) = asked([became], tmp_path, "INC-1", BREAKGLASS).not_judged
    assert "became the root user of an account" in told and "root-use" in told


@pytest.mark.parametrize("name", ["", "alex"])
@pytest.mark.parametrize("refusal", [{}, {"errorCode": "AccessDenied", "errorMessage": "x"}])
def test_an_entry_from_a_session_that_names_no_role_is_told_of_the_session(
    name: str, refusal: dict[str, Any], tmp_path: Path
) -> None:
    made = call(1, session(BREAKGLASS, "alex", ""), "AssumeRole", **refusal)
    found = asked([entry(0, ALEX, BREAKGLASS, "alex"), made], tmp_path, name, BREAKGLASS)
    told = [(row.event_id, row.session, row.role) for row in found.rows]  # type: ignore[union-attr] # these rows have one
    assert told == [("0", "alex", BREAKGLASS), ("1", "alex", BREAKGLASS)]
    assert [f"the session alex of {BREAKGLASS} entered" in text for text in found.not_judged] == [True] * (not refusal)


KEY = "ASIAOFENTRY"
BARE = {name: value for name, value in session(BREAKGLASS, "alex", "").items() if name != "sessionContext"}
SIGN_IN = {"eventSource": "signin.amazonaws.com"}


def console(key: str = KEY) -> list[dict[str, Any]]:
    """A session that goes to the console: its sign-in has no context, and so has one other call that bears its key."""
    first = entry(0, ALEX, BREAKGLASS, "alex", **(given(key, 30) if key else {}))
    first["requestParameters"]["sourceIdentity"] = "INC-1"
    within = session(BREAKGLASS.replace("/", "/emergency/"), "alex", "INC-1")  # only an issuer's ARN has the path
    return [
        first, call(1, keyed(BARE, key), "GetSigninToken", **SIGN_IN), call(2, BARE, "ConsoleLogin", **SIGN_IN),
        call(3, keyed(within, "ASIACONSOLE"), **FROM_CONSOLE), call(4, keyed(within, key)), call(5, keyed(BARE, key)),
        call(6, keyed(BARE, "ASIACONSOLE")),  # the key of a call that names the incident
    ]  # fmt: skip


@pytest.mark.parametrize("key", [KEY, ""])
@pytest.mark.parametrize("name", ["INC-1", "alex"])
def test_a_sign_in_of_the_session_belongs_to_its_source_identity(key: str, name: str, tmp_path: Path) -> None:
    """By the key that the entry gave out, and without one by role, name and time."""
    found = asked(console(key), tmp_path, name, BREAKGLASS)
    assert "".join(row.event_id for row in found.rows) == "0123456"  # type: ignore[union-attr] # these rows have one
    assert (found.not_judged, found.exit_code) == ((), 0)


def test_calls_of_another_session_of_that_name_are_not_the_incidents(tmp_path: Path) -> None:
    """Neither those with another entry's key, nor a sign-in after the session's end."""
    other = entry(1, ALEX, BREAKGLASS, "alex", **given(OTHERS, 59))
    first, *_ = console()
    first["responseElements"]["credentials"]["expiration"] = "Jan 10, 2026, 12:02:00 PM"
    records = [first, other, call(2, keyed(BARE, OTHERS)), call(3, BARE, "ConsoleLogin", **SIGN_IN)]
    found = asked(records, tmp_path, "INC-1", BREAKGLASS)
    assert "".join(row.event_id for row in found.rows) == "0"  # type: ignore[union-attr] # these rows have one
    assert found.exit_code == 0


def test_a_sign_in_that_may_be_of_two_sessions_is_told(tmp_path: Path) -> None:
    other = entry(1, ALEX, BREAKGLASS, "alex", **given(OTHERS, 59))
    found = asked([console()[0], other, call(2, BARE, "ConsoleLogin", **SIGN_IN)], tmp_path, "INC-1", BREAKGLASS)
    assert "".join(row.event_id for row in found.rows) == "02"  # type: ignore[union-attr] # these rows have one
    assert found.exit_code == 2 and "neither access key nor source identity" in found.not_judged[0]


def test_a_sign_in_whose_entry_is_not_in_the_source_is_told(tmp_path: Path) -> None:
    """Of a call with the key of one that names the incident there is no doubt; of a sign-in there is."""
    began = {"attributes": {"creationDate": "2026-01-10T12:00:00Z"}}
    records = console()[1:]
    for record in records:
        if "sessionContext" in record["userIdentity"]:
            record["userIdentity"]["sessionContext"] |= began
    found = asked(records, tmp_path, "INC-1", BREAKGLASS)
    assert "".join(row.event_id for row in found.rows) == "123456"  # type: ignore[union-attr] # these rows have one
    (told,) = found.not_judged
    assert "by its name and their time only, as the record of its entry is not among these" in told
    doubted = [row.event_id for row in found.rows if row.doubt]  # type: ignore[union-attr] # as above
    assert doubted == ["2"]


@pytest.mark.parametrize(
    ("name", "said", "is_write"),
    [
        ("TerminateInstances", {}, True), ("DescribeInstances", {}, False), ("BatchDeleteImage", {}, True),
        ("BatchGetImage", {}, False), ("TerminateInstances", {"readOnly": True}, False),
        ("GetSigninToken", {"readOnly": False}, True),
    ],
)  # fmt: skip
def test_a_record_that_does_not_say_whether_it_only_reads_is_judged_by_its_name(
    name: str, said: dict[str, Any], is_write: bool, tmp_path: Path
) -> None:
    (row,) = asked([call(1, session(BREAKGLASS, "alex", ""), name, **said)], tmp_path, "", BREAKGLASS).rows
    assert row.writes == is_write  # type: ignore[union-attr] # these rows have it
