"""The credential report and MFA serial numbers, in the forms AWS hands them out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from iam_guardrails.adapters.aws.credential_report import (
    Begun,
    begin_report,
    finish_report,
    moment,
    parse_report,
    truth,
)
from iam_guardrails.adapters.aws.credentials import (
    Credentials,
    access_keys,
    credentials_of,
    device_kind,
    mfa_kinds,
    root_users,
)
from iam_guardrails.adapters.aws.reading import Reading, Refused
from iam_guardrails.model.credential_report import ROOT_ROW, CredentialReport, CredentialRow, KeyRow
from iam_guardrails.model.unknown import Unknown

ID = "333333333333"
REGION = "us-east-2"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
# Columns out of order, upper-case header, the new last column, one column nobody knows, a byte order mark.
REPORT = """\
\ufeffUser,ARN,mfa_active,password_enabled,password_last_used,access_key_1_active,access_key_1_last_rotated,\
access_key_1_last_used_date,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,\
additional_credentials_info,something_new
<root_account>,arn:aws:iam::333333333333:root,TRUE,not_supported,no_information,FALSE,N/A,N/A,FALSE,N/A,N/A,N/A,x
ada,arn:aws:iam::333333333333:user/ada,true,TRUE,2026-11-01T08:00:00+00:00,TRUE,2026-01-01T00:00:00+00:00,\
2026-10-01T00:00:00Z,false,2025-01-01T00:00:00+00:00,N/A,"bedrock,codecommit",x
bob,arn:aws:iam::333333333333:user/bob,FALSE,FALSE,N/A,FALSE,N/A,N/A,FALSE,N/A,N/A,N/A,x
"""


class FakeIam:
    """An IAM client that answers by method; lists are handed out call by call."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.asked: list[tuple[str, str]] = []

    def client(self, service_name: str, region_name: str) -> Any:
        return self

    def __getattr__(self, method: str) -> Any:
        def call(**given: Any) -> Any:
            self.asked.append((method, str(given.get("UserName", ""))))
            answer = self.answers[method]
            if isinstance(answer, list):
                answer = answer.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer(**given) if callable(answer) else answer

        return call


def reading(fake: FakeIam) -> Reading:
    return Reading(fake, ID)


def known_of(text: str = REPORT) -> Credentials:
    return credentials_of(CredentialReport(None, parse_report(text.encode())), ())


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}}, "GetCredentialReport")


def fetched(fake: FakeIam, wait: Any = lambda _: None) -> CredentialReport:
    begun = begin_report(reading(fake), REGION)
    return finish_report(reading(fake), REGION, begun, NOW, wait)


def test_columns_go_by_name_whatever_their_order_and_number() -> None:
    rows = parse_report(REPORT.encode())
    assert [row.user for row in rows] == [ROOT_ROW, "ada", "bob"]
    assert rows[1] == CredentialRow(
        "ada", f"arn:aws:iam::{ID}:user/ada", has_password=True, mfa_active=True,
        other_credentials="bedrock,codecommit",
        password_last_used_at=datetime(2026, 11, 1, 8, tzinfo=UTC),
        keys=(KeyRow(1, True, datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 10, 1, tzinfo=UTC)),
              KeyRow(2, False, datetime(2025, 1, 1, tzinfo=UTC))),
    )  # fmt: skip
    assert (rows[0].has_password, rows[0].other_credentials, rows[2].has_password) == (None, "", False)
    known = known_of()
    assert (known.has_console_password("ada"), known.has_console_password("bob")) == (True, False)


def test_a_user_the_report_does_not_hold_yet_is_unknown() -> None:
    value = known_of().has_console_password("new")
    assert isinstance(value, Unknown)
    assert "older than this user" in value.reason


def test_a_row_of_an_earlier_user_of_the_name_tells_nothing_of_this_one() -> None:
    made = datetime(2020, 1, 1, tzinfo=UTC)
    report = CredentialReport(None, (CredentialRow("bob", "arn", made, has_password=False),))
    for created, same in ((made, True), ("2020-01-01T00:00:00Z", True), (None, True), ("2026-11-28T11:00:00Z", False)):
        known = credentials_of(report, [{"UserName": "bob", "CreateDate": created}])
        assert isinstance(known.has_console_password("bob"), Unknown) is not same


def test_something_else_than_a_report_is_not_an_empty_report() -> None:
    with pytest.raises(ValueError, match="no column called user"):
        parse_report(b"<html>busy</html>")
    fake = FakeIam(generate_credential_report={"State": "COMPLETE"}, get_credential_report={"Content": b"oops"})
    with pytest.raises(Refused, match="something else than a report"):
        fetched(fake)


@pytest.mark.parametrize("text", ["TRUE", "true", "True", " true "])
def test_true_in_any_case(text: str) -> None:
    assert truth(text)


@pytest.mark.parametrize("text", ["FALSE", "false", "N/A", "not_supported", ""])
def test_everything_else_is_not_true(text: str) -> None:
    assert not truth(text)


@pytest.mark.parametrize("text", ["N/A", "no_information", "not_supported", "", "yesterday"])
def test_no_time(text: str) -> None:
    assert moment(text) is None


@pytest.mark.parametrize("text", ["2026-11-01T08:00:00+00:00", "2026-11-01T08:00:00Z", "2026-11-01T08:00:00"])
def test_times_are_aware(text: str) -> None:
    assert moment(text) == datetime(2026, 11, 1, 8, tzinfo=UTC)


