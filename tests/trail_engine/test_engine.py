"""The engine: it reads what is new, exactly once, whatever happens in between, and tells what it could not read."""

from __future__ import annotations

import gzip
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from iam_guardrails.adapters import trail_folders
from iam_guardrails.adapters.trail_bytes import Damage
from iam_guardrails.adapters.trail_engine import engine, groups, reading, store
from iam_guardrails.adapters.trail_engine.engine import Engine, Told
from iam_guardrails.adapters.trail_engine.gather import Gathering
from iam_guardrails.adapters.trail_engine.kept_record import without_secrets
from iam_guardrails.adapters.trail_engine.reading import batches
from iam_guardrails.adapters.trail_folder_objects import FolderObjects
from iam_guardrails.adapters.trail_objects import StoredObject, open_objects
from iam_guardrails.model.trail.answer import Coverage
from iam_guardrails.model.trail.questions.all import QUESTIONS, Asked
from iam_guardrails.model.trail.questions.rows import Assumption, Unusual
from iam_guardrails.model.trail.window import Window, window
from iam_guardrails.model.value import changed
from tests.trail_history import Signer, Wanted, write_folder

WANTED = Wanted(seed=5, events=900, days=3, twice=0.1, security=60)
ROLES = frozenset({("111122223333", "prod-breakglass-admin")})
COMPARED = [item for item in QUESTIONS if not item.compares]


ALL = Window()


def asked(
    folder: Path, cache: Path, cores: int = 1, when: Window = ALL, held_files: int = 10_000
) -> tuple[list[Any], Coverage]:
    """Every question's rows, and what they rest on."""
    found = Engine(open_objects(str(folder)), cache, ROLES, lambda _: None, cores, held_files).ask(when)
    facts = list(found.facts)
    return [list(item.answer(Asked(facts, roles=ROLES))) for item in COMPARED], found.coverage


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    write_folder(WANTED, folder, Signer())
    return folder


