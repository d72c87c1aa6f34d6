"""What a verification leaves open is told, and so is how to close it."""

from __future__ import annotations

import hashlib
import json
import tracemalloc
from typing import Any

import pytest
from tests.journeys.trail_evidence import (
    BEGIN,
    EAST,
    EAST_LOGS,
    END,
    EVERY,
    FORGER,
    LOG,
    LOGS,
    MIDDLE,
    OTHER_LOG,
    SIGNER,
    WANTED,
    alter_handed_down_signature,
    alter_link,
    alter_log,
    content,
    digest_of,
    flipped,
    forge_newest,
    found,
    judged,
    left_open,
    named_by,
)
from tests.trail_history import Truth, digest_files, files
from tests.trail_history.digests import signed
from tests.trail_history.kept import Kept
from tests.trail_history.making import pack

from iam_guardrails.adapters.trail_bytes import Damage
from iam_guardrails.adapters.trail_keys import PublicKey, PublicKeys
from iam_guardrails.journeys.trail_verify import Asked
from iam_guardrails.journeys.trail_verify_logs import PENDING, later
from iam_guardrails.model.trail.integrity import Period, Window
from iam_guardrails.model.value import changed
from iam_guardrails.trail_verify_command import EPILOG


def test_a_copy_without_metadata_says_how_to_keep_it() -> None:
    store = Kept(EVERY)
    store.kept.clear()
    result = judged(store)
    assert result.exit_code == 2
    assert result.chains[0].findings == ()
    assert result.chains[0].digests == changed(result.chains[0].digests, valid=24, not_judged=1)
    (told,) = result.chains[0].not_judged
    assert told.file == EAST[-1].key
    assert f"aws s3api head-object --bucket prod-trail-logs --key {EAST[-1].key} > FILE.metadata.json" in told.reason
    before_it = Asked(Period("", content(EAST[-1])["digestStartTime"]))
    assert judged(store, before_it).exit_code == 0


def test_an_altered_digest_without_metadata_spoils_only_itself() -> None:
    store = Kept(EVERY)
    store.kept = {EAST[-1].key: store.kept[EAST[-1].key]}
    alter_link(store)
    assert judged(store).chains[0].digests == changed(judged(Kept(EVERY)).chains[0].digests, valid=24, invalid=1)
    alter_handed_down_signature(store)
    result = judged(store).chains[0].digests
    assert (result.valid, result.invalid, result.not_judged) == (23, 1, 1)


def test_a_digest_signed_with_an_unknown_key_is_not_judged_when_the_keys_may_be_incomplete() -> None:
    late = PublicKeys(PublicKey(name, value, "2026-02-01T00:00:00Z") for name, value in SIGNER.used.items())
    assert judged(Kept(EVERY), known=late).exit_code == 0
    one = next(iter(SIGNER.used))
    half = PublicKeys([PublicKey(one, SIGNER.used[one], "2026-02-01T00:00:00Z")])
    assert judged(Kept(EVERY), known=half).exit_code == 2
    half = PublicKeys([PublicKey(one, SIGNER.used[one])])
    assert judged(Kept(EVERY), known=half).exit_code == 2
    store = Kept(EVERY)
    forge_newest(store)
    assert judged(store, known=late).exit_code == 2
    result = judged(Kept(EVERY), known=PublicKeys())
    assert result.exit_code == 2
    assert len(result.chains[0].not_judged) == 25
    assert "list-public-keys --region us-east-1" in result.chains[0].not_judged[0].reason
    assert result.chains[0].complete == ()
    assert result.chains[0].logs.not_judged == len(EAST_LOGS)
    store = Kept(EVERY)
    alter_log(store)
    assert found(store, known=PublicKeys()) == [("altered", LOG.key)]
    told = judged(Kept(EVERY), known=PublicKeys(refused="cloudtrail:ListPublicKeys was refused (AccessDenied)"))
    assert "was refused (AccessDenied)" in told.chains[0].not_judged[0].reason
    asked = PublicKeys((), ("us-east-1", "us-west-2"))
    assert {kind for kind, _file in found(Kept(EVERY), known=asked)} == {"unknown key"}


