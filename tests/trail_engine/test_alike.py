"""The reader of files as CloudTrail writes them (alike.c) against the typed decode of every record: the same facts."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iam_guardrails.adapters.trail_engine.gather import Gathering
from iam_guardrails.adapters.trail_engine.known import HAS_TABLE, Known
from iam_guardrails.model.trail.assuming import assume, iam_user
from iam_guardrails.model.trail.facts import Kept
from iam_guardrails.model.trail.record import Place, call, console_login, session
from tests.trail_history import Wanted, write_folder

NO_TABLE = "alike.c was not built here: there is no C compiler, or there are no headers of Python"
needs_table = pytest.mark.skipif(not HAS_TABLE, reason=NO_TABLE)
SOURCES = Path(__file__).parents[2] / "scripts" / "iam_guardrails" / "adapters" / "trail_engine"

PLACE = Place("111122223333", "us-east-2")
TARGETS = frozenset({("111122223333", "breakglass")})
ROLE = "arn:aws:iam::111122223333:role/emergency/breakglass"
APP = session("arn:aws:iam::111122223333:role/app/app", PLACE, "i-1")
INSIDE = session(ROLE, PLACE, "owner", "INC-1")
USER = iam_user(PLACE)
SERVICE = {"type": "AWSService", "invokedBy": "lambda.amazonaws.com"}
ROOT = {"type": "Root", "principalId": "111122223333", "arn": "arn:aws:iam::111122223333:root",
        "accountId": "111122223333"}  # fmt: skip
Record = dict[str, Any]
NAMELESS = {"type": "Root", "principalId": "111122223333", "accountId": "111122223333"}


def bases() -> list[Record]:
    """One of each sort that is handled in its own way."""
    found = [
        call(
            "ec2", "DescribeInstances", PLACE, APP, {"eventName": "Other", "nested": {"eventTime": "x"}}, read_only=True
        ),
        call("ec2", "DescribeInstances", PLACE, USER, None, read_only=True),
        call("kms", "Decrypt", PLACE, SERVICE, {"encryptionContext": {"eventVersion": "1", "eventName": "Y"}}),
        call("ec2", "StopInstances", PLACE, ROOT, {}),
        call("ec2", "StopInstances", PLACE, INSIDE, {}),
        call("secretsmanager", "GetSecretValue", PLACE, APP, {"secretId": "one"}, read_only=True),
        call("secretsmanager", "GetSecretValue", PLACE, USER, {"secretId": "two"}, read_only=True),
        call("ssm", "GetParameters", PLACE, APP, {"names": ["/a", "/b"]}, read_only=True),
        call("iam", "ListRoles", PLACE, APP, {"maxItems": 9}, read_only=True),
        call("iam", "ListRoles", PLACE, APP, {"maxItems": 9}),
        call("iam", "CreateRole", PLACE, APP, {"roleName": "x"}),
        call("cloudtrail", "StopLogging", PLACE, APP, {"name": "t"}),
        assume(ROLE, PLACE, USER, incident="INC-1"),
        assume("arn:aws:iam::111122223333:role/app", PLACE, APP, incident=""),
        console_login(PLACE, ROOT, "No"),
    ]
    refused = {
        "errorCode": "AccessDenied",
        "errorMessage": "not authorized on arn:aws:secretsmanager:us-east-2:1:secret:s-1",
    }
    found += [
        {**found[5], **refused},
        {**found[5], "errorCode": ""},
        {**found[0], **refused, "errorMessage": 'say "no"'},
    ]
    found += [{**found[-1], "errorMessage": "later"}, {**found[14], "errorMessage": "Failed authentication"}]
    steps = (
        call("signin", "CheckMfa", PLACE, USER, None),
        call("signin", "CredentialVerification", PLACE, NAMELESS, None),
    )
    found += [{**steps[0], "responseElements": {"CheckMfa": "Failure"}},
              {**steps[1], "serviceEventDetails": {"CredentialVerification": "Failure"}},
              {**call("ec2", "StopInstances", PLACE, NAMELESS, {}), "awsRegion": "cn-north-1"}]  # fmt: skip
    for number, record in enumerate(found):
        record["eventID"] = f"{number:08d}-0000-4000-8000-000000000000"
    return found


BASES = bases()
IDS = ("11111111-0000-4000-8000-000000000000", "22222222-0000-4000-8000-000000000000")
PATHS = [
    ("userIdentity",), ("eventTime",), ("eventSource",), ("eventName",), ("sourceIPAddress",), ("errorCode",),
    ("errorMessage",), ("requestParameters",), ("eventID",), ("readOnly",), ("recipientAccountId",), ("sharedEventID",),
    ("userAgent",), ("responseElements",), ("responseElements", "CheckMfa"), ("awsRegion",),
    ("responseElements", "sourceIdentity"), ("requestParameters", "sourceIdentity"),
    ("userIdentity", "type"), ("userIdentity", "arn"),
    ("userIdentity", "accountId"), ("userIdentity", "principalId"), ("userIdentity", "userName"),
    ("userIdentity", "invokedBy"), ("userIdentity", "identityProvider"), ("userIdentity", "onBehalfOf"),
    ("userIdentity", "onBehalfOf", "userId"), ("userIdentity", "sessionContext"),
    ("userIdentity", "sessionContext", "sessionIssuer"), ("userIdentity", "sessionContext", "sessionIssuer", "arn"),
    ("userIdentity", "sessionContext", "attributes"), ("userIdentity", "sessionContext", "sourceIdentity"),
    ("userIdentity", "sessionContext", "attributes", "mfaAuthenticated"), ("addendum",),
]  # fmt: skip
VALUES: list[Any] = [
    None, "", "é", "\ud83d\ude00", 'a"b', "a\\", "back\\u0041", 5, -0.5e9, True, False, {}, [], {"a": [1, {"b": None}]},
    {"arn": "arn:aws:iam::111122223333:role/other"}, "2026-01-16T00:00:01Z", "2026-02-29T00:00:00Z",
    "2024-02-29T23:59:59Z", "2026-01-15T09:30:00.5Z", "2026-01-15T09:30:00+01:00", "1969-12-31T23:59:59Z",
    "9999-01-01T00:00:00Z", "2026-01-15T24:00:00Z", "2026-01-15t09:30:00Z", "0001-01-01T00:00:00Z", "true", "x" * 40,
    "AccessDenied", {"reason": "DELIVERY_DELAY"}, {"reason": "UPDATED_DATA", "originalEventID": IDS[0]},
]  # fmt: skip
EDITS: list[tuple[str, str]] = [
    ('"eventName":"', '"eventName":"First","eventName":"'), ('"eventName"', '"event\\u004eame"'), (":", ": "),
    ('"arn":', '"arn":"arn:aws:iam::1:user/first","arn":'), ('{"eventVersion"', ' {"eventVersion"'),
    ("Describe", "\\u0044escribe"), ("Records", "Record"), ('{"Records":[', '{"Records":[],"Records":['),
    ("]}", "]}\n"), ("]}", '],"more":1}'), ("]}", "]}]"), ("}]}", "},]}"), ("null", "nul"), ("false", "fals3"),
    ('"nested":', '"n\\ud800":'), ('"one"', '"x\\ud800"'), ('"one"', '"\\ud83d\\ude00"'), ('"one"', '"\\ude00\\ud83d"'),
    ('"one"', '"\\ud83d\\u0041"'), ('"one"', "1e999"), ('{"secretId"', '{"name":5,"x":1e999,"secretId"'),
    ("1.11", "1\t1"), ("1.11", "1\\x1"), ("1.11", "\\ud800"), ("1.11", "01"), ('"1.11"', "01"), ('"1.11"', "-"),
    ('"1.11"', "1e"), ('"1.11"', "1.5E+3"), ('"1.11"', "[" * 70 + "]" * 70), ('"1.11"', "1."), ("aws-cli", "\x7f\\/"),
]  # fmt: skip


@st.composite
def records(draw: st.DrawFn) -> Record:
    record: Record = json.loads(json.dumps(draw(st.sampled_from(BASES))))
    record["eventID"] = str(draw(st.uuids() | st.sampled_from(IDS)))
    if draw(st.booleans()):
        second = draw(st.integers(0, 6 * 86_400))
        record["eventTime"] = (
            f"2026-01-{15 + second // 86_400}T{second // 3600 % 24:02d}:{second // 60 % 60:02d}:{second % 60:02d}Z"
        )
    for path, value in draw(st.lists(st.tuples(st.sampled_from(PATHS), st.sampled_from([*VALUES, ...])), max_size=2)):
        inside: Any = record
        for name in path[:-1]:
            inside = inside.get(name) if isinstance(inside, dict) else None
        if isinstance(inside, dict):
            if value is ...:
                inside.pop(path[-1], None)
            else:
                inside[path[-1]] = deepcopy(value)  # else one that stands in itself in the next record
    if draw(st.integers(0, 9)) == 0:
        record = dict(sorted(record.items()))
    return record


@st.composite
def contents(draw: st.DrawFn) -> bytes:
    """An unpacked file: mostly as CloudTrail writes it, sometimes with a part that is not, or a damaged byte."""
    compact = draw(st.integers(0, 9)) > 0
    text = json.dumps({"Records": draw(st.lists(records(), max_size=6))}, ensure_ascii=draw(st.booleans()),
                      separators=(",", ":") if compact else None)  # fmt: skip
    if draw(st.integers(0, 3)) == 0:
        old, new = draw(st.sampled_from(EDITS))
        text = text.replace(old, new, draw(st.sampled_from((1, -1))))
    made = bytearray(text.encode("utf-8", "surrogatepass"))
    if draw(st.integers(0, 5)) == 0:
        at = draw(st.integers(0, len(made) - 1))
        made[at : at + draw(st.integers(0, 2))] = draw(st.binary(max_size=2))
    return bytes(made)


def told(kept: Kept) -> str:
    """A record that is kept; of two that say the same, either text may be."""
    content = json.dumps(json.loads(kept.record.decode(errors="replace")), sort_keys=True)
    return f"{kept.event_id} {kept.time} {kept.reasons} {content}"


def gathered(files: Sequence[bytes], known: Known) -> tuple[Any, ...]:
    """All that comes of the files."""
    gathering = Gathering(TARGETS, known=known)
    for number, content in enumerate(files):
        gathering.take(f"file {number}", content)
    days = {
        day: (facts.uses, sorted(map(repr, facts.edges)), sorted(map(repr, facts.reads)), sorted(map(told, facts.kept)))
        for day, facts in gathering.facts().items()
    }
    unreadable = [(item.key, item.record, item.reason) for item in gathering.unreadable]
    return days, gathering.events, gathering.bytes, unreadable, sorted(set(gathering.amended))


@needs_table
@settings(max_examples=400)
@given(st.lists(contents(), min_size=1, max_size=5), st.integers(0, 2))
def test_the_facts_are_those_of_the_decode_of_every_record(files: list[bytes], again: int) -> None:
    plain = gathered(files, Known(table=False))
    hypothesis.assume(not any("UTF-8" in reason for _, _, reason in plain[3]))  # of these the table reads more
    known = Known(table=True)
    for _ in range(again):  # what was learnt before must not change anything
        gathered(files, known)
    assert gathered(files, known) == plain


@pytest.mark.parametrize("table", [False, pytest.param(True, marks=needs_table)])
def test_assumptions_that_differ_in_their_answer_alone_are_not_alike(table: bool) -> None:
    """Nor when the table has seen their kind before: each of them is decoded."""
    alike = [deepcopy(BASES[13]) for _ in range(4)]
    for number, record in enumerate(alike[1:]):
        record["responseElements"]["sourceIdentity"] = f"INC-{number}"
    known = Known(table=table)
    for _ in range(2):
        days, *_ = gathered([packed(alike[0]), packed(*alike[1:])], known)
        edges = days["2026-01-15"][1]
        assert len(edges) == 4
        assert [sum(f"source_identity='INC-{number}'" in edge for edge in edges) for number in range(3)] == [1, 1, 1]


@pytest.mark.parametrize("table", [False, pytest.param(True, marks=needs_table)])
@pytest.mark.parametrize(
    ("written", "identity"),
    [
        ('{"source\\u0049dentity":"INC-7"}', "INC-7"), ('{"sourceIdentity":"\\u0049NC-7"}', "INC-7"),
        ('{"sourceIdentity" : "INC-7"}', "INC-7"), ('{"sourceIdentity":5,"sourceIdentity":"INC-7"}', "INC-7"),
        ('{"sourceIdentity":"INC-7","sourceIdentity":5}', ""), ('{"x":1e999,"sourceIdentity":"INC-7"}', "INC-7"),
        ('{"x":{"sourceIdentity":"INC-7"}}', ""), ('"sourceIdentity"', ""), ("null", ""), ("[]", ""), ("{}", ""),
        ('{"sourceidentity":"INC-7"}', ""), ('{"sourceIdentity":1e999}', ""),
        ('{"sourceIdentity":' + "9" * 5_000 + "}", ""),
    ],
)  # fmt: skip
def test_the_source_identity_that_an_answer_tells_however_it_is_written(
    written: str, identity: str, table: bool
) -> None:
    content = packed(BASES[13] | {"responseElements": "here"}).replace(b'"here"', written.encode())
    days, *_ = gathered([content], Known(table=table))
    (edge,) = days["2026-01-15"][1]
    assert f"source_identity='{identity}'" in edge


@pytest.mark.parametrize("table", [False, pytest.param(True, marks=needs_table)])
def test_records_of_one_id_that_differ_in_what_is_not_decoded_are_both_kept(table: bool) -> None:
    other = {**BASES[3], "awsRegion": None, "userAgent": "another"}
    days, *_ = gathered([packed(BASES[3], other)], Known(table=table))
    assert len(days["2026-01-15"][3]) == 2


@needs_table
@pytest.mark.parametrize("seed", range(3))
def test_a_whole_history_gives_the_same_facts(seed: int, tmp_path: Path) -> None:
    import gzip

    keys = write_folder(Wanted(seed=seed, events=3_000, days=6, twice=0.1, security=200), tmp_path).keys
    files = [gzip.decompress((tmp_path / key).read_bytes()) for key in keys]
    known = Known(table=True)
    assert known.table is not None
    taken = sum(known.table.read(content) is not None for content in files)
    assert taken > 0.5 * len(files), "most files are as CloudTrail writes them"
    assert gathered(files, known) == gathered(files, Known(table=False))
    assert known.plain and known.readings and known.special


def packed(*found: Record) -> bytes:
    return json.dumps({"Records": found}, separators=(",", ":")).encode()


@needs_table
def test_only_times_are_kept_of_what_is_plain() -> None:
    table = Known(table=True).table
    assert table is not None
    one, other = BASES[0], {**BASES[0], "eventTime": "2026-01-15T09:31:00Z", "eventID": "other", "userAgent": "é"}
    found = table.read(packed(one, other, BASES[1]))
    assert found is not None and [item[0] for item in found[0]] == [0, 0, 1] and found[1] == []
    assert table.kinds == 2 and table.records == 3
    assert json.loads(packed(one, other)[slice(*found[0][0][2:4])]) == one
    table.plain(0)
    assert table.read(packed(other, one)) == ([], []) and table.records == 2
    assert table.take() == {20468: {0: 1768469460}} and table.take() == {}, "09:31:00 of the 15th of January 2026"


@needs_table
def test_a_reading_tells_what_it_says() -> None:
    table = Known(table=True).table
    assert table is not None
    table.read(packed(BASES[5]))
    table.readings(0)
    bare = {key: value for key, value in BASES[5].items() if key not in ("recipientAccountId", "requestParameters")}
    assert table.read(packed(BASES[5], bare, {**bare, "sourceIPAddress": None, "eventID": None})) == (
        [],
        [
            ((0, "111122223333", b'{"secretId":"one"}'), 1768469400, "203.0.113.7", BASES[5]["eventID"]),
            ((0, "111122223333", b""), 1768469400, "203.0.113.7", BASES[5]["eventID"]),
            ((0, "111122223333", b""), 1768469400, "", ""),
        ],
    )


@needs_table
def test_records_of_a_fifth_day_are_handed_out() -> None:
    table = Known(table=True).table
    assert table is not None
    days = [{**BASES[0], "eventTime": f"2026-01-{day}T00:00:00Z"} for day in range(11, 17)]
    table.read(packed(days[0]))
    table.plain(0)
    found = table.read(packed(*days))
    assert found is not None and len(found[0]) == 2 and len(table.take()) == 4
    assert table.read(packed(days[5])) == ([], []), "other days may come after those were taken"


@needs_table
def test_a_full_table_takes_nothing_more() -> None:
    from iam_guardrails.adapters.trail_engine._alike import Table

    table = Table(1, 100)
    assert table.read(packed(BASES[0])) is not None and not table.full
    assert table.read(packed(BASES[1])) is None and table.full and table.records == 0
    assert table.read(packed(BASES[0])) is not None, "what is known is still told apart"
    many = Table(1, 1 << 20)
    names = [{**BASES[0], "eventName": f"Name{number}"} for number in range(5_000)]
    assert many.read(packed(*names)) is not None and many.kinds == 5_000
    assert [item[0] for item in (many.read(packed(*names)) or ((),))[0]] == list(range(5_000))


@needs_table
@pytest.mark.parametrize("odd", ['"x\\ud800"', '"\\ude00x"', "1e999", '5,"name":1e999', "9" * 5_000])
def test_a_reading_that_asks_for_something_odd_ends_nothing(odd: str) -> None:
    asked = packed(BASES[5]).replace(b'"one"', odd.encode())
    files = [packed(BASES[5]), asked, packed({**BASES[5], "requestParameters": {"secretId": "two"}})]
    assert gathered(files, Known(table=True)) == gathered(files, Known(table=False))


@needs_table
def test_callers_who_are_all_different_are_not_told_apart_for_long() -> None:
    def of(begin: int, end: int) -> bytes:
        others = (
            {"type": "AWSAccount", "principalId": f"AROA:{n}", "accountId": "444455556666"} for n in range(begin, end)
        )
        return packed(*({**BASES[1], "userIdentity": other} for other in others))

    known = Known(table=True)
    assert known.table is not None
    files = [of(begin, begin + 1_000) for begin in range(0, 5_000, 1_000)]
    assert gathered(files, known) == gathered(files, Known(table=False))
    assert known.table.kinds == 2_000
    gathered([of(0, 1_000)] * 3, known)
    assert known.table.kinds == 2_000, "another batch begins with it anew, and knows what it knew"


@needs_table
@pytest.mark.parametrize("ask", ["plain", "readings"])
def test_a_kind_that_was_not_seen_is_refused(ask: str) -> None:
    table = Known(table=True).table
    asked: Callable[[Any], None] = getattr(table, ask)
    with pytest.raises(IndexError, match="only 0 kinds"):
        asked(0)
    with pytest.raises((OverflowError, TypeError)):
        asked(-1)
    with pytest.raises(TypeError):
        asked("x")


@needs_table
def test_what_a_gathering_leaves_is_not_the_next_ones() -> None:
    known = Known(table=True)
    gathered([packed(BASES[0])], known)
    left = Gathering(TARGETS, known=known)
    left.take("file", packed(BASES[0]))  # and its facts are never asked for
    assert gathered([], known) == ({}, 0, 0, [], [])


BROKEN = """
import ctypes, random, sys
sys.path.insert(0, sys.argv[1])
from _alike import Table
random = random.Random(7)
good = [bytes.fromhex(line) for line in sys.stdin.read().split()]
table = Table(7, 1 << 22)
def put(content):
    exact = (ctypes.c_char * len(content)).from_buffer_copy(content) if content else b""
    for item in (table.read(exact) or ((), ()))[0]:
        if item[0] % 3:
            (table.plain if item[0] % 3 == 1 else table.readings)(item[0])
