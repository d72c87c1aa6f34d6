"""Nobody is lost: every user and role of a capture stands in a table, in an item, or among what is not judged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.review_world import IAM, basis_of, policy

from iam_guardrails.journeys.review import BOXES
from iam_guardrails.model.iam.common import common
from iam_guardrails.model.iam.document import parse
from iam_guardrails.model.iam.match import glob_match
from iam_guardrails.model.review.meaning import meaning_of
from iam_guardrails.model.review.review import MONTHLY, Box
from iam_guardrails.rules.review import escalation

TIMES = st.sampled_from(["2020-01-01T00:00:00+00:00", "2026-08-29T00:00:00+00:00", "2026-11-27T00:00:00+00:00"])
DOCUMENTS = st.sampled_from([
    policy(), policy({"Effect": "Allow", "Action": "*", "Resource": "*"}),
    policy({"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}),
])  # fmt: skip
ROLES = st.fixed_dictionaries(
    {"created": TIMES},
    optional={"last_used": TIMES, "inline": st.fixed_dictionaries({"p": DOCUMENTS}), "attached": st.just(["gone"]),
              "path": st.sampled_from(["/", "/aws-service-role/x/"]),
              "tags": st.just({"guardrails:keep-until": "2026-12-31"})},
)  # fmt: skip
USERS = st.fixed_dictionaries(
    {"created": TIMES},
    optional={"console": st.booleans(), "mfa": st.booleans(), "password_used": TIMES,
              "keys": st.lists(st.fixed_dictionaries({"active": st.booleans()}), max_size=2)},
)  # fmt: skip
NAMES = st.sampled_from(["ann", "bob", "mw-in", "mw-work", "prod-breakglass-admin", "<script>", "a" * 60])
WORLDS = st.fixed_dictionaries(
    {
        "roles": st.dictionaries(NAMES, ROLES, min_size=1, max_size=5),
        "users": st.dictionaries(NAMES, USERS, max_size=4),
    },
    optional={"secrets": st.just({"db": {}}), "more": st.just({"credentials": {"unknown": "AccessDenied"}})},
)


def texts_of(box: Box) -> Iterator[str]:
    yield from box.not_judged
    yield from (text for item in box.items for text in (item.subject, item.title))
    yield from (cell for table in box.tables for row in table.rows for cell in row)


@settings(max_examples=60, deadline=None)
@given(WORLDS)
def test_every_user_and_role_is_told(case: dict[str, Any]) -> None:
    basis = basis_of(case)
    told = "\n".join(text for _, box in BOXES[MONTHLY] for text in texts_of(box(basis)))
    for item in (*basis.capture.account.users, *basis.capture.account.roles):
        assert item.name in told


@settings(max_examples=60, deadline=None)
@given(WORLDS)
def test_a_review_is_the_same_whatever_the_order(case: dict[str, Any]) -> None:
    turned = {**case, **{name: dict(reversed(case[name].items())) for name in ("roles", "users")}}
    one, other = basis_of(case), basis_of(turned)
    for _, box in BOXES[MONTHLY]:
        found = [{(item.id, item.meaning) for item in box(basis).items} for basis in (one, other)]
        assert found[0] == found[1]


GLOBS = st.text("ab*?", max_size=6)


@settings(max_examples=400)
@given(GLOBS, GLOBS, st.lists(st.text("abx", max_size=6), max_size=20))
def test_what_two_globs_have_in_common(one: str, other: str, texts: list[str]) -> None:
    found = common(one, other)
    if found is not None:
        assert glob_match(one, found) and glob_match(other, found)
    else:
        assert not any(glob_match(one, text) and glob_match(other, text) for text in texts)


def statement(**more: Any) -> str:
    document = parse(policy({"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "a", **more}))
    return meaning_of(document.statements[0], document.version)


def test_another_way_to_write_a_statement_keeps_its_fingerprint_and_an_edit_does_not() -> None:
    bare = statement()
    assert bare == statement(Action=["s3:putobject", "s3:GetObject", "S3:PutObject"]) == statement(Sid="New")
    assert bare == statement(Resource=["a", "a"])
    edits: list[dict[str, Any]] = [
        {"Action": "s3:GetObject"}, {"Resource": "A"}, {"Effect": "Deny"}, {"Resource": ["a", "b"]},
        {"Condition": {"Bool": {"aws:SecureTransport": "true"}}}, {"NotResource": "a", "Resource": []},
    ]  # fmt: skip
    assert len({bare, *(statement(**edit) for edit in edits)}) == len(edits) + 1


def test_whose_search_costs_too_much_is_named_and_the_others_are_judged() -> None:
    def by(name: str) -> dict[str, Any]:
        return policy({"Effect": "Allow", "Principal": {"AWS": f"{IAM}:role/{name}"}, "Action": "sts:AssumeRole"})

    def may(action: str, on: str) -> dict[str, Any]:
        return {"inline": {"x": policy({"Effect": "Allow", "Action": action, "Resource": f"{IAM}:role/{on}"})}}

    everything = {"inline": {"x": policy({"Effect": "Allow", "Action": "*", "Resource": "*"})}}
    basis = basis_of({"roles": {
        "writer": may("iam:PutRolePolicy", "tool"), "tool": {"trust": by("writer")},
        "starter": may("sts:AssumeRole", "admin"), "admin": {**everything, "trust": by("starter")}, "idle": {},
    }})  # fmt: skip
    whole = escalation.box(basis, None)
    assert {item.subject.rpartition("/")[2] for item in whole.items} == {"writer", "starter"}
    assert whole.not_judged == ()
    little = escalation.box(basis, 1)
    assert {item.subject.rpartition("/")[2] for item in little.items} == {"starter"}
    assert little.looked_at == 5
    assert len(little.not_judged) == 1
    assert little.not_judged[0].startswith("1 of 5 principals (role/writer): following everything")
    table = next(one for one in little.tables if one.title == "Not searched to the end")
    assert table.rows == (("role/writer", "administrator"),)
