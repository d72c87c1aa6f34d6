"""Stores of CloudTrail files: a folder and an S3 prefix, whole, odd and out of reach."""

from __future__ import annotations

import io
import json
import os
import pickle
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as some

from iam_guardrails.adapters.trail_bytes import Damage
from iam_guardrails.adapters.trail_folder_objects import FolderObjects, key_of, name_of
from iam_guardrails.adapters.trail_objects import Absent, StoredObject, open_objects
from iam_guardrails.adapters.trail_s3_objects import S3Objects
from iam_guardrails.model.problem import Problem


def fill(folder: Path, **more: bytes) -> Path:
    for key, content in {"a/x": b"1", "a.b": b"22", "a/b/y": b"333", "z": b"", **more}.items():
        (folder / key).parent.mkdir(parents=True, exist_ok=True)
        (folder / key).write_bytes(content)
    return folder


def keys(store: Any, under: str = "") -> list[str]:
    return [found.key for found in store.list(under)]


class Bucket:
    """A stand-in for an S3 client: ListObjectsV2 in pages of two, GetObject and HeadObject."""

    def __init__(self, content: dict[str, bytes], refuse: str = "", token: str = "") -> None:
        self.content = content
        self.refuse = refuse
        self.token = token
        self.metadata = {key: {"signature": key} for key in content}

    def list_objects_v2(self, Bucket: str, Prefix: str, ContinuationToken: str = "") -> Any:
        self._check()
        found = sorted(key for key in self.content if key.startswith(Prefix) and key > ContinuationToken)
        page = [
            {"Key": key, "Size": len(self.content[key]), "ETag": f'"{self.content[key].hex()}"'} for key in found[:2]
        ]
        more = {"IsTruncated": True, "NextContinuationToken": self.token or page[-1]["Key"]} if found[2:] else {}
        return {"Contents": page, "IsTruncated": False, **more} if page else {"IsTruncated": False}

    def get_object(self, Bucket: str, Key: str) -> Any:
        self._check()
        if Key not in self.content:
            raise ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")
        return {"Body": io.BytesIO(self.content[Key])}

    def head_object(self, Bucket: str, Key: str) -> Any:
        self._check()
        if Key not in self.content:
            raise ClientError({"Error": {"Code": "404"}}, "HeadObject")
        return {"Metadata": self.metadata[Key]}

    def _check(self) -> None:
        if self.refuse:
            raise ClientError({"Error": {"Code": self.refuse}}, "x")


def test_a_folder_lists_its_files_by_key(tmp_path: Path) -> None:
    store = FolderObjects(str(fill(tmp_path)))
    found = list(store.list())
    assert [item.key for item in found] == ["a.b", "a/b/y", "a/x", "z"]
    assert [item.size for item in found] == [2, 3, 1, 0]
    assert len({item.etag for item in found}) == 4
    assert [store.read(item.key) for item in found] == [b"22", b"333", b"1", b""]


def test_the_tag_of_a_file_changes_with_it(tmp_path: Path) -> None:
    store = FolderObjects(str(fill(tmp_path)))
    before = {item.key: item.etag for item in store.list()}
    assert before == {item.key: item.etag for item in store.list()}
    (tmp_path / "new").write_bytes(b"9")  # the same size, and an older time
    os.utime(tmp_path / "new", ns=(0, (tmp_path / "a/x").stat().st_mtime_ns))
    (tmp_path / "new").rename(tmp_path / "a/x")
    after = {item.key: item.etag for item in store.list()}
    assert {key for key in after if after[key] != before[key]} == {"a/x"}


def test_who_sets_the_time_back_is_noticed_all_the_same(tmp_path: Path) -> None:
    store, path = FolderObjects(str(fill(tmp_path))), tmp_path / "a/x"
    before, times = {item.key: item.etag for item in store.list()}, path.stat()
    path.write_bytes(b"9" * times.st_size)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    after = {item.key: item.etag for item in store.list()}
    assert path.stat().st_mtime_ns == times.st_mtime_ns
    assert {key for key in after if after[key] != before[key]} == {"a/x"}


