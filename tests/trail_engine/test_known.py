"""Texts that are known change nothing but the speed: what is decoded is what is decoded without them."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some

from iam_guardrails.adapters.trail_engine import known
from iam_guardrails.adapters.trail_engine.decode import FILES
from iam_guardrails.adapters.trail_engine.known import Files

_TEXT = some.sampled_from(
    ["s3.amazonaws.com", "GetObject", "AssumedRole", "111122223333", "true", "", "Zürich \u2603 \n"]
)
_ARN = some.sampled_from(["arn:aws:iam::111122223333:role/a", "arn:aws:iam::111122223333:role/b", None])


@some.composite
def records(draw: some.DrawFn) -> dict[str, Any]:
    """A record, some fields absent, null or of another type than AWS gives them."""
    odd = some.one_of(_TEXT, some.none(), some.booleans(), some.integers(0, 3))
    identity = {
        "type": draw(odd), "accountId": draw(_TEXT),
        "sessionContext": draw(some.none() | some.fixed_dictionaries(
            {"sessionIssuer": some.fixed_dictionaries({"arn": _ARN})},
            optional={"attributes": some.fixed_dictionaries({"mfaAuthenticated": some.booleans() | _TEXT})},
        )),
    }  # fmt: skip
    found = {
        "userIdentity": draw(some.sampled_from([identity, None])), "eventTime": "2026-01-10T09:00:00Z",
        "eventSource": draw(_TEXT), "eventName": draw(_TEXT), "errorCode": draw(_TEXT | some.none()),
    }  # fmt: skip
    return found | draw(some.fixed_dictionaries({}, optional={"recipientAccountId": _TEXT}))


def outcome(decode: Any, content: bytes) -> Any:
    try:
        return decode(content)
    except msgspec.MsgspecError as error:
        return str(error)


@given(
    some.lists(some.lists(records(), max_size=3), max_size=12), some.integers(1, 3), some.integers(0, 3),
    some.frozensets(_TEXT | _ARN.filter(bool)),
)  # fmt: skip
def test_what_comes_out_is_the_same_as_if_nothing_were_known(
    files: list[list[dict[str, Any]]], learnt_from: int, tries: int, texts: frozenset[str]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(known, "LEARNT_FROM", learnt_from)
        patch.setattr(known, "TRIES", tries)
        learning = Files(texts)
        for number, file in enumerate([*files, *files]):
            content = json.dumps({"Records": file}, ensure_ascii=number % 2 == 0).encode()
            assert outcome(learning.decode, content) == outcome(lambda it: FILES.decode(it).Records, content)


def _file(**more: Any) -> bytes:
    record = {"eventTime": "2026-01-10T09:00:00Z", "eventSource": "s3.amazonaws.com", "eventName": "GetObject", **more}
    return json.dumps({"Records": [record]}).encode()


def test_texts_that_come_again_are_the_same_objects() -> None:
    learning = Files()
    for _ in range(known.LEARNT_FROM):
        learning.decode(_file())
    first, second = (learning.decode(_file())[0] for _ in range(2))
    assert first.eventName is second.eventName and first.eventSource is second.eventSource


@pytest.mark.parametrize(("limit", "value"), [("MOST_TEXTS", 20), ("TRIES", 2)])
def test_where_there_is_no_end_of_new_texts_none_are_kept(
    limit: str, value: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known, limit, value)
    learning = Files()
    for number in range(4 * known.LEARNT_FROM):
        assert learning.decode(_file(eventName=f"Get{number}"))[0].eventName == f"Get{number}"
    assert learning.known_texts == 0


def test_texts_may_be_known_from_the_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    knowing = Files({"GetObject", "s3.amazonaws.com"})
    first, second = (knowing.decode(_file())[0] for _ in range(2))
    assert first.eventName is second.eventName
    monkeypatch.setattr(known, "MOST_TEXTS", 12)
    assert Files({"GetObject", "s3.amazonaws.com"}).known_texts == 0
