"""The generator of CloudTrail trees: it always makes the same, and its truth agrees with what a plain reader finds."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from iam_guardrails.adapters.trail_files import read_events
from iam_guardrails.model.trail.object_keys import DIGEST, LOG, parse_key
from iam_guardrails.model.trail.recorded import TrailRecord
from iam_guardrails.model.value import changed
from tests.trail_history import Signer, Truth, Wanted, files, records, write_folder

ACCOUNTS = ("111122223333", "444455556666")
WANTED = Wanted(seed=3, events=900, accounts=ACCOUNTS, days=3, twice=0.05, security=90, organization_id="o-exampleorg")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Truth]:
    folder = tmp_path_factory.mktemp("tree")
    return folder, write_folder(WANTED, folder, Signer())


def made(wanted: Wanted) -> tuple[dict[str, bytes], Truth]:
    truth = Truth()
    return {file.key: file.text for file in files(wanted, truth)}, truth


def test_the_same_every_time_and_another_with_another_seed() -> None:
    one, truth = made(WANTED)
    assert one == made(WANTED)[0]
    assert not one.keys() & made(changed(WANTED, seed=4))[0].keys()
    assert sorted(truth.keys) == sorted(one)


def test_a_day_does_not_depend_on_the_others() -> None:
    whole, _truth = made(WANTED)
    days = [made(changed(WANTED, only_days=(day,)))[0] for day in range(3)]
    assert {key: text for day in days for key, text in day.items()} == whole
    assert sum(map(len, days)) == len(whole)


def test_what_is_seldom_is_there_where_it_is_asked_for(tmp_path: Path) -> None:
    more = changed(WANTED, rarer=1, late=0.2, absent=((ACCOUNTS[1], 1),))
    truth = write_folder(more, tmp_path)
    found = list(records(tmp_path))
    kinds = {record["userIdentity"].get("type") for record in found}
    names = {record["eventName"] for record in found}
    assert kinds >= {"FederatedUser", "IdentityCenterUser", "AWSAccount", "Root"}
    assert names >= {"AssumeRoot", "BatchGetSecretValue", "GetParameters", "GetParametersByPath", "GetSigninToken"}
    assert {record["eventVersion"] for record in found} >= {"1.01", "1.05", "1.11"}
    for name in ("sessionCredentialFromConsole", "addendum"):
        assert any(name in record for record in found)
    for name in ("readOnly", "recipientAccountId"):
        assert not all(name in record for record in found)
    read = [record for record in found if record["eventName"] == "GetSecretValue" and "sharedEventID" in record]
    assert len({record["sharedEventID"] for record in read}) == 2 and len({record["eventID"] for record in read}) >= 3
    assert not any(item.account_id == ACCOUNTS[1] and more.day(1) in item.time for item in truth.planted)
    keys = [key for name in truth.keys if (key := parse_key(name))]
    assert more.day(4) in {key.day for key in keys}, "nothing came late"


def test_every_number_of_events_is_met() -> None:
    for events in (50, 51, 257):
        _files, truth = made(changed(WANTED, events=events, security=5, sessions=0))
        assert truth.distinct == events


def test_the_truth_is_what_a_plain_reader_finds(tree: tuple[Path, Truth]) -> None:
    folder, truth = tree
    found = list(records(folder))
    ids = Counter(record["eventID"] for record in found)
    assert (len(found), len(ids), truth.distinct) == (truth.written, truth.distinct, 900)
    assert sorted(truth.twice) == sorted(name for name, number in ids.items() if number == 2)
    assert set(ids.values()) == {1, 2}
    by_id = {record["eventID"]: record for record in found}
    assert all(by_id[item.event_id] == item.record for item in truth.planted)
    assert len(truth.planted) > 90
    assert truth.last_used == last_used(found)
    for session in truth.sessions:
        inside = [
            record for record in by_id.values() if record["userIdentity"].get("accessKeyId") == session.access_key_id
        ]
        assert {record["eventID"] for record in inside} == set(session.inside)
        assert by_id[session.entry]["responseElements"]["credentials"]["accessKeyId"] == session.access_key_id
    assert len(truth.pairs) == 2
    for pair in truth.pairs:
        caller, called = by_id[pair.caller], by_id[pair.called]
        assert caller["sharedEventID"] == called["sharedEventID"] == pair.shared_event_id
        assert caller["recipientAccountId"] == called["userIdentity"]["accountId"] != called["recipientAccountId"]


def last_used(found: list[dict[str, Any]]) -> dict[tuple[str, str, str, str], str]:
    used: dict[tuple[str, str, str, str], str] = {}
    for record in found:
        who = record["userIdentity"]
        arn = who.get("sessionContext", {}).get("sessionIssuer", {}).get("arn") or who.get("arn")
        if arn:
            service = record["eventSource"].split(".")[0]
            key = (record["recipientAccountId"], arn, service, record["eventName"])
            used[key] = max(used.get(key, ""), record["eventTime"])
    return used


def test_our_own_reader_reads_all_of_it(tree: tuple[Path, Truth]) -> None:
    folder, truth = tree
    found = list(read_events(sorted(map(str, folder.rglob("*_CloudTrail_*.json.gz")))))
    assert len(found) == truth.written
    assert all(isinstance(item, TrailRecord) for item in found)


def test_the_keys_are_cloudtrails(tree: tuple[Path, Truth]) -> None:
    folder, truth = tree
    keys = [str(path.relative_to(folder)) for path in folder.rglob("*.json.gz")]
    said = [parse_key(key) for key in keys]
    assert all(key and key.in_place and key.organization_id == "o-exampleorg" for key in said)
    kinds = Counter(key.kind for key in said if key)
    assert kinds == {LOG: len(truth.keys), DIGEST: 2 * 2 * (3 * 24 + 1)}
    assert {key.day for key in said if key} >= {WANTED.day(0), WANTED.day(1), WANTED.day(2)}