def test_the_report_is_waited_for() -> None:
    waited: list[float] = []
    fake = FakeIam(
        generate_credential_report={"State": "STARTED"},
        get_credential_report=[refusal("ReportInProgress"), refusal("ReportInProgress"), {"Content": REPORT.encode()}],
    )
    assert fetched(fake, waited.append).row("ada")
    assert len(waited) == 2
    assert [method for method, _ in fake.asked].count("generate_credential_report") == 1


def test_a_report_that_went_away_is_made_again() -> None:
    fake = FakeIam(
        generate_credential_report=[{"State": "STARTED"}, {"State": "COMPLETE"}],
        get_credential_report=[refusal("ReportExpired"), {"Content": REPORT.encode()}],
    )
    assert fetched(fake).row("ada")


def test_an_old_report_is_not_taken_while_a_new_one_is_made() -> None:
    old = {"Content": b"user\nold\n", "GeneratedTime": datetime(2026, 11, 20, 7, tzinfo=UTC)}
    new = {"Content": REPORT.encode(), "GeneratedTime": datetime(2026, 11, 20, 12, tzinfo=UTC)}
    fake = FakeIam(generate_credential_report={"State": "STARTED"}, get_credential_report=[old, new])
    assert fetched(fake).row("ada")
    fake = FakeIam(get_credential_report=[old])
    assert finish_report(reading(fake), REGION, Begun(True), NOW, lambda _: None).row("old")


def test_a_report_that_never_comes_is_given_up() -> None:
    waited: list[float] = []
    fake = FakeIam(generate_credential_report={"State": "STARTED"}, get_credential_report=refusal("ReportInProgress"))
    with pytest.raises(Refused, match="not there in about a minute"):
        fetched(fake, waited.append)
    assert 45 < sum(waited) < 75


@pytest.mark.parametrize(
    ("serial", "kind"),
    [
        ("arn:aws:iam::333333333333:mfa/ada", "virtual"),
        ("arn:aws-cn:iam::333333333333:mfa/path/ada", "virtual"),
        ("arn:aws:iam::333333333333:u2f/user/ada/key-ABC", "u2f"),
        ("GAHT12345678", "hardware"),
        ("arn:aws:iam::333333333333:sms-mfa/ada", "hardware"),
    ],
)
def test_kind_of_device(serial: str, kind: str) -> None:
    assert device_kind(serial) == kind


def devices(**kinds: list[str]) -> Any:
    def answer(UserName: str) -> dict[str, Any]:
        return {"MFADevices": [{"SerialNumber": serial} for serial in kinds.get(UserName, [])]}

    return answer


def test_owners_are_asked_for_every_device_and_console_users_only_without_a_virtual_one() -> None:
    fake = FakeIam(
        list_mfa_devices=devices(owner=["arn:aws:iam::333333333333:u2f/user/owner/k", "GAHT1"], cleo=["GAHT2"]),
        list_virtual_mfa_devices={"VirtualMFADevices": [{"SerialNumber": "s", "User": {"UserName": "ada"}}]},
    )
    found = mfa_kinds(reading(fake), REGION, ["owner"], ["ada", "cleo", "dan", "owner"])
    assert found == {"owner": ("hardware", "u2f"), "ada": ("virtual",), "cleo": ("hardware",), "dan": ()}
    assert [who for method, who in fake.asked if method == "list_mfa_devices"] == ["owner", "cleo", "dan"]


def test_keys_of_owners_are_listed_and_those_of_others_come_from_the_report() -> None:
    made = datetime(2026, 1, 1, tzinfo=UTC)
    fake = FakeIam(list_access_keys={"AccessKeyMetadata": [
        {"AccessKeyId": "AKIAEXAMPLEWXYZ", "Status": "Inactive", "CreateDate": made}]})  # fmt: skip
    known = known_of()
    users = {name: f"arn:aws:iam::{ID}:user/{name}" for name in ("ada", "bob")}
    listed = access_keys(reading(fake), REGION, users, ["ada", "absent"], known)
    assert [(key.key_suffix, key.active, key.last_used_at) for key in listed] == [
        ("WXYZ", False, datetime(2026, 10, 1, tzinfo=UTC))
    ]
    assert "AKIAEXAMPLE" not in str(listed)
    reported = access_keys(reading(fake), REGION, users, [], known)
    assert [(key.user_name, key.active, key.created_at) for key in reported] == [
        ("ada", True, made),
        ("ada", False, datetime(2025, 1, 1, tzinfo=UTC)),
    ]


def test_the_root_user() -> None:
    fake = FakeIam(get_account_summary={"SummaryMap": {"AccountMFAEnabled": 0, "AccountAccessKeysPresent": 1}})
    used = REPORT.replace("no_information,FALSE,N/A,N/A", "no_information,FALSE,N/A,2026-11-19T00:00:00+00:00", 1)
    (root,) = root_users(reading(fake), REGION, known_of(used))
    assert (root.address, root.mfa_active, root.has_access_key) == (f"arn:aws:iam::{ID}:root", False, True)
    assert root.last_used_at == datetime(2026, 11, 19, tzinfo=UTC)


def test_a_report_without_root_row_is_not_a_root_user_in_order() -> None:
    rows = {name: row for name, row in known_of().rows.items() if name != ROOT_ROW}
    with pytest.raises(Refused, match="no row for the root user"):
        root_users(reading(FakeIam()), REGION, Credentials(rows=rows))