taken = 0
for content in good:
    put(content)
    taken += table.records > 0
    for _ in range(150):
        broken = bytearray(content)
        for _ in range(random.randint(1, 4)):
            at = random.randrange(len(broken) + 1)
            broken[at : at + random.choice((0, 1, 8))] = random.choice(
                (b"", b'"', b"\\\\", b"{", b"}", b"[", b"]", b":", b",", b"\\\\u", b"\\xff", b"null",
                 b"9" * 20, b"\\0"))
        put(bytes(broken[: random.choice((len(broken), random.randrange(len(broken) + 1)))]))
    for end in range(len(content)):
        put(content[:end])
    table.take()
assert taken, "none was taken"
print("read")
"""


@needs_table
def test_broken_files_are_read_within_their_bounds(tmp_path: Path) -> None:
    """Under the address and undefined behaviour sanitizers, in buffers that end where the file does."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    library = (
        subprocess.run([compiler, "-print-file-name=libasan.so"], capture_output=True, text=True).stdout.strip()
        if compiler
        else ""
    )
    if not compiler or not Path(library).is_absolute():
        pytest.skip("there is no C compiler with an address sanitizer here")
    checks = ["-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    headers = sysconfig.get_paths()["include"]
    module = ["-shared", "-fPIC", f"-I{headers}", str(SOURCES / "alike.c"), "-o", str(tmp_path / "_alike.abi3.so")]
    subprocess.run([compiler, *checks, *module], check=True)
    script = tmp_path / "broken.py"
    script.write_text(BROKEN)
    files = [packed(*BASES), *(packed(record) for record in BASES), b'{"Records":[]}']
    ran = subprocess.run(
        [sys.executable, script, tmp_path], input="\n".join(content.hex() for content in files), capture_output=True,
        text=True, timeout=300, env=os.environ | {"LD_PRELOAD": library, "PYTHONMALLOC": "malloc",
                                    "ASAN_OPTIONS": "detect_leaks=0", "UBSAN_OPTIONS": "print_stacktrace=1"},
    )  # fmt: skip
    assert (ran.returncode, ran.stdout) == (0, "read\n"), ran.stderr


@pytest.mark.parametrize("table", [True, False])
def test_half_a_character_hides_no_record(table: bool) -> None:
    """Of a record that is looked at as a whole; its text is the caller's to choose."""
    if table and not HAS_TABLE:
        pytest.skip("there is no table")
    entry = assume(ROLE, PLACE, {**NAMELESS, "accessKeyId": "x"}, incident="INC-1")
    step = {**BASES[-3], "userAgent": "\ud800"}
    content = json.dumps({"Records": [step, {**entry, "userAgent": "\ud800", "eventID": "one"}]}, separators=(",", ":"))
    days, events, _, unreadable, _ = gathered([content.encode()], Known(table=table))
    assert events == 2 and not unreadable
    ((uses, _, _, kept),) = days.values()
    assert any(use.endswith("CheckMfa Failure") for mine in uses.values() for use in mine)
    assert len(kept) == 2 and "sessionToken" not in "".join(kept)
