"""Records of unusual shape, in any mixture, are the same to both engines."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iam_guardrails.model.trail.window import window
from tests.trail_sql.lake import FakeAthena, connected
from tests.trail_sql.test_answers import NAME, by_athena, by_files, compare

IDENTITY_CENTER = Path(__file__).parent.parent / "cases" / "trail_records" / "identity-center.json"
ACCOUNT, OTHER = "111122223333", "444455556666"
QUIET = {"eventTime": "2026-01-10T09:04:00Z", "eventSource": "s3.amazonaws.com", "eventName": "ListBuckets",
         "eventID": "quiet", "recipientAccountId": OTHER}  # fmt: skip
ROLE = f"arn:aws:iam::{ACCOUNT}:role/emergency/{NAME}"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/{NAME}/INC-1"
ISSUER = {"type": "Role", "arn": ROLE, "accountId": ACCOUNT}
CALLERS: list[Any] = [
    None,
    {},
    {"type": "Root", "principalId": ACCOUNT, "arn": f"arn:aws:iam::{ACCOUNT}:root", "accountId": ACCOUNT},
    # the console gives the sessions of root and of users an empty issuer
    {"type": "Root", "principalId": ACCOUNT, "arn": f"arn:aws:iam::{ACCOUNT}:root", "accountId": ACCOUNT,
     "sessionContext": {"sessionIssuer": {}, "webIdFederationData": {}, "attributes": {"mfaAuthenticated": "false"}}},
    {"type": "IAMUser", "principalId": "AIDAEXAMPLE", "arn": f"arn:aws:iam::{ACCOUNT}:user/alex", "userName": "alex",
     "accountId": ACCOUNT, "sessionContext": {"sessionIssuer": {}, "attributes": {"mfaAuthenticated": "true"}}},
    {"type": "IAMUser", "principalId": "AIDAEXAMPLE", "arn": f"arn:aws:iam::{ACCOUNT}:user/alex", "userName": "alex",
     "accountId": ACCOUNT, "sessionContext": {"attributes": {"mfaAuthenticated": "false"}}},
    {"type": "IAMUser", "principalId": "AIDAEXAMPLE", "arn": f"arn:aws:iam::{ACCOUNT}:user/alex", "accountId": ACCOUNT},
    {"type": "AssumedRole", "principalId": "AROAEXAMPLE:INC-1", "arn": SESSION, "accountId": ACCOUNT,
     "sessionContext": {"sessionIssuer": ISSUER, "sourceIdentity": "alex", "attributes": {"mfaAuthenticated": "true"}}},
    {"type": "AssumedRole", "principalId": "AROAEXAMPLE:INC-1", "arn": SESSION, "accountId": ACCOUNT},
    {"type": "Role", "principalId": "AROAEXAMPLE", "arn": ROLE, "accountId": ACCOUNT},
    {"type": "AWSAccount", "principalId": "AROAOTHER:someone", "accountId": OTHER},
    {"type": "AWSAccount", "principalId": "ANONYMOUS"},
    {"type": "Unknown", "principalId": "who:knows"},
    {"type": "Root", "principalId": ACCOUNT, "accountId": ACCOUNT},
    {"type": "Unknown", "principalId": ACCOUNT, "arn": "", "accountId": ACCOUNT, "userName": "alex"},
    {"type": "IdentityCenterUser", "accountId": ACCOUNT, "onBehalfOf": {"userId": "person-1"}, "credentialId": "x"},
    {"type": "IdentityCenterUser", "accountId": ACCOUNT, "onBehalfOf": {"userId": "person-2"}},
    {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"},
    {"type": "SAMLUser", "principalId": "abc:def", "userName": "alex", "identityProvider": "idp:1"},
    {"type": "WebIdentityUser", "principalId": "repo:x:y", "identityProvider": "token.example.com"},
    {"type": "FederatedUser", "principalId": "1:x", "arn": f"arn:aws:sts::{ACCOUNT}:federated-user/x",
     "sessionContext": {"sessionIssuer": {"type": "Root", "arn": f"arn:aws:iam::{ACCOUNT}:root"}}},
    {"type": "FederatedUser", "principalId": "1:x", "arn": f"arn:aws:sts::{ACCOUNT}:federated-user/x",
     "sessionContext": {"sessionIssuer": {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/{NAME}"}}},
]  # fmt: skip
STS, SECRETS, SSM = "sts.amazonaws.com", "secretsmanager.amazonaws.com", "ssm.amazonaws.com"
CALLS: list[tuple[str, str, bool | None, Any]] = [
    (STS, "AssumeRole", True, {"roleArn": ROLE, "roleSessionName": "INC-2", "sourceIdentity": "alex"}),
    (STS, "AssumeRole", True, {"roleArn": ROLE, "roleSessionName": "INC-3", "serialNumber": "arn:mfa"}),
    (STS, "AssumeRoleWithSAML", True, {"roleArn": f"arn:aws:iam::{OTHER}:role/other"}),
    (STS, "AssumeRole", True, None),
    (
        STS,
        "AssumeRoot",
        True,
        {"targetPrincipal": OTHER, "taskPolicyArn": {"arn": "x"}},
    ),
    (STS, "AssumeRoot", True, {"targetPrincipal": f"arn:aws:iam::{ACCOUNT}:root"}),
    (STS, "AssumeRoot", True, {"targetPrincipal": ["x"]}),
    (STS, "GetCallerIdentity", True, None),
    ("iam.amazonaws.com", "PutRolePolicy", False, {"roleName": "a\"b'c", "policyName": "ü\n"}),
    ("iam.amazonaws.com", "GetRole", True, {"roleName": "x"}),
    ("iam.amazonaws.com", "GenerateServiceLastAccessedDetails", False, None),
    ("iam.amazonaws.com", "GetAccountSummary", None, None),
    ("cloudtrail.amazonaws.com", "StopLogging", False, {"name": "trail"}),
    ("monitoring.amazonaws.com", "DeleteAlarms", False, {"alarmNames": ["a", "b"]}),
    ("signin.amazonaws.com", "ConsoleLogin", False, None),
    ("signin.amazonaws.com", "CheckMfa", False, None),
    ("signin.amazonaws.com", "CredentialVerification", None, None),
    ("signin.amazonaws.com", "GetSigninToken", False, None),
    ("sso.amazonaws.com", "Authenticate", None, None),
    ("sso.amazonaws.com", "Federate", False, None),
    ("sso.amazonaws.com", "CreateAccountAssignment", False, {"permissionSetArn": "set", "targetId": ACCOUNT}),
    ("sso-directory.amazonaws.com", "AddMemberToGroup", None, {"groupId": "group"}),
    ("s3.amazonaws.com", "PutBucketLifecycle", False, {"bucketName": "trail"}),
    ("logs.amazonaws.com", "DeleteLogStream", False, {"logGroupName": "trail"}),
    (SECRETS, "GetSecretValue", True, {"secretId": "prod/db"}),
    (SECRETS, "GetSecretValue", True, None),
    (SECRETS, "BatchGetSecretValue", True, {"secretIdList": ["one", "two, three", 'q"'], "filters": [{"key": "x"}]}),
    (SSM, "GetParameters", True, {"names": ["/a", "/b"], "withDecryption": True}),
    (SSM, "GetParametersByPath", True, {"path": "/prod"}),
    (SSM, "GetParameter", True, {}),
    ("s3.amazonaws.com", "ListBuckets", True, {}),
]
MESSAGES = [
    "it is refused",
    f"User: {SESSION} is not authorized to perform: sts:AssumeRole on resource: {ROLE} because it is denied",
    f"User: x is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::{OTHER}:role/other",
    "User: x is not authorized to perform: secretsmanager:GetSecretValue on resource: prod/db because no policy",
]
REGIONS = st.sampled_from(["us-east-1", "cn-north-1"])
ANSWERED: list[Any] = [
    None, {}, {"sourceIdentity": "carol"}, {"sourceIdentity": "alex"}, {"sourceIdentity": ""}, {"sourceIdentity": 5},
    {"sourceIdentity": None}, {"sourceIdentity": ["carol"]}, ["carol"],
    {"credentials": {"accessKeyId": "ASIA1", "sessionToken": "x"}, "sourceIdentity": "carol"},
]  # fmt: skip
ERRORS = [None, None, "", "AccessDenied", "Client.UnauthorizedOperation", "NoSuchEntity"]


@st.composite
def record(draw: st.DrawFn) -> dict[str, Any]:
    source, name, read_only, asked = draw(st.sampled_from(CALLS))
    number = draw(st.integers(0, 40))
    made: dict[str, Any] = {
        "eventVersion": "1.11", "eventTime": f"2026-01-10T09:05:0{draw(st.integers(0, 3))}Z", "eventSource": source,
        "eventName": name, "awsRegion": "us-east-1" if source == STS else draw(REGIONS),
        "sourceIPAddress": f"203.0.113.{draw(st.integers(1, 7))}",
        "requestParameters": asked, "responseElements": None, "eventID": f"event-{number:03}",
        "recipientAccountId": draw(st.sampled_from([ACCOUNT, OTHER])),
    }  # fmt: skip
    caller = draw(st.sampled_from(CALLERS))
    if caller is not None:
        made["userIdentity"] = caller
    if read_only is not None:
        made["readOnly"] = read_only
    if source == "signin.amazonaws.com":
        where = draw(st.sampled_from(["responseElements", "serviceEventDetails"]))
        answers = ({name: "Success"}, {name: "Failure"}, {name: ""}, {"Other": "Failure"}, None)
        made[where] = draw(st.sampled_from(answers))
        made["additionalEventData"] = {"MFAUsed": "No"}
    error = draw(st.sampled_from(ERRORS))
    if error is not None:
        made |= {"errorMessage": draw(st.sampled_from(MESSAGES))} | ({"errorCode": error} if error else {})
    if source == STS:
        made["responseElements"] = draw(st.sampled_from(ANSWERED))
    if draw(st.booleans()) and source == STS:
        made["sharedEventID"] = f"shared-{draw(st.integers(0, 3))}"
    return made


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    found=st.lists(record(), min_size=1, max_size=40, unique_by=lambda item: item["eventID"]), again=st.integers(0, 9)
)
def test_any_mixture(found: list[dict[str, Any]], again: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("odd")
    write(folder, found, "one")
    write(folder, found[:again], "two")
    write(folder, [QUIET], "none", OTHER)  # the table is made for both accounts, so there are records of both
    compare(folder, tmp_path_factory.mktemp("kept"), FakeAthena(connected(folder), page=20), window("2026-01-01", None))


def test_the_two_records_of_a_call_from_another_account_are_one(tmp_path: Path) -> None:
    """The role's account sees the caller's id only; who it was says the caller's account, here a session of a role."""
    caller = {"type": "AssumedRole", "principalId": "AROACALLER:alex", "accountId": OTHER,
              "arn": f"arn:aws:sts::{OTHER}:assumed-role/operator/alex",
              "sessionContext": {"sessionIssuer": {"arn": f"arn:aws:iam::{OTHER}:role/team/operator"},
                                 "attributes": {"mfaAuthenticated": "true"}}}  # fmt: skip
    seen = {"type": "AWSAccount", "principalId": "AROACALLER:alex", "accountId": OTHER}
    entries = [
        {"eventTime": "2026-01-10T09:05:00Z", "eventSource": STS, "eventName": "AssumeRole", "eventID": event_id,
         "recipientAccountId": account, "sourceIPAddress": "203.0.113.1", "userIdentity": who, "sharedEventID": "both",
         "requestParameters": {"roleArn": ROLE, "roleSessionName": "INC-1"}}
        for event_id, account, who in (("a", ACCOUNT, seen), ("b", OTHER, caller))
    ]  # fmt: skip
    tree, when = tmp_path / "tree", window("2026-01-01", None)
    write(tree, entries, "one")
    write(tree, [QUIET], "none", OTHER)
    compare(tree, tmp_path / "kept", FakeAthena(connected(tree)), when)
    rows: Any = by_athena("role-assumptions", FakeAthena(connected(tree)), when).rows
    assert [(row.principal, row.account_id, row.mfa, row.event_id) for row in rows] == [
        (f"arn:aws:iam::{OTHER}:role/team/operator", ACCOUNT, "yes", "a")
    ]


