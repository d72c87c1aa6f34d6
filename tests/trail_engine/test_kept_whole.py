"""Records that are kept whole: which of those that two accounts may have, and that many of them take little room."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from iam_guardrails.adapters.trail_engine import day, gather, packed, reading, store
from iam_guardrails.adapters.trail_engine.engine import Engine
from iam_guardrails.adapters.trail_engine.gather import Gathering
from iam_guardrails.adapters.trail_engine.packed import joined, unpacked
from iam_guardrails.adapters.trail_folder_objects import FolderObjects
from iam_guardrails.model.trail.facts import CROSS_ACCOUNT, SESSION, Kept
from iam_guardrails.model.trail.questions.all import Asked, question
from iam_guardrails.model.trail.window import Window

OWNER, OTHER = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{OWNER}:role/app"
SERVICE = {"type": "AWSService", "invokedBy": "lambda.amazonaws.com"}
MINE = {"type": "IAMUser", "arn": f"arn:aws:iam::{OWNER}:user/bob", "accountId": OWNER}
THEIRS = {"type": "AWSAccount", "principalId": "AIDAEXAMPLE", "accountId": OTHER}
CALLER = {"type": "IAMUser", "arn": f"arn:aws:iam::{OTHER}:user/eve", "accountId": OTHER}


def assumed(number: int, identity: Mapping[str, Any], owner: str = OWNER, **more: Any) -> dict[str, Any]:
    return {
        "eventVersion": "1.08", "userIdentity": identity, "eventTime": f"2026-01-10T09:00:{number % 60:02}Z",
        "eventSource": "sts.amazonaws.com", "eventName": "AssumeRole", "awsRegion": "us-east-1",
        "sourceIPAddress": "192.0.2.1", "requestParameters": {"roleArn": ROLE, "roleSessionName": "s"},
        "responseElements": {"credentials": {"sessionToken": "SECRETTOKEN" * 30}}, "eventID": f"e{number}",
        "sharedEventID": f"s{number}", "recipientAccountId": owner,
    } | more  # fmt: skip


def gathered(*records: Mapping[str, Any], roles: frozenset[tuple[str, str]] = frozenset()) -> list[Kept]:
    gathering = Gathering(roles)
    gathering.take("f", json.dumps({"Records": records}, separators=(",", ":")).encode())
    return [kept for facts in gathering.facts().values() for kept in facts.kept]


@pytest.mark.parametrize(
    ("record", "shared"),
    [
        (assumed(1, SERVICE), False),
        (assumed(1, MINE), False),
        (assumed(1, {"type": "WebIdentityUser", "userName": "u"}), False),
        (assumed(1, THEIRS), True),
        (assumed(1, CALLER, OTHER), True),
        (assumed(1, SERVICE, OTHER), True),
        (assumed(1, MINE | {"accountId": OTHER}), True),
        (assumed(1, SERVICE, requestParameters=None), True),
    ],
)
def test_only_what_two_accounts_may_have_recorded_is_kept(record: Mapping[str, Any], shared: bool) -> None:
    kept = gathered(record)
    assert bool(kept) is shared
    assert all(b"SECRETTOKEN" not in item.record for item in kept)


def test_the_answer_is_the_same_joined_or_not(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    theirs = assumed(2, THEIRS)
    records = [
        assumed(1, SERVICE),
        theirs,
        assumed(3, CALLER, OTHER, sharedEventID="s2", eventTime=theirs["eventTime"]),
    ]
    (tmp_path / "tree" / "a.json").write_text(json.dumps({"Records": records}))
    found = Engine(FolderObjects(str(tmp_path / "tree")), tmp_path / "cache", frozenset(), lambda _: None, 1)
    rows: list[Any] = list(question("role-assumptions").answer(Asked(found.ask(Window()).facts)))
    assert [(row.principal, row.role, row.session, row.addresses, row.event_id) for row in rows] == [
        (CALLER["arn"], ROLE, "s", ("192.0.2.1",), "e2"),
        ("lambda.amazonaws.com", ROLE, "s", ("192.0.2.1",), "e1"),
    ]


def test_a_record_that_is_kept_for_another_reason_too_is_kept_whole() -> None:
    (kept,) = gathered(assumed(1, THEIRS), roles=frozenset({(OWNER, "app")}))
    assert b"responseElements" in kept.record


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """Three files of a day with 300 calls of one role each."""
    folder = tmp_path / "many"
    folder.mkdir()
    caller = {"type": "AssumedRole", "arn": f"arn:aws:sts::{OWNER}:assumed-role/app/s", "accountId": OWNER}
    for number in range(3):
        records = [
            assumed(number * 300 + one, caller, eventSource="s3.amazonaws.com", eventName="ListBuckets")
            for one in range(300)
        ]  # fmt: skip
        name = f"{OWNER}_CloudTrail_us-east-1_20260110T0910Z_{number:016}.json.gz"
        (folder / name).write_bytes(gzip.compress(json.dumps({"Records": records}).encode()))
    return folder


@pytest.mark.parametrize("small", [False, True])
def test_many_records_are_packed_and_come_a_piece_at_a_time(
    many: Path, tmp_path: Path, small: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not small:
        monkeypatch.setattr(day, "HELD_BYTES", 100_000)
        monkeypatch.setattr(packed, "PIECE_BYTES", 70_000)

    def facts() -> Iterator[Any]:
        asked = Engine(FolderObjects(str(many)), tmp_path / "cache", frozenset({(OWNER, "app")}), lambda _: None, 1)
        return iter(asked.ask(Window()).facts)

    for _ in ("read", "from the cache"):
        found = [part for _, part in facts()]
        ids = sorted(item.event_id for part in found for item in part.kept)
        assert ids == sorted(f"e{number}" for number in range(900))
        assert all(item.reasons == SESSION for part in found for item in part.kept)
        assert small or max(len(part.kept) for part in found) < 200
        assert [bool(part.uses) for part in found] == [True, *(False for _ in found[1:])]
    kept = sum(path.stat().st_size for path in (tmp_path / "cache").rglob("*.facts"))
    assert kept < 900 * 250, "of about 850 bytes each"


def test_small_pieces_are_put_together() -> None:
    records = [Kept(f"e{number}", number, CROSS_ACCOUNT, b"x" * 10) for number in range(9)]
    pieces = [piece for record in records for piece in packed.packed([record])]
    assert len(pieces) == 9
    (one,) = joined(pieces)
    assert unpacked(one) == records
    large = list(packed.packed([Kept("e", 1, 1, b"x" * 100_000)]))
    assert list(joined(large)) == large
    with pytest.raises(ValueError):
        unpacked((5, b"no zlib"))


CALLERS = 120


@pytest.fixture
def crowd(tmp_path: Path) -> Path:
    """Four files of a day with a role assumed by as many users of an identity provider, each of them once."""
    folder = tmp_path / "crowd"
    folder.mkdir()
    for number in range(4):
        records = [
            assumed(one, {"type": "WebIdentityUser", "userName": f"u{one}", "identityProvider": "idp"})
            for one in range(number, CALLERS, 4)
        ]  # fmt: skip
        name = f"{OWNER}_CloudTrail_us-east-1_20260110T0910Z_{number:016}.json.gz"
        (folder / name).write_bytes(gzip.compress(json.dumps({"Records": records}).encode()))
    return folder


@pytest.mark.parametrize("cores", [1, 2])
@pytest.mark.parametrize("large", [1 << 20, 3000])
def test_many_callers_are_gathered_and_kept_in_pieces(
    crowd: Path, tmp_path: Path, large: int, cores: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "LARGE", large)
    monkeypatch.setattr(gather, "MOST_HELD", 20_000)
    monkeypatch.setattr(reading, "BATCH_FILES", 2)
    for _ in ("read", "from the cache"):
        engine = Engine(FolderObjects(str(crowd)), tmp_path / "cache", frozenset(), lambda _: None, cores)
        facts = list(engine.ask(Window()).facts)
        rows: list[Any] = list(question("role-assumptions").answer(Asked(facts)))
        assert sorted(row.principal for row in rows) == sorted(f"idp u{one}" for one in range(CALLERS))
        uses: list[Any] = list(question("last-use").answer(Asked(facts)))
        assert len(uses) == CALLERS
        assert (len(facts) > 1) is (large == 3000)
        assert max(len(part.uses) for _, part in facts) == (CALLERS if large > 3000 else 30)
