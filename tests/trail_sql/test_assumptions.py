"""What a record says of who assumed a role, and with MFA or not, is the same to every engine in any order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from iam_guardrails.adapters.trail_engine.known import HAS_TABLE, Known
from tests.trail_sql.test_event_ids import answers, record, told
from tests.trail_sql.test_odd_records import ACCOUNT, CALLERS, OTHER, ROLE

USER: dict[str, Any] = {
    "type": "IAMUser", "principalId": "AIDAEXAMPLE", "accountId": ACCOUNT, "userName": "alex",
    "arn": f"arn:aws:iam::{ACCOUNT}:user/alex",
}  # fmt: skip
GIVEN_OUT: dict[str, Any] = {
    "type": "FederatedUser", "principalId": f"{ACCOUNT}:alex", "accountId": ACCOUNT,
    "arn": f"arn:aws:sts::{ACCOUNT}:federated-user/alex",
    "sessionContext": {
        "sessionIssuer": {"type": "IAMUser", "arn": USER["arn"]}, "attributes": {"mfaAuthenticated": "false"},
    },
}  # fmt: skip
ELSEWHERE: dict[str, Any] = {"type": "AWSAccount", "principalId": "AIDAELSEWHERE", "accountId": OTHER}
REFUSED: dict[str, Any] = {
    "errorCode": "AccessDenied",
    "errorMessage": f"User: x is not authorized to perform: sts:AssumeRole on resource: {ROLE}",
}
WRONG_CODE: dict[str, Any] = {
    "errorCode": "AccessDenied",
    "errorMessage": "MultiFactorAuthentication failed with invalid MFA one time pass code. ",
}


def assume(number: int, who: dict[str, Any], device: str = "", **more: Any) -> dict[str, Any]:
    asks = {"roleArn": ROLE, "roleSessionName": "s"} | ({"serialNumber": device} if device else {})
    made = record(f"n-{number}", "AssumeRole", "sts", userIdentity=who, requestParameters=asks, readOnly=True)
    return made | {"eventTime": f"2026-01-10T09:05:{number:02}Z"} | more


def test_a_user_and_a_session_it_gave_out_are_two_kinds_of_caller_in_any_order(tmp_path: Path) -> None:
    found = [assume(1, USER, **REFUSED), assume(2, GIVEN_OUT, **REFUSED)]
    for answer in answers("role-assumptions", found, tmp_path):
        assert told(answer, "principal", "kind", "mfa") == [
            (USER["arn"], "IAMUser", "no"), (USER["arn"], "FederatedUser", "no")
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("entry", "mfa"),
    [
        (assume(1, ELSEWHERE, f"arn:aws:iam::{OTHER}:mfa/owner"), "yes"),
        (assume(1, ELSEWHERE, f"arn:aws:iam::{OTHER}:mfa/owner", sharedEventID="s-1"), "yes"),
        (assume(1, ELSEWHERE), ""),  # his session may have had MFA
        (assume(1, ELSEWHERE, sharedEventID="s-1"), ""),
        (assume(1, ELSEWHERE, "arn:mfa", **WRONG_CODE), ""),
        (assume(1, ELSEWHERE, "arn:mfa", sharedEventID="s-1", **WRONG_CODE), ""),
        (assume(1, USER, "arn:mfa", **WRONG_CODE), "no"),
        (assume(1, USER, "arn:mfa", sharedEventID="s-1", **WRONG_CODE), "no"),
        (assume(1, USER, "arn:mfa", **REFUSED), "yes"),  # refused for another reason than the code
        (assume(1, GIVEN_OUT, "arn:mfa"), "no"),
    ],
)
def test_whether_the_caller_had_mfa(entry: dict[str, Any], mfa: str, tmp_path: Path) -> None:
    for answer in answers("role-assumptions", [entry], tmp_path):
        assert told(answer, "mfa") == [(mfa,)], answer.source


def test_who_is_new_shows_mfa_of_a_user_of_another_account(tmp_path: Path) -> None:
    for answer in answers("unusual-principals", [assume(1, ELSEWHERE, "arn:mfa")], tmp_path):
        assert told(answer, "principal", "mfa") == [(f"{OTHER} AIDAELSEWHERE", "yes")]


INSIDE: dict[str, Any] = CALLERS[7]  # a session whose source identity is alex
WAYS: list[tuple[dict[str, Any], Any, dict[str, Any], str]] = [
    # asked for, answered, caller -> told
    ({}, {"sourceIdentity": "carol"}, USER, "carol"),
    ({}, {"sourceIdentity": "carol"}, ELSEWHERE, "carol"),
    ({}, {"sourceIdentity": "carol"}, INSIDE, "carol"),
    ({"sourceIdentity": "dora"}, {"sourceIdentity": "carol"}, INSIDE, "dora"),
    ({"sourceIdentity": ""}, {"sourceIdentity": "carol"}, INSIDE, "carol"),
    ({"sourceIdentity": 5}, {"sourceIdentity": "carol"}, INSIDE, "carol"),
    ({"sourceIdentity": None}, {"sourceIdentity": "carol"}, INSIDE, "carol"),
    ({"sourceIdentity": ["dora"]}, {"sourceIdentity": "carol"}, INSIDE, "carol"),
    ({}, {"sourceIdentity": "carol", "credentials": {"accessKeyId": "ASIA1"}, "packedPolicySize": 4}, USER, "carol"),
    ({}, {"sourceIdentity": ""}, INSIDE, "alex"),
    ({}, {"sourceIdentity": 5}, INSIDE, "alex"),
    ({}, {"sourceIdentity": True}, INSIDE, "alex"),
    ({}, {"sourceIdentity": None}, INSIDE, "alex"),
    ({}, {"sourceIdentity": ["carol"]}, INSIDE, "alex"),
    ({}, {"sourceIdentity": {"sourceIdentity": "carol"}}, INSIDE, "alex"),
    ({}, {"assumedRoleUser": {"sourceIdentity": "carol"}}, INSIDE, "alex"),
    ({}, ["carol"], INSIDE, "alex"),
    ({}, 5, INSIDE, "alex"),
    ({}, {}, INSIDE, "alex"),
    ({}, None, INSIDE, "alex"),
    ({}, None, USER, ""),
    ({}, {"sourceIdentity": 5}, USER, ""),
]


@pytest.mark.parametrize("table", [True, False])
@pytest.mark.parametrize("shared", [{}, {"sharedEventID": "s-1"}])
def test_the_source_identity_of_the_session_that_was_given_out(
    shared: dict[str, str], table: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was asked for, else what came with an assertion or from the session before, which the answer tells."""
    if table and not HAS_TABLE:
        pytest.skip("there is no table")
    monkeypatch.setitem(Known.__init__.__kwdefaults__ or {}, "table", table)
    role = ROLE.replace(ACCOUNT, OTHER) if shared else ROLE  # one that another account may have recorded, too
    found = []
    for number, (asked, answered, who, _) in enumerate(WAYS):
        made = assume(number, who, responseElements=answered)
        made["requestParameters"] = {"roleArn": f"{role}-{number:02}", "roleSessionName": "s"} | asked
        found.append(made | {name: f"{value}-{number}" for name, value in shared.items()})
    for answer in answers("role-assumptions", found, tmp_path):
        told_of = [(f"{role}-{number:02}", identity) for number, (*_, identity) in enumerate(WAYS)]
        assert told(answer, "role", "source_identity") == told_of, answer.source


