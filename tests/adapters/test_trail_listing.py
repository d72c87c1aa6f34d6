"""What a store holds, folder by folder: found with and without the walk in C, the same, and noticed when it changes."""

from __future__ import annotations

import errno
import itertools
import os
import pickle
import struct
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.adapters.test_trail_days import Bucket

from iam_guardrails.adapters import trail_folders, trail_listing, trail_walk
from iam_guardrails.adapters.trail_engine.groups import newest_of
from iam_guardrails.adapters.trail_folder_objects import FolderObjects
from iam_guardrails.adapters.trail_listing import OTHER, Folder, Listed, Listing, group_of, list_store
from iam_guardrails.adapters.trail_objects import StoredObject
from iam_guardrails.adapters.trail_s3_objects import S3Objects
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.trail.object_keys import parse_key
from iam_guardrails.model.trail.window import ALL_DAYS, Days

DAY = "AWSLogs/111122223333/CloudTrail/us-east-1/2026/01/10"
LOG = "111122223333_CloudTrail_us-east-1_20260110T0905Z_{}.json.gz"


@pytest.fixture(params=[True, False], ids=["walk.c", "Python"])
def walk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the walk is the one in C, where there is a compiler."""
    if request.param and not trail_walk.HAS_WALK:
        pytest.skip("walk.c was not built here: there is no C compiler")
    monkeypatch.setattr(trail_walk, "HAS_WALK", request.param)
    is_it: bool = request.param
    return is_it


def fill(folder: Path) -> Path:
    for number in range(30):
        for name in (LOG.format(f"{number:016d}"), "111122223333_CloudTrail-Insight_us-east-1_x.json.gz", "notes"):
            path = folder / DAY.replace("/10", f"/{number % 3 + 10}") / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"x" * number)
    (folder / "top.json").write_text("{}")
    (folder / "top.json.metadata.json").write_text("{}")
    (folder / "alone.json.metadata.json").write_text("{}")  # of nothing that is there, so it is read like any other
    return folder


def told(listing: Listing) -> list[object]:
    return [(it.key, it.signature, it.skipped, sorted(it.shares.items())) for it in listing.folders]


def test_folders_are_told_with_their_files(tmp_path: Path) -> None:
    store = FolderObjects(str(fill(tmp_path / "in")))
    found = list_store(store, str(tmp_path / "cache"))
    assert [it.key for it in found.folders] == ["", *(f"{DAY[:-2]}{day}/" for day in (10, 11, 12))]
    assert found.folders[0].shares == {("", ""): (2, 4)}
    shares = found.folders[1].shares
    assert shares["111122223333", "2026-01-10"] == (10, sum(range(0, 30, 3))) and found.folders[1].skipped == 1
    files = [item for it in found.folders for item in it.files or ()]
    assert sorted(files) == sorted(store.list()), "the same keys, sizes and tags as the plain list"


@pytest.mark.usefixtures("walk")
def test_folders_and_files_whose_names_are_not_utf8(tmp_path: Path) -> None:
    store = FolderObjects(str(fill(tmp_path / "in")))
    for number, raw in enumerate((b"J\xe4nner", b"\\xe4\xff", b"\xfe")):
        folder = Path(os.fsdecode(os.fsencode(tmp_path / "in") + b"/" + raw))
        folder.mkdir()
        for name in (LOG.format(f"{number:016d}"), os.fsdecode(b"notes-\xe4.json"), LOG.format("M\udce4rz")):
            (folder / name).write_bytes(b"x" * number)
    expected = sorted(store.list())
    for held in (0, 1000):
        first = list_store(store, str(tmp_path / f"cache{held}"), held)
        assert [it.key for it in first.folders if "\\" in it.key] == ["J\\xe4nner/", "\\x5cxe4\\xff/", "\\xfe/"]
        files = [item for it in first.folders for item in (store.list(it.key) if it.files is None else it.files)]
        assert sorted(set(files)) == expected
        again = list_store(store, str(tmp_path / f"cache{held}"), held)
        assert told(again) == told(first) and all(it.files is None for it in again.folders), "nothing has changed"


DIGEST = "111122223333_CloudTrail-Digest_{}_main_us-east-2_20260110T{}Z{}.json.gz"


def test_the_newest_time_of_each_region_is_told_and_kept(tmp_path: Path) -> None:
    folder = tmp_path / "in" / DAY
    folder.mkdir(parents=True)
    names = [LOG.format("a"), LOG.replace("T0905Z", "T0910Z").format("a"), DIGEST.format("us-east-1", "090001", ""),
             DIGEST.format("eu-west-1", "100500", "_backfill"), "20260110T2300Z.json"]  # fmt: skip
    for name in names:
        (folder / name).write_bytes(b"x")
    store = FolderObjects(str(tmp_path / "in"))
    for _ in range(2):  # the second from what is kept
        found = newest_of(list_store(store, str(tmp_path / "cache")))
        assert found == (("111122223333", "eu-west-1", "20260110T100500Z"),
                         ("111122223333", "us-east-1", "20260110T0910Z"))  # fmt: skip


def odd_names(folder: Path) -> Path:
    """A folder with names, times and links of many kinds."""
    names = [b"b", b"a", b"\xc3\xa9.json", b"J\xe4nner.json", b"\xf0\x9f\x94\x92", b"with blank\n", b"-", b"x" * 255,
             b"a.metadata.json", b"alone.metadata.json"]  # fmt: skip
    folder.mkdir()
    for number, name in enumerate(names):
        with open(os.path.join(os.fsencode(folder), name), "wb") as file:  # noqa: PTH118, PTH123 - bytes
            file.write(b"1" * number)
        os.utime(file.name, ns=(0, 1_000_000_007 * number - 5))
    for inner in ("inner", "Zwei", "\udce4", "inner/most"):
        (folder / inner).mkdir()
    (folder / "inner" / "file").write_text("1")
    (folder / "to a file").symlink_to("a")
    (folder / "to a folder").symlink_to("inner")
    (folder / "to nothing").symlink_to("gone")
    (folder / "to itself").symlink_to("to itself")
    return folder


def looked(root: Path) -> dict[str, tuple[str, list[StoredObject]]]:
    return {look.key: (look.signature, list(look.files())) for look in trail_folders.looks(str(root))}


@pytest.mark.skipif(not trail_walk.HAS_WALK, reason="walk.c was not built here: there is no C compiler")
def test_both_ways_of_walking_find_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = odd_names(tmp_path / "in")
    found = looked(root)
    monkeypatch.setattr(trail_walk, "HAS_WALK", False)
    plain = looked(root)
    assert {key: files for key, (_, files) in found.items()} == {key: files for key, (_, files) in plain.items()}
    assert set(found) == {"", "inner/", "Zwei/", "\\xe4/", "inner/most/", "to a folder/", "to a folder/most/"}
    files = [item for _, items in found.values() for item in items]
    assert sorted(files) == sorted(FolderObjects(str(root)).list())
    assert {item.key: item.etag for item in files}["to nothing"] == ""


@pytest.mark.skipif(not trail_walk.HAS_WALK, reason="walk.c was not built here: there is no C compiler")
def test_what_a_walk_tells(tmp_path: Path) -> None:
    from iam_guardrails.adapters._walk import CIRCLE, MANY, Walk

    root = tmp_path / "in"
    (root / "a" / "b").mkdir(parents=True)
    (root / "a" / "one").write_text("12")
    (root / "a" / "up").symlink_to(root)
    for number in range(40):
        (root / "a" / "b" / f"{number:050}").write_text("")
    walk = Walk(str(root), 3000, 0)
    assert iter(walk) is walk
    told = {item[0]: item[1:] for item in walk}
    found = (root / "a" / "one").stat()
    numbers = struct.pack("=4q", 2, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)
    assert told == {
        "": (b"", b"", told[""][2], 0),
        "a/": (b"one", numbers, told["a/"][2], 0),
        "a/up/": (b"", b"", b"", CIRCLE),
        "a/b/": (b"", b"", b"", MANY),
    }
    assert list(walk) == [], "and it has come to its end"
    walk.close()
    for path, failed in ((root / "a" / "one", errno.ENOTDIR), (root / "gone", errno.ENOENT),
                         (root / ("x" * 300), errno.ENAMETOOLONG)):  # fmt: skip
        assert list(Walk(str(path), 1, 1)) == [("", b"", b"", b"", failed)]
    with pytest.raises(ValueError, match="null"):
        Walk("a\0b", 1, 1)
    with pytest.raises(ValueError, match="less than nothing"):
        Walk("a", -1, 1)
    with pytest.raises(TypeError):
        Walk(7, 1, 1)  # type: ignore[arg-type]  # what is wrong here


@pytest.mark.skipif(not trail_walk.HAS_WALK, reason="walk.c was not built here: there is no C compiler")
@pytest.mark.parametrize("ready", [0, 1 << 20])
def test_a_walk_may_end_at_any_place(ready: int, tmp_path: Path) -> None:
    """And what is ready without being taken is limited: with 0 the thread waits from the first file on."""
    from iam_guardrails.adapters._walk import Walk

    for number in range(30):
        (tmp_path / f"{number}" / "in").mkdir(parents=True)
        (tmp_path / f"{number}" / "in" / "file").write_text("")
    for taken in range(64):
        walk = Walk(str(tmp_path), 1 << 20, ready)
        assert len(list(itertools.islice(walk, taken))) == min(taken, 61)
        if taken % 2:
            walk.close()
            assert list(walk) == []
        del walk


@pytest.mark.parametrize(
    ("words", "begins"),
    [
        (["trail", "ask", "last-use", "--source", "IN"], True),
        (["trail", "ask", "last-use", "--source", "gone", "--source=IN"], True),
        (["trail", "ask", "last-use", "--source"], False), (["trail", "ask", "last-use", "--source="], False),
        (["trail", "ask", "--source", "s3://IN"], False), (["trail", "verify", "IN", "--source", "IN"], False),
        (["trail", "ask", "--source", "lookup:us-east-2"], False), ([], False),
    ],
)  # fmt: skip
def test_a_walk_begins_with_the_words_of_the_command(
    words: list[str], begins: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: dict[str, object] = {}
    monkeypatch.setattr(trail_walk, "_begun", begun)
    root = str(fill(tmp_path / "in"))
    trail_walk.begin([word.replace("IN", root) for word in words])
    assert set(begun) == ({root} if begins and trail_walk.HAS_WALK else set())
    found = list_store(FolderObjects(root), str(tmp_path / "cache"))
    assert not begun and len(found.folders) == 4


ONE = LOG.format("a")
NAMES = [ONE, LOG.format("b"), ONE.replace("0905", "2355"), ONE[:-3], LOG.format(""), ONE.replace("0110", "0231"),
         ONE.replace("us-east-1", "eu-west-1"), f"x{ONE}", f"{ONE}x", f"{ONE}\n", f"{ONE[:-8]}\n{ONE}", "notes", "",
         DIGEST.format("us-east-1", "090001", ""), ONE.replace("1111", "2222"),
         "111122223333_CloudTrail-Insight_us-east-1_x.json.gz"]  # fmt: skip


@given(st.lists(st.sampled_from(NAMES)), st.booleans(), st.sampled_from(["", "a/b/"]))
def test_names_are_read_together_as_they_are_one_by_one(names: list[str], hold: bool, key: str) -> None:
    files = [StoredObject(f"{key}{name}", number, "") for number, name in enumerate(names)]
    together, single = Folder(key), Folder(key)
    together.take_all(files, hold=hold)
    single.take(files, hold=hold)
    for part in Folder.__slots__:
        assert getattr(together, part) == getattr(single, part)


def test_what_is_known_need_not_be_looked_at(tmp_path: Path) -> None:
    store = FolderObjects(str(fill(tmp_path / "in")))
    first = list_store(store, str(tmp_path / "cache"))
    again = list_store(store, str(tmp_path / "cache"))
    assert told(again) == told(first) and again.manifest == first.manifest
    assert [it.files for it in again.folders] == [None] * 4
    (listing,) = (tmp_path / "cache").glob("*.listing")
    listing.write_bytes(listing.read_bytes().replace(b"2026-01-10", b"2026-01-19"))
    damaged = list_store(store, str(tmp_path / "cache"))
    assert told(damaged) == told(first) and damaged.folders[0].files is not None


def write_in_place(path: Path) -> None:
    before = path.parent.stat().st_mtime_ns
    with path.open("r+b") as file:
        file.write(b"y")
    assert path.parent.stat().st_mtime_ns == before, "which is why the folder's own time proves nothing"


def replace(path: Path) -> None:
    path.with_name("aside").write_bytes(path.read_bytes())
    times = path.stat()
    os.utime(path.with_name("aside"), ns=(times.st_atime_ns, times.st_mtime_ns))
    path.with_name("aside").rename(path)


@pytest.mark.usefixtures("walk")
@pytest.mark.parametrize(
    "change",
    [write_in_place, replace, Path.unlink, lambda path: path.with_name("more").write_bytes(b""),
     lambda path: path.rename(path.with_name("else"))],
)  # fmt: skip
def test_every_change_of_a_file_changes_the_manifest(change: Callable[[Path], object], tmp_path: Path) -> None:
    store = FolderObjects(str(fill(tmp_path / "in")))
    first = list_store(store, str(tmp_path / "cache"))
    for day in (10, 12):
        victim = sorted((tmp_path / "in" / f"{DAY[:-2]}{day}").glob("*_CloudTrail_*"))[3]
        change(victim)
        found = list_store(store, str(tmp_path / "cache"))
        assert found.manifest != first.manifest
        assert told(found) == told(list_store(store, str(tmp_path / "other"))), "as if it were listed anew"
        first = found


@pytest.mark.usefixtures("walk")
def test_what_changed_is_told_once_and_at_once(tmp_path: Path) -> None:
    store, told_of = FolderObjects(str(fill(tmp_path / "in"))), list[str]()
    (tmp_path / "in" / "empty").mkdir()

    def listed() -> Listing:
        return list_store(store, str(tmp_path / "cache"), changed=lambda: told_of.append("changed"))

    first = listed()
    assert told_of == ["changed"] and told(listed()) == told(first) and told_of == ["changed"]
    (tmp_path / "in" / DAY / "notes").write_bytes(b"other")
    assert listed().manifest != first.manifest and told_of == ["changed"] * 2


@pytest.mark.usefixtures("walk")
def test_links_in_circles_are_named(tmp_path: Path) -> None:
    store = FolderObjects(str(fill(tmp_path / "in")))
    list_store(store, str(tmp_path / "cache"))
    (tmp_path / "in" / f"{DAY[:-2]}10" / "up").symlink_to(tmp_path / "in")
    with pytest.raises(Problem, match="up is a link to a folder that holds it; remove the link"):
        list_store(store, str(tmp_path / "cache"))


def test_a_store_without_folders_of_its_own_is_told_alike(tmp_path: Path) -> None:
    store = FolderObjects(str(fill(tmp_path / "in")))

    class Bucket:
        source, bucket, reads_at_once = "s3://b", "b", 1

        def list(self, under: str = "") -> list[StoredObject]:
            return list(store.list(under))

    found = list_store(Bucket(), str(tmp_path / "cache"), held=4)  # type: ignore[arg-type] - listing is all it does
    same = list_store(store, str(tmp_path / "cache"))
    assert [(it.key, it.skipped, it.shares, it.newest) for it in found.folders] == [
        (it.key, it.skipped, it.shares, it.newest) for it in same.folders
    ]
    assert sum(len(it.files or ()) for it in found.folders) <= 4


@pytest.mark.parametrize(
    ("key", "group"),
    [
        (f"a/{LOG.format('a')}", ("111122223333", "2026-01-10")), (LOG.format("a"), ("111122223333", "2026-01-10")),
        ("a/111122223333_CloudTrail-Digest_us-east-1_x.json.gz", None), ("a/b.json", ("", "")),
        (LOG.replace("T0905Z", "T9930Z"), ("", "")), (LOG.replace("20260110", "20260230"), ("", "")),
        (LOG.replace("20260110", "20261131"), ("", "")), (LOG.replace("us-east-1", "1-1"), ("", "")),
        (LOG.replace("20260110", "20261231").format("a"), ("111122223333", "2026-12-31")),
    ],
)  # fmt: skip
def test_a_name_tells_account_and_day(key: str, group: tuple[str, str] | None) -> None:
    assert group_of(key) == group
    said = parse_key(key)
    assert (said is not None and said.kind == "CloudTrail") == (group not in (None, OTHER)), "verify and ask agree"


@pytest.fixture
def many(walk: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of more files than are held."""
    monkeypatch.setattr(trail_folders, "MOST_BYTES", 400)
    return fill(tmp_path / "in")


