"""The file of a capture: read back as it was, the same bytes for the same content, and refused when it is not that."""

from __future__ import annotations

import gzip
import hashlib
import json
import types
import typing
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.adapters.capturing import capture
from tests.adapters.fake_cloud import IAM, NOW, ORG, FakeCloud
from tests.bench.account_file import account as big_account

from iam_guardrails.adapters.authorization_details import read_authorization_details
from iam_guardrails.adapters.capture_assembly import capture_from_authorization_details, estate_of
from iam_guardrails.adapters.captures import ONLY_DETAILS, content_of, load_capture, with_roles, write_capture
from iam_guardrails.model.account import KINDS
from iam_guardrails.model.capture.capture import DETAILS_ONLY, LAST_ACCESS, RECORDS, SECRETS, Capture
from iam_guardrails.model.codec import decode, encode
from iam_guardrails.model.iam.document import PolicyDocument, parse
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import changed


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Capture:
    org = FakeCloud()
    org.account_id = ORG
    return capture(tmp_path_factory.mktemp("work"), FakeCloud(), directory=org)[0]


@pytest.fixture
def file(whole: Capture, tmp_path: Path) -> Path:
    path = tmp_path / "prod.capture.gz"
    write_capture(path, whole)
    return path


def test_a_capture_is_read_back_whole(whole: Capture, file: Path) -> None:
    found = load_capture(file)
    assert changed(found, sha256="") == whole
    assert found.account.roles == whole.account.roles
    assert found.sha256 == hashlib.sha256(content_of(whole)).hexdigest()
    assert file.stat().st_mode & 0o777 == 0o600


def test_equal_captures_make_equal_files(whole: Capture, file: Path, tmp_path: Path) -> None:
    again = changed(whole, unasked=dict(reversed(list(whole.unasked.items()))))
    write_capture(tmp_path / "again.gz", again)
    assert (tmp_path / "again.gz").read_bytes() == file.read_bytes()
    write_capture(tmp_path / "other.gz", changed(whole, environment="dev"))
    assert (tmp_path / "other.gz").read_bytes() != file.read_bytes()