def logs(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*_CloudTrail_*.json.gz"))


def test_what_was_read_is_not_read_again(tree: Path, tmp_path: Path) -> None:
    first, seen = asked(tree, tmp_path / "cache")
    number = len(logs(tree))
    assert (seen.files, seen.fresh, seen.unreadable) == (number, number, ())
    assert seen.skipped == len(list(tree.rglob("*CloudTrail-Digest*.json.gz"))) > 0
    again, seen = asked(tree, tmp_path / "cache")
    assert (seen.files, seen.fresh, seen.read) == (number, 0, 0)
    assert again == first
    assert seen.events == sum(len(json.loads(gzip.decompress(path.read_bytes()))["Records"]) for path in logs(tree))


def test_names_beyond_a_number_are_not_held(tree: Path, tmp_path: Path) -> None:
    """The folders are listed again instead."""
    whole, _ = asked(tree, tmp_path / "held")
    found, seen = asked(tree, tmp_path / "cache", held_files=3)
    assert found == whole and seen.fresh == seen.files
    path = logs(tree)[-1]
    kept = path.read_bytes()
    path.unlink()
    without, seen = asked(tree, tmp_path / "cache", held_files=3)
    path.write_bytes(kept)
    again, seen = asked(tree, tmp_path / "cache", held_files=3)
    assert without != whole == again and seen.fresh == 1
    cut = window("2026-01-11T06:00:00Z", None)
    assert asked(tree, tmp_path / "cache", when=cut, held_files=3)[0] == asked(tree, tmp_path / "held", when=cut)[0]


def test_several_processes_find_the_same(tree: Path, tmp_path: Path) -> None:
    assert asked(tree, tmp_path / "one", 1)[0] == asked(tree, tmp_path / "three", 3)[0]


def test_a_new_day_is_read_alone(tmp_path: Path) -> None:
    folder = tmp_path / "tree"
    write_folder(changed(WANTED, only_days=(0, 1)), folder)
    asked(folder, tmp_path / "cache")
    before = len(logs(folder))
    write_folder(changed(WANTED, only_days=(2,)), folder)
    found, seen = asked(folder, tmp_path / "cache")
    assert (seen.files, seen.fresh) == (len(logs(folder)), len(logs(folder)) - before)
    assert found == asked(folder, tmp_path / "other")[0]


def test_a_file_that_is_added_removed_or_changed_is_noticed(tree: Path, tmp_path: Path) -> None:
    path = logs(tree)[3]
    kept = path.read_bytes()
    path.unlink()
    without, _ = asked(tree, tmp_path / "cache")
    path.write_bytes(kept)
    whole, seen = asked(tree, tmp_path / "cache")
    assert seen.fresh == 1 and whole != without
    path.write_bytes(gzip.compress(b'{"Records":[]}', mtime=0))
    emptied, seen = asked(tree, tmp_path / "cache")
    assert seen.fresh > 1, "facts cannot be taken out, so the day is read again"
    assert emptied == without
    path.unlink()
    assert asked(tree, tmp_path / "cache")[0] == without


def test_files_that_come_twice_change_nothing(tree: Path, tmp_path: Path) -> None:
    found, _ = asked(tree, tmp_path / "cache")
    for path in logs(tree)[:5]:
        copy = path.with_name(path.name.replace(".json.gz", "again.json.gz"))
        copy.write_bytes(path.read_bytes())
    again, seen = asked(tree, tmp_path / "cache")
    assert seen.fresh == 5 and again == found == asked(tree, tmp_path / "other")[0]


def flipped(content: bytes) -> bytes:
    return content[:900] + bytes([content[900] ^ 1]) + content[901:]


@pytest.mark.parametrize("harm", [lambda content: content[:-7], lambda _: b"", flipped], ids=["short", "empty", "bit"])
def test_a_damaged_cache_is_made_anew(harm: Any, tree: Path, tmp_path: Path) -> None:
    found, _ = asked(tree, tmp_path / "cache")
    victim = sorted((tmp_path / "cache").rglob("*.facts"))[0]
    victim.write_bytes(harm(victim.read_bytes()))
    again, seen = asked(tree, tmp_path / "cache")
    assert again == found and seen.fresh > 0


def test_other_roles_have_a_cache_of_their_own(tree: Path, tmp_path: Path) -> None:
    asked(tree, tmp_path / "cache")
    other = Engine(open_objects(str(tree)), tmp_path / "cache", frozenset(), lambda _: None, 1).ask(Window())
    assert other.coverage.fresh == other.coverage.files


KILLED = """
import sys
from pathlib import Path
from iam_guardrails.adapters.trail_engine import store
from iam_guardrails.adapters.trail_engine.engine import Engine
from iam_guardrails.adapters.trail_objects import open_objects
from iam_guardrails.model.trail.window import Window, window
write = store.write
def slowly(*given):
    write(*given)
    print("written", flush=True)
    sys.stdin.read()
store.write = slowly
roles = frozenset({("111122223333", "prod-breakglass-admin")})
Engine(open_objects(sys.argv[1]), Path(sys.argv[2]), roles, print, 2).ask(Window())
"""


def test_after_a_kill_nothing_is_lost_or_counted_twice(tree: Path, tmp_path: Path) -> None:
    begun = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tree), str(tmp_path / "cache")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert begun.stdout is not None
    while "written" not in begun.stdout.readline():
        assert begun.poll() is None
    os.killpg(begun.pid, signal.SIGKILL)
    begun.wait()
    found, seen = asked(tree, tmp_path / "cache")
    assert 0 < seen.fresh < seen.files
    assert found == asked(tree, tmp_path / "other")[0]


def event(**more: Any) -> dict[str, Any]:
    return {"eventTime": "2026-01-10T09:00:00Z", "eventSource": "iam.amazonaws.com", "eventName": "CreateUser",
            "eventID": "one", "readOnly": False, "recipientAccountId": "111122223333",
            "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/alex"}, **more}  # fmt: skip


def packed(*events: Any) -> bytes:
    return gzip.compress(json.dumps({"Records": list(events)}).encode(), mtime=0)


def twice(first: Any, second: Any) -> bytes:
    """A file whose records stand in two lists of one name."""
    return json.dumps({"Records": [first]})[:-1].encode() + b", " + json.dumps({"Records": [second]})[1:].encode()


def broken(*events: Any) -> bytes:
    """A file whose second record is no JSON."""
    texts = [json.dumps(item) for item in events]
    texts[1] = texts[1].replace('"eventName"', '"eventName')
    return ('{"Records": [' + ",".join(texts) + "]}").encode()


