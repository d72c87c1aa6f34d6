"""Records of incidents in S3: once written, nobody writes over a line; of two machines one opens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.review_making import AT, review

from iam_guardrails.adapters.aws.errors import AwsError
from iam_guardrails.adapters.aws.incident_store import S3Store, parse
from iam_guardrails.adapters.incidents import IncidentRecords
from iam_guardrails.adapters.removal_records import RemovalRecords
from iam_guardrails.adapters.review_records import record_path, write_head, write_record
from iam_guardrails.journeys.records_send import send_all
from iam_guardrails.journeys.records_verify import copies, verify_records
from iam_guardrails.journeys.reviews_verify import verify_reviews
from iam_guardrails.model.incident.examined import Closed
from iam_guardrails.model.incident.step import CLOSED, NOTED, Noted, Opened
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.removal.record import REMOVED, Begun
from iam_guardrails.model.review.signed import SignedReview, sealed, text_of
from iam_guardrails.model.value import changed

HOME = "us-east-2"


class Signed:
    """A session that makes the test's clients."""

    def __init__(self, aws: Callable[..., Any]) -> None:
        self.aws = aws

    def client(self, service_name: str, region_name: str) -> Any:
        return self.aws(service_name, region=region_name)


@pytest.fixture
def store(aws: Callable[..., Any], account_id: str) -> S3Store:
    bucket = f"records-{account_id}"
    place = {"LocationConstraint": HOME}
    aws("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration=place, ObjectLockEnabledForBucket=True)
    return S3Store(Signed(aws), HOME, bucket, "guardrails", "prod")


def records(folder: Path, store: S3Store | None, told: list[str] | None = None) -> IncidentRecords:
    said = told if told is not None else []
    now = lambda: datetime.now(UTC)  # noqa: E731 - the clock is one expression
    return IncidentRecords(folder / "records", folder / "work", now, "alex@laptop", store, said.append)


def opened(name: str, person: str = "alex") -> Opened:
    return Opened(name, "prod", "333333333333", HOME, person, "the token leaked", 30)


def test_the_store_holds_the_same_lines(store: S3Store, tmp_path: Path) -> None:
    kept = records(tmp_path, store)
    kept.open(opened("INC-1"))
    kept.append("INC-1", NOTED, Noted("ü"))
    assert store.text("INC-1") == kept.path("INC-1").read_text()
    assert store.ids() == ("INC-1",)
    sent = store.sent_at("INC-1")
    assert sent is not None and abs((sent - datetime.now(UTC)).total_seconds()) < 120
    assert store.sent_at("INC-2") is None
    (verified,) = verify_records("prod", kept, [("the store", copies(store.ids(), store.text))])
    assert not verified.broken and verified.lines == 2


def test_reviews_and_removals_go_to_the_same_store_and_show_against_it(store: S3Store, tmp_path: Path) -> None:
    kept = records(tmp_path, None)
    signed = sealed(SignedReview(1, review(), "Jane", "", AT, "", "d", "", ""))
    write_record(kept.records, signed)
    write_head(kept.records, signed)
    removals = RemovalRecords(kept.records, lambda: AT, "jane@host")
    begun = removals.begin(Begun("", "prod", "333333333333", signed.name, signed.hash, False, False))
    removals.append(begun, REMOVED, {"item": "users-1"})
    first = [(one.kind, one.name, one.lines) for one in send_all("prod", kept, store)]
    assert first == [("removal", begun.begun.id, 2), ("review", signed.name, 1)]
    assert {one.lines for one in send_all("prod", kept, store)} == {0}
    assert store.text_in("reviews", signed.name) == text_of(signed) and store.ids() == ()
    stored = [("the store", copies(store.names("reviews"), lambda name: store.text_in("reviews", name)))]
    assert not any(one.broken for one in verify_reviews("prod", kept.records, stored))
    again = sealed(changed(signed, signed_by="Mallory"))
    path = record_path(kept.records, signed.name)
    path.write_text(text_of(again))
    write_head(kept.records, again)
    (found,) = verify_reviews("prod", kept.records, stored)
    assert [one.why for one in found.broken] == ["the record differs from the one in the store"]
    with pytest.raises(Problem, match="holds another line 1 of 2026-11-monthly"):
        list(send_all("prod", kept, Forgetful(**store.__dict__)))
    path.unlink()
    (gone,) = [one for one in verify_reviews("prod", kept.records, stored) if one.review == signed.name]
    assert "it is in the store" in gone.broken[0].why


class Forgetful(S3Store):
    """A store whose list lags behind, so that only S3 itself refuses to write over what is there."""

    def _keys(self, folder: str) -> list[str]:
        return []


def test_another_machine_is_told_who_has_one_open(store: S3Store, tmp_path: Path) -> None:
    mine, theirs = records(tmp_path / "mine", store), records(tmp_path / "theirs", store)
    mine.open(opened("INC-1"))
    with pytest.raises(Problem, match=r"INC-1 is open already \(alex"):
        theirs.open(opened("INC-2", "sam"))
    assert not theirs.ids()
    mine.append("INC-1", CLOSED, Closed("done", 1))
    assert theirs.open(opened("INC-2", "sam")).is_open
    with pytest.raises(Problem, match=r"INC-2 is open already \(sam"):
        mine.open(opened("INC-3"))


def test_of_two_that_claim_at_once_one_has_it(store: S3Store, aws: Callable[..., Any], tmp_path: Path) -> None:
    class Late(S3Store):
        """Sees no claim, as a machine that looked a moment too early."""

        def _keys(self, folder: str) -> list[str]:
            return [] if folder == "claims" else super()._keys(folder)

    records(tmp_path / "mine", store).open(opened("INC-1"))
    late = Late(Signed(aws), HOME, store.bucket, store.prefix, "prod")
    holder = late.claim("INC-2")
    assert holder is not None and holder.id == "INC-1"


def test_a_rewritten_record_shows_and_is_not_sent_over_the_old(store: S3Store, tmp_path: Path) -> None:
    kept = records(tmp_path / "mine", store)
    kept.open(opened("INC-1"))
    kept.append("INC-1", NOTED, Noted("what happened"))
    forged = records(tmp_path / "forged", None)
    forged.open(opened("INC-1"))
    forged.append("INC-1", NOTED, Noted("something nicer"))
    (verified,) = verify_records("prod", forged, [("the store", copies(store.ids(), store.text))])
    assert any("differs from the one in the store" in item.why for item in verified.broken)
    with pytest.raises(Problem, match="two machines wrote"):
        Blind(store.session, HOME, store.bucket, store.prefix, "prod").send("INC-1", forged.load("INC-1").steps)
    assert "what happened" in store.text("INC-1")


class Blind(S3Store):
    """Sees no lines, so that it tries to write each."""

    def _keys(self, folder: str) -> list[str]:
        return []


def test_a_missing_record_and_a_cut_one_show_against_the_store(store: S3Store, tmp_path: Path) -> None:
    kept = records(tmp_path, store)
    kept.open(opened("INC-1"))
    kept.append("INC-1", NOTED, Noted("x"))
    first = kept.path("INC-1").read_text().splitlines(keepends=True)[0]
    for path in kept.folder.iterdir():
        path.unlink()
    places = [("the store", copies(store.ids(), store.text))]
    (gone,) = verify_records("prod", kept, places)
    assert "the whole record is missing; it is in the store" in gone.broken[0].why
    kept.path("INC-1").write_text(first)
    (kept.folder / "INC-1.head.json").write_text('{"lines": 1, "hash": ""}'.replace('""', f'"{_hash(first)}"'))
    (cut,) = verify_records("prod", kept, places)
    assert "that the store has" in cut.broken[0].why


def _hash(line: str) -> str:
    import json

    return str(json.loads(line)["hash"])


def test_a_store_that_is_not_there_is_said_and_stops_nothing(aws: Callable[..., Any], tmp_path: Path) -> None:
    told: list[str] = []
    kept = records(tmp_path, S3Store(Signed(aws), HOME, "no-such-bucket-here", "", "prod"), told)
    assert kept.open(opened("INC-1")).is_open
    assert any("not known, because of the store" in text for text in told)
    assert any("not in the store yet" in text for text in told)


def test_whether_the_bucket_keeps_what_it_holds(store: S3Store, aws: Callable[..., Any]) -> None:
    assert not store.is_locked()
    aws("s3").put_object_lock_configuration(
        Bucket=store.bucket,
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 365}},
        },
    )  # fmt: skip
    assert store.is_locked()
    with pytest.raises(AwsError, match="NoSuchBucket"):
        S3Store(Signed(aws), HOME, "no-such-bucket-here", "", "prod").is_locked()


@pytest.mark.parametrize("url", ["", "records", "s3://", "s3://A/b", "https://x/y", "s3://b"])
def test_what_is_no_place_is_refused(url: str) -> None:
    with pytest.raises(Problem, match="no place for records"):
        parse(url)


def test_a_place_is_a_bucket_and_a_prefix() -> None:
    assert parse("s3://records-1/a/b/") == ("records-1", "a/b")
    assert parse("s3://records-1") == ("records-1", "")
