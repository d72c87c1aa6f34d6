"""Captures on disk: gzip around one line that says what follows and the content as canonical JSON.

The head is {"format", "version", "bytes", "sha256"}, the last two of the content. Equal captures make equal files:
names in order, no time in the gzip header. Roles, users and managed policies are kept once, as AWS told them
("details"), and made into what the rules judge when a file is read.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from iam_guardrails.adapters.aws.identities import with_identities
from iam_guardrails.adapters.files import write_atomic
from iam_guardrails.adapters.shared_json import Shared
from iam_guardrails.model.capture.capture import DETAILS_ONLY, FORMAT_VERSION, Capture
from iam_guardrails.model.capture.identities import Identities
from iam_guardrails.model.codec import CodecError, decode, encode
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import changed

FORMAT = "guardrails capture"
SUFFIX = ".capture.gz"
ONLY_DETAILS = "only the authorization details were given"
_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"  # RFC 1952: no flags, no time, no system
_NO_CAPTURE = "is not a capture; make one with: guardrails capture ENV"


def write_capture(path: Path, capture: Capture) -> str:
    """Write a capture, whole or not at all; returns the SHA-256 of its content. Raises Problem."""
    import hashlib

    content = content_of(capture)
    digest = hashlib.sha256(content).hexdigest()
    head = {"format": FORMAT, "version": FORMAT_VERSION, "bytes": len(content), "sha256": digest}
    write_atomic(path, _zipped(_canonical(head) + b"\n" + content + b"\n"))
    return digest


def content_of(capture: Capture) -> bytes:
    """The content of the file: canonical JSON."""
    rest = changed(capture.account, roles=(), users=(), managed_policies=(), groups=())
    values = {name: encode(getattr(capture, name)) for name in Capture._names  # type: ignore[attr-defined]  # @frozen
              if name not in ("account", "details", "sha256")}  # fmt: skip
    details = capture.details
    values["account"] = encode(rest)
    values["details"] = encode(details) if isinstance(details, Unknown) else details
    return _canonical(values)


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def _zipped(data: bytes) -> bytes:
    deflate = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    tail = zlib.crc32(data).to_bytes(4, "little") + (len(data) & 0xFFFFFFFF).to_bytes(4, "little")
    return _HEADER + deflate.compress(data) + deflate.flush() + tail


def load_capture(path: str | Path) -> Capture:
    """The capture in a file. Raises Problem where it is none, is truncated or changed, or is of a newer guardrails."""
    text, digest = _content(path)
    try:
        values = json.loads(text, object_hook=Shared().object)
        del text  # as large as the values
        return _decoded(values, digest)
    except (CodecError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Problem(f"{path} is no capture that this guardrails can read ({error}); make it anew") from None


def _content(path: str | Path) -> tuple[str, str]:
    """The content of a file, checked against its head, and its SHA-256; no copy on the way. Raises Problem."""
    data = _unzipped(Path(path))
    end = data.find(b"\n")
    told = _head(path, data[:end] if end >= 0 else data)
    content = memoryview(data)[end + 1 : len(data) - data.endswith(b"\n")]
    _check(path, told, content)
    return str(content, "utf-8"), str(told["sha256"])


def is_capture(path: str | Path) -> bool:
    """Whether a file begins as captures do, whole or not; False where it cannot be read."""
    try:
        with Path(path).open("rb") as file:
            begun = zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(file.read(4096), 400)
    except (OSError, zlib.error):
        return False
    return begun.startswith(b"{") and f'"format":"{FORMAT}"'.encode() in begun.partition(b"\n")[0]


def _unzipped(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise Problem(f"there is no capture {path}; make one with: guardrails capture ENV") from None
    except OSError as error:
        raise Problem(f"the capture {path} cannot be read ({error.strerror})") from None
    if data[:2] != b"\x1f\x8b":
        raise Problem(f"{path} {_foreign(data[:400])}")
    inflate = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        text = inflate.decompress(data) + inflate.flush()
    except zlib.error as error:
        raise Problem(f"the capture {path} is damaged ({error}); make it anew, or take another copy") from None
    if not inflate.eof:
        raise Problem(f"the capture {path} is truncated; make it anew, or take another copy")
    return text


def _foreign(data: bytes) -> str:
    if b"DetailList" in data:
        return (
            "holds authorization details; give it as such, not as a capture (--from-authorization-details, or"
            " --authorization-details)"
        )
    return _NO_CAPTURE if data else "is empty; make a capture with: guardrails capture ENV"


def _head(path: str | Path, line: bytes) -> Mapping[str, Any]:
    try:
        told = json.loads(line)
        if not isinstance(told, dict) or told.get("format") != FORMAT:
            raise ValueError
        version = int(told["version"])
    except (ValueError, KeyError, TypeError):
        raise Problem(f"{path} {_foreign(line[:400] or b'x')}") from None
    if version > FORMAT_VERSION:
        raise Problem(
            f"{path} was written by a newer guardrails (format {version}; this one reads up to {FORMAT_VERSION});"
            " update guardrails and repeat"
        )
    return told


def _check(path: str | Path, told: Mapping[str, Any], content: memoryview) -> None:
    import hashlib

    if len(content) != told.get("bytes") or hashlib.sha256(content).hexdigest() != told.get("sha256"):
        raise Problem(
            f"the content of {path} is not what its head says (it was changed after it was written); make it anew, or"
            " take another copy"
        )


def _decoded(values: dict[str, Any], digest: str) -> Capture:
    details = values["details"]
    bare: Capture = decode(Capture, {**values, "details": {}, "sha256": digest}, "capture")
    unread = isinstance(details, Mapping) and set(details) <= {"unknown", "references"} and "unknown" in details
    told = decode(Unknown | None, details, "details") if unread else details
    return with_roles(changed(bare, details=told))


def with_roles(capture: Capture) -> Capture:
    """`capture` with the roles, users and managed policies of its account made of its details."""
    not_asked = Unknown(ONLY_DETAILS) if capture.origin == DETAILS_ONLY else None
    read = Identities(capture.details, capture.credentials)
    return changed(capture, account=with_identities(capture.account, read, capture.asked, not_asked))