def test_of_two_in_one_second_the_later_id_is_the_latest(tmp_path: Path) -> None:
    """Whatever their order in the file: otherwise the answer would depend on the way that files are read."""
    for name, ids in (("up", ("a", "b")), ("down", ("b", "a"))):
        entries = [
            {"eventTime": "2026-01-10T09:05:00Z", "eventSource": STS, "eventName": "AssumeRole", "eventID": event_id,
             "recipientAccountId": ACCOUNT, "sourceIPAddress": "203.0.113.1", "userIdentity": CALLERS[5],
             "requestParameters": {"roleArn": ROLE, "roleSessionName": event_id}}
            for event_id in ids
        ]  # fmt: skip
        write(tmp_path / name, entries, "one")
        when = window("2026-01-01", None)
        files = by_files("role-assumptions", tmp_path / name, tmp_path / "kept" / name, when)
        athena = by_athena("role-assumptions", FakeAthena(connected(tmp_path / name)), when)
        rows: Any = files.rows
        assert list(rows) == list(athena.rows) and [(row.event_id, row.session) for row in rows] == [("b", "b")]


def write(folder: Path, found: list[dict[str, Any]], name: str, account: str = ACCOUNT) -> None:
    path = folder / f"AWSLogs/{account}/CloudTrail/us-east-1/2026/01/10"
    path.mkdir(parents=True, exist_ok=True)
    content = gzip.compress(json.dumps({"Records": found}).encode(), mtime=0)
    (path / f"{account}_CloudTrail_us-east-1_20260110T0910Z_{name:0<16}.json.gz").write_bytes(content)