def test_a_whole_chain_signed_anew_is_unknown() -> None:
    forged = list(digest_files(WANTED, LOGS, FORGER))
    assert {kind for kind, _file in found(Kept([*LOGS, *forged]), known=PublicKeys((), WANTED.regions))} == {
        "unknown key"
    }
    lying = []
    previous = None
    for file in EAST:
        said = content(file)
        if previous:
            said |= {"previousDigestSignature": dict(previous.metadata)["signature"],
                     "previousDigestHashValue": hashlib.sha256(previous.text).hexdigest()}  # fmt: skip
        previous = signed(said, FORGER, "us-east-1")
        lying.append(previous)
    assert len([1 for kind, _file in found(Kept([*EAST_LOGS, *lying])) if kind == "altered"]) == 25


def test_validation_that_was_off_for_a_while() -> None:
    hour = EAST.index(digest_of(LOG))
    paused = list(digest_files(WANTED, LOGS, SIGNER, pauses=(hour, hour + 1)))
    result = judged(Kept([*LOGS, *paused]))
    assert result.exit_code == 2
    chain = result.chains[0]
    hole = content(EAST[hour])["digestStartTime"], content(EAST[hour + 1])["digestEndTime"]
    assert chain.complete == (Window(BEGIN, hole[0]), Window(hole[1], END))
    assert f"{hole[0]} to {hole[1]}: no digest file covers it: log file validation or logging was off" in left_open(
        result
    )
    assert chain.notes == (
        f"a chain of digest files begins at {BEGIN}", f"a chain of digest files begins at {hole[1]}",
    )  # fmt: skip
    inside = [log for log in EAST_LOGS if hole[0] < f"{log.delivered:%Y-%m-%dT%H:%M:%SZ}" <= hole[1]]
    assert inside and any(one.startswith(f"{len(inside)} log file") for one in left_open(result))
    assert judged(Kept([*LOGS, *paused]), Asked(Period(hole[1], END))).exit_code == 0


def test_log_files_that_came_late_are_in_a_backfill_digest() -> None:
    hour = EAST.index(digest_of(LOG))
    late = list(digest_files(WANTED, LOGS, SIGNER, late=(hour,)))
    store = Kept([*LOGS, *late])
    result = judged(store)
    assert (result.exit_code, result.chains[0].digests.valid, result.chains[0].logs.valid) == (0, 26, len(EAST_LOGS))
    alter_log(store)
    assert found(store) == [("altered", LOG.key)]
    assert len(judged(store).chains[0].complete) == 2
    store = Kept([*LOGS, *late])
    backfill = next(file for file in late if file.key.endswith("_backfill.json.gz"))
    del store.content[backfill.key]
    assert ("added", LOG.key) in found(store)
    for named in content(backfill)["logFiles"]:
        del store.content[named["s3Object"]]
    assert judged(store).exit_code == 0 and "together with all its log files cannot be seen" in EPILOG


def test_two_trails_in_one_bucket() -> None:
    other = changed(WANTED, seed=6, trail="second", events=40)
    logs = list(files(other, Truth()))
    store = Kept([*EVERY, *logs, *digest_files(other, logs, SIGNER)])
    result = judged(store)
    assert [(item.chain.region, item.chain.trail_name) for item in result.chains] == [
        ("us-east-1", "prod-trail"), ("us-east-1", "second"), ("us-west-2", "prod-trail"), ("us-west-2", "second"),
    ]  # fmt: skip
    assert result.exit_code == 0
    alter_log(store)
    assert found(store) == [("altered", LOG.key)]
    hour = 12
    paused = digest_files(other, logs, SIGNER, pauses=(hour, hour + 1))
    assert found(Kept([*EVERY, *logs, *paused])) == []
    without = judged(Kept([*EVERY, *logs]))
    assert {told.kind for item in without.chains for told in item.findings} == {"added"}


def test_an_organization_trail_under_a_prefix() -> None:
    wanted = changed(WANTED, accounts=("111122223333", "444455556666"), organization_id="o-exampleorg", prefix="logs/a")
    logs = list(files(wanted, Truth()))
    every = [*logs, *digest_files(wanted, logs, SIGNER)]
    for store in (Kept(every), Kept(every, bucket=wanted.bucket), Kept(every, under="logs/a/AWSLogs/o-exampleorg/")):
        result = judged(store)
        assert (result.exit_code, len(result.chains)) == (0, 4)
        assert {item.chain.organization_id for item in result.chains} == {"o-exampleorg"}
        key = min(store.content)
        store.content[key] = flipped(store.content[key])
        assert found(store) == [("altered", key)]


