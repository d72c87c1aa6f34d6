"""A sound tree with signed digests, what may be done to it, and a verification by the documented steps."""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Callable
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import load_der_public_key
from tests.trail_history import Signer, TrailFile, Truth, Wanted, digest_files, files
from tests.trail_history.digests import signed
from tests.trail_history.kept import Kept
from tests.trail_history.making import pack

from iam_guardrails.adapters.trail_keys import PublicKey, PublicKeys
from iam_guardrails.adapters.trail_objects import TrailObjects
from iam_guardrails.journeys.trail_verify import Asked, verify
from iam_guardrails.model.trail.integrity import Integrity, Period

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
    store.content[LOG.key] += gzip.compress(b'{"Records":[]}', mtime=0)


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


def alter_link(store: Kept) -> None:
    before = content(MIDDLE)["previousDigestHashValue"].encode()
    store.content[MIDDLE.key] = pack(MIDDLE.text.replace(before, b"0" * 64), 6)


def alter_handed_down_signature(store: Kept) -> None:
    before = content(MIDDLE)["previousDigestSignature"].encode()
    store.content[MIDDLE.key] = pack(MIDDLE.text.replace(before, b"0" * 512), 6)


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
    alter_link: [("altered", MIDDLE.key)],
    alter_handed_down_signature: [("altered", MIDDLE.key)],
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