@pytest.mark.parametrize(
    ("who", "chained"),
    [
        ({"type": "AWSAccount", "principalId": "AROAEXAMPLE:mallory", "accountId": OTHER}, True),
        ({"type": "AWSAccount", "principalId": "AIDAEXAMPLE", "accountId": OTHER}, False),
        ({"type": "AWSAccount", "principalId": OTHER, "accountId": OTHER}, False),
        ({"type": "AWSAccount", "principalId": "EXAMPLE", "accountId": OTHER}, None),
        ({"type": "AWSAccount", "accountId": OTHER}, None),
        (CALLERS[5], False),
        (CALLERS[7], True),
    ],
)
def test_whether_a_session_of_a_role_called(who: Any, chained: bool | None, tmp_path: Path) -> None:
    """Also where the source has only the record of the role's account, which holds the caller's id."""
    entry = {"eventTime": "2026-01-10T09:05:00Z", "eventSource": STS, "eventName": "AssumeRole", "eventID": "1",
             "recipientAccountId": ACCOUNT, "userIdentity": who, "requestParameters": {"roleArn": ROLE}}  # fmt: skip
    write(tmp_path, [entry], "one")
    when = window("2026-01-01", None)
    for answer in (
        by_files("role-assumptions", tmp_path, tmp_path / "cache", when),
        by_athena("role-assumptions", FakeAthena(connected(tmp_path)), when),
    ):
        rows: Any = answer.rows
        assert [row.chained for row in rows] == [chained]