LATE = event(eventID="two", eventName="DeleteUser")
BOTH = ("iam:CreateUser", "iam:DeleteUser")


@pytest.mark.parametrize(
    ("content", "found", "reasons"),
    [
        (packed(event()) + packed(LATE), ["iam:CreateUser", "iam:DeleteUser"], []),
        (packed(event(), LATE) + bytes(40), ["iam:CreateUser", "iam:DeleteUser"], []),
        (json.dumps({"Records": [event()]}).encode(), ["iam:CreateUser"], []),
        (json.dumps(event()).encode(), ["iam:CreateUser"], []),
        (json.dumps([event(), LATE]).encode(), ["iam:CreateUser", "iam:DeleteUser"], []),
        (b"\n".join(json.dumps(item).encode() for item in (event(), LATE)), ["iam:CreateUser", "iam:DeleteUser"], []),
        (packed(event(), {"eventName": 7}, LATE), ["iam:CreateUser", "iam:DeleteUser"], ["record 1"]),
        (packed(event(eventTime="yesterday"), LATE), ["iam:DeleteUser"], ["record 0"]),
        (packed(event(eventTime="2026-01-10T09:00:00"), LATE), ["iam:DeleteUser"], ["record 0"]),
        (packed(event(), LATE, event(eventTime="0001-01-01T00:00:00+05:00")), [*BOTH], ["record 2 its eventTime"]),
        (packed(event(), event(eventTime="0001-01-01T00:00:00Z"), LATE), [*BOTH], ["record 1 its eventTime"]),
        (packed(event(), event(eventTime="9999-12-31T23:59:59Z"), LATE), [*BOTH], ["record 1 its eventTime"]),
        (packed(event(userAgent="\ud800", eventID="\udfff"), LATE), [*BOTH], []),
        (packed(event())[:-9], [], ["cut off"]),
        (packed(event())[:60], [], ["cut off"]),
        (b"\x1f\x8b" + b"nonsense", [], ["damaged"]),
        (b"", [], ["empty"]),
        (b"<html>", [], ["JSON"]),
        (broken(event(), event(), LATE), ["iam:CreateUser"], ["record 1, line 1 it is not JSON"]),
        (broken(event(), event(), LATE), ["iam:CreateUser"], [", and what follows it in this file is not read either"]),
        (gzip.compress(b'{"Records": [' + b"[" * 5000, mtime=0), [], [""]),
        (packed("text", 3, None), [], ["record 0", "record 1", "record 2"]),
        (gzip.compress(packed(event()), mtime=0), [], ["gzipped again"]),
        (gzip.compress(packed(event()), mtime=0) + gzip.compress(b"", mtime=0), [], ["gzipped again"]),
        (twice(event(), LATE), [*BOTH], []),
        (twice(event(), LATE).replace(b'{"Records"', b'{"x": 1, "Records"', 1), [], ['it has "Records" twice']),
        (twice(event(), LATE).replace(b', "Records"', b', "R\\u0065cords"'), [*BOTH], []),
        (json.dumps({"Records": [event()]})[:-1].encode() + b', "Records": []}', ["iam:CreateUser"], []),
    ],
)  # fmt: skip
def test_odd_files_are_read_or_named(content: bytes, found: list[str], reasons: list[str], tmp_path: Path) -> None:
    folder = tmp_path / "tree" / "AWSLogs/111122223333/CloudTrail/us-east-1/2026/01/10"
    folder.mkdir(parents=True)
    name = "111122223333_CloudTrail_us-east-1_20260110T0905Z_aaaaaaaaaaaaaaaa.json.gz"
    (folder / name).write_bytes(content)
    good = name.replace("aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb")
    (folder / good).write_bytes(packed(event(eventID="three", eventName="UpdateUser")))
    for _ in ("first", "from the cache"):
        rows, seen = asked(tmp_path / "tree", tmp_path / "cache")
        changes = rows[[item.name for item in COMPARED].index("iam-changes")]
        assert sorted(row.action for row in changes) == sorted([*found, "iam:UpdateUser"])
        assert len(seen.unreadable) == len(reasons)
        for item, reason in zip(seen.unreadable, reasons, strict=True):
            assert item.key.endswith(name) and reason in f"{item.record} {item.reason}"