@given(some.sets(some.text("ab./-", min_size=1, max_size=6), max_size=8), some.text("ab./-", max_size=4))
def test_a_folder_and_a_bucket_list_alike(names: set[str], under: str) -> None:
    """Files whose names begin where folders go on are where orders differ."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        made: dict[str, bytes] = {}
        for name in sorted(names):
            parts = name.split("/")
            path = Path(folder, *parts)
            if any(part in ("", ".", "..") for part in parts) or path.is_dir():
                continue
            if any(parent.is_file() for parent in path.parents):
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(name.encode())
            made[name] = name.encode()
        bucket = S3Objects("b", client=Bucket(made))
        assert (
            keys(FolderObjects(folder), under) == keys(bucket, under) == sorted(k for k in made if k.startswith(under))
        )


ODD = (b"J\xe4nner/a.json", b"b\xff\\xe4.json", b"b\\xff\xe4.json", "März/ü.json".encode())


@given(some.binary().filter(lambda name: b"\0" not in name) | some.text("\\x5ce4f\udce4ä", max_size=9).map(os.fsencode))
def test_every_name_of_a_file_has_a_key_of_its_own(raw: bytes) -> None:
    name = os.fsdecode(raw)
    key = key_of(name)
    assert name_of(key) == name and key.encode().decode() == key


def test_names_that_are_not_utf8_are_listed_and_read(tmp_path: Path) -> None:
    for number, raw in enumerate(ODD):
        path = Path(os.fsdecode(os.fsencode(tmp_path / "in") + b"/" + raw))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * number)
        path.with_name(f"{path.name}.metadata.json").write_text('{"n": "v"}')
    store = FolderObjects(str(tmp_path / "in"))
    named = ["J\\xe4nner/a.json", "b\\xff\\x5cxe4.json", "b\\x5cxff\\xe4.json", "März/ü.json"]
    found = list(store.list())
    assert [item.key for item in found] == sorted(named)
    assert [(item.key, item.size) for item in sorted(found, key=lambda item: item.size)] == [
        (key, number) for number, key in enumerate(named)
    ]
    assert [len(store.read(key)) for key in named] == [0, 1, 2, 3]
    assert [(key, len(packed)) for key, packed in store.read_several(named) if isinstance(packed, bytes)] == [
        (key, number) for number, key in enumerate(named)
    ]
    assert all(store.metadata(key) == {"n": "v"} for key in named)
    assert keys(store, "J\\xe4nner/") == named[:1]
    with pytest.raises(Absent):
        store.read("\ud800")


def test_a_large_folder_is_held_as_names(tmp_path: Path) -> None:
    for number in range(3000):
        (tmp_path / f"111122223333_CloudTrail_us-east-1_20260110T0910Z_{number:016}.json.gz").touch()
    tracemalloc.start()
    listed = sum(1 for _ in FolderObjects(str(tmp_path)).list())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert listed == 3000
    assert peak < 250 * listed


def test_metadata_beside_a_file(tmp_path: Path) -> None:
    store = FolderObjects(str(fill(tmp_path)))
    (tmp_path / "z.metadata.json").write_text(json.dumps({"x-amz-meta-Signature": "ab", "n": 1}))
    (tmp_path / "a/x.metadata.json").write_text(json.dumps({"ETag": "e", "Metadata": {"signature": "cd"}}))
    assert keys(store) == ["a.b", "a/b/y", "a/x", "z"]
    assert store.metadata("z") == {"signature": "ab"}
    assert store.metadata("a/x") == {"signature": "cd"}
    assert store.metadata("a.b") == {}
    (tmp_path / "a/x.gz.metadata.json").write_text("{}")
    assert store.metadata("a/x") == {"signature": "cd"}
    (tmp_path / "a.b.gz.metadata.json").write_text(json.dumps({"signature": "ef"}))  # as gunzip leaves it
    assert store.metadata("a.b") == {"signature": "ef"}
    assert keys(store) == ["a.b", "a/b/y", "a/x", "z"]
    with pytest.raises(Absent):
        store.metadata("none")
    for content, reason in (("{", "is not JSON"), ("[]", "no JSON object"), ('{"Metadata": 1}', "no JSON object")):
        (tmp_path / "z.metadata.json").write_text(content)
        with pytest.raises(Damage, match=reason):
            store.metadata("z")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    store = FolderObjects(str(fill(tmp_path)))
    for key in ("none", "a", "z/x", "", "/etc/hostname", "a/../../x"):
        with pytest.raises(Absent, match="there is no such file"):
            store.read(key)
    (tmp_path / "nowhere").symlink_to(tmp_path / "none")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "self").symlink_to("self")
    assert {"nowhere", "pipe", "self"} < set(keys(store))
    with pytest.raises(Absent):
        store.read("nowhere")
    with pytest.raises(Damage, match="it is no regular file"):
        store.read("pipe")
    for key in ("a\0b", "self"):
        with pytest.raises(Damage, match="it cannot be read"):
            store.read(key)


def test_links_are_followed_but_not_in_circles(tmp_path: Path) -> None:
    store = FolderObjects(str(fill(tmp_path / "in")))
    (tmp_path / "out").mkdir()
    (tmp_path / "out/o").write_bytes(b"o")
    (tmp_path / "in/l").symlink_to(tmp_path / "out")
    (tmp_path / "in/m").symlink_to(tmp_path / "out")
    assert keys(store) == ["a.b", "a/b/y", "a/x", "l/o", "m/o", "z"]
    (tmp_path / "in/a/up").symlink_to(tmp_path / "in")
    with pytest.raises(Problem, match="a/up is a link to a folder that holds it; remove the link"):
        keys(store)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_folder_without_permission(tmp_path: Path) -> None:
    (fill(tmp_path) / "a/b").chmod(0)
    with pytest.raises(Problem, match=r"a/b cannot be listed \(Permission denied\)"):
        keys(FolderObjects(str(tmp_path)))
    (tmp_path / "a/b").chmod(0o700)


def test_a_folder_that_goes_away(tmp_path: Path) -> None:
    store = FolderObjects(str(tmp_path / "in"))
    with pytest.raises(Problem, match=r"in cannot be listed \(No such file or directory\)"):
        keys(store)


def test_a_bucket() -> None:
    content = {"logs/": b"", "logs/a": b"1", "logs/b": b"22", "logs/b/": b"", "logs/c": b"3", "logs2/d": b"", "x": b""}
    store = S3Objects("b", "logs", client=Bucket(content))
    assert list(store.list()) == [
        StoredObject("logs/a", 1, b"1".hex()), StoredObject("logs/b", 2, b"22".hex()),
        StoredObject("logs/c", 1, b"3".hex()),
    ], "the empty objects whose keys end with a slash are folders"  # fmt: skip
    assert keys(S3Objects("b", client=Bucket({"a/": b"1", "a/b": b""}))) == ["a/", "a/b"], "and no others are"
    assert keys(store, "logs/b") == ["logs/b"]
    assert keys(store, "lo") == ["logs/a", "logs/b", "logs/c"]
    assert keys(store, "x") == []
    assert store.read("logs/b") == b"22"
    assert store.metadata("logs/b") == {"signature": "logs/b"}
    for ask in (store.read, store.metadata):
        with pytest.raises(Absent, match="there is no such object"):
            ask("logs/none")


def test_a_bucket_that_refuses() -> None:
    store = S3Objects("b", "logs", client=Bucket({}, "AccessDenied"))
    with pytest.raises(Problem, match=r"s3://b/logs cannot be listed: s3:ListBucket was refused \(AccessDenied\)"):
        keys(store)
    with pytest.raises(Damage, match=r"it cannot be read: s3:GetObject was refused \(AccessDenied\)"):
        store.read("k")
    store = S3Objects("b", client=Bucket({}, "InvalidObjectState"))
    with pytest.raises(Damage, match="it is archived"):
        store.read("k")
    store = S3Objects("b", client=Bucket({}, "ExpiredToken"))
    for ask in (keys, lambda it: it.read("k"), lambda it: it.metadata("k")):
        with pytest.raises(Problem, match="expired"):
            ask(store)


def test_a_list_that_does_not_go_on() -> None:
    store = S3Objects("b", client=Bucket(dict.fromkeys("abcdefg", b""), token="b"))
    with pytest.raises(Problem, match="did not say how the list"):
        keys(store)


def test_a_body_that_breaks_off() -> None:
    class Broken:
        def read(self, limit: int) -> bytes:
            raise ConnectionResetError

    client = Bucket({"k": b""})
    client.get_object = lambda **_: {"Body": Broken()}  # type: ignore[method-assign] - one answer of the stand-in
    with pytest.raises(Damage, match=r"reading it ended too early \(ConnectionResetError\)"):
        S3Objects("b", client=client).read("k")


def test_another_process_opens_its_own(tmp_path: Path) -> None:
    store = pickle.loads(pickle.dumps(FolderObjects(str(fill(tmp_path)))))
    assert store.read("a.b") == b"22"
    copy = pickle.loads(pickle.dumps(S3Objects("b", "p", "eu-west-1", {}, client=Bucket({}))))
    assert (copy.source, copy._client, copy._region) == ("s3://b/p", None, "eu-west-1")


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("s3://", "names no bucket"), ("s3:///x", "names no bucket"), ("/none/at/all", "there is no folder"),
        ("https://x", "there is no folder"), ("a\0b", "cannot be opened"), (__file__, "is no folder"),
        ("x" * 100_000, "cannot be opened"),
    ],
)  # fmt: skip
def test_a_source_that_is_none(source: str, reason: str) -> None:
    with pytest.raises(Problem, match=reason):
        open_objects(source)


def test_what_a_source_opens(tmp_path: Path) -> None:
    assert open_objects(str(tmp_path)).source == str(tmp_path)
    assert open_objects("s3://b").source == "s3://b"
    found = open_objects("s3://b/p/q/", {"AWS_REGION": "eu-north-1"})
    assert isinstance(found, S3Objects)
    assert (found.source, found.prefix, found._region) == ("s3://b/p/q/", "p/q/", "eu-north-1")


def test_a_forked_process_makes_its_own_client() -> None:
    """Two processes that write into one connection would read each other's answers."""
    store = S3Objects("b", "p", "eu-west-1", {}, client=Bucket({}))
    assert isinstance(store._connected(), Bucket)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writing, b"own" if not isinstance(store._connected(), Bucket) else b"shared")
        finally:
            os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    assert os.read(reading, 10) == b"own"
    os.close(reading)


def test_several_files_are_read_as_each_would_be(tmp_path: Path) -> None:
    folder = fill(tmp_path / "in", **{"a/c/d": b"4"})
    (folder / "a" / "folder").mkdir()
    (folder / "a" / "nothing").symlink_to(folder / "gone")
    (folder / "linked").symlink_to(folder / "a" / "b")
    outside = tmp_path / "outside"
    outside.write_bytes(b"secret")
    store = FolderObjects(str(folder))
    wanted = ["z", "a/x", "a/c/d", "a/nothing", "a/folder", "a/gone", "linked/y", "gone/x", "z/x", "a/../z",
              "../outside", str(outside), "/z", "a/", "", "..", "a/..", "a/\0", "a/b/y"]  # fmt: skip

    def alone(key: str) -> Any:
        try:
            return store.read(key)
        except Damage as damage:
            return type(damage), str(damage)

    found = [
        (key, (type(content), str(content)) if isinstance(content, Damage) else content)
        for key, content in store.read_several(wanted)
    ]
    assert found == [(key, alone(key)) for key in wanted]
    assert [content for _, content in found if isinstance(content, bytes)] == [b"", b"1", b"4", b"333", b"333"]