@pytest.mark.parametrize("order", [1, -1])
def test_neither_root_nor_a_session_that_it_gave_out_hides_the_other(order: int, tmp_path: Path) -> None:
    """They are one principal, so what is known of the one counts for the other (GetFederationToken)."""
    given_out = {
        "type": "FederatedUser", "arn": f"arn:aws:sts::{ACCOUNT}:federated-user/x", "accountId": ACCOUNT,
        "sessionContext": {"sessionIssuer": {"type": "Root", "arn": f"arn:aws:iam::{ACCOUNT}:root"}},
    }  # fmt: skip
    calls = [{"eventTime": "2026-01-10T09:05:00Z", "eventSource": "cloudtrail.amazonaws.com", "eventID": event_id,
              "eventName": "DeleteTrail", "userIdentity": who}
             for event_id, who in (("1", given_out), ("2", CALLERS[2]), ("3", CALLERS[4]))]  # fmt: skip
    write(tmp_path, calls[::order], "one")
    when = window("2026-01-01", None)
    for answer in (
        by_files("root-use", tmp_path, tmp_path / "cache", when),
        by_athena("root-use", FakeAthena(connected(tmp_path)), when),
    ):
        rows: Any = answer.rows
        assert [row.event_id for row in rows] == ["1", "2"]