INNER = event(eventVersion="1.11", eventID="two", eventName="DeleteUser")
LAYOUTS = {
    "compact": json.dumps({"Records": [INNER, event(eventVersion="1.11")]}, separators=(",", ":")),
    "spaced": json.dumps({"Records": [INNER, event(eventVersion="1.11")]}, indent=1),
    "other order": json.dumps({"Records": [{"eventID": "one", **event()}, INNER]}, separators=(",", ":")),
    "something behind": json.dumps({"Records": [INNER, event(eventVersion="1.11")], "x": 1}, separators=(",", ":")),
    "escaped": json.dumps({"Records": [INNER, event(eventVersion="1.11", eventID="onë")]}, separators=(",", ":")),
    "an event inside": json.dumps(
        {"Records": [event(eventVersion="1.11", requestParameters={"a": [INNER, 1]}), INNER]}, separators=(",", ":")
    ),
    "the same id inside": json.dumps(
        {"Records": [event(eventVersion="1.11", requestParameters={"a": event(eventVersion="1.11")})]},
        separators=(",", ":"),
    ),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_records_are_kept_whole_whatever_the_layout(name: str) -> None:
    content = LAYOUTS[name].encode()
    gathering = Gathering(ROLES)
    gathering.take("k", gzip.compress(content, mtime=0))
    held = [kept for day in gathering.facts().values() for kept in day.kept]
    assert sorted((json.loads(item.record) for item in held), key=str) == sorted(
        json.loads(content)["Records"], key=str
    )


def test_a_clock_that_stands_at_1970_loses_no_record() -> None:
    gathering = Gathering(ROLES)
    gathering.take("k", packed(event(eventTime="1970-01-01T09:00:00Z")))
    assert [len(day.kept) for day in gathering.facts().values()] == [1]
    assert list(gathering.facts()) == ["1970-01-01"] and gathering.facts()["1970-01-01"].uses


def test_a_file_whose_name_has_no_day_of_the_calendar_is_read_whatever_the_window(tmp_path: Path) -> None:
    folder = tmp_path / "tree"
    folder.mkdir()
    for number, day in enumerate(("20261345", "20260230", "20260110", "20260113")):
        name = f"111122223333_CloudTrail_us-east-1_{day}T0905Z_aaaaaaaaaaaaaaaa.json.gz"
        (folder / name).write_bytes(packed(event(eventID=f"id-{number}")))
    rows, seen = asked(folder, tmp_path / "cache", when=window("2026-01-09", "2026-01-12"))
    assert len(rows[[item.name for item in COMPARED].index("iam-changes")]) == 4 and seen.files == 4
    assert seen.notes == ("there is no file of 2026-01-09, 2026-01-11",)


def test_what_failed_without_a_code_is_no_use_of_anything(tmp_path: Path) -> None:
    """A sign-in to the console that failed has a message and no error code."""
    login = {"eventSource": "signin.amazonaws.com", "eventName": "ConsoleLogin", "eventTime": "2026-01-12T09:00:00Z"}
    folder = tmp_path / "tree"
    folder.mkdir()
    (folder / "a.json").write_bytes(
        packed(event(), event(**login, eventID="two", errorMessage="Failed authentication"))
    )
    rows, _ = asked(folder, tmp_path / "cache")
    (last,) = rows[[item.name for item in COMPARED].index("last-use")]
    assert (last.last, last.actions) == ("2026-01-10T09:00:00Z", 1)
    _, failed = rows[[item.name for item in COMPARED].index("actions-used")]
    assert (failed.action, failed.last, failed.last_failed, failed.last_error) == (
        "signin:ConsoleLogin", "", "2026-01-12T09:00:00Z", "Failure"
    )  # fmt: skip


def test_a_refused_read_names_its_secret_in_its_message_only(tmp_path: Path) -> None:
    read = {"eventSource": "secretsmanager.amazonaws.com", "eventName": "GetSecretValue", "errorCode": "AccessDenied"}
    said = "User: x is not authorized to perform: secretsmanager:GetSecretValue on resource: {} because no policy"
    found = [event(**read, eventID=name, errorMessage=said.format(name), requestParameters=None) for name in "ab"]
    folder = tmp_path / "tree"
    folder.mkdir()
    (folder / "a.json").write_bytes(
        packed(*found, event(**read, eventID="c", errorMessage="no", requestParameters=None))
    )
    rows, _ = asked(folder, tmp_path / "cache")
    assert [row.secret for row in rows[[item.name for item in COMPARED].index("secret-reads")]] == ["", "a", "b"]


def test_a_code_sent_along_with_the_call_is_mfa_whatever_the_session_had(tmp_path: Path) -> None:
    user = {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/alex",
            "sessionContext": {"attributes": {"mfaAuthenticated": "false"}}}  # fmt: skip
    call = {"eventSource": "sts.amazonaws.com", "eventName": "AssumeRole", "userIdentity": user}
    asks = {"roleArn": "arn:aws:iam::111122223333:role/ops"}
    found = [
        event(**call, eventID="one", requestParameters=asks),
        event(**call, eventID="two", requestParameters=asks | {"serialNumber": "arn:aws:iam::111122223333:mfa/alex"}),
        event(**call, eventID="six", requestParameters=asks | {"serialNumber": "arn:mfa"}, sharedEventID="shared"),
    ]
    folder = tmp_path / "tree"
    folder.mkdir()
    (folder / "a.json").write_bytes(packed(*found))
    rows, _ = asked(folder, tmp_path / "cache")
    mfa = {row.event_id: row.mfa for row in rows[[item.name for item in COMPARED].index("role-assumptions")]}
    assert mfa.pop("one") == "no" and set(mfa.values()) == {"yes"}


@pytest.mark.parametrize("names", [["s0"], ["s0", "s1"], ["s0", "s1", "s0"], ["s0", "s0"]])
@pytest.mark.parametrize("count", [5, 6])
def test_that_there_were_other_sessions_and_addresses_is_told(names: list[str], count: int) -> None:
    """Whatever the order, and however often: the records are taken twice, forwards and backwards."""
    call = {"eventSource": "sts.amazonaws.com", "eventName": "AssumeRole"}
    found = [
        event(**call, eventID=f"{session} {address}", eventTime=f"2026-01-10T09:{hour}{address}:00Z",
              sourceIPAddress=f"192.0.2.{address}",
              requestParameters={"roleArn": "arn:aws:iam::111122223333:role/ops", "roleSessionName": session})
        for hour, session in enumerate(names) for address in range(count)
    ]  # fmt: skip
    by_name = sorted(found, key=lambda one: str(one["eventID"]))
    for taken in ([found], [found[::-1]], [by_name], [found, found[::-1]], [[one] for one in found]):
        gatherings = []
        for part in taken:
            gathering = Gathering(ROLES)
            gathering.take("k", packed(*part))
            gatherings.append(gathering)
        facts = [pair for gathering in gatherings for pair in gathering.facts().items()]
        (row,) = QUESTIONS[0].answer(Asked(facts))
        (new,) = QUESTIONS[1].answer(Asked(facts))
        more = ["addresses"] * (count > 5) + ["sessions"] * ("s1" in names)
        assert isinstance(row, Assumption) and isinstance(new, Unusual)
        assert row.more == tuple(more) and len(row.addresses) == 5
        assert new.more == ("addresses",) * (count > 5)


def test_a_person_of_identity_center_is_known_by_its_directory_and_root_by_its_account(tmp_path: Path) -> None:
    """AWS CloudTrail User Guide, "CloudTrail userIdentity element": such a person has no principalId and no arn."""
    center = {"type": "IdentityCenterUser", "accountId": "111122223333"}
    found = [
        event(eventID=name, userIdentity={**center, "onBehalfOf": {"userId": name, "identityStoreArn": "arn:store"}})
        for name in ("person-1", "person-2")
    ]
    root = event(
        eventID="root", userIdentity={"type": "Root", "accountId": "111122223333", "principalId": "111122223333"}
    )
    folder = tmp_path / "tree"
    folder.mkdir()
    (folder / "a.json").write_bytes(packed(*found, root))
    rows, _ = asked(folder, tmp_path / "cache")
    for name in ("last-use", "iam-changes"):
        assert sorted(row.principal for row in rows[[item.name for item in COMPARED].index(name)]) == [
            "111122223333 person-1", "111122223333 person-2", "arn:aws:iam::111122223333:root"
        ]  # fmt: skip
    assert [row.event_id for row in rows[[item.name for item in COMPARED].index("root-use")]] == ["root"]


def test_a_name_with_a_space_is_one_name(tmp_path: Path) -> None:
    folder = tmp_path / "tree"
    folder.mkdir()
    (folder / "a.json").write_bytes(packed(event(eventName="Some Thing", eventSource="s3.amazonaws.com")))
    rows, _ = asked(folder, tmp_path / "cache")
    (row,) = rows[[item.name for item in COMPARED].index("actions-used")]
    assert (row.action, row.last, row.last_error) == ("s3:Some_Thing", "2026-01-10T09:00:00Z", "")


def test_files_of_other_names_are_read_too(tmp_path: Path) -> None:
    folder = tmp_path / "tree"
    folder.mkdir()
    (folder / "exported.json").write_bytes(json.dumps({"Records": [event()]}).encode())
    (folder / "notes.txt").write_text("no events here")
    rows, seen = asked(folder, tmp_path / "cache")
    assert [row.action for row in rows[[item.name for item in COMPARED].index("iam-changes")]] == ["iam:CreateUser"]
    assert [item.key for item in seen.unreadable] == ["notes.txt"]


def test_a_file_that_cannot_be_opened_is_named(tree: Path, tmp_path: Path) -> None:
    path = logs(tree)[0]
    path.unlink()
    path.symlink_to(tmp_path / "nowhere")
    _, seen = asked(tree, tmp_path / "cache")
    assert [item.key.rpartition("/")[2] for item in seen.unreadable] == [path.name]


def test_a_file_that_could_not_be_fetched_is_tried_again(tree: Path, tmp_path: Path) -> None:
    """Its size and times need not change for that: a permission was lacking, or it was archived."""
    whole, _ = asked(tree, tmp_path / "other")
    victim = logs(tree)[0]

    class Refusing(FolderObjects):
        def read(self, key: str) -> bytes:
            if key.endswith(victim.name):
                raise Damage("it is archived")
            return super().read(key)

    refused = Engine(Refusing(str(tree)), tmp_path / "cache", ROLES, lambda _: None, 1)
    for _ in range(2):
        assert [item.reason for item in refused.ask(ALL).coverage.unreadable] == ["it is archived"]
    found, seen = asked(tree, tmp_path / "cache")
    assert (found, seen.fresh, seen.unreadable) == (whole, 1, ())
    assert asked(tree, tmp_path / "cache")[1].fresh == 0


def test_where_reading_is_waiting_several_files_are_fetched_at_once(tree: Path, tmp_path: Path) -> None:
    whole, _ = asked(tree, tmp_path / "cache")
    together = threading.Barrier(2)

    class Distant(FolderObjects):
        reads_at_once = 4
        numbers = itertools.count(1)

        def read(self, key: str) -> bytes:
            number = next(self.numbers)
            if number in (2, 3):  # the first is fetched alone: it connects
                together.wait(timeout=20)
            if number == 9:
                raise Damage("the network broke")
            return super().read(key)

    engine = Engine(Distant(str(tree)), tmp_path / "other", ROLES, lambda _: None, 1)
    assert [item.reason for item in engine.ask(ALL).coverage.unreadable] == ["the network broke"]
    again = Engine(open_objects(str(tree)), tmp_path / "other", ROLES, lambda _: None, 1).ask(ALL)
    facts = list(again.facts)
    assert again.coverage.fresh == 1
    assert [list(item.answer(Asked(facts, roles=ROLES))) for item in COMPARED] == whole


def test_batches_are_bounded() -> None:
    parts = list(batches(7, [StoredObject(f"k{number}", 1 << 20, "") for number in range(600)]))
    assert [key for part in parts for key in part.keys] == [f"k{number}" for number in range(600)]
    assert all(part.group == 7 and part.size <= 32 << 20 and len(part.keys) <= 256 for part in parts)
    apart = [StoredObject("big", 1 << 40, ""), StoredObject("small", 1, "")]
    assert [len(part.keys) for part in batches(0, apart)] == [1, 1]


def test_no_session_token_is_kept(tmp_path: Path) -> None:
    folder = tmp_path / "tree"
    folder.mkdir()
    entry = event(
        eventSource="sts.amazonaws.com", eventName="AssumeRole", readOnly=True,
        requestParameters={"roleArn": "arn:aws:iam::111122223333:role/prod-breakglass-admin"},
        responseElements={"credentials": {"accessKeyId": "ASIAEXAMPLE", "sessionToken": "SECRETTOKEN"}},
    )  # fmt: skip
    (folder / "e.json").write_text(json.dumps({"Records": [entry]}))
    rows, _ = asked(folder, tmp_path / "cache")
    assert rows[[item.name for item in COMPARED].index("breakglass-session")]
    held = b"".join(path.read_bytes() for path in (tmp_path / "cache").rglob("*") if path.is_file())
    assert b"ASIAEXAMPLE" in held and b"SECRETTOKEN" not in held


SECRETS = [
    ("responseElements", {"credentialSet": [{"credentials": {"sessionToken": "TOP", "accessKeyId": "ASIAEXAMPLE"}}]}),
    ("responseElements", {"uploadCredentials": {"secretAccessKey": "TOP", "sessionToken": "TOP"}}),
    ("responseElements", {"credentials": {"sessionToken": "TOP"}, "more": {"credentials": {"SessionToken": "TOP"}}}),
    ("responseElements", {"accessToken": {"secretAccessKey": "TOP"}, "data": [{"authorizationToken": "TOP"}]}),
    ("responseElements", {"keyPair": {"private_key": "TOP"}, "tokens": ["TOP"], "a": [[{"client-secret": "TOP"}]]}),
    ("requestParameters", {"masterUserPassword": "TOP", "SecretString": "TOP", "roleArn": "role"}),
    ("requestParameters", {"Password": {"v": "TOP"}, "tokenList": ["TOP"], "secret": [{"of": ["TOP"]}]}),
    ("additionalEventData", {"x-amz-security-token": "TOP"}),
    ("serviceEventDetails", [{"refreshToken": "TOP"}, {"idToken": "TOP"}]),
]  # fmt: skip


@pytest.mark.parametrize("escaped", [False, True])
@pytest.mark.parametrize(("part", "said"), SECRETS)
def test_nothing_secret_is_kept_at_any_depth(part: str, said: Any, escaped: bool, tmp_path: Path) -> None:
    """JSON can write every letter of a name as a number, too."""
    entry = event(eventSource="iam.amazonaws.com", eventName="CreateUser", readOnly=False, **{part: said})
    text = json.dumps({"Records": [entry]})
    text = text.replace("oken", r"\u006fken").replace("assword", r"\u0061ssword") if escaped else text
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "e.json").write_text(text)
    rows, _ = asked(tmp_path / "tree", tmp_path / "cache")
    assert rows[[item.name for item in COMPARED].index("iam-changes")]
    held = b"".join(path.read_bytes() for path in (tmp_path / "cache").rglob("*") if path.is_file())
    assert b"CreateUser" in held and b"TOP" not in held


