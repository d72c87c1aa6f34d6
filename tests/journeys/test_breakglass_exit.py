"""Ending every session of the role: what is written, what stays, what is told where it is impossible."""

from __future__ import annotations

import json
import shlex
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iam_guardrails.journeys.breakglass_exit import end_sessions, news, refused_now
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.iam.document import PolicyDocument, parse
from iam_guardrails.model.iam.evaluate import Policies
from iam_guardrails.model.iam.revocation import revoked_before
from iam_guardrails.model.incident.chain import new_step
from iam_guardrails.model.incident.entry import Caller
from iam_guardrails.model.incident.examined import Closed
from iam_guardrails.model.incident.incident import Incident
from iam_guardrails.model.incident.revoking import (
    DENIED_BY_ROLE,
    STAYS,
    command_of,
    dead_on_arrival,
    document_of,
    is_far_ahead,
    plan_of,
)
from iam_guardrails.model.incident.session import Ended
from iam_guardrails.model.incident.step import CLOSED, ENTERED, EXITED, OPENED, Entered, Opened
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.value import changed
from iam_guardrails.reports.breakglass_entry import exit_text

ACCOUNT, HOME, ROLE = "333333333333", "us-east-2", "prod-breakglass-admin"
ROLE_ARN, OTHER_ARN = (f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in (ROLE, "other"))
ADMIN = f"arn:aws:sts::{ACCOUNT}:assumed-role/admin/kim"
OWN = f"arn:aws:sts::{ACCOUNT}:assumed-role/{ROLE}/alex"
NOW = datetime(2026, 11, 28, 13, 10, tzinfo=UTC)
EXPECTED = Expected(ACCOUNT, HOME, role_names=(ROLE, "other"))
FIRST_DAY = json.dumps(document_of(datetime(1970, 1, 1, tzinfo=UTC)))
ALL = parse({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})


def entry(minutes_ago: int = 20, role_arn: str = ROLE_ARN) -> Entered:
    """A session of 30 minutes that AWS issued so long ago."""
    name = role_arn.rpartition("/")[2]
    return Entered(
        role_arn, "iam-user", f"arn:aws:iam::{ACCOUNT}:user/alex", "alex",
        f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/alex", "AROAX:alex", ACCOUNT, HOME, 30,
        NOW + timedelta(minutes=30 - minutes_ago), "subshell",
    )  # fmt: skip


def incident(*steps: tuple[str, object]) -> Incident:
    opened = Opened("INC-20261128-1250-k7qf", "prod", ACCOUNT, HOME, "alex", "rotate the token", 30)
    made = [new_step([], NOW - timedelta(minutes=25), OPENED, "a@b", opened)]
    for kind, content in steps:
        made.append(new_step(made, NOW - timedelta(minutes=20), kind, "a@b", content))
    return Incident(opened, tuple(made))


class FakeRevoker:
    """An account whose roles have `policies`; `fails` says which call refuses; `slow`: reads that still tell the old
    text after a write."""

    def __init__(self, policies: dict[str, str] | None = None, fails: str = "", slow: int = 0) -> None:
        self.policies = {ROLE: FIRST_DAY} if policies is None else policies
        self.fails, self.slow = fails, slow
        self.written: list[tuple[str, str]] = []
        self.who = Caller(ACCOUNT, ADMIN, NOW)
        self.old: dict[str, str] = {}

    def caller(self) -> Caller:
        self._call("caller")
        return self.who

    def read(self, role_name: str) -> str | None:
        self._call("read")
        if self.old and self.slow > 0:
            self.slow -= 1
            return self.old.get(role_name)
        return self.policies.get(role_name)

    def write(self, role_name: str, document: str) -> None:
        self._call("write")
        self.old = dict(self.policies)
        self.written.append((role_name, document))
        self.policies[role_name] = document

    def _call(self, name: str) -> None:
        if self.fails == name:
            raise Problem(f"iam:{name} was refused (AccessDenied)")


def ended(
    revoker: FakeRevoker, *steps: tuple[str, object], anew: bool = False, profile: str | None = None,
    expected: Expected = EXPECTED,
) -> tuple[Ended, ...]:  # fmt: skip
    def wait(_seconds: float) -> None:
        pass

    return end_sessions(
        incident(*steps), expected, revoker, profile, anew, lambda: NOW + timedelta(hours=1), wait, lambda _: None
    )


