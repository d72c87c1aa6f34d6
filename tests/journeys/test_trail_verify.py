"""Stored CloudTrail files are complete and unchanged, or each that is not is named."""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import load_der_public_key
from hypothesis import given, settings
from hypothesis import strategies as some

from iam_guardrails.adapters.trail_bytes import Damage
from iam_guardrails.adapters.trail_keys import PublicKey, PublicKeys
from iam_guardrails.adapters.trail_objects import TrailObjects
from iam_guardrails.journeys.trail_verify import Asked, verify
from iam_guardrails.model.trail.integrity import Integrity, Period, Window
from iam_guardrails.model.value import changed
from tests.trail_history import Signer, TrailFile, Truth, Wanted, digest_files, files
from tests.trail_history.digests import signed
from tests.trail_history.kept import Kept
from tests.trail_history.making import pack

WANTED = Wanted(seed=5, events=60, regions=("us-east-1", "us-west-2"), per_file=5, security=8)
SIGNER, FORGER = Signer(), Signer("forger")
LOGS = list(files(WANTED, Truth()))
DIGESTS = list(digest_files(WANTED, LOGS, SIGNER))
EVERY = [*LOGS, *DIGESTS]
BY_KEY = {file.key: file for file in EVERY}
EAST = sorted((file for file in DIGESTS if file.region == "us-east-1"), key=lambda file: file.key)
EAST_LOGS = sorted((file for file in LOGS if file.region == "us-east-1"), key=lambda file: file.key)
BEGIN, END = "2026-01-10T00:01:31Z", "2026-01-11T01:01:31Z"
WHOLE = Asked(Period("", END))


def keys(*signers: Signer) -> PublicKeys:
    return PublicKeys(PublicKey(name, value) for signer in signers for name, value in signer.used.items())


def judged(store: TrailObjects, asked: Asked = WHOLE, known: PublicKeys | None = None) -> Integrity:
    return verify(store, asked, lambda _spans: keys(SIGNER) if known is None else known, lambda _text: None)


def found(store: TrailObjects, asked: Asked = WHOLE, known: PublicKeys | None = None) -> list[tuple[str, str]]:
    """Kind and file of every finding."""
    return [(told.kind, told.file) for chain in judged(store, asked, known).chains for told in chain.findings]


def left_open(result: Integrity) -> list[str]:
    every = [*result.not_judged, *(told for chain in result.chains for told in chain.not_judged)]
    return [f"{told.file}: {told.reason}" for told in every]


def content(file: TrailFile) -> dict[str, Any]:
    return json.loads(file.text)


def named_by(digest: TrailFile) -> list[str]:
    return [log["s3Object"] for log in content(digest)["logFiles"]]


def digest_of(log: TrailFile) -> TrailFile:
    return next(digest for digest in DIGESTS if log.key in named_by(digest))


def test_a_sound_tree() -> None:
    result = judged(Kept(EVERY))
    assert result.exit_code == 0
    for chain, region in zip(result.chains, WANTED.regions, strict=True):
        assert (chain.chain.account_id, chain.chain.region, chain.chain.trail_name) == (
            "111122223333",
            region,
            "prod-trail",
        )
        assert chain.complete == (Window(BEGIN, END),)
        assert (chain.digests.valid, chain.logs.valid) == (25, len([file for file in LOGS if file.region == region]))
        assert chain.digests == changed(chain.digests, invalid=0, missing=0, not_judged=0)
        assert chain.logs == changed(chain.logs, invalid=0, missing=0, not_judged=0)
        assert (chain.findings, chain.not_judged) == ((), ())
        assert chain.buckets == ("prod-trail-logs",)
        assert chain.notes == (f"a chain of digest files begins at {BEGIN}",)


# What was done to the store, and what must be found: every finding, no other.
LOG, OTHER_LOG = EAST_LOGS[2], EAST_LOGS[4]
MIDDLE = EAST[12]