@pytest.mark.parametrize("large", [0, 1 << 21])
def test_of_a_folder_with_very_many_files_none_are_held(
    many: Path, large: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trail_folders, "LARGE_FOLDER", large)
    (many / DAY / "notes.metadata.json").write_text("{}")
    (many / DAY / "gone").symlink_to(many / "nowhere")
    (many / DAY / "self").symlink_to("self")
    (many / DAY / ".metadata.json").write_text("{}")
    (many / DAY / "inner").mkdir()
    (many / DAY / "inner" / "x.json").write_text("{}")
    store = FolderObjects(str(many))
    found = list_store(store, str(tmp_path / "cache"))
    held = {it.key: it.files for it in found.folders}
    assert held[f"{DAY}/"] is None and held[f"{DAY}/inner/"]
    monkeypatch.setattr(trail_folders, "MOST_BYTES", 1 << 20)
    whole = list_store(store, str(tmp_path / "other"))
    assert [(it.key, it.skipped, it.shares, it.newest) for it in found.folders] == [
        (it.key, it.skipped, it.shares, it.newest) for it in whole.folders
    ]
    monkeypatch.setattr(trail_folders, "MOST_BYTES", 400)
    files = [item for item in store.list() if item.key.startswith(f"{DAY}/") and "inner" not in item.key]
    assert sorted(trail_folders.files_in(str(many), f"{DAY}/")) == files
    names = {item.key.removeprefix(f"{DAY}/") for item in files}
    assert {".metadata.json", "gone", "self", "notes.metadata.json"} - names == {"notes.metadata.json"}


