"""The fast reader of the usual form: it gives what the general reader gives, or leaves the file to it."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.adapters.test_authorization_details import ACCOUNT, IAM, PAGE
from tests.bench.account_file import account

from iam_guardrails.adapters.authorization_details import estate_of_lists, read_authorization_details, reader_of
from iam_guardrails.adapters.authorization_pages import SMALL
from iam_guardrails.adapters.authorization_typed import typed_estate
from iam_guardrails.model.iam.listed import document_of, glimpse_of, listed
from iam_guardrails.model.iam.principals import Estate
from iam_guardrails.model.problem import Problem


def typed(content: object, **form: Any) -> Estate | None:
    data = content if isinstance(content, bytes) else json.dumps(content, **form).encode()
    return typed_estate(data, reader_of("the file").document)


def general(content: Any) -> Estate:
    return estate_of_lists("the file", content, lambda text: None)


@pytest.fixture(scope="module")
def many() -> dict[str, Any]:
    return account(40)


@pytest.mark.parametrize("form", [{}, {"indent": 4}, {"indent": 1, "ensure_ascii": False}])
def test_it_gives_the_account_that_the_general_reader_gives(many: dict[str, Any], form: dict[str, Any]) -> None:
    odd = json.loads(json.dumps(many))
    odd["RoleDetailList"][0]["Tags"] = [{"Key": "zuständig", "Value": "Jörg ☂"}]
    for content in (many, odd, PAGE):
        found = typed(content, **form)
        assert found is not None
        assert found == general(content)


def test_what_is_told_without_making_a_principal_is_what_the_principal_has(many: dict[str, Any]) -> None:
    found = typed(many)
    assert found is not None
    told = listed(found.principals)
    for number, item in enumerate(general(many).principals):
        held, traits = told.holding(number), told.traits(number)
        assert (traits.kind, traits.unique_id, traits.tags, traits.trust) == (
            item.kind, item.unique_id, item.tags, item.trust
        )  # fmt: skip
        assert (tuple(held.inline), tuple(held.attached), tuple(held.groups)) == (
            item.inline, item.attached, item.groups
        )  # fmt: skip
        assert (held.boundary_arn, held.path) == (item.boundary_arn, item.path)
    for arn in found.policies:
        assert glimpse_of(found.policies, arn) == document_of(found.policies, arn)


def test_documents_may_be_text_or_url_encoded_and_equal_ones_are_one_object(many: dict[str, Any]) -> None:
    for encode in (json.dumps, lambda value: quote(json.dumps(value), safe="")):
        content = json.loads(json.dumps(many))
        for role in content["RoleDetailList"]:
            role["AssumeRolePolicyDocument"] = encode(role["AssumeRolePolicyDocument"])
        found = typed(content)
        assert found is not None
        assert found == general(many)
    found = typed(many, indent=4)
    assert found is not None
    trusts = [role.trust for role in found.roles]
    assert len({id(one) for one in trusts}) == len({json.dumps(one) for one in trusts}) < len(trusts)


def test_documents_that_are_missing_or_none_are_unknown_as_in_the_general_reader() -> None:
    for value in (None, 3, ["x"], "no policy", "%7B%22a%22", True):
        content = json.loads(json.dumps(PAGE))
        content["RoleDetailList"][0]["AssumeRolePolicyDocument"] = value
        content["UserDetailList"][0]["UserPolicyList"] = [{"PolicyName": "own"}]
        assert typed(content) == general(content)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"[]", b"{", b"null", b'{"RoleDetailList": []}', json.dumps([PAGE, PAGE]).encode(),
        json.dumps(PAGE).encode() * 2, json.dumps({**PAGE, "IsTruncated": True}).encode(),
        json.dumps({**PAGE, "NextToken": "x"}).encode(), json.dumps({**PAGE, "Policies": None}).encode(),
        json.dumps({**PAGE, "UserDetailList": [], "RoleDetailList": []}).encode(),
        json.dumps({**PAGE, "More": 1})[:-2].encode() + b'"\xff"}', json.dumps({**PAGE, "More": "\ud800"}).encode(),
        json.dumps({**PAGE, "UserDetailList": PAGE["UserDetailList"] * 2}).encode(),
        json.dumps(PAGE).replace(ACCOUNT, "444455556666", 1).encode(), b"[" * 100_000,
        json.dumps(PAGE).replace('"v2", "Is', '"v3", "Is').encode(),
    ],
)  # fmt: skip
def test_whatever_is_not_the_usual_form_is_left_to_the_general_reader(data: bytes) -> None:
    assert typed(data) is None


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(one for key, item in inside for one in _places(item, (*path, key)))][: None if path else 10_000]


PLACES = [place for place in _places(PAGE) if place]
GONE, TWICE = object(), object()
VALUES = st.sampled_from([GONE, TWICE, None, 0, True, "", "a", "é", "x" * 3000, [], {}, [None], ["a"], [{}], {"a": 1},
                          f"{IAM}:role/app", f"{IAM}:user/app", "arn:aws:iam::444455556666:role/app"])  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(PLACES), VALUES), min_size=1, max_size=2))
def test_where_it_gives_an_account_the_general_reader_gives_an_equal_one(
    changes: list[tuple[tuple[Any, ...], Any]],
) -> None:
    content = json.loads(json.dumps(PAGE))
    for path, value in changes:
        _change(content, path, value)
    found = typed(content)
    if found is None:
        return
    try:
        expected = general(content)
    except Problem as problem:
        raise AssertionError(f"the general reader refuses it: {problem}") from None
    assert found == expected


def _change(content: Any, path: tuple[Any, ...], value: Any) -> None:
    try:
        for key in path[:-1]:
            content = content[key]
        if value is TWICE and isinstance(content, list):
            content.append(content[path[-1]])
        elif value is GONE:
            del content[path[-1]]
        elif value is not TWICE:
            content[path[-1]] = deepcopy(value)  # which the next change may change
    except (KeyError, IndexError, TypeError):
        pass  # the change before took it away


def test_a_big_file_is_read_by_it(tmp_path: Path) -> None:
    role = PAGE["RoleDetailList"][0]
    other = {**role, "RoleName": "other", "Arn": f"{IAM}:role/other"}
    content = {**PAGE, "RoleDetailList": [role, other], "More": "x" * 4 * SMALL}
    path = tmp_path / "account.json"
    path.write_text(json.dumps(content))
    found = read_authorization_details(str(path), print)
    assert found == general(content)
    assert found.roles[0].trust is found.roles[1].trust, "the general reader makes a value of each"


def test_a_number_that_is_out_of_range_is_read_as_the_general_reader_reads_it() -> None:
    content = json.loads(json.dumps(PAGE))
    content["RoleDetailList"][0]["AssumeRolePolicyDocument"]["Statement"] = [123456789]
    text = json.dumps(content)
    found = typed(text.replace("123456789", "1e999").encode())
    assert found is not None
    assert found.roles[0].trust == {
        **PAGE["RoleDetailList"][0]["AssumeRolePolicyDocument"],
        "Statement": [float("inf")],
    }
    found = typed(text.replace("123456789", "9" * 5000).encode())
    assert found is not None
    with pytest.raises(Problem, match="a policy document of the account cannot be read"):
        found.roles[0]


def test_a_policy_that_bears_the_arn_of_a_role_is_left_to_the_general_reader() -> None:
    content = json.loads(json.dumps(PAGE))
    content["Policies"][0]["Arn"] = content["RoleDetailList"][0]["Arn"]
    assert typed(content) is None