def test_a_record_that_only_speaks_of_tokens_is_kept_as_it_is() -> None:
    plain = json.dumps(
        event(
            requestParameters={
                "allowUsersToChangePassword": True,
                "secretId": "s",
                "tokenStatus": "x",
                "token": None,
                "policyDocument": '{"Condition": {"Null": {"a:token": "true"}}}',
            }
        )
    )
    assert json.loads(without_secrets(plain.encode())) == json.loads(plain)


def test_progress_says_how_far_and_how_fast() -> None:
    said: list[str] = []
    seconds = iter((0.0, 0.5, 1.5, 2.0, 4.0))
    told = Told(said.append, 40, 80_000_000, lambda: next(seconds))
    for _ in range(4):
        told.more(10, 20_000_000)
    assert said == [
        "read 20 of 40 files, 40 of 80 MB, 27 MB/s, 2 s left",
        "read 40 of 40 files, 80 of 80 MB, 20 MB/s, 0 s left",
    ]
    quick: list[str] = []
    Told(quick.append, 1, 1, lambda: 7.0).more(1, 1)
    assert quick == []


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of a process is told by /proc")
def test_memory_does_not_grow_with_the_number_of_files(tmp_path: Path) -> None:
    """Facts of a day of many files are merged as they come, not gathered first."""
    started = time.monotonic()
    folder = tmp_path / "tree" / "AWSLogs/111122223333/CloudTrail/us-east-1/2026/01/10"
    folder.mkdir(parents=True)
    content = packed(*(event(eventID=f"id-{number}", eventSource="s3.amazonaws.com", eventName="GetBucketAcl",
                             readOnly=True, requestParameters={"x": "y" * 2000}) for number in range(200)))  # fmt: skip
    for number in range(400):
        (folder / f"111122223333_CloudTrail_us-east-1_20260110T0905Z_{number:016d}.json.gz").write_bytes(content)
    probe = (
        "import sys;from pathlib import Path;"
        "from iam_guardrails.adapters.trail_engine.engine import Engine;"
        "from iam_guardrails.adapters.trail_objects import open_objects;"
        "from iam_guardrails.model.trail.window import Window;"
        "found=Engine(open_objects(sys.argv[1]),Path(sys.argv[2]),frozenset(),lambda _: None,1).ask(Window());"
        "list(found.facts);status = Path('/proc/self/status').read_text();"
        "print(found.coverage.events, int(status.split('VmHWM:')[1].split()[0]) // 1024)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", probe, str(tmp_path / "tree"), str(tmp_path / "cache")],
        capture_output=True,
        text=True,
        check=True,
    )
    events, mebibytes = map(int, ran.stdout.split())
    assert events == 80_000 and mebibytes < 100, f"{time.monotonic() - started:.0f} s"