def test_every_change_in_a_folder_with_very_many_files_is_seen(many: Path, tmp_path: Path) -> None:
    store, cache = FolderObjects(str(many)), str(tmp_path / "cache")
    seen = [list_store(store, cache).manifest]
    assert list_store(store, cache).manifest == seen[0]
    (many / DAY / "notes").write_bytes(b"other")
    seen.append(list_store(store, cache).manifest)
    (many / DAY / "new").write_bytes(b"x")
    seen.append(list_store(store, cache).manifest)
    (many / DAY / LOG.format(f"{0:016d}")).unlink()
    seen.append(list_store(store, cache).manifest)
    assert len(set(seen)) == 4


def test_a_folder_with_very_many_files_that_cannot_be_listed_is_told(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="cannot be listed"):
        list(trail_folders.files_in(str(tmp_path), "none/"))


def test_a_long_listing_tells_how_far_it_is(tmp_path: Path) -> None:
    said: list[str] = []
    seconds = iter((0.0, 0.5, 1.5, 2.0, 4.0))
    told = Listed(said.append, "objects", lambda: next(seconds))
    for _ in range(4):
        told.more(1000)
    assert said == ["listed 2000 objects so far", "listed 4000 objects so far"]


@pytest.mark.parametrize("days", [ALL_DAYS, ("2026-01-10", "2026-01-12")])
def test_every_page_of_a_bucket_is_told(days: Days, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = fill(tmp_path / "in")
    content = {item.key: (folder / item.key).read_bytes() for item in FolderObjects(str(folder)).list()}
    clock = itertools.count()
    monkeypatch.setattr(trail_listing, "Listed", partial(Listed, clock=lambda: next(clock)))
    said: list[str] = []
    store = S3Objects("b", client=Bucket(content, 5))
    list_store(store, str(tmp_path / "cache"), days=days, progress=said.append)
    assert len(said) > 5 and said[-1] == f"listed {len(content)} objects so far"
    pickle.loads(pickle.dumps(store))
    said.clear()
    list_store(FolderObjects(str(folder)), str(tmp_path / "cache"), progress=said.append)
    assert said[-1].endswith("folders so far")