def flipped(packed: bytes) -> bytes:
    text = bytearray(gzip.decompress(packed))
    text[len(text) // 2] ^= 1
    return pack(bytes(text), 6)


def alter_log(store: Kept) -> None:
    store.content[LOG.key] = flipped(store.content[LOG.key])


def cut_log(store: Kept) -> None:
    store.content[LOG.key] = store.content[LOG.key][:-9]


def append_member(store: Kept) -> None:
    store.content[LOG.key] += gzip.compress(b'{"Records":[]}')


def remove_log(store: Kept) -> None:
    del store.content[LOG.key]


def add_log(store: Kept) -> None:
    store.content[ADDED] = pack(b'{"Records":[{"eventName":"X"}]}', 6)


def copy_log(store: Kept) -> None:
    store.content[ADDED] = store.content[LOG.key]


def rename_log(store: Kept) -> None:
    store.content[ADDED] = store.content.pop(LOG.key)


def swap_logs(store: Kept) -> None:
    one, two = store.content[LOG.key], store.content[OTHER_LOG.key]
    store.content[LOG.key], store.content[OTHER_LOG.key] = two, one


def remove_digest(store: Kept) -> None:
    del store.content[MIDDLE.key]


def alter_digest(store: Kept) -> None:
    store.content[MIDDLE.key] = pack(MIDDLE.text.replace(b"SHA256withRSA", b"SHA256withRSa"), 6)


def break_digest(store: Kept) -> None:
    store.content[MIDDLE.key] = pack(MIDDLE.text[:-40], 6)


def tear_digest(store: Kept) -> None:
    store.content[MIDDLE.key] = b"no digest"


def resigned(file: TrailFile, **more: Any) -> TrailFile:
    """The digest, changed and signed by somebody with a key of his own, who says it is CloudTrail's."""
    return signed({**content(file), **more}, FORGER, file.region)


def forge_digest(store: Kept) -> None:
    made = resigned(MIDDLE, logFiles=[])
    store.content[MIDDLE.key], store.kept[MIDDLE.key] = made.packed, dict(made.metadata)


def forge_newest(store: Kept) -> None:
    made = resigned(EAST[-1], digestPublicKeyFingerprint=FORGER.fingerprint("us-east-1"))
    store.content[EAST[-1].key], store.kept[EAST[-1].key] = made.packed, dict(made.metadata)


def alter_newest(store: Kept) -> None:
    store.content[EAST[-1].key] = pack(EAST[-1].text.replace(b"T01:01:31Z", b"T01:01:30Z"), 6)


def alter_signature_of_newest(store: Kept) -> None:
    store.kept[EAST[-1].key] = {"signature": "00" * 256}


def swap_digests(store: Kept) -> None:
    one, two = EAST[5].key, EAST[9].key
    store.content[one], store.content[two] = store.content[two], store.content[one]


def copy_digest(store: Kept) -> None:
    store.content["backup/" + MIDDLE.key] = store.content[MIDDLE.key]


def move_digest(store: Kept) -> None:
    store.content["backup/" + MIDDLE.key] = store.content.pop(MIDDLE.key)


def remove_oldest_digest(store: Kept) -> None:
    del store.content[EAST[0].key]


ADDED = LOG.key.replace(LOG.key[-24:-8], "A" * 16)
TAMPERED: dict[Callable[[Kept], None], list[tuple[str, str]]] = {
    alter_log: [("altered", LOG.key)],
    cut_log: [("altered", LOG.key)],
    append_member: [("altered", LOG.key)],
    remove_log: [("missing", LOG.key)],
    add_log: [("added", ADDED)],
    copy_log: [("added", ADDED)],
    rename_log: [("moved", ADDED), ("missing", LOG.key)],
    swap_logs: [("moved", LOG.key), ("moved", OTHER_LOG.key)],
    remove_digest: [("missing", MIDDLE.key)],
    alter_digest: [("altered", MIDDLE.key)],
    break_digest: [("altered", MIDDLE.key)],
    tear_digest: [("altered", MIDDLE.key)],
    forge_digest: [("altered", MIDDLE.key)],
    forge_newest: [("unknown key", EAST[-1].key)],
    alter_newest: [("altered", EAST[-1].key)],
    alter_signature_of_newest: [("altered", EAST[-1].key)],
    swap_digests: [("moved", EAST[5].key), ("moved", EAST[9].key)],
    copy_digest: [("moved", "backup/" + MIDDLE.key)],
    move_digest: [("moved", "backup/" + MIDDLE.key)],
    remove_oldest_digest: [("missing", EAST[0].key)],
}


@pytest.mark.parametrize("tamper", TAMPERED, ids=lambda tamper: tamper.__name__)
def test_tampering_is_named_exactly(tamper: Callable[[Kept], None]) -> None:
    store = Kept(EVERY)
    tamper(store)
    result = judged(store)
    told = [(item.kind, item.file) for item in result.chains[0].findings]
    assert sorted(told) == sorted(TAMPERED[tamper])
    assert result.exit_code == 1
    assert not result.chains[1].findings
    assert result.chains[1].complete == (Window(BEGIN, END),)


@pytest.mark.parametrize("tamper", [alter_log, remove_log, add_log])
def test_the_hour_of_a_bad_log_file_is_not_complete(tamper: Callable[[Kept], None]) -> None:
    store = Kept(EVERY)
    tamper(store)
    said = content(digest_of(LOG))
    assert judged(store).chains[0].complete == (
        Window(BEGIN, said["digestStartTime"]), Window(said["digestEndTime"], END),
    )  # fmt: skip


def test_reasons_say_where_the_content_is() -> None:
    store = Kept(EVERY)
    swap_logs(store)
    rename_log(store)
    reasons = [told.reason for told in judged(store).chains[0].findings]
    assert f"it is {OTHER_LOG.key}, not where it was delivered" in reasons or any(LOG.key in one for one in reasons)
    store = Kept(EVERY)
    rename_log(store)
    reasons = {told.file: told.reason for told in judged(store).chains[0].findings}
    assert reasons[LOG.key] == f"a digest file names it, but it is not here, and its content is in {ADDED}"
    assert reasons[ADDED] == f"it is {LOG.key}, not where it was delivered"


@settings(max_examples=120, deadline=None)
@given(some.data())
def test_every_single_change_is_found(data: some.DataObject) -> None:
    """Whatever one file becomes: unless its unpacked content stays, it does not go unnoticed."""
    store = Kept(EVERY)
    key = data.draw(some.sampled_from(sorted(store.content)))
    packed = store.content[key]
    how = data.draw(some.sampled_from(["byte", "cut", "remove", "other", "rename"]))
    if how == "byte":
        at = data.draw(some.integers(0, len(packed) - 1))
        store.content[key] = packed[:at] + bytes([packed[at] ^ data.draw(some.integers(1, 255))]) + packed[at + 1 :]
    elif how == "cut":
        store.content[key] = packed[: data.draw(some.integers(0, len(packed) - 1))]
    elif how == "other":
        store.content[key] = store.content[data.draw(some.sampled_from(sorted(set(store.content) - {key})))]
    else:
        store.content.pop(key)
        if how == "rename":
            store.content[
                data.draw(some.sampled_from(["x.gz", "copy/" + key, key.replace("2026/01/1", "2026/02/1")]))
            ] = packed
    same = unpacked(store.content.get(key)) == unpacked(packed)
    assert same is (judged(store).exit_code == 0)


def unpacked(packed: bytes | None) -> bytes | None:
    """By gzip.decompress; what it refuses, and what is missing, is None."""
    if packed is None:
        return None
    try:
        return gzip.decompress(packed)
    except (OSError, EOFError, zlib.error):
        return None


def reference(store: Kept) -> tuple[set[str], set[str]]:
    """Valid digests and valid log files, by the steps of "Custom implementations of CloudTrail log file integrity
    validation": from the newest digest, whose signature is in its metadata, back through the chain."""
    public = {name: load_der_public_key(value) for name, value in SIGNER.used.items()}
    digests, logs = set(), set()
    for newest in (EAST[-1].key, max(file.key for file in DIGESTS if file.region == "us-west-2")):
        key, signature = newest, store.kept[newest]["signature"]
        while key:
            text = unpacked(store.content.get(key))
            try:
                said = json.loads(text or b"")
            except ValueError:
                break
            if said["digestS3Object"] != key:
                break
            parts = (said["digestEndTime"], f"{said['digestS3Bucket']}/{key}", hashlib.sha256(text).hexdigest(),
                     said["previousDigestSignature"] or "null")  # fmt: skip
            try:
                public[said["digestPublicKeyFingerprint"]].verify(
                    bytes.fromhex(signature), "\n".join(parts).encode(), padding.PKCS1v15(), hashes.SHA256()
                )
            except (InvalidSignature, KeyError):  # a key that nobody knows
                break
            digests.add(key)
            for log in said["logFiles"]:
                plain = unpacked(store.content.get(log["s3Object"]))
                if plain is not None and hashlib.sha256(plain).hexdigest() == log["hashValue"]:
                    logs.add(log["s3Object"])
            key, signature = said["previousDigestS3Object"], said["previousDigestSignature"]
    return digests, logs


@settings(max_examples=40, deadline=None)
@given(some.sets(some.sampled_from([log.key for log in LOGS]), max_size=4), some.sampled_from(["alter", "remove"]))
def test_log_files_are_judged_as_the_documented_steps_do(bad: set[str], how: str) -> None:
    store = Kept(EVERY)
    for key in bad:
        if how == "alter":
            store.content[key] = flipped(store.content[key])
        else:
            del store.content[key]
    digests, logs = reference(store)
    assert {file for _kind, file in found(store)} == {log.key for log in LOGS} - logs == bad
    assert digests == {file.key for file in DIGESTS}


@pytest.mark.parametrize("tamper", TAMPERED, ids=lambda tamper: tamper.__name__)
def test_nothing_is_found_in_what_is_valid_by_the_documented_steps(tamper: Callable[[Kept], None]) -> None:
    """The steps end at the first bad digest, so the files that they never reach are not compared."""
    store = Kept(EVERY)
    tamper(store)
    digests, logs = reference(store)
    assert not (digests | logs) & {file for _kind, file in found(store)}


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


def test_a_digest_signed_with_an_unknown_key_is_not_judged_when_the_keys_may_be_incomplete() -> None:
    late = PublicKeys(PublicKey(name, value, "2026-02-01T00:00:00Z") for name, value in SIGNER.used.items())
    assert judged(Kept(EVERY), known=late).exit_code == 0
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
    del store.content[next(file.key for file in late if file.key.endswith("_backfill.json.gz"))]
    assert ("added", LOG.key) in found(store)


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


def test_a_bucket_of_another_name_is_not_where_they_were_delivered() -> None:
    result = judged(Kept(EVERY, bucket="other-bucket"))
    assert result.exit_code == 1
    assert {told.kind for told in result.chains[0].findings} == {"moved"}


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
    alone = Kept(file for file in EVERY if file.region == "us-east-1" and file not in EAST[-2:])
    assert judged(alone, Asked()).exit_code == 0
    assert judged(alone).exit_code == 2
    assert judged(alone, Asked(newest=END)).exit_code == 2
    early = judged(Kept(EVERY), Asked(Period("2026-01-09T00:00:00Z", END)))
    assert f"2026-01-09T00:00:00Z to {BEGIN}: no digest file covers it" in " ".join(left_open(early))
    assert judged(Kept(EVERY), Asked(Period("2026-02-01T00:00:00Z", ""))).exit_code == 2


def test_the_newest_log_files_are_not_covered_yet() -> None:
    key = EAST_LOGS[-1].key.replace("20260111T0005Z", "20260111T0055Z").replace(EAST_LOGS[-1].key[-24:-8], "B" * 16)
    store = Kept(EVERY)
    store.content[key] = EAST_LOGS[0].packed
    result = judged(store, Asked())
    assert result.exit_code == 0
    assert (
        "1 log file of 2026-01-11T00:55:00Z: no digest file covers them yet, it comes once an hour"
        in result.chains[0].notes
    )
    store.content[key.replace("T0055Z", "T0555Z")] = EAST_LOGS[0].packed
    result = judged(store, Asked())
    assert result.exit_code == 2
    assert "1 log file of 2026-01-11T05:55:00Z: they are newer than the newest digest file" in left_open(result)


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


def test_nothing_to_judge_by() -> None:
    for store in (Kept([]), Kept(LOGS)):
        result = judged(store)
        assert result.exit_code == 2
        assert any("there is no digest file" in one for one in left_open(result))
    store = Kept(EVERY)
    store.content["AWSLogs/notes.txt"] = b""
    insight = LOG.key.replace("CloudTrail", "CloudTrail-Insight")
    store.content[insight] = b""
    assert judged(store).notes == (
        "1 files are none of CloudTrail's by their names, so nothing is said about them",
        "1 files of CloudTrail-Insight stand in no digest file, so nothing is said about them",
    )


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
