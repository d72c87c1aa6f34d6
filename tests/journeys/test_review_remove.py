"""Removing what was decided, and giving it back, against IAM in memory."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.removal_world import CALLER, NOW, OLD, Iam, key, removing, role, signed, user

from iam_guardrails.journeys.removals_verify import verify_removals
from iam_guardrails.journeys.review_remove import carry_out, plan, refusals
from iam_guardrails.journeys.review_rollback import give_back, look
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.removal.calls import removal, restoring
from iam_guardrails.model.removal.held import Uploaded, differences
from iam_guardrails.model.removal.record import Removal
from iam_guardrails.model.removal.target import ROLE, USER, Target

INLINE = {"own": {"Version": "2012-10-17", "Statement": []}}
RICH: dict[str, Any] = {
    "path": "/", "boundary": "arn:aws:iam::333333333333:policy/edge", "tags": {"team": "x"}, "inline": INLINE,
    "attached": ("arn:aws:iam::aws:policy/ReadOnlyAccess",),
}  # fmt: skip
APP = role(**RICH, profiles=("ec2",), description="the app", max_session_seconds=7200)
STALE: dict[str, Any] = {"roles": {"app": {}}}


def remove(iam: Iam, folder: Path, world: dict[str, Any] = STALE, for_good: bool = False, **more: Any) -> Removal:
    work, review = removing(iam, folder, for_good, **more), signed(world)
    return carry_out(work, review, plan(work, review))


def roll_back(iam: Iam, folder: Path, record: Removal) -> tuple[str, ...]:
    records = removing(iam, folder).records
    return give_back(iam, records, record, look(iam, record), lambda text: None).left


def test_a_role_is_removed_and_given_back(tmp_path: Path) -> None:
    iam = Iam(APP)
    record = remove(iam, tmp_path)
    assert not iam.there and not record.is_open
    assert [call.partition(" ")[0] for call in iam.calls] == [
        "RemoveRoleFromInstanceProfile", "DetachRolePolicy", "DeleteRolePolicy", "DeleteRole"]  # fmt: skip
    assert roll_back(iam, tmp_path, record) == ()
    assert not list(differences(APP, iam.there[APP.arn]))
    assert removing(iam, tmp_path).records.load(record.begun.id).is_rolled_back


def test_the_record_is_written_before_the_first_call(tmp_path: Path) -> None:
    iam = Iam(APP)
    iam.die_after = 0
    with pytest.raises(KeyboardInterrupt):
        remove(iam, tmp_path)
    records = removing(iam, tmp_path).records
    (name,) = records.ids()
    assert records.load(name).kept[0].before == APP and iam.there == {APP.arn: APP}


@pytest.mark.parametrize("calls", range(4))
def test_a_removal_that_was_killed_goes_on_with_its_record(tmp_path: Path, calls: int) -> None:
    iam = Iam(APP)
    iam.die_after = calls
    with pytest.raises(KeyboardInterrupt):
        remove(iam, tmp_path)
    iam.die_after = None
    record = remove(iam, tmp_path)
    assert (
        not iam.there and record.kept[0].before == APP and removing(iam, tmp_path).records.ids() == (record.begun.id,)
    )
    assert roll_back(iam, tmp_path, record) == ()


@pytest.mark.parametrize("calls", range(4))
def test_a_rollback_that_was_killed_goes_on(tmp_path: Path, calls: int) -> None:
    iam = Iam(APP)
    record = remove(iam, tmp_path)
    iam.die_after = len(iam.calls) + calls
    with pytest.raises(KeyboardInterrupt):
        roll_back(iam, tmp_path, record)
    iam.die_after = None
    records = removing(iam, tmp_path).records
    assert roll_back(iam, tmp_path, records.load(record.begun.id)) == ()
    assert not list(differences(APP, iam.there[APP.arn]))


def test_a_removal_that_stopped_half_way_is_given_back(tmp_path: Path) -> None:
    iam = Iam(APP)
    iam.deny = {"DeleteRolePolicy"}
    record = remove(iam, tmp_path)
    assert record.is_open and list(refusals(record)) == [
        "DeleteRolePolicy app own: iam:DeleteRolePolicy was refused (AccessDenied)"]  # fmt: skip
    iam.deny = set()
    assert roll_back(iam, tmp_path, record) == () and not list(differences(APP, iam.there[APP.arn]))


def test_what_was_refused_is_tried_again_and_no_longer_told(tmp_path: Path) -> None:
    iam = Iam(APP)
    iam.deny = {"DetachRolePolicy"}
    remove(iam, tmp_path)
    iam.deny = set()
    record = remove(iam, tmp_path)
    assert not record.is_open and not list(refusals(record)) and not iam.there


def test_what_was_put_there_since_the_removal_began_is_not_removed_unseen(tmp_path: Path) -> None:
    iam = Iam(APP)
    iam.deny = {"DeleteRole"}
    remove(iam, tmp_path)
    iam.there[APP.arn] = role(attached=("arn:aws:iam::aws:policy/AdministratorAccess",))
    iam.deny = set()
    work = removing(iam, tmp_path)
    (left,) = plan(work, signed(STALE)).left
    assert "changed since its removal began (attached arn:aws:iam::aws:policy/AdministratorAccess)" in left.reason


REFUSED: list[tuple[str, Any, dict[str, Any], str]] = [
    ("used since", role(last_used_at=NOW + timedelta(minutes=1)), {}, "it was used since: on 2026-11-28 12:01 UTC"),
    ("used on a later day than the review saw", role(last_used_at=NOW - timedelta(days=1)), {}, "it was used since"),
    ("made anew", role(created_at=NOW + timedelta(hours=1)), {}, "it was made anew"),
    ("another path", role(arn="arn:aws:iam::333333333333:role/x/app"), {}, "there is another one of that name"),
    ("made by Terraform", role(tags={"ManagedBy": "terraform"}), {}, "its tag ManagedBy says that Terraform makes it"),
    ("tagged to be kept", role(tags={"guardrails:keep-until": "2026-12-31"}), {},
     "somebody set its tag guardrails:keep-until to '2026-12-31' since"),
    ("a break-glass role", role(), {"role_names": ["app"]}, "it is a break-glass role"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "now", "expected", "why"), REFUSED, ids=[one[0] for one in REFUSED])
def test_what_is_not_removed(tmp_path: Path, name: str, now: Any, expected: dict[str, Any], why: str) -> None:
    iam = Iam()
    iam.there[role().arn] = now
    found = plan(removing(iam, tmp_path, **expected), signed(STALE))
    assert not found.ready and why in found.left[0].reason


def test_who_removes_does_not_remove_themselves(tmp_path: Path) -> None:
    iam = Iam(role())
    iam.caller = "arn:aws:sts::333333333333:assumed-role/app/me"
    assert "the identity that would remove it" in plan(removing(iam, tmp_path), signed(STALE)).left[0].reason
    world = {"users": {"operator": {"console": True}}}
    mine = Iam(user("operator", has_password=True))
    assert {one.reason for one in plan(removing(mine, tmp_path, True), signed(world)).left} == {
        "it is the identity that would remove it"}  # fmt: skip
    owner = removing(Iam(user("operator", has_password=True)), tmp_path, True, people=[CALLER])
    assert all("breakglass.people" in one.reason for one in plan(owner, signed(world)).left)


def test_what_cannot_be_looked_at_stays(tmp_path: Path) -> None:
    iam = Iam(role())
    iam.deny = {"read"}
    assert "it cannot be looked at: iam:GetRole" in plan(removing(iam, tmp_path), signed(STALE)).left[0].reason


def test_what_is_gone_is_no_failure(tmp_path: Path) -> None:
    found = plan(removing(Iam(), tmp_path), signed(STALE))
    assert found.left[0].gone and not found.refused


KEYS: dict[str, Any] = {"users": {"ann": {"keys": [{}]}}, "expected": {"declared_users": ["ann"]}}


def test_a_key_is_made_inactive_and_deleted_by_a_later_run_only(tmp_path: Path) -> None:
    iam = Iam(user(keys=(key(),)))
    record = remove(iam, tmp_path, KEYS, for_good=True)
    assert iam.calls == ["UpdateAccessKey ann …KEY1 of 2020-01-01T00:00:00Z Inactive"]
    assert roll_back(iam, tmp_path, record) == () and iam.there[user().arn].keys == (key(),)  # type: ignore[union-attr]
    remove(iam, tmp_path, KEYS)
    stays = plan(removing(iam, tmp_path), signed(KEYS)).left[0].reason
    assert "nothing gives back access key …KEY1" in stays and "--for-good" in stays
    gone = remove(iam, tmp_path, KEYS, for_good=True)
    assert not iam.there[user().arn].keys  # type: ignore[union-attr]
    assert "is gone for good" in roll_back(iam, tmp_path, gone)[0]


def test_which_of_two_keys_is_meant_must_be_clear(tmp_path: Path) -> None:
    used = NOW - timedelta(days=200)
    one = Iam(user(keys=(key(1), key(2, last_used_at=used))))
    assert plan(removing(one, tmp_path), signed(KEYS)).ready[0].target.key == key(1).ref
    two = Iam(user(keys=(key(1), key(2))))
    assert "2 keys of the user were made and used alike" in plan(removing(two, tmp_path), signed(KEYS)).left[0].reason
    none = Iam(user(keys=(key(1, last_used_at=NOW),)))
    assert "it was used since, or is gone" in plan(removing(none, tmp_path), signed(KEYS)).left[0].reason
    later = Iam(user(keys=(key(1, created_at=OLD + timedelta(days=9)), key(2))))
    assert plan(removing(later, tmp_path), signed(KEYS)).ready[0].target.key == key(2).ref


def test_a_tag_that_the_review_knew_does_not_stop_a_removal(tmp_path: Path) -> None:
    tags = {"guardrails:keep-until": "2026-11-01"}
    world = {"roles": {"app": {"last_used": "2026-01-01T00:00:00+00:00", "tags": tags}}}
    iam = Iam(role(tags=tags, last_used_at=datetime(2026, 1, 1, tzinfo=UTC)))
    assert [one.target.name for one in plan(removing(iam, tmp_path), signed(world)).ready] == ["app"]
    iam = Iam(role(tags={"guardrails:keep-until": "2026-12-01"}, last_used_at=datetime(2026, 1, 1, tzinfo=UTC)))
    assert "since" in plan(removing(iam, tmp_path), signed(world)).left[0].reason


PEOPLE: dict[str, Any] = {"users": {"ann": {"console": True, "mfa": True, "keys": [{}],
                                            "password_used": "2026-11-20T00:00:00+00:00"}}}  # fmt: skip
ANN = user(**RICH, groups=("devs",), keys=(key(),), has_password=True, mfa=("arn:aws:iam::333333333333:mfa/ann",),
           ssh_keys=(Uploaded("s", True, "ssh-rsa AAAA"),), certificates=(Uploaded("c", True, "PEM"),),
           service_credentials=(key(9, service="codecommit"),),
           password_last_used_at=NOW - timedelta(days=8))  # fmt: skip


def test_a_user_loses_only_its_keys_until_for_good_is_said(tmp_path: Path) -> None:
    iam = Iam(ANN)
    work, review = removing(iam, tmp_path), signed(PEOPLE)
    item = next(one.id for one in review.review.items if one.box == "users")
    planned = plan(work, review, [item])
    record = carry_out(work, review, planned)
    assert iam.calls == ["UpdateAccessKey ann …KEY1 of 2020-01-01T00:00:00Z Inactive"] and record.is_open
    assert "nothing gives back the password, access key" in planned.ready[0].stays
    for_good = removing(iam, tmp_path, True)
    record = carry_out(for_good, review, plan(for_good, review, [item]))
    assert not iam.there and not record.is_open
    assert roll_back(iam, tmp_path, record) == (
        "user ann: has_password differs", "user ann: mfa differs",
        "user ann: access key …KEY1 of 2020-01-01T00:00:00Z is gone for good",
        "user ann: 1 of 1 service-specific credentials are gone for good",
    )  # fmt: skip
    back = iam.there[ANN.arn]
    assert (back.groups, back.inline, back.attached, back.tags) == (ANN.groups, ANN.inline, ANN.attached, ANN.tags)  # type: ignore[union-attr]


def test_what_was_inactive_does_not_come_back_active(tmp_path: Path) -> None:
    before = user(ssh_keys=(Uploaded("s", False, "ssh-rsa AAAA"), Uploaded("t", True, "ssh-rsa BBBB")))
    back = [call for call in restoring(before, None) if call.operation.startswith("Upload")]
    assert [call.given["SSHPublicKeyBody"] for call in back] == ["ssh-rsa BBBB"]


def test_a_key_that_the_review_did_not_see_keeps_the_user(tmp_path: Path) -> None:
    iam = Iam(user(has_password=True, keys=(key(2, created_at=NOW + timedelta(hours=1)),)))
    reasons = [one.reason for one in plan(removing(iam, tmp_path, True), signed(PEOPLE)).left]
    assert any("an access key that the review did not see" in reason for reason in reasons)


def test_a_use_later_on_the_day_that_the_review_knows_is_a_use(tmp_path: Path) -> None:
    world = {"users": {"ann": {"console": True, "password_used": "2026-11-28T08:00:00+00:00"}}}
    for hours, stays in ((-4, False), (1, True)):
        used = NOW + timedelta(hours=hours)
        iam = Iam(user(has_password=True, password_last_used_at=used))
        found = plan(removing(iam, tmp_path, True), signed(world))
        assert bool(found.left) == stays and all("used since" in one.reason for one in found.left)


def verified(folder: Path, environment: str = "prod", *places: Any) -> list[str]:
    found = verify_removals(environment, removing(Iam(), folder).records, places)
    return [broken.why for one in found for broken in one.broken]


def test_what_was_done_to_a_record_shows(tmp_path: Path) -> None:
    record = remove(Iam(APP), tmp_path)
    path = removing(Iam(), tmp_path).records.path(record.begun.id)
    whole = path.read_text()
    assert verified(tmp_path) == [] and verified(tmp_path, "prod", ("main", {path.stem: whole})) == []
    assert verified(tmp_path, "dev") == ["it is a removal of prod"]
    path.write_text("".join(whole.splitlines(keepends=True)[:-1]))
    assert verified(tmp_path) == [f"1 of {len(record.steps)} lines are missing at the end"]
    path.write_text(whole.replace('"/"', '"/x/"', 1))
    assert verified(tmp_path) == ["the line was changed: its hash does not fit"]
    path.rename(path.with_name("removal-other.jsonl"))
    assert "the whole record is missing" in verified(tmp_path)
    path.with_name("removal-other.jsonl").unlink()
    path.with_name(f"{path.stem}.head.json").unlink()
    assert verified(tmp_path, "prod", ("main", {path.stem: whole})) == ["the whole record is missing; it is in main"]


def test_a_broken_record_stops_a_removal(tmp_path: Path) -> None:
    record = remove(Iam(APP), tmp_path)
    path = removing(Iam(), tmp_path).records.path(record.begun.id)
    path.write_text(path.read_text().replace("app", "apq"))
    with pytest.raises(Problem, match="restore it from version control"):
        plan(removing(Iam(APP), tmp_path), signed(STALE))


def test_a_stranger_of_that_name_is_not_touched_by_a_rollback(tmp_path: Path) -> None:
    iam = Iam(APP)
    record = remove(iam, tmp_path)
    iam.there[APP.arn] = role(created_at=NOW - timedelta(hours=1), tags={"other": "1"})
    assert "there is another app by now" in roll_back(iam, tmp_path, record)[0]
    assert iam.there[APP.arn].tags == {"other": "1"}


def test_an_item_that_is_not_to_be_removed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="no item of 2026-11-monthly that is to be removed"):
        plan(removing(Iam(), tmp_path), signed(STALE), ["users-9"])


NAMES = st.sampled_from(["a", "b", "c"])
SOME = st.lists(NAMES, unique=True).map(tuple)
PARTS: dict[str, Any] = {
    "attached": SOME, "inline": st.dictionaries(NAMES, st.just({"Version": "2012-10-17", "Statement": []})),
    "tags": st.dictionaries(NAMES, NAMES), "boundary": st.none() | NAMES,
}  # fmt: skip
ROLES = st.builds(role, **PARTS, profiles=SOME, description=NAMES)
USERS = st.builds(user, **PARTS, groups=SOME)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.one_of(ROLES, USERS), st.integers(0, 20))
def test_whatever_hangs_on_it_goes_in_an_order_that_iam_takes_and_comes_back(before: Any, stop: int) -> None:
    """Also where the removal stopped anywhere: the fake refuses a deletion of what still holds something."""
    iam = Iam(before)
    kind = ROLE if ":role/" in before.arn else USER
    target = Target("i", kind, before.name, before.arn, "")
    for call in removal(target, before, False)[: stop if stop < 20 else None]:
        iam.do(call)
    for call in restoring(before, iam.there.get(before.arn)):
        iam.do(call)
    assert not list(differences(before, iam.there[before.arn]))
