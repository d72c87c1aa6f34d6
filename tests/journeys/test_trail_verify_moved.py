"""Chains that go on under other keys, parts of a bucket, and copies that were unpacked are judged for what they are."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from tests.journeys.trail_evidence import (
    BEGIN,
    DIGESTS,
    END,
    EVERY,
    LOG,
    MIDDLE,
    SIGNER,
    TAMPERED,
    WANTED,
    found,
    judged,
    left_open,
)
from tests.trail_history import Signer, TrailFile
from tests.trail_history.digests import digest
from tests.trail_history.kept import Kept
from tests.trail_history.making import pack
from tests.trail_history.wanted import Wanted

from iam_guardrails.adapters.trail_keys import PublicKey, PublicKeys
from iam_guardrails.journeys.trail_verify import Asked
from iam_guardrails.model.trail.integrity import Period, Window
from iam_guardrails.model.value import changed

ACCOUNT, REGION = "111122223333", "us-east-1"
OLD, NEW = changed(WANTED, prefix="old"), changed(WANTED, prefix="new")
MOVES = {
    "another prefix": (OLD, NEW), "the other way": (NEW, OLD), "back again": (OLD, NEW, OLD),
    "no prefix": (NEW, WANTED), "the organisation's": (WANTED, changed(WANTED, organization_id="o-exampleorg")),
}  # fmt: skip


def log_file(wanted: Wanted, time: str, unique: str = "A") -> TrailFile:
    folder = f"{wanted.folder(ACCOUNT, 'CloudTrail')}{REGION}/2026/01/10/"
    name = f"{ACCOUNT}_CloudTrail_{REGION}_20260110T{time}Z_{unique * 16}.json.gz"
    text = f'{{"Records":[],"at":"{time}{unique}"}}'.encode()
    return TrailFile(folder + name, text, pack(text, 6), datetime(2026, 1, 10, tzinfo=UTC), ACCOUNT, REGION)


def moved(forms: tuple[Wanted, ...]) -> list[TrailFile]:
    """One chain of hourly digests, each with a log file: three hours under each form of its keys."""
    made: list[TrailFile] = []
    before = None
    for hour in range(3 * len(forms)):
        wanted = forms[hour // 3]
        log = log_file(wanted, f"{hour:02}30")
        named = {"s3Object": log.key, "hashValue": hash_of(log), "hashAlgorithm": "SHA-256",
                 "newestEventTime": "", "oldestEventTime": ""}  # fmt: skip
        start = datetime(2026, 1, 10, hour, 1, 31, tzinfo=UTC)
        before = digest(wanted, ACCOUNT, REGION, start, [named], SIGNER, before)
        made += [log, before]
    return made


def hash_of(file: TrailFile) -> str:
    return hashlib.sha256(file.text).hexdigest()


@pytest.mark.parametrize("forms", MOVES.values(), ids=MOVES)
def test_a_chain_that_goes_on_under_other_keys_is_not_cut(forms: tuple[Wanted, ...]) -> None:
    every = moved(forms)
    result = judged(Kept(every), Asked())
    assert (result.exit_code, left_open(result)) == (0, [])
    assert sum(chain.digests.valid for chain in result.chains) == len(every) // 2
    end = f"2026-01-10T{3 * len(forms):02}:01:31Z"
    assert sorted(window.start for chain in result.chains for window in chain.complete)[0] == BEGIN
    assert max(window.end for chain in result.chains for window in chain.complete) == end
    notes = [note for chain in result.chains for note in chain.notes]
    seam = every[7].key
    assert f"its digest files go on with {seam}" in notes or len(forms) == 3
    assert [note for note in notes if "begins" in note] == [f"a chain of digest files begins at {BEGIN}"]
    for since in ("2026-01-10T03:01:31Z", "2026-01-10T04:01:31Z"):
        assert judged(Kept(every), Asked(Period(since, ""))).exit_code == 0
    assert judged(Kept(every), Asked(Period("", "2026-01-10T03:01:31Z"))).exit_code == 0


@pytest.mark.parametrize("forms", MOVES.values(), ids=MOVES)
@pytest.mark.parametrize("time", ["0247", "0259", "0310"])
def test_a_file_added_where_the_keys_change_is_found(forms: tuple[Wanted, ...], time: str) -> None:
    added = log_file(forms[0], time, "B")
    assert found(Kept([*moved(forms), added]), Asked()) == [("added", added.key)]


@pytest.mark.parametrize("forms", MOVES.values(), ids=MOVES)
def test_what_vouches_for_the_older_keys_may_stand_under_the_newer(forms: tuple[Wanted, ...]) -> None:
    """Without the key that signed the older digests they are known by the hashes in the newer ones."""
    every = moved(forms)
    late = Signer("late")
    before = every[-1]
    start = datetime(2026, 1, 10, 3 * len(forms), 1, 31, tzinfo=UTC)
    last = digest(forms[-1], ACCOUNT, REGION, start, [], late, before)
    known = PublicKeys(PublicKey(name, value) for name, value in late.used.items())
    assert judged(Kept([*every, last]), Asked(), known).exit_code == 0


def test_a_digest_missing_where_the_keys_change_is_missed() -> None:
    every = moved((OLD, NEW))
    gone = every[7]
    store = Kept(file for file in every if file is not gone)
    assert found(store, Asked()) == [("missing", gone.key)]
    gone = every[5]
    store = Kept(file for file in every if file is not gone)
    assert found(store, Asked()) == [("missing", gone.key)]
    assert any("02:01:31Z to" in one and "there is no digest file" in one for one in left_open(judged(store, Asked())))


@pytest.mark.parametrize(
    "prefix",
    ["AWSLogs/111122223333/CloudTrail-Digest/", "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/01/10/",
     "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/01/11/", "AWSLogs/111122223333/CloudTrail/"],
)  # fmt: skip
@pytest.mark.parametrize("bucket", [WANTED.bucket, "copies"])
def test_what_is_outside_of_a_part_of_a_bucket_is_not_judged(prefix: str, bucket: str) -> None:
    result = judged(Kept(EVERY, bucket=bucket, prefix=prefix))
    assert result.exit_code == 2
    assert not [told for chain in result.chains for told in chain.findings]
    if "Digest" in prefix:
        outside = [one for one in left_open(result) if one.startswith(f"s3://{WANTED.bucket}/")]
        assert all("it is outside of what was given" in one for one in outside)
        rest = {one.partition(": ")[2] for one in left_open(result) if one not in outside}
        assert all(one.startswith("there is no digest file, although") for one in rest)
        assert bool(rest) == prefix.endswith("/10/"), "it ends before what is asked for"
        assert sum(chain.digests.valid for chain in result.chains) == sum(one.key.startswith(prefix) for one in DIGESTS)
    store = Kept(EVERY, bucket=WANTED.bucket, prefix="AWSLogs/111122223333/")
    assert judged(store).exit_code == 0
    del store.content[LOG.key]
    assert found(store) == [("missing", LOG.key)]


def unpack(store: Kept) -> None:
    """What `gunzip -r` does; what it cannot unpack stays."""
    for key in list(store.content):
        try:
            text = gzip.decompress(store.content[key])
        except (OSError, EOFError, zlib.error):
            continue
        del store.content[key]
        store.content[key.removesuffix(".gz")] = text
        store.kept[key.removesuffix(".gz")] = store.kept.get(key, {})


def test_an_unpacked_copy_is_as_sound_as_a_packed_one() -> None:
    for bucket in ("", WANTED.bucket):
        store = Kept(EVERY, bucket=bucket)
        unpack(store)
        result = judged(store)
        assert (result.exit_code, left_open(result)) == (0, [])
        assert [chain.complete for chain in result.chains] == [(Window(BEGIN, END),)] * 2
        assert result.notes[:-1] == (
            f"{len(EVERY)} files are unpacked here, and judged by content: CloudTrail delivers them gzipped",
        )
    store = Kept(EVERY, under="AWSLogs/111122223333/")
    unpack(store)
    assert judged(store).exit_code == 0
    some = Kept(EVERY)
    some.content[LOG.key.removesuffix(".gz")] = LOG.text
    assert found(some) == [("added", LOG.key.removesuffix(".gz"))]  # it is twice there
    del some.content[LOG.key]
    assert judged(some).exit_code == 0
    assert judged(some).notes[0].startswith("1 file is unpacked here")
    some.content[MIDDLE.key.removesuffix(".gz")] = MIDDLE.text
    assert found(some) == [("moved", MIDDLE.key.removesuffix(".gz"))]


@pytest.mark.parametrize("tamper", TAMPERED, ids=lambda tamper: tamper.__name__)
def test_tampering_is_found_in_an_unpacked_copy(tamper: Callable[[Kept], None]) -> None:
    store = Kept(EVERY)
    tamper(store)
    unpack(store)
    told = [(kind, file.removesuffix(".gz")) for kind, file in found(store)]
    assert sorted(told) == sorted((kind, file.removesuffix(".gz")) for kind, file in TAMPERED[tamper])