def test_the_moment_is_half_a_minute_ahead_of_awss_clock_and_the_policy_is_awss_own() -> None:
    revoker = FakeRevoker()
    (found,) = ended(revoker, (ENTERED, entry()))
    assert found.step.issued_before == NOW + timedelta(seconds=30)
    assert (found.step.by, found.stayed, found.replaced, found.sessions) == (ADMIN, False, "", (OWN,))
    ((name, text),) = revoker.written
    assert name == ROLE
    assert json.loads(text) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny", "Action": ["*"], "Resource": ["*"],
                "Condition": {"DateLessThan": {"aws:TokenIssueTime": "2026-11-28T13:10:30Z"}},
            }
        ],
    }  # fmt: skip


def test_a_second_exit_writes_and_records_nothing() -> None:
    revoker = FakeRevoker()
    (first,) = ended(revoker, (ENTERED, entry()))
    after = ((ENTERED, entry()), (EXITED, first.step))
    revoker.who = Caller(ACCOUNT, ADMIN, NOW + timedelta(minutes=5))
    second = ended(revoker, *after)
    assert second[0].stayed and second[0].done and second[0].step.issued_before == NOW + timedelta(seconds=30)
    assert len(revoker.written) == 1
    assert news(incident(*after), second) == ()
    again = ended(revoker, *after, anew=True)
    assert again[0].step.issued_before == NOW + timedelta(minutes=5, seconds=30)
    assert news(incident(*after), again) == (again[0].step,)


def test_a_moment_that_no_exit_put_there_is_told_and_moved_back_only_when_asked() -> None:
    far = datetime(2099, 1, 1, tzinfo=UTC)
    revoker = FakeRevoker({ROLE: json.dumps(document_of(far))})
    (kept,) = ended(revoker, (ENTERED, entry()))
    assert (kept.done, kept.stayed, kept.far_ahead, revoker.written) == (True, True, True, [])
    told = exit_text(incident((ENTERED, entry())), [kept], [])
    assert "nobody can use the role" in " ".join(told.split()) and "--again" in told.splitlines()[-1]
    (moved,) = ended(revoker, (ENTERED, entry()), anew=True)
    assert (moved.step.issued_before, moved.far_ahead) == (NOW + timedelta(seconds=30), False)
    assert "breakglass close" in exit_text(incident((ENTERED, entry())), [moved], []).splitlines()[-1]


@pytest.mark.parametrize(("ahead", "says"), [(1, "REFUSED EVERYTHING"), (0, ""), (-1, "")])
def test_a_session_that_its_role_refuses_everything_is_told(ahead: int, says: str) -> None:
    text = json.dumps(document_of(NOW + timedelta(days=ahead)))
    found = dead_on_arrival(text, NOW, "guardrails breakglass exit X --again")
    assert bool(found) == bool(says) and says in found
    assert not dead_on_arrival(None, NOW, "") and "--again" in dead_on_arrival(DENIED_BY_ROLE, NOW, "exit --again")


def test_an_entry_after_the_revocation_moves_it() -> None:
    revoker = FakeRevoker({ROLE: json.dumps(document_of(NOW - timedelta(minutes=10)))})
    (found,) = ended(revoker, (ENTERED, entry(20)), (ENTERED, entry(5)))
    assert not found.stayed and found.step.issued_before == NOW + timedelta(seconds=30) and found.sessions == (OWN, OWN)


def test_somebody_elses_revocation_that_covers_every_entry_stays_and_is_recorded() -> None:
    revoker = FakeRevoker({ROLE: json.dumps(document_of(NOW - timedelta(minutes=1)))})
    found = ended(revoker, (ENTERED, entry()))
    assert found[0].stayed and revoker.written == []
    assert news(incident((ENTERED, entry())), found) == (found[0].step,)


def test_a_later_moment_is_never_moved_back() -> None:
    later = NOW + timedelta(minutes=3)
    revoker = FakeRevoker({ROLE: json.dumps(document_of(later))})
    (found,) = ended(revoker, (ENTERED, entry()), anew=True)
    assert found.step.issued_before == later and revoker.written == []


@pytest.mark.parametrize(
    "text",
    ['{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}', "no JSON", '{"Statement": 7}',
     FIRST_DAY.replace("1970-01-01T00:00:00Z", "yesterday"), FIRST_DAY.replace('["*"]', '["s3:*"]', 1)],
)  # fmt: skip
def test_what_is_no_revocation_is_replaced_and_kept(text: str) -> None:
    revoker = FakeRevoker({ROLE: text})
    (found,) = ended(revoker, (ENTERED, entry()))
    assert found.done and found.replaced == text and len(revoker.written) == 1


def test_without_a_policy_it_is_made_and_without_an_entry_every_role_is_ended() -> None:
    revoker = FakeRevoker({})
    found = ended(revoker)
    assert [item.step.role_arn for item in found] == [ROLE_ARN, OTHER_ARN]
    assert all(item.done and item.sessions == () for item in found)
    assert sorted(revoker.policies) == sorted((ROLE, "other"))


