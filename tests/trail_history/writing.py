"""Trees written into a folder or a bucket, and read back the plainest way."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.trail_history.digests import Signer, digest_files
from tests.trail_history.making import TrailFile, files
from tests.trail_history.truth import Truth
from tests.trail_history.wanted import Wanted


def everything(wanted: Wanted, truth: Truth, signer: Signer | None = None) -> Iterator[TrailFile]:
    """Log files, and with a signer the digest files after them. Contents are not kept."""
    kept: list[TrailFile] = []
    for file in files(wanted, truth):
        yield file
        if signer:
            kept.append(file._replace(text=b"", packed=b"", hashed=hashlib.sha256(file.text).hexdigest()))
    if signer:
        yield from digest_files(wanted, kept, signer)


def write_folder(wanted: Wanted, folder: Path, signer: Signer | None = None) -> Truth:
    """Write the tree under `folder`; with a signer also digest files, each with its KEY.metadata.json."""
    truth = Truth()
    for file in everything(wanted, truth, signer):
        put(folder, file)
    return truth


def put(folder: Path, file: TrailFile) -> Path:
    """Write one file, and its metadata beside it when it has some."""
    path = folder / file.key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(file.packed)
    if file.metadata:
        path.with_name(path.name + ".metadata.json").write_text(json.dumps({"Metadata": dict(file.metadata)}))
    return path


def write_bucket(wanted: Wanted, client: Any, bucket: str, signer: Signer | None = None) -> Truth:
    """Put the tree into a bucket that is there; `client` is a boto3 S3 client."""
    truth = Truth()
    for file in everything(wanted, truth, signer):
        client.put_object(Bucket=bucket, Key=file.key, Body=file.packed, Metadata=dict(file.metadata))
    return truth


def records(folder: Path) -> Iterator[dict[str, Any]]:
    """Every record of every log file of a folder, duplicates too: the reference that engines are compared with."""
    for path in sorted(folder.rglob("*_CloudTrail_*.json.gz")):
        yield from json.loads(gzip.decompress(path.read_bytes()))["Records"]
