"""How many calls a capture makes: the budget of the identity part, and the formula of every part (README)."""

from __future__ import annotations

import re
from math import ceil
from pathlib import Path

import pytest
from tests.adapters.capturing import SCOPE, capture
from tests.adapters.fake_cloud import ORG, FakeCloud

from iam_guardrails.model.capture.capture import (
    ACCOUNT,
    FINDINGS,
    IDENTITIES,
    IDENTITY_CENTER,
    LAST_ACCESS,
    SECRETS,
    Capture,
)
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import changed

READER = Path(__file__).parents[2] / "modules" / "harness-access" / "read_policies.tf"


def calls(found: Capture, part: str) -> dict[str, int]:
    return next(dict(item.calls) for item in found.parts if item.name == part)


@pytest.mark.parametrize("report_waits", [0, 1])
def test_an_account_of_200_roles_costs_at_most_five_calls_before_last_accessed_detail(
    tmp_path: Path, report_waits: int
) -> None:
    cloud = FakeCloud(roles=200, users=20, policies=80)
    cloud.report_waits = report_waits
    found, _ = capture(tmp_path, cloud)
    made = calls(found, IDENTITIES)
    assert made == {
        "iam:GenerateCredentialReport": 1, "iam:GetAccountAuthorizationDetails": 1,
        "iam:GetCredentialReport": 1 + report_waits, "sts:GetCallerIdentity": 1,
    }  # fmt: skip
    assert sum(made.values()) <= 5
    assert len(found.account.roles) == 200
    assert calls(found, ACCOUNT)["iam:GetRole"] == 1  # the break-glass role, and no other
    assert calls(found, ACCOUNT)["iam:ListRoles"] == 1
    seconds = {role.name: role.max_session_seconds for role in found.account.roles}
    assert sorted(seconds.values()) == [3600] + 199 * [7200]


def test_the_session_lengths_of_many_roles_cost_a_call_for_each_thousand(tmp_path: Path) -> None:
    found, _ = capture(tmp_path, FakeCloud(roles=1001), changed(SCOPE, last_access="none"))
    assert calls(found, ACCOUNT)["iam:ListRoles"] == 2
    assert not any(isinstance(role.max_session_seconds, Unknown) for role in found.account.roles)


@pytest.mark.parametrize(("roles", "users", "policies"), [(3, 2, 1), (990, 5, 5), (990, 6, 5), (2500, 40, 300)])
def test_the_identity_part_follows_its_formula(tmp_path: Path, roles: int, users: int, policies: int) -> None:
    found, _ = capture(tmp_path, FakeCloud(roles, users, policies), changed(SCOPE, last_access="none"))
    assert sum(calls(found, IDENTITIES).values()) == 3 + ceil((roles + users + policies) / 1000)


def test_last_accessed_data_costs_two_calls_for_each_principal(tmp_path: Path) -> None:
    cloud = FakeCloud(roles=60, users=7)
    found, _ = capture(tmp_path, cloud)
    asked = 7 + 60 - 1  # mw-0001 was never used
    assert len(found.last_access) == asked
    assert sum(calls(found, LAST_ACCESS).values()) == 2 * asked


@pytest.mark.parametrize("secrets", [0, 1, 2, 100, 101, 230])
def test_secrets_follow_their_formula(tmp_path: Path, secrets: int) -> None:
    found, _ = capture(tmp_path, FakeCloud(secrets=secrets))
    named = min(secrets, 1)  # prod/mw/* names them all, and one has replicas
    keys = min(max(secrets - 1, 0), 1)  # named by an alias and by an ARN
    lists = max(1, ceil(secrets / 100)) + 1  # the second Region has none
    expected = lists + secrets + named + keys + (1 + 2) * keys  # aliases; a policy and two pages of grants
    assert sum(calls(found, SECRETS).values()) == expected


def test_findings_follow_their_formula(tmp_path: Path) -> None:
    found, _ = capture(tmp_path, FakeCloud())
    assert calls(found, FINDINGS) == {
        "access-analyzer:ListFindings": 2,  # two pages
        "access-analyzer:ListFindingsV2": 2,
        "access-analyzer:GetFindingV2": 2 + 1,  # of two pages, of one; of f3 the summary says all, f5 is out of scope
    }


def test_identity_center_follows_its_formula(tmp_path: Path) -> None:
    org = FakeCloud()
    org.account_id = ORG
    sets, groups, lists = 2, 1, 1  # both users stand on one page of ListUsers
    more_pages = {"ListPermissionSetsProvisionedToAccount": 1, "ListAccountAssignments": 1, "ListGroupMemberships": 1}
    for provisioned in ((), ("PS-1",), ("PS-1", "PS-2")):
        cloud = FakeCloud()
        cloud.permission_sets = provisioned
        found, _ = capture(tmp_path, cloud, directory=org)
        expected = 3 + 2 * sets + 4 * (sets - len(provisioned)) + 2 * groups + lists + sum(more_pages.values())
        assert sum(calls(found, IDENTITY_CENTER).values()) == expected


def test_a_large_directory_is_not_read_to_its_end_for_two_users(tmp_path: Path) -> None:
    org = FakeCloud()
    org.account_id, org.directory = ORG, [f"x-{number}" for number in range(5000)]
    found, _ = capture(tmp_path, FakeCloud(), directory=org)
    made = calls(found, IDENTITY_CENTER)
    assert (made["identitystore:ListUsers"], made["identitystore:DescribeUser"]) == (2, 2)
    assert [item.id for item in found.identity_centers[0].users] == ["u-1", "u-2"]


def test_the_whole_capture_of_an_account_of_200_roles_is_the_sum_of_its_parts(tmp_path: Path) -> None:
    """What README promises: but for secrets and last accessed data, which go by the piece, a few calls each."""
    cloud, org = FakeCloud(roles=200, users=20, policies=80, secrets=12), FakeCloud()
    cloud.permission_sets, org.account_id = ("PS-1", "PS-2"), ORG
    found, reader = capture(tmp_path, cloud, directory=org)
    parts = {item.name: sum(item.calls.values()) for item in found.parts}
    assert sum(parts.values()) == reader.made
    assert parts[IDENTITIES] <= 5 and parts[IDENTITY_CENTER] <= 15 and parts[SECRETS] == 2 + 12 + 1 + 4
    assert parts[ACCOUNT] <= 30  # with nothing in the Regions that leads to more
    assert parts[LAST_ACCESS] == 2 * len(found.last_access)


def test_the_calls_that_are_told_are_those_that_were_made(tmp_path: Path) -> None:
    cloud, org = FakeCloud(), FakeCloud()
    org.account_id = ORG
    found, reader = capture(tmp_path, cloud, directory=org)
    assert sum(found.calls.values()) == reader.made == sum(cloud.calls.values()) + sum(org.calls.values())


def test_the_reader_role_may_make_every_call(tmp_path: Path) -> None:
    org = FakeCloud()
    org.account_id = ORG
    found, _ = capture(tmp_path, FakeCloud(), directory=org)
    allowed = set(re.findall(r'"([a-z0-9-]+:[A-Za-z0-9]+)"', READER.read_text()))
    free = {"sts:GetCallerIdentity"}  # needs no permission (STS API Reference)
    renamed = {"s3:GetPublicAccessBlock": "s3:GetAccountPublicAccessBlock"}
    assert {renamed.get(action, action) for action in found.calls} - free <= allowed
    assert len(found.calls) > 40