def test_without_a_known_entry_an_old_revocation_is_moved() -> None:
    revoker = FakeRevoker({ROLE: json.dumps(document_of(NOW - timedelta(minutes=1)))})
    assert not ended(revoker, expected=changed(EXPECTED, role_names=(ROLE,)))[0].stayed


def test_only_the_roles_that_were_entered_are_touched() -> None:
    revoker = FakeRevoker({})
    ended(revoker, (ENTERED, entry(role_arn=OTHER_ARN)))
    assert [name for name, _ in revoker.written] == ["other"]


@pytest.mark.parametrize("fails", ["caller", "read", "write"])
def test_where_it_is_impossible_the_command_is_told(fails: str) -> None:
    revoker = FakeRevoker(fails=fails)
    (found,) = ended(revoker, (ENTERED, entry()), profile="prod admin")
    assert not found.done and found.step.issued_before is None
    assert found.step.why_not == f"iam:{fails} was refused (AccessDenied)"
    words = shlex.split(found.step.command)
    assert words[:5] == ["aws", "iam", "put-role-policy", "--profile", "prod admin"]


@pytest.mark.parametrize(
    ("caller", "says"),
    [
        (Caller(ACCOUNT, OWN, NOW), "a session of prod-breakglass-admin itself"),
        (Caller("1" * 12, ADMIN.replace("3", "1"), NOW), "belong to account 111111111111"),
    ],
)
def test_the_role_itself_and_another_account_write_nothing(caller: Caller, says: str) -> None:
    revoker = FakeRevoker()
    revoker.who = caller
    (found,) = ended(revoker, (ENTERED, entry()))
    assert says in found.step.why_not and revoker.written == [] and "PROFILE" in found.step.command


def test_the_sessions_of_a_closed_incident_are_ended_too() -> None:
    revoker = FakeRevoker()
    assert ended(revoker, (ENTERED, entry()), (CLOSED, Closed("done", 1)))[0].done and revoker.written


def test_the_policy_is_read_back_and_a_slow_account_is_waited_for() -> None:
    revoker = FakeRevoker(slow=4)
    assert ended(revoker, (ENTERED, entry()))[0].done
    revoker = FakeRevoker(slow=99)
    (found,) = ended(revoker, (ENTERED, entry()))
    assert not found.done and "still tells another" in found.step.why_not


def test_a_shell_takes_the_command_as_it_is_meant() -> None:
    text = command_of("it's", NOW, "a b")
    ran = subprocess.run(["sh", "-c", f'aws() {{ printf "%s\\n" "$@"; }}; {text}'], capture_output=True, text=True)
    lines = ran.stdout.splitlines()
    assert lines == shlex.split(text)[1:]
    assert lines[lines.index("--role-name") + 1] == "it's"
    assert json.loads(lines[-1]) == document_of(NOW) and "--region" not in lines


@given(st.integers(-4000, 4000))
def test_the_policy_refuses_exactly_what_was_issued_before(seconds: int) -> None:
    policies = Policies(identity=(ALL, parse(document_of(NOW))))
    assert refused_now(policies, OWN, NOW + timedelta(seconds=seconds)) == (seconds < 0)


@pytest.mark.parametrize(
    "policies",
    [
        Policies(identity=(ALL,)),
        Policies(),  # an implicit deny proves no revocation
        Policies(identity=(ALL, parse({"Statement": [{"Effect": "Deny", "Action": "iam:*", "Resource": "*"}]}))),
    ],
)
def test_policies_that_do_not_revoke_prove_nothing(policies: Policies) -> None:
    assert not refused_now(policies, OWN, NOW - timedelta(days=1))


@given(
    st.one_of(st.none(), st.integers(-7200, 7200)), st.lists(st.integers(-7200, 0), max_size=4), st.booleans()
)  # fmt: skip
def test_a_plan_covers_every_entry_and_never_moves_back(there: int | None, entries: list[int], anew: bool) -> None:
    def at(seconds: int) -> datetime:
        return NOW + timedelta(seconds=seconds)

    existing: PolicyDocument | None = None if there is None else parse(document_of(at(there)))
    plan = plan_of(existing, NOW, [at(item) for item in entries], anew)
    assert all(at(item) < plan.before for item in entries)
    assert there is None or plan.before >= at(there) or (anew and is_far_ahead(at(there), NOW))
    if plan.action == STAYS:
        assert existing is not None and revoked_before(existing) is not None and at(there or 0) == plan.before
    else:
        assert plan.before == at(30)