def test_a_bucket_that_is_a_copy_of_another() -> None:
    store = Kept(EVERY, bucket="other-bucket")
    result = judged(store)
    assert result.exit_code == 0
    assert "these are copies: CloudTrail delivered to the bucket prod-trail-logs" in result.chains[0].notes
    store.content["backup/" + MIDDLE.key] = store.content.pop(MIDDLE.key)
    assert found(store) == [("moved", "backup/" + MIDDLE.key)]
    under = Kept(EVERY, bucket=WANTED.bucket, under="AWSLogs/")
    assert {kind for kind, _file in found(under)} == {"moved", "missing"}


def test_a_folder_above_the_bucket() -> None:
    store = Kept(EVERY)
    store.content = {f"copies/prod/{key}": packed for key, packed in store.content.items()}
    store.kept = {f"copies/prod/{key}": kept for key, kept in store.kept.items()}
    assert judged(store).exit_code == 0


def test_what_ends_before_the_others_or_before_it_is_asked_for() -> None:
    shorter = Kept(file for file in EVERY if file not in EAST[-2:])
    result = judged(shorter, Asked())
    assert result.exit_code == 2
    assert any(
        one.startswith("2026-01-10T23:01:31Z to 2026-01-10T23:51:31Z: there is no digest file")
        for one in left_open(result)
    )
    named = {key for digest in EAST[-2:] for key in named_by(digest)}
    alone = Kept(
        file for file in EVERY if file.region == "us-east-1" and file not in EAST[-2:] and file.key not in named
    )
    assert judged(alone, Asked()).exit_code == 0
    assert judged(alone).exit_code == 2
    assert judged(alone, Asked(newest=END)).exit_code == 2
    early = judged(Kept(EVERY), Asked(Period("2026-01-09T00:00:00Z", END)))
    assert f"2026-01-09T00:00:00Z to {BEGIN}: no digest file covers it" in " ".join(left_open(early))
    assert judged(Kept(EVERY), Asked(Period("2026-02-01T00:00:00Z", ""))).exit_code == 2


def delivered(stamp: str) -> str:
    """The key of a log file that no digest names."""
    folder, _, name = EAST_LOGS[-1].key.rpartition("/")
    name = name.replace("20260111T0005Z", stamp).replace(name[-24:-8], "B" * 16)
    return f"{folder[:-10]}{stamp[:4]}/{stamp[4:6]}/{stamp[6:8]}/{name}"


def with_one_more(stamp: str) -> Kept:
    store = Kept(EVERY)
    store.content[delivered(stamp)] = pack(b'{"Records":[]}', 6)
    return store


@pytest.mark.parametrize("stamp", ["20260111T0047Z", "20260111T0100Z", "20260111T0101Z", "20260111T0230Z"])
def test_in_a_copy_no_digest_is_waited_for(stamp: str) -> None:
    """Nothing will come that names the file, so it may have been added; the span ends before it."""
    store = with_one_more(stamp)
    result = judged(store, Asked())
    time = f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:8]}T{stamp[9:11]}:{stamp[11:13]}:00Z"
    ends = "2026-01-11T00:46:31Z"
    assert left_open(result) == [
        f"1 log file of {time}: only a digest file after {END} could name them, and none is here;"
        f" --until {ends} leaves them out"
    ]
    assert (result.exit_code, result.chains[0].complete) == (2, (Window(BEGIN, min(time, END)),))
    assert result.chains[1].complete == (Window(BEGIN, END),)
    assert judged(store, Asked(Period("", ends))).exit_code == 0
    early = with_one_more("20260111T0046Z")
    assert found(early, Asked()) == [("added", delivered("20260111T0046Z"))]


@pytest.mark.parametrize(
    ("now", "stamp", "code"),
    [
        ("2026-01-11T01:05:00Z", "20260111T0050Z", 0), ("2026-01-11T03:01:00Z", "20260111T0255Z", 0),
        ("2026-01-11T03:02:00Z", "20260111T0050Z", 2), ("2026-01-11T01:30:00Z", "20260111T0131Z", 2),
        ("2026-11-11T01:30:00Z", "20260111T0050Z", 2),
    ],
)  # fmt: skip
def test_in_a_bucket_the_next_digest_is_waited_for_as_long_as_it_may_come(now: str, stamp: str, code: int) -> None:
    store = with_one_more(stamp)
    time = f"2026-01-11T{stamp[9:11]}:{stamp[11:13]}:00Z"
    result = judged(store, Asked(newest=later(now, -PENDING)))
    assert result.exit_code == code
    assert (
        f"1 log file of {time}: no digest file covers them yet, it comes once an hour" in result.chains[0].notes
    ) == (not code)
    assert result.chains[0].complete == (Window(BEGIN, min(time, END)),)