@pytest.mark.parametrize("cores", [1, 2])
def test_a_folder_with_very_many_files_is_read_like_any_other(
    cores: int, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, _ = asked(tree, tmp_path / "whole")
    flat = tmp_path / "flat"
    flat.mkdir()
    names = [path.name for path in logs(tree)]
    for path in logs(tree):
        shutil.copy2(path, flat / path.name)
    monkeypatch.setattr(trail_folders, "MOST_BYTES", 500)
    monkeypatch.setattr(store, "MOST_IN_SET", 5)
    monkeypatch.setattr(reading, "BATCH_FILES", 3)
    monkeypatch.setattr(groups, "MOST_NEW", 0)
    found, seen = asked(flat, tmp_path / "cache", cores)
    assert found == whole and seen.fresh == seen.files == len(names)
    found, seen = asked(flat, tmp_path / "cache", cores)
    assert found == whole and (seen.fresh, seen.files) == (0, len(names))
    for name in names[:2]:
        (flat / name).rename(tmp_path / name)
    less, seen = asked(flat, tmp_path / "cache", cores)
    assert less != whole and seen.fresh > 0
    for name in names[:2]:
        (tmp_path / name).rename(flat / name)
    found, seen = asked(flat, tmp_path / "cache", cores)
    assert found == whole and seen.fresh == 2


def test_what_is_held_in_memory_does_not_grow_with_the_files(tmp_path: Path) -> None:
    """Of a file 16 bytes are, and a little while its batch is on the way."""
    many = (StoredObject(f"{'k' * 90}{number}", 900, "1-2-3") for number in itertools.count())
    tracemalloc.start()
    for batch in itertools.islice(batches(0, many), 40):
        assert len(batch.marks) == 16 * len(batch.keys) == 16 * 256
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 300_000


CUT = window("2026-01-11T01:00:00Z", "2026-01-11T20:00:00Z")


def test_files_of_a_day_that_the_window_cuts_count_as_read_now(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, first = asked(tree, tmp_path / "new", when=CUT)
    asked(tree, tmp_path / "cache")
    said: list[str] = []
    seconds = itertools.count(0, 2)
    slow = partial(Told, clock=lambda: next(seconds))
    monkeypatch.setattr(engine, "Told", slow)
    found = Engine(open_objects(str(tree)), tmp_path / "cache", ROLES, said.append, 1).ask(CUT)
    seen, facts = found.coverage, list(found.facts)
    assert [list(item.answer(Asked(facts, roles=ROLES))) for item in COMPARED] == rows
    assert seen.read > 0 and 0 < seen.fresh <= seen.files == first.files
    assert said[-1].startswith(f"read {seen.fresh} of {seen.fresh} files, ")
    assert first.fresh == first.files and first.read > seen.read
    _, days = asked(tree, tmp_path / "cache", when=window("2026-01-11", "2026-01-12"))
    assert (days.fresh, days.read) == (0, 0)