def test_any_gzip_reads_it_and_its_head_says_what_it_is(whole: Capture, file: Path) -> None:
    head, content, rest = gzip.decompress(file.read_bytes()).split(b"\n")
    assert json.loads(head) == {
        "format": "guardrails capture", "version": 1, "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }  # fmt: skip
    assert rest == b""
    assert len(json.loads(content)["details"]["RoleDetailList"]) == len(whole.account.roles)
    assert "roles" not in {name for name, value in json.loads(content)["account"].items() if value}


def text_of(kind: Any) -> st.SearchStrategy[Any]:
    """Values of a type of the model, whatever it is made of; policy documents from a few."""
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return st.one_of([text_of(one) for one in args])
    if origin is tuple:
        if args[-1] is Ellipsis:
            return st.lists(text_of(args[0]), max_size=2).map(tuple)
        return st.tuples(*map(text_of, args))
    if origin is Mapping:
        values = st.text(max_size=3) if args[1] is Any else text_of(args[1])
        return st.dictionaries(st.text(max_size=4).filter(lambda name: name != "unknown"), values, max_size=2)
    if kind in SIMPLE:
        return SIMPLE[kind]
    hints = typing.get_type_hints(kind, localns={"date": date, "datetime": datetime})
    return st.builds(kind, **{name: text_of(hint) for name, hint in hints.items()})


STATEMENT = {"Effect": "Deny", "Principal": {"AWS": ["1", "2"]}, "NotAction": "s3:*", "Resource": "*",
             "Condition": {"Bool": {"aws:SecureTransport": "true"}, "Null": {"aws:x": "false"}}}  # fmt: skip
SIMPLE: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(max_size=5),
    int: st.integers(),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    type(None): st.none(),
    datetime: st.datetimes(timezones=st.just(UTC)),
    date: st.dates(),
    PolicyDocument: st.sampled_from(
        [parse({"Statement": STATEMENT}), parse({"Version": "2012-10-17", "Statement": []})]
    ),
    Unknown: st.builds(Unknown, st.text(max_size=5), st.lists(st.text(max_size=3), max_size=2).map(tuple)),
}
DERIVED = {"account", "details", "credentials", "asked", "sha256"}
FIELDS = {name: hint for name, hint in typing.get_type_hints(Capture, localns={"datetime": datetime}).items()
          if name not in DERIVED}  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_whatever_a_capture_holds_comes_back(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    names = data.draw(st.sets(st.sampled_from(sorted(FIELDS)), min_size=1, max_size=5))
    drawn = {name: data.draw(text_of(FIELDS[name]), label=name) for name in sorted(names)}
    base = data.draw(st.sampled_from(BASES))
    made = with_roles(changed(base, **drawn))
    path = tmp_path_factory.getbasetemp() / "any.gz"
    write_capture(path, made)
    found = load_capture(path)
    assert changed(found, sha256="") == made
    assert content_of(found) == content_of(made)


def _base(details: Any, credentials: Any) -> Capture:
    from iam_guardrails.model.account import Account

    account = Account("capture", "333333333333", "us-east-2", NOW, {"keys@us-east-2": "refused"})
    return Capture("live", "prod", "333333333333", "us-east-2", NOW, account, details, credentials)


BASES = (
    _base(Unknown("refused"), Unknown("refused")),
    _base({"RoleDetailList": [{"RoleName": "r", "Arn": f"{IAM}:role/r", "AssumeRolePolicyDocument": {"Statement": []},
                               "RoleLastUsed": {"LastUsedDate": "2026-01-02T03:04:05+00:00"}}]}, Unknown("refused")),
)  # fmt: skip


@pytest.mark.parametrize("kind", [hint for name, hint in sorted(FIELDS.items())], ids=sorted(FIELDS))
def test_the_codec_brings_back_every_field(kind: Any) -> None:
    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(text_of(kind))
    def there_and_back(value: Any) -> None:
        assert decode(kind, json.loads(json.dumps(encode(value))), "value") == value

    there_and_back()


def test_a_truncated_file_is_refused_wherever_it_ends(file: Path) -> None:
    data = file.read_bytes()
    for end in (3, 12, 60, len(data) // 2, len(data) - 1):
        file.write_bytes(data[:end])
        with pytest.raises(Problem, match=r"truncated|damaged|is not a capture"):
            load_capture(file)


def rewritten(file: Path, head: Mapping[str, Any] | None = None, content: bytes | None = None) -> Path:
    first, _, rest = gzip.decompress(file.read_bytes()).partition(b"\n")
    told = json.loads(first) | dict(head or {})
    file.write_bytes(gzip.compress(json.dumps(told).encode() + b"\n" + (rest if content is None else content)))
    return file


def test_a_changed_content_is_refused(file: Path) -> None:
    content = gzip.decompress(file.read_bytes()).partition(b"\n")[2]
    rewritten(file, content=content.replace(b'"is_public":false', b'"is_public":true '))
    with pytest.raises(Problem, match="was changed after it was written"):
        load_capture(file)


def test_a_file_of_a_newer_guardrails_is_refused_with_what_to_do(file: Path) -> None:
    with pytest.raises(Problem, match=r"newer guardrails \(format 2; this one reads up to 1\); update guardrails"):
        load_capture(rewritten(file, {"version": 2}))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"hello", "is not a capture; make one with: guardrails capture ENV"),
        (b'{"RoleDetailList": []}', "(--from-authorization-details, or"),
        (
            gzip.compress(b'{"UserDetailList": []}', mtime=0),
            "(--from-authorization-details, or",
        ),
        (gzip.compress(b'{"format": "another"}\n{}', mtime=0), "is not a capture"),
        (gzip.compress(b'["list"]\n', mtime=0), "is not a capture"),
        (gzip.compress(b"", mtime=0), "is not a capture"),
    ],
    ids=["empty", "text", "details", "details, gzipped", "another format", "a list", "nothing, gzipped"],
)
def test_a_foreign_file_is_refused(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "foreign"
    path.write_bytes(data)
    with pytest.raises(Problem) as caught:
        load_capture(path)
    assert words in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="there is no capture"):
        load_capture(tmp_path / "none")
    with pytest.raises(Problem, match="cannot be read"):
        load_capture(tmp_path)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"secrets": [{"arn": "a"}]}, "capture.secrets[0]: Secret() lacks"),
        ({"refused": 3}, "capture.refused: expected an object"),
        ({"details": {"RoleDetailList": [{}]}}, "RoleName"),
    ],
)
def test_a_content_that_is_no_capture_is_named(file: Path, values: dict[str, Any], words: str) -> None:
    content = json.loads(gzip.decompress(file.read_bytes()).split(b"\n")[1]) | values
    data = json.dumps(content).encode()
    head = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    with pytest.raises(Problem) as caught:
        load_capture(rewritten(file, head, data + b"\n"))
    assert words in str(caught.value)


