"""Entering from the caller to the checked session, with a door and a person of its own; and holding it to its end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from iam_guardrails.journeys.breakglass_enter import NotHandedOver, enter, order_of
from iam_guardrails.journeys.breakglass_hold import hold
from iam_guardrails.model.expected import Expected, IdentityCenter
from iam_guardrails.model.incident.chain import new_step
from iam_guardrails.model.incident.child import child_environment
from iam_guardrails.model.incident.clocks import AWS, HERE, STORE
from iam_guardrails.model.incident.clocks import ahead as dated_ahead
from iam_guardrails.model.incident.entrant import about, described, doubts, lane_of
from iam_guardrails.model.incident.entry import (
    DENIED,
    WRONG_CODE,
    WRONG_DEVICE,
    Caller,
    Issued,
    Keys,
    Order,
    Refused,
    durations,
    issued_at,
    mismatches,
    require_enterable,
    role_of,
)
from iam_guardrails.model.incident.examined import Closed
from iam_guardrails.model.incident.incident import Incident
from iam_guardrails.model.incident.session import Inside
from iam_guardrails.model.incident.step import (
    CLOSED,
    ENDED,
    ENTERED,
    EXITED,
    EXPIRED,
    EXTENDED,
    IAM_USER,
    IDENTITY_CENTER,
    KILLED,
    LEFT,
    OPENED,
    SUBSHELL,
    Entered,
    Exited,
    Extended,
    Left,
    Opened,
)
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.value import changed

ACCOUNT, HOME, ROLE = "333333333333", "us-east-2", "prod-breakglass-admin"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/{ROLE}"
ALEX = f"arn:aws:iam::{ACCOUNT}:user/breakglass/alex"
CENTER = f"arn:aws:sts::{ACCOUNT}:assumed-role/AWSReservedSSO_EmergencyAccess_0123456789abcdef/alex@example.com"
HUB = f"arn:aws:sts::{ACCOUNT}:assumed-role/hub/alex"
OWN = f"arn:aws:sts::{ACCOUNT}:assumed-role/{ROLE}/alex"
NOW = datetime(2026, 11, 28, 12, 50, tzinfo=UTC)
EXPECTED = Expected(
    ACCOUNT, HOME, role_names=(ROLE,), people=(ALEX, "arn:aws:iam::444444444444:user/sam"),
    identity_center=IdentityCenter("EmergencyAccess", HOME, ("alex@example.com",)), incident_id_pattern="INC-*",
)  # fmt: skip
SECRET = Keys("ASIAEXAMPLE", "the secret", "the token")


def incident(minutes: int = 30, *more: tuple[int, str, object]) -> Incident:
    """An incident declared at NOW, and steps so many minutes later."""
    opened = Opened("INC-20261128-1250-k7qf", "prod", ACCOUNT, HOME, "alex", "rotate the token", minutes)
    steps = [new_step([], NOW, OPENED, "a@b", opened)]
    for after, kind, content in more:
        steps.append(new_step(steps, NOW + timedelta(minutes=after), kind, "a@b", content))
    return Incident(opened, tuple(steps))


class FakeDoor:
    """AWS: refuses as often as `refusals` says, then issues; `seen` is who it says the new session is."""

    def __init__(self, refusals: list[Refused] | None = None, seen: Caller | None = None) -> None:
        self.refusals = list(refusals or [])
        self.seen = seen or Caller(ACCOUNT, OWN, NOW, False, HOME)
        self.asked: list[tuple[str, str]] = []
        self.serials: tuple[str, ...] | None = (f"arn:aws:iam::{ACCOUNT}:mfa/alex",)
        self.orders: list[Order] = []
        self.at = NOW

    def caller(self) -> Caller:
        return Caller(ACCOUNT, ALEX, NOW, False, HOME)

    def devices(self, user_name: str) -> tuple[str, ...] | None:
        return self.serials

    def assume(self, order: Order, serial: str, code: str) -> Issued:
        self.orders.append(order)
        self.asked.append((serial, code))
        if self.refusals:
            raise self.refusals.pop(0)
        expires_at = self.at + timedelta(seconds=order.seconds)
        return Issued(SECRET, expires_at, OWN, "AROAX:alex", order.incident_id, self.at)

    def identity(self, issued: Issued, incident_id: str) -> Caller:
        return self.seen


class FakePerson:
    """Shows 111111, 222222, 333333, … and tells which code was refused before each."""

    def __init__(self) -> None:
        self.before: list[str] = []
        self.proposed: list[str] = []

    def device(self, proposed: str) -> str:
        self.proposed.append(proposed)
        return proposed

    def code(self, serial: str, before: str) -> str:
        self.before.append(before)
        return str(len(self.before)) * 6


def ordered(minutes: int = 30, caller: str = ALEX) -> Order:
    return order_of(incident(minutes), EXPECTED, (ROLE, ROLE_ARN), Caller(ACCOUNT, caller), NOW)


def entered(door: FakeDoor, caller: Caller, person: FakePerson | None = None, order: Order | None = None) -> Inside:
    person = person or FakePerson()
    return enter(order or ordered(), caller, EXPECTED, door, person, lambda: NOW + timedelta(seconds=7), lambda: 5.0)


USER = Caller(ACCOUNT, ALEX)


def test_an_iam_user_enters_with_a_code_and_exactly_what_was_declared() -> None:
    door = FakeDoor()
    inside = entered(door, USER)
    assert door.asked == [(f"arn:aws:iam::{ACCOUNT}:mfa/alex", "111111")]
    order = door.orders[0]
    assert (order.role_arn, order.incident_id, order.session_name) == (ROLE_ARN, "INC-20261128-1250-k7qf", "alex")
    assert (order.seconds, order.allowed_seconds) == (1800, 1800)
    step = inside.entered(SUBSHELL, "bash")
    assert (step.lane, step.principal, step.minutes, step.how) == (IAM_USER, ALEX, 30, SUBSHELL)
    assert (step.clock_ahead_seconds, issued_at(step)) == (7, NOW)
    assert "secret" not in repr(inside) and "token" not in repr(inside.issued) and "ASIA" not in repr(inside)


def test_identity_center_enters_without_mfa() -> None:
    door = FakeDoor()
    assert entered(door, Caller(ACCOUNT, CENTER, temporary=True)).lane == IDENTITY_CENTER
    assert door.asked == [("", "")]


def test_a_wrong_code_is_asked_for_again_three_times_in_all() -> None:
    wrong = Refused(WRONG_CODE, "wrong")
    person = FakePerson()
    door = FakeDoor([wrong, wrong])
    assert entered(door, USER, person).seconds == 1800
    assert person.before == ["", "111111", "222222"]
    with pytest.raises(Refused):
        entered(FakeDoor([wrong, wrong, wrong]), USER, person)
    assert len(person.before) == 6


@pytest.mark.parametrize("kind", [DENIED, WRONG_DEVICE])
def test_another_refusal_asks_for_no_second_code(kind: str) -> None:
    person = FakePerson()
    with pytest.raises(Refused):
        entered(FakeDoor([Refused(kind, "no")]), USER, person)
    assert person.before == [""]


def test_a_users_session_may_carry_mfa_already() -> None:
    temporary = Caller(ACCOUNT, ALEX, temporary=True)
    door = FakeDoor()
    entered(door, temporary)
    assert door.asked == [("", "")]
    door = FakeDoor([Refused(DENIED, "no MFA in it")])
    entered(door, temporary)
    assert [code for _, code in door.asked] == ["", "111111"]
    with pytest.raises(Refused):
        entered(FakeDoor([Refused("other", "expired")]), temporary)


def test_the_device_is_found_out_or_asked_for() -> None:
    door, person = FakeDoor(), FakePerson()
    door.serials = None
    entered(door, USER, person)
    assert person.proposed == [f"arn:aws:iam::{ACCOUNT}:mfa/alex"]
    door = FakeDoor()
    door.serials = (f"arn:aws:iam::{ACCOUNT}:u2f/user/alex/key-X", "GAHT12345678")
    entered(door, USER)
    assert door.asked[0][0] == "GAHT12345678"


@pytest.mark.parametrize(
    ("serials", "says"), [((), "no MFA device"), ((f"arn:aws:iam::{ACCOUNT}:u2f/user/alex/k",), "only security keys")]
)
def test_without_a_device_that_shows_digits_nobody_is_asked(serials: tuple[str, ...], says: str) -> None:
    door = FakeDoor()
    door.serials = serials
    with pytest.raises(Problem, match=says):
        entered(door, USER)
    assert door.asked == []


@pytest.mark.parametrize(
    ("seen", "says"),
    [
        (Caller("999999999999", OWN, region=HOME), "the account is 999999999999 and not 333333333333"),
        (Caller(ACCOUNT, HUB, region=HOME), "the role is hub and not prod-breakglass-admin"),
        (Caller(ACCOUNT, OWN, region="eu-west-1"), "the Region is eu-west-1 and not us-east-2"),
        (Caller(ACCOUNT, f"{OWN}2", region=HOME), "not the one that was asked for"),
        (Caller(ACCOUNT, ALEX, region=HOME), f"the role is {ALEX} and not"),
    ],
)
def test_a_session_that_is_another_is_handed_to_nobody(seen: Caller, says: str) -> None:
    with pytest.raises(NotHandedOver, match="STOP") as caught:
        entered(FakeDoor(seen=seen), USER)
    assert says in str(caught.value)


def test_another_incidents_source_identity_is_told() -> None:
    issued = Issued(SECRET, NOW, OWN, "AROAX:alex", "INC-other", NOW)
    told = mismatches(ordered(), issued, Caller(ACCOUNT, OWN, NOW, False, HOME))
    assert told == ("the source identity is INC-other and not INC-20261128-1250-k7qf",)


def test_a_session_that_cannot_be_checked_is_handed_to_nobody() -> None:
    class Silent(FakeDoor):
        def identity(self, issued: Issued, incident_id: str) -> Caller:
            raise Problem("AWS did not answer")

    with pytest.raises(NotHandedOver, match="could not be checked"):
        entered(Silent(), USER)


@pytest.mark.parametrize(
    ("arn", "says"),
    [
        (HUB, "carries no MFA"),
        (OWN, "inside already"),
        (f"arn:aws:iam::{ACCOUNT}:root", "the root user cannot"),
        (f"arn:aws:sts::{ACCOUNT}:federated-user/alex", "cannot assume a role"),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/AWSReservedSSO_EmergencyAccess_0123/alex", "carries no MFA"),
    ],
)
def test_callers_that_cannot_enter_are_told_why(arn: str, says: str) -> None:
    with pytest.raises(Problem, match=says):
        lane_of(Caller(ACCOUNT, arn), EXPECTED)


def test_the_owners_account_is_checked_and_a_person_of_another_account_may_enter() -> None:
    stranger = Caller("555555555555", "arn:aws:iam::555555555555:user/alex")
    with pytest.raises(Problem, match="belong to account 555555555555"):
        lane_of(stranger, EXPECTED)
    assert lane_of(Caller("444444444444", "arn:aws:iam::444444444444:user/sam"), EXPECTED) == IAM_USER


def test_what_is_odd_is_told_and_left_to_aws() -> None:
    assert doubts(USER, IAM_USER, EXPECTED) == doubts(USER, IAM_USER, EXPECTED, HOME) == ()
    assert "to 127.0.0.1:9 (AWS" in doubts(USER, IAM_USER, EXPECTED, HOME, "http://u:p@127.0.0.1:9")[0]
    assert "your shell says Region eu-west-1" in doubts(USER, IAM_USER, EXPECTED, "eu-west-1")[0]
    stranger = doubts(Caller(ACCOUNT, f"{ALEX}a"), IAM_USER, EXPECTED)
    assert stranger == (f"the IAM user alexa of account {ACCOUNT} is not among the people of guardrails.toml",)
    assert described(Caller(ACCOUNT, CENTER)) == "alex@example.com of Identity Center (EmergencyAccess)"
    assert doubts(Caller(ACCOUNT, CENTER), IDENTITY_CENTER, EXPECTED) == ()
    other = Caller("1" * 12, CENTER.replace("EmergencyAccess", "Admin"))
    assert [text.split(" ")[0] for text in doubts(other, IDENTITY_CENTER, EXPECTED)] == ["your", "you"]
    sam = Caller(ACCOUNT, CENTER.replace("alex@", "sam@"))
    assert doubts(sam, IDENTITY_CENTER, EXPECTED)[0].startswith("sam@example.com is not among")


@pytest.mark.parametrize(
    ("minutes", "after_seconds", "wanted"),
    [
        (30, 0, (1800, 1800)),
        (30, 301, (1500, 1500)),
        (10, 0, (900, 600)),
        (60, 0, (3600, 3600)),
        (60, 3599, (900, 60)),
        (30, -600, (1800, 1800)),
    ],
)
def test_a_session_lasts_what_is_left_of_what_was_declared(
    minutes: int, after_seconds: int, wanted: tuple[int, int]
) -> None:
    assert durations(incident(minutes), NOW + timedelta(seconds=after_seconds)) == wanted


def test_an_extension_gives_its_own_minutes() -> None:
    longer = incident(30, (25, EXTENDED, Extended(20, "not done")))
    assert durations(longer, NOW + timedelta(minutes=40)) == (900, 300)


def test_a_short_session_ends_at_the_declared_minute_though_sts_gives_fifteen() -> None:
    order = ordered(10)
    inside = entered(FakeDoor(), USER, order=order)
    assert (order.seconds, inside.seconds) == (900, 600)
    assert inside.ends_at == NOW + timedelta(minutes=10)
    assert issued_at(inside.entered(SUBSHELL, "bash")) == NOW


EXIT = Exited(ROLE_ARN, NOW + timedelta(minutes=9))


@pytest.mark.parametrize(
    ("steps", "after", "says"),
    [
        ([(9, EXITED, EXIT)], 10, "its sessions are revoked; close it"),
        ([(9, EXITED, EXIT), (9, CLOSED, Closed("done", 1))], 10, "is closed; open a new incident"),
        ([], 30, "extend INC-20261128-1250-k7qf --minutes 15"),
    ],
)
def test_an_incident_that_is_over_lets_nobody_in(steps: list[tuple[int, str, object]], after: int, says: str) -> None:
    with pytest.raises(Problem, match=says):
        require_enterable(incident(30, *steps), NOW + timedelta(minutes=after))


AHEAD = NOW - timedelta(days=2)


@pytest.mark.parametrize(
    ("now", "clocks", "says"),
    [
        (AHEAD, (), "by this machine's clock it is 2026-11-26 12:50 UTC"),
        (NOW, ((AWS, AHEAD),), "by AWS's clock it is 2026-11-26 12:50 UTC"),
        (NOW, ((STORE, AHEAD),), "by the store it was written 2026-11-26 12:50 UTC"),
        (NOW, ((STORE, None), (AWS, NOW - timedelta(minutes=6))), "by AWS's clock it is 2026-11-28 12:44 UTC"),
    ],
)
def test_an_incident_that_is_dated_ahead_lets_nobody_in(
    now: datetime, clocks: tuple[tuple[str, datetime | None], ...], says: str
) -> None:
    with pytest.raises(Problem, match=f"is dated 2026-11-28 12:50 UTC, but {says}.*open a new incident: guardrails"):
        require_enterable(incident(), now, clocks)


def test_a_step_that_was_written_later_tells_that_the_opening_clock_was_ahead() -> None:
    with pytest.raises(Problem, match="step 2, written later by a@b, is of 2026-11-28 12:44 UTC"):
        require_enterable(incident(30, (-6, "noted", {"text": "x"})), NOW)


@pytest.mark.parametrize(
    ("steps", "ahead"),
    [
        ([("c@behind", -60, "noted")], False),  # that clock is behind, and says nothing of the declaration
        ([("a@b", -60, "noted")], True),  # the machine that opened it was set back
        ([("a@b", -60, "noted"), ("a@b", 2, "noted")], False),  # it was behind for a while
        ([("a@b", -60, "noted"), ("c@d", 2, "noted")], True),
        ([("c@d", -60, ENTERED)], True),  # AWS dated it
        ([("c@d", 2, ENTERED, 3600)], True),  # by a clock that is an hour ahead
        ([("c@d", -60, ENTERED, -3600)], False),  # by one that is an hour behind
        ([("a@b", -60, "noted"), ("c@d", -60, ENTERED, -3600)], False),
    ],
)
def test_only_a_clock_that_knows_better_tells_that_the_declaration_is_dated_ahead(
    steps: list[tuple[Any, ...]], ahead: bool
) -> None:
    made = list(incident(30).steps)
    for by, minutes, kind, *off in steps:
        content = {"clock_ahead_seconds": off[0]} if off else {}
        made.append(new_step(made, NOW + timedelta(minutes=minutes), kind, by, content))
    assert bool(dated_ahead(Incident(incident().opened, tuple(made)), ((HERE, NOW),))) is ahead


def test_clocks_may_differ_by_a_little() -> None:
    little = NOW - timedelta(minutes=5)
    require_enterable(incident(30, (-5, "noted", {"text": "x"})), little, ((AWS, little), (STORE, little)))


def test_what_is_odd_about_an_entry_is_told() -> None:
    assert about(incident(), USER) == about(incident(), Caller(ACCOUNT, CENTER)) == ()
    assert about(incident(), Caller(ACCOUNT, f"{ALEX}a")) == ("alex declared it, and alexa enters",)
    entry = Entered("arn", "iam-user", "arn:x", "alex", "arn:y", "AROA:alex", ACCOUNT, "us-east-2", 30, NOW, "subshell")
    inside = incident(30, (1, ENTERED, entry))
    assert about(inside, USER) == ("somebody may be inside already: alex since 12:51 UTC",)


def test_the_commands_of_the_embedded_aws_say_so() -> None:
    opened = changed(incident().opened, simulated=True)
    steps = [new_step([], NOW, OPENED, "a@b", opened)]
    simulated = Incident(opened, tuple(steps))
    with pytest.raises(Problem, match="--reason WHY --sandbox"):
        require_enterable(simulated, NOW + timedelta(hours=1))
    after = order_of(simulated, EXPECTED, (ROLE, ROLE_ARN), USER, NOW).after
    assert after == "guardrails breakglass exit INC-20261128-1250-k7qf --sandbox"


def test_an_exit_that_failed_does_not_lock_anybody_out() -> None:
    failed = incident(30, (9, EXITED, Exited(ROLE_ARN, None, "", "refused", "aws …")))
    require_enterable(failed, NOW + timedelta(minutes=10))


def test_the_child_that_ends_after_the_exit_does_not_undo_it() -> None:
    role = {"role_arn": ROLE_ARN}
    both = incident(30, (1, ENTERED, role), (9, EXITED, EXIT), (10, LEFT, Left(2, KILLED, 129, 5)))
    assert both.state == "exited"
    assert incident(30, (1, ENTERED, role), (10, LEFT, Left(2, ENDED, 0, 5))).state == "left"


def test_an_incident_is_exited_when_every_role_is() -> None:
    one, two = {"role_arn": ROLE_ARN}, {"role_arn": f"{ROLE_ARN}-2"}
    failed = Exited(f"{ROLE_ARN}-2", None, "", "refused", "aws …")
    done = Exited(f"{ROLE_ARN}-2", NOW)
    for steps, state in (
        ([(1, ENTERED, one), (2, ENTERED, two), (9, EXITED, EXIT)], "inside"),
        ([(1, ENTERED, one), (2, ENTERED, two), (9, EXITED, EXIT), (9, EXITED, failed)], "inside"),
        ([(1, ENTERED, one), (2, ENTERED, two), (9, EXITED, EXIT), (9, EXITED, done)], "exited"),
        ([(9, EXITED, EXIT), (9, EXITED, failed)], "left"),
        ([(9, EXITED, EXIT), (9, EXITED, changed(failed, role_arn=ROLE_ARN))], "exited"),
        ([(9, EXITED, EXIT), (9, ENTERED, one)], "inside"),
    ):
        assert incident(30, *steps).state == state, steps


def test_an_incident_of_another_account_or_region_is_refused() -> None:
    for other in (changed(EXPECTED, account_id="1" * 12), changed(EXPECTED, home_region="eu-west-1")):
        with pytest.raises(Problem, match="make them agree"):
            order_of(incident(), other, (ROLE, ROLE_ARN), USER, NOW)


PATHED = f"arn:aws:iam::{ACCOUNT}:role/emergency/{ROLE}"


@pytest.mark.parametrize(
    ("wanted", "contract", "arn"),
    [
        ("", "", ROLE_ARN),
        ("", PATHED, PATHED),
        (ROLE, PATHED, PATHED),
        (PATHED, "", PATHED),
        ("", PATHED.replace("333", "444"), ROLE_ARN),
        ("", PATHED + "-2", ROLE_ARN),
    ],
)
def test_the_roles_arn_is_worked_out_offline(wanted: str, contract: str, arn: str) -> None:
    assert role_of(EXPECTED, wanted, contract) == (ROLE, arn)


@pytest.mark.parametrize(
    ("expected", "wanted", "says"),
    [
        (EXPECTED, "another", "no break-glass role of this environment"),
        (EXPECTED, PATHED.replace("3", "4"), "is not in account 333333333333"),
        (changed(EXPECTED, role_names=(ROLE, "b")), "", "names 2 break-glass roles"),
        (changed(EXPECTED, role_names=()), "", "names 0 break-glass roles"),
    ],
)
def test_a_role_that_is_not_clear_is_refused(expected: Expected, wanted: str, says: str) -> None:
    with pytest.raises(Problem, match=says):
        role_of(expected, wanted, "")


def test_the_childs_environment_names_one_identity_and_one_region() -> None:
    base = {
        "HOME": "/h", "AWS_PROFILE": "x", "AWS_DEFAULT_PROFILE": "x", "AWS_REGION": "eu-west-1", "AWS_VAULT": "x",
        "AWS_ROLE_ARN": "x", "AWS_WEB_IDENTITY_TOKEN_FILE": "x", "AWS_SECURITY_TOKEN": "x", "AWS_SSO_SESSION": "x",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": "x", "AWS_ENDPOINT_URL": "http://e", "AWS_ENDPOINT_URL_STS": "http://s",
        "AWS_CA_BUNDLE": "b", "AWS_CONFIG_FILE": "c", "AWS_PAGER": "",
    }  # fmt: skip
    made = child_environment(base, SECRET, HOME, NOW, "INC-1")
    assert "x" not in made.values()
    assert {name: made[name] for name in made if name in base and name != "AWS_REGION"} == {
        "HOME": "/h", "AWS_ENDPOINT_URL": "http://e", "AWS_ENDPOINT_URL_STS": "http://s", "AWS_CA_BUNDLE": "b",
        "AWS_CONFIG_FILE": "c", "AWS_PAGER": "",
    }  # fmt: skip
    assert (made["AWS_REGION"], made["AWS_DEFAULT_REGION"]) == (HOME, HOME)
    assert made["AWS_SESSION_TOKEN"] == "the token" and made["GUARDRAILS_INCIDENT"] == "INC-1"
    assert made["AWS_CREDENTIAL_EXPIRATION"] == "2026-11-28T12:50:00Z"


class FakeChild:
    """Runs until `ends_at` of the clock; `told_at`: when this process is told to end; `sleeps`: what a wait takes."""

    def __init__(
        self, ends_at: float = 1e9, code: int = 0, told_at: float = 1e9, sleeps: float = 0.0, gone: int = -1
    ) -> None:  # fmt: skip
        self.gone = gone
        self.clock, self.ends_at, self.code, self.told_at, self.sleeps = 100.0, ends_at, code, told_at, sleeps
        self.ended = 0

    def steady(self) -> float:
        return self.clock

    def wait(self, seconds: float) -> int | None:
        assert 0 < seconds <= 30
        self.clock = min(self.clock + max(seconds, self.sleeps), self.told_at, max(self.ends_at, self.clock))
        return self.code if self.clock >= self.ends_at else None

    def told_to_end(self) -> bool:
        return self.clock >= self.told_at

    def end(self) -> int:
        self.ended += 1
        return self.gone


def held(child: FakeChild, seconds: float = 1800) -> tuple[str, int, int, list[tuple[int, int]]]:
    warned: list[tuple[int, int]] = []
    gone = hold(child, seconds, child.steady, lambda left: warned.append((int(child.clock) - 100, left)))
    return gone.how, gone.exit_code, gone.seconds, warned


@pytest.mark.parametrize(
    ("child", "wanted", "ended"),
    [
        (FakeChild(ends_at=105, code=7), (ENDED, 7, 5, []), 0),
        (FakeChild(ends_at=105, code=-9), (KILLED, 137, 5, []), 0),
        (FakeChild(), (EXPIRED, 129, 1800, [(1200, 600), (1680, 120), (1800, 0)]), 1),
        (FakeChild(told_at=700), (KILLED, 129, 600, []), 1),
        (FakeChild(sleeps=1750), (EXPIRED, 129, 3500, [(1750, 50), (3500, 0)]), 1),
        (FakeChild(ends_at=700, told_at=700), (KILLED, 143, 600, []), 0),
        (FakeChild(told_at=700, gone=0), (KILLED, 143, 600, []), 1),
        (FakeChild(sleeps=1800, gone=0), (EXPIRED, 124, 1800, [(1800, 0)]), 1),
    ],
    ids=[
        "ends",
        "is killed",
        "expires",
        "we are told",
        "the machine sleeps",
        "both are told",
        "in good order",
        "late in good order",
    ],
)
def test_a_child_is_held_to_its_end(child: FakeChild, wanted: object, ended: int) -> None:
    assert held(child) == wanted
    assert child.ended == ended


def test_a_short_session_is_not_warned_of_what_it_never_had() -> None:
    assert held(FakeChild(), 600)[3] == [(480, 120), (600, 0)]
    child = FakeChild(ends_at=130)
    assert held(child, 60) == (ENDED, 0, 30, []) and child.ended == 0