def test_log_files_long_after_the_newest_digest() -> None:
    result = judged(with_one_more("20260111T0555Z"), Asked())
    assert result.exit_code == 2
    assert "1 log file of 2026-01-11T05:55:00Z: they are newer than the newest digest file" in left_open(result)


def test_a_span_ends_before_a_file_that_a_missing_digest_may_name() -> None:
    """Validation was off from 05:01:31 on: a file of the last minutes before it may have been added."""
    paused = list(digest_files(WANTED, LOGS, SIGNER, pauses=(5,)))
    store = Kept([*LOGS, *paused])
    store.content[delivered("20260110T0455Z")] = pack(b'{"Records":[]}', 6)
    result = judged(store)
    assert result.exit_code == 2
    assert any("T04:55:00Z" in one and "was never made" in one for one in left_open(result))
    assert result.chains[0].complete[0] == Window(BEGIN, "2026-01-10T04:55:00Z")


@pytest.mark.parametrize("stamp", ["20260111T0130Z", "20260111T0215Z", "20260111T0615Z"])
def test_where_another_trail_goes_on_nothing_is_waited_for(stamp: str) -> None:
    """A trail was replaced: its chain ends, and a file that nobody's digest names is still an added one."""
    longer = changed(WANTED, seed=9, days=2, trail="new-trail")
    logs = list(files(longer, Truth()))
    new = [*logs, *digest_files(longer, logs, SIGNER)]
    assert found(Kept([*EVERY, *new]), Asked()) == []
    forged = EAST_LOGS[-1].key.replace("20260111T0005Z", stamp).replace(EAST_LOGS[-1].key[-24:-8], "F" * 16)
    forged = forged.replace("/2026/01/10/", f"/2026/01/{stamp[6:8]}/")
    store = Kept([*EVERY, *new])
    store.content[forged] = pack(b'{"Records":[]}', 6)
    assert found(store, Asked()) == [("added", forged)]
    time = f"2026-01-11T{stamp[9:11]}:{stamp[11:13]}:00Z"
    here = [chain for chain in judged(store, Asked()).chains if chain.chain.region == "us-east-1"]
    assert here and not any(span.start < time < span.end for chain in here for span in chain.complete)


def test_of_two_trails_that_go_on_either_may_still_tell() -> None:
    """Their digests come at different minutes, or one was copied an hour before the other."""
    other = changed(WANTED, seed=9, trail="new-trail")
    logs = list(files(other, Truth()))
    digests = [one for one in digest_files(other, logs, SIGNER) if "20260111T01" not in one.key]
    store = Kept([*EVERY, *[log for log in logs if "20260111T00" not in log.key], *digests])
    late = EAST_LOGS[-1].key.replace("20260111T0005Z", "20260111T0015Z").replace(EAST_LOGS[-1].key[-24:-8], "B" * 16)
    store.content[late] = pack(b'{"Records":[]}', 6)
    assert found(store, Asked()) == []


def test_a_period_reads_only_what_it_needs() -> None:
    class Counting(Kept):
        read_keys: list[str]

        def read(self, key: str) -> bytes:
            self.read_keys.append(key)
            return super().read(key)

    store = Counting(EVERY)
    store.read_keys = []
    result = judged(store, Asked(Period("2026-01-10T10:00:00Z", "2026-01-10T12:00:00Z")))
    assert result.exit_code == 0
    assert result.chains[0].complete == (Window("2026-01-10T10:00:00Z", "2026-01-10T12:00:00Z"),)
    assert result.chains[0].digests.valid == 3
    assert len(set(store.read_keys)) < len(EVERY) / 2


def test_memory_does_not_grow_with_the_files() -> None:
    peaks = []
    for days in (1, 8):
        wanted = changed(WANTED, events=60 * days, days=days, regions=("us-east-1",))
        logs = list(files(wanted, Truth()))
        store = Kept([*logs, *digest_files(wanted, logs, SIGNER)])
        tracemalloc.start()
        assert judged(store, Asked()).exit_code == 0
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]


