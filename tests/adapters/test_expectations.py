"""guardrails.toml: what is read, and the sentence for each thing that is wrong."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from iam_guardrails.adapters.expectations import read_expectations
from iam_guardrails.model.expected import Organization
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.review.manifest import Assigned, Assumer
from iam_guardrails.rules.waivers import told

WHOLE = """
account_id = "333333333333"
home_region = "us-east-2"

[breakglass]
role_names = ["prod-breakglass-admin"]
people = ["arn:aws:iam::333333333333:user/a"]
identity_center = { permission_set = "EmergencyAccess", home_region = "us-east-2", users = ["jane"] }
incident_id_pattern = "INC-*"

[declared]
roles = ["mw-*"]
access_keys = ["deployer"]

[[waiver]]
rule = "topic-two-kinds"
address = "aws_sns_topic.a[0]"
ticket = "SEC-1"
owner = "Jane"
reason = "the second channel arrives in May"
expires_on = 2026-12-31

[[assumer]]
role = "vendor-*"
principal = "444455556666"
external_id = "x-1"
reason = "it watches"

[organization]
id = "o-a1b2c3d4e5"
path = "o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/"

[[assigned]]
permission_set = "Operate"
who = "ops"
people = ["jane"]
power = "0123456789ab"
reason = "they operate"
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "guardrails.toml"
    path.write_text(text)
    return path


def test_everything_is_read(tmp_path: Path) -> None:
    expected = read_expectations(write(tmp_path, WHOLE))
    assert expected.role_names == ("prod-breakglass-admin",)
    assert expected.identity_center is not None
    assert expected.identity_center.users == ("jane",)
    assert expected.incident_id_pattern == "INC-*"
    assert expected.organization == Organization("o-a1b2c3d4e5", "o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/")
    assert expected.declared_roles == ("mw-*",)
    assert expected.declared_key_users == ("deployer",)
    assert expected.waivers[0].expires_on == date(2026, 12, 31)
    assert expected.assumers == (Assumer("vendor-*", "444455556666", "it watches", "x-1"),)
    assert expected.assigned == (Assigned("Operate", "ops", ("jane",), "they operate", "0123456789ab"),)


def test_top_level_keys_serve_too(tmp_path: Path) -> None:
    text = 'account_id = 123456789012\nhome_region = "us-east-2"\nrole_names = ["r"]\npeople = ["p"]\n'
    expected = read_expectations(write(tmp_path, text))
    assert (expected.account_id, expected.role_names, expected.people) == ("123456789012", ("r",), ("p",))


@pytest.mark.parametrize(
    ("lines", "partition", "second"),
    [
        ('home_region = "us-east-2"', "aws", "us-east-1"),
        ('home_region = "us-gov-east-1"', "aws-us-gov", "us-gov-west-1"),
        ('home_region = "cn-northwest-1"', "aws-cn", "cn-north-1"),
        ('home_region = "us-gov-west-1"\npartition = "aws-us-gov"', "aws-us-gov", "us-gov-west-1"),
        ('home_region = "us-gov-west-1"\nsecond_region = "us-gov-east-1"', "aws-us-gov", "us-gov-east-1"),
    ],
)
def test_partition_and_second_region_follow_the_home_region(
    lines: str, partition: str, second: str, tmp_path: Path
) -> None:
    expected = read_expectations(write(tmp_path, f'account_id = "333333333333"\n{lines}\n'))
    assert (expected.partition, expected.second_region) == (partition, second)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('account_id = "333333333333"', "", "account_id is missing"),
        ('account_id = "333333333333"', 'account_id = "prod"', "twelve digits"),
        ('account_id = "333333333333"', 'account_id = "33333"', "twelve digits"),
        ('home_region = "us-east-2"\n\n', "home_region = 2\n\n", "home_region is 2"),
        (
            'role_names = ["prod-breakglass-admin"]',
            'role_names = "prod"',
            "role_names must be a list of texts",
        ),
        ("expires_on = 2026-12-31", 'expires_on = "soon"', "it must be a day such as"),
        ("expires_on = 2026-12-31", "", "expires_on = None"),
        ('owner = "Jane"', 'owner = " "', "empty owner"),
        ('ticket = "SEC-1"', "", "ticket is missing"),
        ('power = "0123456789ab"', 'power = "0123"', "the first 12 or more digits"),
        ('power = "0123456789ab"', 'power = "administrator"', "the first 12 or more digits"),
        ('id = "o-a1b2c3d4e5"', "", "id is missing"),
        ('id = "o-a1b2c3d4e5"', 'id = "111122223333"', "organization.id is '111122223333'; it must be an id such as"),
        ("ou-ab12-11111111/", "ou-ab12-11111111", "organization.path is"),
        ("o-a1b2c3d4e5/r-ab12", "o-zzzzzzzzzz/r-ab12", "such as o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/"),
        ("[[waiver]]", "[waiver]", "written as [[waiver]]"),
        ("[breakglass]", "[breakglass", "not valid TOML"),
        ('roles = ["mw-*"]', 'roles = ["mw-*"]\nusers = ["*"]', "declared.users has '*', which names everything"),
        (
            "[[waiver]]",
            '[[middleware]]\nname = "*"\ntier = "ingress"\n[[waiver]]',
            "middleware.name has '*', which names",
        ),
        (
            "[[waiver]]",
            '[[middleware]]\nname = "a"\ntier = "b"\nsecrets = ["**"]\n[[waiver]]',
            "middleware.secrets has",
        ),
        ("[[waiver]]", '[[middleware]]\nname = "a"\ntier = "b"\ntrusted = [" "]\n[[waiver]]', "trusted is empty"),
        ("[[waiver]]", '[[assumer]]\nrole = "r"\nprincipal = "*"\nreason = "x"\n[[waiver]]', "assumer.principal has"),
        (
            "[[waiver]]",
            '[[assigned]]\npermission_set = "p"\nwho = "t"\npeople = ["*"]\nreason = "x"\n[[waiver]]',
            "assigned.people has '*'",
        ),
    ],
)
def test_each_mistake_is_named(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in WHOLE
    path = write(tmp_path, WHOLE.replace(old, new, 1))
    with pytest.raises(Problem, match=r".") as caught:
        read_expectations(path)
    assert says in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="there is no file"):
        read_expectations(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("[breakglass]", "[breakglas]", "breakglas"),
        ("incident_id_pattern", "incident_pattern", "breakglass.incident_pattern"),
        ("[[waiver]]", "[[waivers]]", "waivers"),
        ("path = ", "paths = ", "organization.paths"),
        ('reason = "the', 'because = "x"\nreason = "the', "waiver.because"),
        ("users = [", 'other = "x", users = [', "identity_center.other"),
    ],
)
def test_a_key_that_means_nothing_is_told(tmp_path: Path, old: str, new: str, key: str) -> None:
    assert old in WHOLE
    expected = read_expectations(write(tmp_path, WHOLE.replace(old, new, 1)))
    assert expected.unknown_keys == (key,)
    assert key in told(expected)[0]