def test_offline_questions_see_what_aws_said(whole: Capture, file: Path, tmp_path: Path) -> None:
    assert not isinstance(whole.details, Unknown)
    plain = tmp_path / "details.json"
    plain.write_text(json.dumps(whole.details))
    made = estate_of(load_capture(file), print)
    assert changed(made, seen={}) == read_authorization_details(str(plain), print)
    fresh = read_authorization_details(str(plain), print)
    for role, other in zip(made.roles, fresh.roles, strict=True):
        assert made.trust_document(role) == fresh.trust_document(other)
        assert made.identity_documents(role) == fresh.identity_documents(other)


# only the authorization details


@pytest.fixture(scope="module")
def details(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("details") / "details.json"
    path.write_text(json.dumps(big_account(20), indent=4))
    return path


def test_authorization_details_alone_make_a_capture_of_what_they_tell(details: Path) -> None:
    found = capture_from_authorization_details(str(details), print)
    assert (found.origin, found.account_id, found.captured_at) == (DETAILS_ONLY, "111122223333", None)
    assert len(found.account.roles) == 20
    assert found.account.users and found.account.managed_policies
    assert found.account.roles[0].max_session_seconds == Unknown(ONLY_DETAILS)
    assert found.account.users[0].has_console_password == Unknown(ONLY_DETAILS)
    assert found.credentials == Unknown(ONLY_DETAILS)
    assert set(found.account.refused) == set(KINDS) - {"roles", "users", "managed_policies", "groups"}
    assert set(found.account.refused.values()) == {ONLY_DETAILS}
    assert found.unasked[SECRETS] == found.unasked[RECORDS] == ONLY_DETAILS
    assert found.last_access_of(found.account.roles[0].arn) == Unknown(ONLY_DETAILS)
    assert found.not_judged(LAST_ACCESS)
    assert changed(estate_of(found, print), seen={}) == read_authorization_details(str(details), print)


def test_a_capture_of_authorization_details_can_be_kept_too(details: Path, tmp_path: Path) -> None:
    found = capture_from_authorization_details(str(details), print)
    digest = write_capture(tmp_path / "a.gz", found)
    assert load_capture(tmp_path / "a.gz") == changed(found, sha256=digest)


def test_a_list_that_the_file_lacks_is_not_judged(details: Path, tmp_path: Path) -> None:
    values = json.loads(details.read_text())
    del values["Policies"]
    path = tmp_path / "filtered.json"
    path.write_text(json.dumps(values))
    found = capture_from_authorization_details(str(path), lambda _text: None)
    assert found.account.refused["managed_policies"] == "the file has no Policies"
    assert found.account.managed_policies == ()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"RoleDetailList": 3}, "RoleDetailList is not a list"),
        ({"RoleDetailList": [{"Arn": "x"}]}, "is not the ARN of a role"),
        ({"IsTruncated": True}, "is incomplete"),
    ],
)
def test_what_the_command_does_not_print_is_refused(
    details: Path, tmp_path: Path, change: dict[str, Any], words: str
) -> None:
    path = tmp_path / "wrong.json"
    path.write_text(json.dumps(json.loads(details.read_text()) | change))
    with pytest.raises(Problem, match=words):
        capture_from_authorization_details(str(path), print)


def test_a_date_that_is_none_is_refused(details: Path, tmp_path: Path) -> None:
    values = json.loads(details.read_text())
    values["RoleDetailList"][0]["RoleLastUsed"] = {"LastUsedDate": "yesterday"}
    path = tmp_path / "wrong.json"
    path.write_text(json.dumps(values))
    with pytest.raises(Problem, match="is not what `aws iam get-account-authorization-details` prints"):
        capture_from_authorization_details(str(path), print)


def test_a_capture_is_no_authorization_details(file: Path) -> None:
    with pytest.raises(Problem):
        capture_from_authorization_details(str(file), print)