def test_a_missing_digest_says_what_it_leaves_open() -> None:
    store = Kept(file for file in EVERY if file not in EAST[10:13])
    (told,) = judged(store).chains[0].findings
    assert (told.kind, told.file) == ("missing", EAST[12].key)
    begin, end = content(EAST[10])["digestStartTime"], content(EAST[12])["digestEndTime"]
    assert (
        told.reason == f"{EAST[13].key} names it as the digest file before it, so nothing vouches for {begin} to {end}"
    )
    assert any(f"{one} log file" in " ".join(left_open(judged(store))) for one in range(1, 9))


def test_nothing_to_judge_by() -> None:
    for store in (Kept([]), Kept(LOGS)):
        result = judged(store)
        assert result.exit_code == 2
        assert any("there is no digest file" in one for one in left_open(result))
    store = Kept(EVERY)
    store.content["AWSLogs/notes.txt"] = b""
    insight = LOG.key.replace("CloudTrail", "CloudTrail-Insight")
    store.content[insight] = b""
    assert judged(store).notes[:-1] == (
        "1 file is none of CloudTrail's by its name, so nothing is said about it",
        "1 file of CloudTrail-Insight stands in no digest file, so nothing is said about it",
    )
    store.content["AWSLogs/111122223333/Config/ConfigWritabilityCheckFile"] = b""
    assert "1 file is of other services' logs by place and name, so nothing is said about it" in judged(store).notes
    del store.content["AWSLogs/111122223333/Config/ConfigWritabilityCheckFile"]
    store.content["AWSLogs/more.txt"] = store.content[insight.replace(".json", "2.json")] = b""
    assert [note.split(" so ")[0] for note in judged(store).notes[:-1]] == [
        "2 files are none of CloudTrail's by their names,", "2 files of CloudTrail-Insight stand in no digest file,"
    ]  # fmt: skip


def test_what_the_store_does_not_hand_out_is_not_judged() -> None:
    class Refusing(Kept):
        def read(self, key: str) -> bytes:
            if key in (OTHER_LOG.key, MIDDLE.key):
                raise Damage("it cannot be read: s3:GetObject was refused (AccessDenied)")
            return super().read(key)

    result = judged(Refusing(EVERY))
    assert result.exit_code == 2
    assert not result.chains[0].findings
    refused = [one for one in left_open(result) if "was refused (AccessDenied)" in one]
    assert [one.split(":")[0] for one in refused] == [MIDDLE.key, OTHER_LOG.key]


STRANGE = {
    "no object": "[]", "deep": "[" * 100_000, "empty": "{}", "text": "x",
    "long": {"digestPublicKeyFingerprint": "f" * 100_000}, "number": {"digestS3Bucket": 7},
    "long key": {"previousDigestS3Object": "k" * 100_000},
    "half a chain": {"previousDigestS3Bucket": None}, "a time": {"digestStartTime": "2026-02-30T00:00:00Z"},
    "turned round": {"digestStartTime": "2026-01-11T00:00:00Z"}, "logs": {"logFiles": {"a": 1}},
    "a log": {"logFiles": [1]}, "half a log": {"logFiles": [{"s3Bucket": "b"}]},
    "no text": {"digestS3Object": "\ud800"}, "itself before": {"previousDigestS3Object": MIDDLE.key},
    "another key": {"digestS3Object": "AWSLogs/x.json.gz"}, "hash": {"previousDigestHashAlgorithm": "MD5"},
}  # fmt: skip


@pytest.mark.parametrize("change", STRANGE.values(), ids=STRANGE)
def test_strange_digests_are_altered_ones(change: Any) -> None:
    store = Kept(EVERY)
    text = change if isinstance(change, str) else json.dumps({**content(MIDDLE), **change})
    store.content[MIDDLE.key] = pack(text.encode(), 6)
    assert found(store) == [("altered", MIDDLE.key)]


def test_a_key_that_is_no_text_is_left_out_and_told() -> None:
    store = Kept(EVERY)
    store.content["\udcff/" + MIDDLE.key] = b""
    result = judged(store)
    assert result.exit_code == 2
    assert any("no text that CloudTrail writes" in one for one in left_open(result))
