"""What a use lent to others for a while: a trust policy, a key made active, a key for a user that was there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.incident_records import ACCOUNT, AT, INCIDENT, ROLE, incident, record
from tests.journeys.test_close import STOP, as_user, collected, entered, given_keys, keyed, times

from iam_guardrails.journeys.close import still_coming
from iam_guardrails.model.incident.step import ENTERED, EXITED, Exited

TRUST, KEY = "iam:UpdateAssumeRolePolicy", "iam:UpdateAccessKey"
OWNER = {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/sam", "userName": "sam", "accessKeyId": "AKIA9"}
USED = [(ENTERED, entered(600))]


def into(name: str, key: str, seconds: int, **more: Any) -> Any:
    """Somebody's entry into a role of the account, without a source identity."""
    asked = {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/{name}", "roleSessionName": "m"}
    return record("sts:AssumeRole", asked, given_keys(key), userIdentity=OWNER, seconds=seconds, **more)


def by(key: str, role: str, seconds: int) -> Any:
    return record(*STOP, userIdentity=keyed(key, role), seconds=seconds)


def trust(name: str, seconds: int, **more: Any) -> Any:
    return record(TRUST, {"roleName": name, "policyDocument": "{}"}, seconds=seconds, **more)


def test_entries_into_a_role_count_from_when_its_trust_is_changed_until_it_is_changed_again() -> None:
    found = collected([
        into("r1", "ASIA1", 0), trust("r1", 2), into("r1", "ASIA2", 3), into("r2", "ASIA3", 3),
        by("ASIA1", "r1", 4), by("ASIA2", "r1", 5), trust("r1", 6), into("r1", "ASIA4", 7), by("ASIA4", "r1", 8),
        by("ASIA2", "r1", 9),
    ])  # fmt: skip
    assert times(found) == [2, 3, 5, 6, 9]
    assert found.notes[1:] == (
        "what was done in sessions of the role r1, whose trust this use changed at 2026-11-28T12:00:02Z is counted here"
        " (2 calls), whoever did it",
        "what was begun as sessions of the role r1, whose trust this use changed at 2026-11-28T12:00:02Z, after that"
        " was changed again at 2026-11-28T12:00:06Z is not counted here (1 call)",
    )


def test_a_trust_that_somebody_else_puts_back_was_lent_until_then() -> None:
    other = {"incident": "", "role": "terraform"}
    records = [trust("r1", 2), trust("r1", 3), into("r1", "ASIA2", 5000), by("ASIA2", "r1", 5001)]
    assert times(collected([*records, trust("r1", 6000, **other)], incident(steps=USED))) == [2, 3, 5000, 5001]
    assert times(collected(records, incident(steps=USED))) == [2, 3]


@pytest.mark.parametrize(("seconds", "counted"), [(599, [2, 599]), (601, [2])])
def test_a_trust_that_nobody_puts_back_is_lent_until_the_use_ends(seconds: int, counted: list[int]) -> None:
    assert times(collected([trust("r1", 2), into("r1", "ASIA2", seconds)], incident(steps=USED))) == counted


def test_a_refused_change_of_a_trust_and_that_of_a_break_glass_role_lend_nothing() -> None:
    assert times(collected([trust("r1", 2, error="AccessDenied"), into("r1", "ASIA2", 3)])) == [2]
    assert times(collected([trust(ROLE, 2), into(ROLE, "ASIA2", 3)])) == [2]


def test_calls_with_a_key_that_was_made_active_count_until_it_is_ended() -> None:
    asked = {"userName": "svc", "accessKeyId": "AKIA1"}
    svc = as_user("svc", "AKIA1")
    found = collected([
        record(*STOP, userIdentity=svc, seconds=1),
        record(KEY, asked | {"status": "Active"}, seconds=2),
        record(*STOP, userIdentity=svc, seconds=3),
        record("sts:GetSessionToken", {}, given_keys("ASIA1"), userIdentity=svc, seconds=4),
        record(*STOP, userIdentity=as_user("svc", "AKIA2"), seconds=5),
        record(KEY, asked | {"status": "Inactive"}, seconds=6),
        record(*STOP, userIdentity=as_user("svc", "ASIA1"), seconds=7),
        record(*STOP, userIdentity=svc, seconds=8),
    ])  # fmt: skip
    assert times(found) == [2, 3, 4, 6, 7]


def made(*more: Any) -> list[Any]:
    key = {"accessKey": {"accessKeyId": "AKIA1", "userName": "app"}}
    app = as_user("app", "AKIA1")
    return [record("iam:CreateAccessKey", {"userName": "app"}, key, seconds=2),
            *(record(*STOP, userIdentity=app, seconds=seconds) for seconds in (3, 700, 5000)), *more]  # fmt: skip


def test_an_application_with_a_new_key_works_on_after_the_use() -> None:
    found = collected(made(), use := incident(steps=USED))
    assert times(found) == [2, 3]
    assert found.notes[-1] == (
        "what was done with the access key AKIA1, which this use made or made active at 2026-11-28T12:00:02Z, after the"
        " use ended at 2026-11-28T12:10:00Z is not counted here (2 calls)"
    )
    ended = AT + timedelta(minutes=10)
    assert not still_coming(use, found, ended, AT + timedelta(seconds=5010), 900)


def test_a_new_key_that_was_ended_later_was_the_uses_until_then() -> None:
    end = record("iam:DeleteAccessKey", {"userName": "app", "accessKeyId": "AKIA1"}, incident="", role="x",
                 seconds=4000)  # fmt: skip
    assert times(collected(made(end), incident(steps=USED))) == [2, 3, 700]


def test_a_key_of_a_user_that_the_use_made_is_the_uses_for_ever() -> None:
    user = record("iam:CreateUser", {"userName": "app"}, seconds=1)
    assert times(collected(made(user), incident(steps=USED))) == [1, 2, 3, 700, 5000]


def test_a_use_goes_on_as_long_as_its_sessions_call() -> None:
    late = record("iam:CreateUser", {"userName": "x"}, incident=INCIDENT, seconds=800)
    assert times(collected(made(late), incident(steps=USED))) == [2, 3, 700, 800]


def test_delivery_waits_for_keys_that_ended_not_for_those_that_work_on() -> None:
    user = record("iam:CreateUser", {"userName": "app"}, seconds=1)
    end = record("iam:DeleteAccessKey", {"userName": "app", "accessKeyId": "AKIA1"}, incident="", role="x",
                 seconds=5005)  # fmt: skip
    use, ended, clock = incident(steps=USED), AT + timedelta(minutes=10), AT + timedelta(seconds=5010)
    assert not still_coming(use, collected(made(user), use), ended, clock, 900)
    assert still_coming(use, collected(made(user, end), use), ended, clock, 900)


def test_a_use_of_which_the_record_knows_no_session_ends_when_its_sessions_are_revoked() -> None:
    begun = record("sts:AssumeRole", {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/{ROLE}", "sourceIdentity": INCIDENT},
                   given_keys("ASIA1"), userIdentity=OWNER)  # fmt: skip
    revoked = Exited(f"arn:aws:iam::{ACCOUNT}:role/{ROLE}", AT + timedelta(seconds=710))
    assert times(collected([begun, *made()])) == [0, 2, 3, 700, 5000]
    found = collected([begun, *made()], incident(steps=[(EXITED, revoked, 600)]))
    assert times(found) == [0, 2, 3]
    assert found.notes[-1].endswith("after the use ended at 2026-11-28T12:10:00Z is not counted here (2 calls)")


@pytest.mark.parametrize(("exited", "counted"), [(ROLE, [0, 2, 3]), ("prod-breakglass-network", [0, 2, 3, 700])])
def test_of_a_use_without_a_record_of_entries_too_a_revocation_is_of_its_role(exited: str, counted: list[int]) -> None:
    begun = record("sts:AssumeRole", {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/{ROLE}", "sourceIdentity": INCIDENT},
                   given_keys("ASIA1") | {"credentials": {"expiration": "Nov 28, 2026, 1:00:00 PM"}},
                   userIdentity=OWNER)  # fmt: skip
    revoked = Exited(f"arn:aws:iam::{ACCOUNT}:role/{exited}", AT + timedelta(seconds=610))
    assert times(collected([begun, *made()], incident(steps=[(EXITED, revoked, 600)]))) == counted


def test_a_key_made_active_is_told_where_calls_with_it_count() -> None:
    active = record(KEY, {"userName": "svc", "accessKeyId": "AKIA1", "status": "Active"})
    found = collected([active, record(*STOP, userIdentity=as_user("svc", "AKIA1"), seconds=3)])
    assert found.notes[1:] == (
        "what was done with the access key AKIA1, which this use made or made active at 2026-11-28T12:00:00Z is counted"
        " here (1 call), whoever did it",
    )


ROLE_MADE, GONE = "iam:CreateRole", "iam:DeleteRole"
CONSOLE = as_user("ghost", "ASIA5", sessionContext={"attributes": {"mfaAuthenticated": "true"}})
PASSWORD = {"userName": "ghost"}


def test_a_role_that_the_use_made_is_the_uses_until_the_use_ends_and_what_comes_later_is_told() -> None:
    puppet = [by("ASIA7", "puppet", seconds) for seconds in (3, 599, 700, 5000)]
    records = [record(ROLE_MADE, {"roleName": "puppet"}, seconds=2), *puppet]
    found = collected(records, use := incident(steps=USED))
    assert times(found) == [2, 3, 599]
    assert found.notes[-1] == (
        "what was done in sessions of the role puppet, which this use made at 2026-11-28T12:00:02Z, after the use ended"
        " at 2026-11-28T12:10:00Z is not counted here (2 calls)"
    )
    assert not still_coming(use, found, AT + timedelta(minutes=10), AT + timedelta(seconds=5010), 900)
    gone = record(GONE, {"roleName": "puppet"}, incident="", role="x", seconds=800)
    assert times(collected([*records, gone], use)) == [2, 3, 599, 700]  # until somebody deleted it
    anew = record(ROLE_MADE, {"roleName": "puppet"}, incident="", role="terraform", seconds=900)
    later = record(GONE, {"roleName": "puppet"}, incident="", role="terraform", seconds=6000)
    assert times(collected([*records, gone, anew, later], use)) == [2, 3, 599, 700]  # and not the one made by others


def test_a_password_that_the_use_set_is_the_uses_until_the_use_ends_and_what_comes_later_is_told() -> None:
    signed_in = [record(*STOP, userIdentity=CONSOLE, seconds=seconds) for seconds in (3, 700, 5000)]
    records = [record("iam:UpdateLoginProfile", PASSWORD, seconds=2), *signed_in]
    found = collected(records, use := incident(steps=USED))
    assert times(found) == [2, 3]
    assert found.notes[-1] == (
        "what was done as the user ghost, whose password this use set at 2026-11-28T12:00:02Z, after the use ended at"
        " 2026-11-28T12:10:00Z is not counted here (2 calls)"
    )
    other = record("iam:UpdateLoginProfile", PASSWORD, incident="", role="x", seconds=4000)
    again = collected([*records, other], use)
    assert times(again) == [2, 3, 700]  # until somebody else set it
    assert not any("whose password" in note for note in again.notes)  # what came later is its owner's


def console_call(seconds: int, begun: str) -> Any:
    """A call of ghost in the console. begun: when that session was begun, RFC 3339."""
    ghost = as_user("ghost", f"ASIA{seconds}", sessionContext={"attributes": {"creationDate": begun}})
    return record(*STOP, userIdentity=ghost, seconds=seconds)


def test_a_console_session_that_the_password_began_is_the_uses_as_long_as_it_lasts() -> None:
    """It goes on for up to 12 hours, whoever takes the password away."""
    sign_in = record("signin:ConsoleLogin", None, {"ConsoleLogin": "Success"}, userIdentity=as_user("ghost"), seconds=3)
    during, later = "2026-11-28T12:00:03Z", "2026-11-28T12:00:30Z"
    found = collected([
        record("iam:CreateLoginProfile", PASSWORD, seconds=2), sign_in,
        record("iam:DeleteLoginProfile", PASSWORD, seconds=9), console_call(40, during), console_call(5000, during),
        console_call(41, later), console_call(42, "nonsense"),
    ], incident(steps=USED))  # fmt: skip
    assert times(found) == [2, 3, 9, 40, 5000]


FAR = {"roleArn": "arn:aws:iam::222222222222:role/Access", "roleSessionName": "alex"}


@pytest.mark.parametrize(("error", "told"), [("", 1), ("AccessDenied", 0)])
def test_what_was_done_in_another_account_is_in_no_record_that_is_read(error: str, told: int) -> None:
    gaps = collected([record("sts:AssumeRole", FAR, given_keys("ASIA2"), error=error)]).gaps
    assert list(gaps) == ["a session went on to the role Access of the account 222222222222, of which the source holds"
                          " nothing: what was done there is not judged"] * told  # fmt: skip


@pytest.mark.parametrize("counted", [True, False])
def test_a_password_that_may_have_been_set_is_lent(counted: bool) -> None:
    error = "InternalFailure" if counted else "AccessDenied"
    calls = [record("iam:UpdateLoginProfile", PASSWORD, seconds=2, error=error),
             record(*STOP, userIdentity=CONSOLE, seconds=3)]  # fmt: skip
    assert times(collected(calls)) == ([2, 3] if counted else [2])


OIDC = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
SAML = f"arn:aws:iam::{ACCOUNT}:saml-provider/corp"
ADD, REMOVE = "iam:AddClientIDToOpenIDConnectProvider", "iam:RemoveClientIDFromOpenIDConnectProvider"


def through(provider: str, key: str, seconds: int, audience: str = "", into: str = "fed") -> Any:
    """An entry with a token or an assertion of a provider."""
    asked = {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/{into}", "roleSessionName": "m"}
    if ":saml-provider/" in provider:
        who = {"type": "SAMLUser", "identityProvider": "bdGOnTesti4+mPNxqMuxrNBJAjM=", "userName": "m"}
        return record("sts:AssumeRoleWithSAML", asked | {"principalArn": provider}, given_keys(key), incident="",
                      userIdentity=who, seconds=seconds)  # fmt: skip
    who = {"type": "WebIdentityUser", "identityProvider": provider, "userName": "repo:a/b"}
    given = given_keys(key) | {"audience": audience, "provider": provider}
    return record("sts:AssumeRoleWithWebIdentity", asked, given, incident="", userIdentity=who, seconds=seconds)


def changed_provider(name: str, seconds: int, **asked: Any) -> Any:
    return record(f"iam:{name}", asked, seconds=seconds)


def client_id(action: str, seconds: int, name: str = "evil") -> Any:
    return record(action, {"openIDConnectProviderArn": OIDC, "clientID": name}, seconds=seconds)


@pytest.mark.parametrize(
    ("provider", "first", "last"),
    [
        (SAML, changed_provider("UpdateSAMLProvider", 2, sAMLProviderArn=SAML),
         changed_provider("UpdateSAMLProvider", 6, sAMLProviderArn=SAML)),
        (SAML, record("iam:CreateSAMLProvider", {"name": "corp"}, {"sAMLProviderArn": SAML}, seconds=2),
         changed_provider("DeleteSAMLProvider", 6, sAMLProviderArn=SAML)),
        (OIDC, changed_provider("UpdateOpenIDConnectProviderThumbprint", 2, openIDConnectProviderArn=OIDC),
         changed_provider("UpdateOpenIDConnectProviderThumbprint", 6, openIDConnectProviderArn=OIDC)),
        (OIDC, record("iam:CreateOpenIDConnectProvider", {"url": "x"}, {"openIDConnectProviderArn": OIDC}, seconds=2),
         changed_provider("DeleteOpenIDConnectProvider", 6, openIDConnectProviderArn=OIDC)),
        (OIDC, client_id(ADD, 2), client_id(REMOVE, 6)),
        (OIDC, client_id(ADD, 2), changed_provider("DeleteOpenIDConnectProvider", 6, openIDConnectProviderArn=OIDC)),
    ],
)  # fmt: skip
def test_whom_a_provider_let_in_while_the_use_had_it_open_is_the_uses(provider: str, first: Any, last: Any) -> None:
    audience = "evil" if first.action == ADD else "x"
    found = collected([
        through(provider, "ASIA1", 1, audience), first, through(provider, "ASIA2", 3, audience),
        by("ASIA1", "fed", 4), by("ASIA2", "fed", 5), last, through(provider, "ASIA3", 7, audience),
        by("ASIA3", "fed", 8), by("ASIA2", "fed", 9),
    ])  # fmt: skip
    assert times(found) == [2, 3, 5, 6, 9]
    assert found.notes[-2:] == (
        f"what was begun through the identity provider {provider}, which this use changed at 2026-11-28T12:00:02Z, and"
        " in these sessions, is counted here (1 call), whoever did it",
        f"what was begun through the identity provider {provider}, which this use changed at 2026-11-28T12:00:02Z,"
        " after that was changed again at 2026-11-28T12:00:06Z is not counted here (1 call)",
    )


def test_tokens_for_another_client_id_another_provider_and_a_refused_change_count_nothing() -> None:
    """Whoever signs in as ever while a client id is added is not let in by the use."""
    other = OIDC.replace("token", "x")
    calls = [client_id(ADD, 2), through(OIDC, "ASIA1", 3, "sts.amazonaws.com"), through(other, "ASIA2", 3, "evil"),
             through(SAML, "ASIA3", 3), by("ASIA1", "fed", 4), by("ASIA2", "fed", 4)]  # fmt: skip
    assert times(collected(calls)) == [2]
    refused = record("iam:UpdateSAMLProvider", {"sAMLProviderArn": SAML}, seconds=2, error="AccessDenied")
    assert times(collected([refused, through(SAML, "ASIA1", 3), by("ASIA1", "fed", 4)])) == [2]
    taken_away = [client_id(REMOVE, 2), through(OIDC, "ASIA1", 3, "evil"), client_id(ADD, 6)]
    assert times(collected(taken_away)) == [2, 6]


def test_a_provider_by_its_issuer_is_the_same() -> None:
    issuer = "https://token.actions.githubusercontent.com"
    calls = [client_id(ADD, 2), through(issuer, "ASIA1", 3, "evil"), by("ASIA1", "fed", 4)]
    assert times(collected(calls)) == [2, 3, 4]


def test_an_entry_into_a_break_glass_role_through_a_provider_is_judged_itself() -> None:
    found = collected([client_id(ADD, 2), through(OIDC, "ASIA1", 3, "evil", into=ROLE)])
    assert times(found) == [2]
    assert any("is not counted here, for it bears no incident id" in gap for gap in found.gaps)