@pytest.mark.parametrize("name", ["AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "AssumeRoot"])
def test_the_source_identity_of_an_assertion_is_told(name: str, tmp_path: Path) -> None:
    who = {"type": "SAMLUser", "principalId": "idp:alex", "userName": "alex", "identityProvider": "idp"}
    entry = assume(1, who, eventName=name, responseElements={"sourceIdentity": "carol"})
    entry["requestParameters"]["targetPrincipal"] = OTHER
    for answer in answers("role-assumptions", [entry], tmp_path):
        assert told(answer, "source_identity") == [("carol",)], answer.source


def test_an_answer_that_names_no_source_identity_is_another_assumption(tmp_path: Path) -> None:
    """Alike in all but the answer, and told apart; who is new is one all the same."""
    found = [assume(1, USER), assume(2, USER, responseElements={"sourceIdentity": "carol"}),
             assume(3, USER, responseElements={"sourceIdentity": "dora"})]  # fmt: skip
    for answer in answers("role-assumptions", found, tmp_path):
        assert told(answer, "source_identity", "event_id") == [("", "n-1"), ("carol", "n-2"), ("dora", "n-3")]
    for answer in answers("unusual-principals", found, tmp_path):
        assert told(answer, "principal", "event_id") == [(USER["arn"], "n-3")]


@pytest.mark.parametrize("by_owner", [True, False])
@pytest.mark.parametrize("by_caller", [True, False])
def test_of_two_records_of_one_call_either_answer_tells_the_source_identity(
    by_owner: bool, by_caller: bool, tmp_path: Path
) -> None:
    """The role's account knows nothing of the caller's session; what that has counts where no answer tells."""
    seen = {"type": "AWSAccount", "principalId": "AROACALLER:alex", "accountId": OTHER}
    inside = {"type": "AssumedRole", "principalId": "AROACALLER:alex", "accountId": OTHER,
              "arn": f"arn:aws:sts::{OTHER}:assumed-role/operator/alex",
              "sessionContext": {"sessionIssuer": {"arn": f"arn:aws:iam::{OTHER}:role/operator"},
                                 "sourceIdentity": "alex"}}  # fmt: skip
    told_by = {True: {"sourceIdentity": "carol"}, False: None}
    found = [
        assume(1, seen, sharedEventID="s", responseElements=told_by[by_owner]),
        assume(1, inside, sharedEventID="s", responseElements=told_by[by_caller])
        | {"eventID": "n-2", "recipientAccountId": OTHER},
    ]
    identity = "carol" if by_owner or by_caller else "alex"
    for answer in answers("role-assumptions", found, tmp_path):
        assert told(answer, "source_identity", "account_id") == [(identity, ACCOUNT)], answer.source
    (tmp_path / "alone").mkdir()
    for answer in answers("role-assumptions", found[:1], tmp_path / "alone"):
        assert told(answer, "source_identity") == [("carol" if by_owner else "",)], answer.source