@pytest.mark.parametrize("order", [1, -1])
def test_a_change_of_iam_is_told_by_its_own_record(order: int, tmp_path: Path) -> None:
    calls = [{"eventTime": "2026-01-10T09:05:00Z", "eventSource": "iam.amazonaws.com", "eventID": event_id,
              "eventName": "GenerateThing", "userIdentity": CALLERS[4], "readOnly": reads}
             for event_id, reads in (("1", True), ("2", False))]  # fmt: skip
    write(tmp_path, calls[::order], "one")
    when = window("2026-01-01", None)
    for answer in (
        by_files("iam-changes", tmp_path, tmp_path / "cache", when),
        by_athena("iam-changes", FakeAthena(connected(tmp_path)), when),
    ):
        rows: Any = answer.rows
        assert [row.event_id for row in rows] == ["2"]


def test_root_in_the_console_is_root(tmp_path: Path) -> None:
    """Its session has an issuer that says nothing; it must not become nobody."""
    write(tmp_path, [{"eventTime": "2026-01-10T09:05:00Z", "eventSource": "s3.amazonaws.com", "eventID": "1",
                      "eventName": "ListBuckets", "userIdentity": CALLERS[3]}], "one")  # fmt: skip
    when = window("2026-01-01", None)
    for answer in (
        by_files("root-use", tmp_path, tmp_path / "cache", when),
        by_athena("root-use", FakeAthena(connected(tmp_path)), when),
    ):
        rows: Any = answer.rows
        assert [row.principal for row in rows] == [f"arn:aws:iam::{ACCOUNT}:root"]


IN_OTHER = f"arn:aws:iam::{OTHER}:role/emergency/{NAME}"


def test_what_a_session_entered_by_its_key_is_the_same_to_both(tmp_path: Path) -> None:
    """Neither what somebody else did before in a session of that name, nor what he does beside it."""

    def session(role: str, name: str, key: str) -> dict[str, Any]:
        account = role.split(":")[4]
        arn = f"arn:aws:sts::{account}:assumed-role/{NAME}/{name}"
        return {"type": "AssumedRole", "arn": arn, "accountId": account, "accessKeyId": key,
                 "sessionContext": {"sessionIssuer": {"arn": role}}}  # fmt: skip

    def call(second: int, name: str, who: Any, **more: Any) -> dict[str, Any]:
        source = STS if name == "AssumeRole" else "ec2.amazonaws.com"
        return {"eventTime": f"2026-01-10T09:05:0{second}Z", "eventSource": source, "eventName": name,
                "eventID": str(second), "recipientAccountId": ACCOUNT, "userIdentity": who, **more}  # fmt: skip

    asked = {"roleArn": IN_OTHER, "roleSessionName": "deploy"}
    answered = {"credentials": {"accessKeyId": "OWN", "expiration": "Jan 10, 2026, 9:35:00 AM", "sessionToken": "x"}}
    found = [
        call(1, "StopInstances", session(IN_OTHER, "deploy", "OTHERS")),
        call(2, "AssumeRole", session(ROLE, "alex", "FIRST"), requestParameters=asked, responseElements=answered),
        call(3, "StartInstances", session(IN_OTHER, "deploy", "OWN")),
        call(4, "StopInstances", session(IN_OTHER, "deploy", "OTHERS")),
        call(5, "RunInstances", session(IN_OTHER, "deploy", "CONSOLE"), sessionCredentialFromConsole="true"),
    ]
    write(tmp_path, found, "one")
    when = window("2026-01-01", None)
    for answer in (
        by_files("breakglass-session", tmp_path, tmp_path / "cache", when, session="alex"),
        by_athena("breakglass-session", FakeAthena(connected(tmp_path)), when, session="alex"),
    ):
        rows: Any = answer.rows
        assert [row.event_id for row in rows] == ["2", "3", "5"]


