"""Whatever stands in a file of `guardrails policy …`, reading it ends in what it says or in one sentence."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iam_guardrails.adapters.policy_files import read_policy, read_statement
from iam_guardrails.adapters.policy_request import read_question, read_scps, read_trust
from iam_guardrails.model.iam.evaluate import RequestError, decide
from iam_guardrails.model.problem import Problem

EXAMPLES = Path(__file__).parent.parent / "cases" / "iam" / "examples"
ENTER, TRUST = (json.loads((EXAMPLES / name).read_text()) for name in ("enter.json", "trust.json"))
POLICY: dict[str, Any] = {
    "Version": "2012-10-17", "Id": "x",
    "Statement": [{"Sid": "A", "Effect": "Allow", "NotAction": ["iam:*", "s3:Get?"], "Resource": ["arn:aws:s3:::b/*"],
                   "Condition": {"ForAnyValue:StringLike": {"aws:TagKeys": ["a*"]}, "Null": {"x:y": True}}}],
}  # fmt: skip
STATEMENT = {"Action": "s3:*", "NotResource": "arn:aws:s3:::b/${aws:username}", "Condition": {"Bool": {"x:y": "true"}}}
SESSION = "arn:aws:sts::333333333333:assumed-role/ops/x"
WHOLE: dict[str, Any] = {
    "request": {**ENTER["request"], "principal": SESSION, "context_complete": False},
    "reading": "whole",
    "policies": {**ENTER["policies"], "session": [POLICY], "boundary": POLICY, "rcps": [[]], "exempt": ["rcp"],
                 "resource_account": "111122223333", "resource_kind": "trust"},
}  # fmt: skip
Read = Callable[[str], object]


def _answer(path: str) -> object:
    asked = read_question(path)
    try:
        return decide(asked.request, asked.policies, asked.reading)
    except RequestError as error:
        raise Problem(str(error)) from None


READERS: dict[str, tuple[Read, dict[str, Any]]] = {
    "request": (_answer, WHOLE),
    "trust": (read_trust, TRUST),
    "scps": (read_scps, {"scps": [[POLICY], [POLICY, POLICY]]}),
    "policy": (lambda path: read_policy(path, "identity", len), POLICY),
    "statement": (lambda path: read_statement(path, "resource", len), STATEMENT),
}
ODD: list[Any] = [
    None, True, False, 0, -1, 1.5, 1e308, 10**4000, "", "*", "a", "\ud800", "\ufeff", "é☃", "${", "${}", "${x, '",
    "arn:",
    "arn:aws:iam::111122223333:root", "x" * 70_000, [], {}, [[]], [None], {"": ""}, {"AWS": ["*"]}, {"unknown": True},
]  # fmt: skip


def _places(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [here, *(place for key, part in inner for place in _places(part, (*here, key)))]


def _broken(r: Random, whole: dict[str, Any]) -> Any:
    """The value with one place replaced, taken out, renamed or moved somewhere else."""
    made: Any = deepcopy(whole)
    *path, last = r.choice(_places(made)[1:])
    holder = made
    for key in path:
        holder = holder[key]
    way = r.random()
    if way < 0.6:
        holder[last] = deepcopy(r.choice(ODD))
    elif way < 0.7:
        del holder[last]
    elif way < 0.8 and isinstance(holder, dict):
        holder[r.choice(["Effect", "principal", "Statement", "X", str(last).swapcase()])] = holder.pop(last)
    else:
        holder[last] = deepcopy(r.choice([made, holder[last], [holder[last]], {"Statement": holder[last]}]))
    return made


def _text(r: Random, whole: dict[str, Any]) -> bytes:
    """A broken value as JSON, now and then with broken text."""
    text = json.dumps(_broken(r, whole) if r.random() < 0.9 else whole, ensure_ascii=r.random() < 0.5)
    data = text.encode(errors="surrogatepass")
    if r.random() < 0.2:
        at = r.randrange(len(data))
        data = (
            data[:at]
            + r.choice([b"", b"\xff", b"\x00", b"NaN", b"[" * 40, b'"a":1,', b"\xef\xbb\xbf", data[:20]])
            + data[at + r.randrange(3) :]
        )
    return data


@pytest.mark.parametrize("name", READERS)
def test_a_broken_file_is_read_or_refused_in_one_sentence(name: str, tmp_path: Path) -> None:
    read, whole = READERS[name]
    path = tmp_path / "file.json"
    path.write_text(json.dumps(whole))
    read(str(path))
    refused = 0
    for seed in range({"": 150, "nightly": 10_000}[os.environ.get("GUARDRAILS_PROFILE", "")]):
        path.write_bytes(_text(Random(seed), whole))
        try:
            read(str(path))
        except Problem as problem:
            refused += 1
            assert "\n" not in str(problem), seed
    assert refused


@pytest.mark.parametrize("name", READERS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode(errors="surrogatepass")))
def test_any_bytes_are_refused(name: str, tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "file.json"
    path.write_bytes(data)
    with pytest.raises(Problem):
        READERS[name][0](str(path))
