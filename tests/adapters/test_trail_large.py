"""Files that are too large to be held: they come in pieces, and one that ends too early is tried again."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.test_trail_objects import Bucket

from iam_guardrails.adapters import trail_bytes, trail_folder_objects, trail_objects, trail_s3_objects
from iam_guardrails.adapters.trail_bytes import Damage
from iam_guardrails.adapters.trail_engine.engine import Engine
from iam_guardrails.adapters.trail_export import export
from iam_guardrails.adapters.trail_folder_objects import FolderObjects
from iam_guardrails.adapters.trail_objects import TOO_MUCH, TrailObjects
from iam_guardrails.adapters.trail_s3_objects import S3Objects
from iam_guardrails.model.trail.window import Window

NAME = "111122223333_CloudTrail_us-east-1_20260110T0910Z_abcdefgh12345678.json"
RECORDS = [
    {"eventVersion": "1.08", "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/bob"},
     "eventTime": "2026-01-10T09:00:00Z", "eventSource": "iam.amazonaws.com", "eventName": "CreateUser",
     "eventID": f"e{number}", "recipientAccountId": "111122223333"}
    for number in range(400)
]  # fmt: skip
CONTENT = json.dumps({"Records": RECORDS}, separators=(",", ":")).encode()


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (trail_objects, trail_folder_objects, trail_s3_objects):
        monkeypatch.setattr(module, "HELD_BYTES", 1000)
    for module in (trail_bytes, trail_folder_objects, trail_s3_objects):
        monkeypatch.setattr(module, "PIECE", 300)


def stores(folder: Path, content: bytes) -> Iterator[TrailObjects]:
    folder.mkdir()
    (folder / NAME).write_bytes(content)
    yield FolderObjects(str(folder))
    yield S3Objects("b", client=Bucket({NAME: content}))


@pytest.mark.parametrize("content", [CONTENT, gzip.compress(CONTENT), b"", b"x" * 1000, b"x" * 1001])
def test_what_is_large_comes_in_pieces(content: bytes, tmp_path: Path) -> None:
    for store in stores(tmp_path / "in", content):
        found = store.open(NAME)
        assert isinstance(found, bytes) is (len(content) <= 1000)
        assert (found if isinstance(found, bytes) else b"".join(found)) == content == store.read(NAME)


@pytest.mark.parametrize("content", [CONTENT, gzip.compress(CONTENT)])
def test_a_large_file_is_answered_and_exported(content: bytes, tmp_path: Path) -> None:
    pytest.importorskip("duckdb")
    for number, store in enumerate(stores(tmp_path / "in", content)):
        found = Engine(store, tmp_path / f"cache{number}", frozenset(), lambda _: None, 1).ask(Window())
        assert sum(len(facts.kept) for _, facts in found.facts) == found.coverage.events == 400
        assert not found.coverage.unreadable
        told = export(store, Window(), tmp_path / f"lake{number}", lambda _: None)
        assert (told.events, told.unreadable) == (400, ())


def test_a_large_foreign_file_is_named(tmp_path: Path) -> None:
    for number, store in enumerate(stores(tmp_path / "in", b"\0" * 9000)):
        found = Engine(store, tmp_path / f"cache{number}", frozenset(), lambda _: None, 1).ask(Window())
        (item,) = found.coverage.unreadable
        assert item.key == NAME and item.reason.startswith("it is not JSON")


def test_what_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (trail_folder_objects, trail_s3_objects):
        monkeypatch.setattr(module, "MAXIMUM_FILE_BYTES", 2000)
    for store in stores(tmp_path / "in", b"x" * 3000):
        with pytest.raises(Damage, match=TOO_MUCH):
            b"".join(store.open(NAME))  # type: ignore[arg-type] # it is large


def test_a_large_file_that_breaks_off_is_tried_again(tmp_path: Path) -> None:
    class Body(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if breaks and self.tell():
                raise ConnectionResetError
            return super().read(size)

    client = Bucket({NAME: CONTENT})
    client.get_object = lambda **_: {"Body": Body(CONTENT)}  # type: ignore[method-assign] # one answer of the stand-in
    for breaks in (True, False, False):
        kept = not breaks
        store = S3Objects("b", client=client)
        found: Any = Engine(store, tmp_path / "cache", frozenset(), lambda _: None, 1).ask(Window())
        reasons = [item.reason for item in found.coverage.unreadable]
        assert len(reasons) == (not kept)
        assert all(reason.startswith("reading it ended too early (ConnectionResetError)") for reason in reasons)
        events = {item.event_id for _, facts in found.facts for item in facts.kept}
        assert (len(events) == 400) is kept