def test_a_sign_in_belongs_to_the_sessions_source_identity_to_both(tmp_path: Path) -> None:
    """By the key that the entry gave out and, where there is none, by role, name and time."""
    bare = {"type": "AssumedRole", "arn": f"arn:aws:sts::{OTHER}:assumed-role/{NAME}/alex", "accountId": OTHER}

    def call(second: int, name: str, who: Any, **more: Any) -> dict[str, Any]:
        source = {"AssumeRole": STS, "StopInstances": "ec2.amazonaws.com"}.get(name, "signin.amazonaws.com")
        return {"eventTime": f"2026-01-10T09:05:0{second}Z", "eventSource": source, "eventName": name,
                "eventID": str(second), "recipientAccountId": OTHER, "userIdentity": who, **more}  # fmt: skip

    asked = {"roleArn": IN_OTHER, "roleSessionName": "alex", "sourceIdentity": "INC-1"}
    answered = {"credentials": {"accessKeyId": "OWN", "expiration": "Jan 10, 2026, 9:35:00 AM", "sessionToken": "x"}}
    user = {"type": "IAMUser", "arn": f"arn:aws:iam::{OTHER}:user/alex", "accountId": OTHER}
    found = [
        call(1, "AssumeRole", user, requestParameters=asked, responseElements=answered),
        call(2, "GetSigninToken", {**bare, "accessKeyId": "OWN"}), call(3, "ConsoleLogin", bare),
        call(4, "StopInstances", {**bare, "accessKeyId": "OWN"}),
    ]  # fmt: skip
    write(tmp_path, found, "one")
    when = window("2026-01-01", None)
    for answer in (
        by_files("breakglass-session", tmp_path, tmp_path / "cache", when, session="INC-1"),
        by_athena("breakglass-session", FakeAthena(connected(tmp_path)), when, session="INC-1"),
    ):
        rows: Any = answer.rows
        assert [row.event_id for row in rows] == ["1", "2", "3", "4"]


def test_a_failed_sign_in_is_told_by_its_own_answer(tmp_path: Path) -> None:
    """Whatever its name, and wherever it says so; whether or not it has a message too."""
    ways: list[tuple[str, dict[str, Any], str]] = [
        ("CheckMfa", {"responseElements": {"CheckMfa": "Failure"}}, "Failure"),
        ("PasswordRecoveryRequested", {"responseElements": {"PasswordRecoveryRequested": "Failure"}}, "Failure"),
        ("CredentialVerification", {"serviceEventDetails": {"CredentialVerification": "Failure"}}, "Failure"),
        ("UserAuthentication", {"serviceEventDetails": {"UserAuthentication": "Success"}}, "ok"),
        ("GetSigninToken", {"responseElements": {"GetSigninToken": "Failure"}, "errorMessage": "no"}, "no"),
        ("ConsoleLogin", {"responseElements": {"ConsoleLogin": "Failure"}, "errorMessage": "no"}, "no"),
        ("SwitchRole", {"responseElements": {"SwitchRole": "Success"}}, "ok"),
    ]
    found = [{"eventTime": "2026-01-10T09:05:00Z", "eventSource": "signin.amazonaws.com", "eventName": name,
              "eventID": f"{number}", "awsRegion": "us-east-1", "recipientAccountId": ACCOUNT,
              "userIdentity": {"type": "Unknown", "principalId": ACCOUNT, "accountId": ACCOUNT, "userName": "alex"},
              **more} for number, (name, more, _) in enumerate(ways)]  # fmt: skip
    write(tmp_path, found, "one")
    when, athena = window("2026-01-01", None), FakeAthena(connected(tmp_path))
    for answer in (by_files("console-use", tmp_path, tmp_path / "kept", when), by_athena("console-use", athena, when)):
        rows: Any = answer.rows
        assert [(row.principal, row.outcome) for row in rows] == [(f"{ACCOUNT} alex", told) for _, _, told in ways]
    for answer in (
        by_files("actions-used", tmp_path, tmp_path / "kept", when), by_athena("actions-used", athena, when)
    ):  # fmt: skip
        rows = answer.rows
        good = {row.action.partition(":")[2] for row in rows if row.last}
        assert good == {"UserAuthentication", "SwitchRole"}
        assert {row.last_error for row in rows if not row.last} == {"Failure"}


