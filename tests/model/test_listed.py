"""Principals and policies that are made when somebody asks for one."""

from __future__ import annotations

import pytest

from iam_guardrails.model.iam.listed import Kept, Listed, document_of, glimpse_of, joined, listed, versions_kept
from iam_guardrails.model.iam.principals import Estate, ManagedPolicy, Principal
from iam_guardrails.model.unknown import Unknown

IAM = "arn:aws:iam::111122223333"
ROLES = tuple(
    Principal("role", name, "/", f"{IAM}:role/{name}", trust={"Statement": []}, inline=(("own", {}),),
              attached=(f"{IAM}:policy/p",), boundary_arn=f"{IAM}:policy/b", tags=(("team", name),))
    for name in ("one", "two", "three")
)  # fmt: skip
USERS = (Principal("user", "me", "/", f"{IAM}:user/me", groups=("g",)),)


def lazily(made: list[int]) -> Listed:
    """The roles; notes which of them are made."""

    def make(number: int) -> Principal:
        made.append(number)
        return ROLES[number]

    told = listed(ROLES)
    return Listed(make, told.arns, told.trust, told.tags, told.holding, told.attached, told.traits)


def test_each_is_made_once_and_only_when_it_is_asked_for() -> None:
    made: list[int] = []
    roles = lazily(made)
    assert len(roles) == 3
    assert not made
    assert roles[1] is roles[1] is ROLES[1]
    assert roles[-1] is ROLES[2]
    assert made == [1, 2]
    assert roles[:2] == ROLES[:2]
    assert roles == ROLES
    assert roles != ROLES[:2]
    assert roles != 3
    with pytest.raises(IndexError):
        roles[3]


def test_an_account_gives_users_before_roles_whatever_holds_them() -> None:
    made: list[int] = []
    plain, other = Estate("1", "aws", USERS, {}, ROLES, {}), Estate("1", "aws", listed(USERS), {}, lazily(made), {})
    every = listed(other.principals)
    assert [every.arns[number] for number in range(4)] == [item.arn for item in plain.principals]
    assert [every.trust(0), every.trust(1)] == [None, ROLES[0].trust]
    assert [every.tags(0), every.tags(3)] == [(), ROLES[2].tags]
    assert every.holding(0).groups == ("g",)
    assert tuple(every.holding(2).inline) == ROLES[1].inline
    assert every.traits(1) is ROLES[0]
    assert every.attached(1) == (f"{IAM}:policy/p", f"{IAM}:policy/b")
    assert not made
    assert every == plain.principals == joined(USERS, ROLES) == listed(USERS) + ROLES
    assert other == plain


def test_a_policy_is_made_once_and_its_document_without_it() -> None:
    policy = ManagedPolicy("p", "p", "/", {"Statement": []}, "v2", (("v1", {}), ("v2", {"Statement": []})))
    made: list[str] = []

    def make(arn: str) -> ManagedPolicy:
        made.append(arn)
        return policy

    kept = Kept(make, lambda arn: {"Statement": [], "of": arn}, lambda arn: {"of": arn}, {"p": 2})
    estate = Estate("1", "aws", (), {}, ROLES, kept)
    assert estate.managed("p") == {"Statement": [], "of": "p"}
    assert isinstance(estate.managed("q"), Unknown)
    assert versions_kept(kept, "p") == versions_kept({"p": policy}, "p") == 2
    assert document_of({"p": policy}, "p") is policy.document
    assert document_of({}, "p") is None
    assert glimpse_of(kept, "p") == {"of": "p"}
    assert glimpse_of({"p": policy}, "p") is policy.document
    assert not made
    assert kept["p"] is kept["p"] is policy
    assert made == ["p"]
    assert (list(kept), len(kept), "p" in kept, "q" in kept) == (["p"], 1, True, False)
    with pytest.raises(KeyError):
        kept["q"]