def test_identity_center_tells_who_got_access_and_who_signed_in(tmp_path: Path) -> None:
    """Records as AWS documents them ("Understanding CloudTrail events for IAM Identity Center")."""
    told = json.loads(IDENTITY_CENTER.read_text())
    write(tmp_path, [one["record"] for one in told], "one")
    when, athena = window("2026-01-01", None), FakeAthena(connected(tmp_path))
    for name in ("iam-changes", "console-use"):
        wanted = [(one["record"]["eventID"], one["action"], one["target"], one["outcome"]) for one in told
                  if one["question"] == name]  # fmt: skip
        for answer in (by_files(name, tmp_path, tmp_path / "kept", when), by_athena(name, athena, when)):
            rows: Any = answer.rows
            assert [(row.event_id, row.action, row.target, row.outcome) for row in rows] == wanted


def test_a_root_user_without_an_arn_is_the_one_of_its_partition(tmp_path: Path) -> None:
    root, named = {"type": "Root", "principalId": ACCOUNT, "accountId": ACCOUNT}, f"arn:aws-cn:iam::{ACCOUNT}:root"
    admin = {"type": "IAMUser", "arn": f"arn:aws-cn:iam::{ACCOUNT}:user/admin", "accountId": ACCOUNT}
    calls: list[tuple[str, str, Any, Any]] = [
        ("signin.amazonaws.com", "ConsoleLogin", root, None), ("ec2.amazonaws.com", "RunInstances", root, None),
        (SECRETS, "GetSecretValue", root, {"secretId": "db"}),
        ("s3.amazonaws.com", "ListBuckets", {**root, "arn": named}, None),
        (STS, "AssumeRoot", admin, {"targetPrincipal": OTHER}),
        (STS, "AssumeRoot", admin, {"targetPrincipal": f"arn:aws-cn:iam::{OTHER}:root"}),
    ]  # fmt: skip
    found = [{"eventTime": "2026-01-10T09:05:00Z", "eventSource": source, "eventName": name, "eventID": f"{number}",
              "awsRegion": "cn-north-1", "recipientAccountId": ACCOUNT, "userIdentity": who, "requestParameters": asked}
             for number, (source, name, who, asked) in enumerate(calls)]  # fmt: skip
    write(tmp_path, found, "one")
    when, athena = window("2026-01-01", None), FakeAthena(connected(tmp_path))
    for name, told in (("root-use", {named}), ("secret-reads", {named}), ("last-use", {named, admin["arn"]})):
        for answer in (by_files(name, tmp_path, tmp_path / "kept", when), by_athena(name, athena, when)):
            rows: Any = answer.rows
            assert {row.principal for row in rows} == told, name
    for answer in (
        by_files("role-assumptions", tmp_path, tmp_path / "kept", when), by_athena("role-assumptions", athena, when)
    ):  # fmt: skip
        rows = answer.rows
        assert [row.role for row in rows] == [f"arn:aws-cn:iam::{OTHER}:root"]


def test_records_that_share_an_id_and_are_not_of_one_call_are_told_by_both_engines(tmp_path: Path) -> None:
    """Root is named by its ARN; that it is of another account than the role tells only its account id."""
    root = {"type": "Root", "principalId": ACCOUNT, "arn": f"arn:aws:iam::{ACCOUNT}:root", "accountId": ACCOUNT}
    entries = [
        {"eventTime": f"2026-01-10T09:05:0{number}Z", "eventSource": STS, "eventName": "AssumeRole",
         "eventID": str(number), "recipientAccountId": OTHER, "sourceIPAddress": "203.0.113.1", "userIdentity": root,
         "sharedEventID": "both", "errorCode": "AccessDenied", "requestParameters": None,
         "errorMessage": f"… to perform: sts:AssumeRole on resource: arn:aws:iam::{OTHER}:role/a"}
        for number in range(2)
    ]  # fmt: skip
    tree, when = tmp_path / "tree", window("2026-01-01", None)
    write(tree, entries, "one")
    write(tree, [QUIET], "none", OTHER)
    compare(tree, tmp_path / "kept", FakeAthena(connected(tree)), when)
    found = by_athena("role-assumptions", FakeAthena(connected(tree)), when)
    assert found.rows and any("share an event id (both)" in why for why in found.not_judged)
