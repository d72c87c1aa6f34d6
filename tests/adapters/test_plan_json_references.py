"""Every shape in which a link can be written leads to its target, or to nothing at all."""

from __future__ import annotations

import pytest
from tests.adapters.plans import SNS, account, content, made, one

from iam_guardrails.adapters.plan_json.references import leaves
from iam_guardrails.model.account import Key
from iam_guardrails.model.unknown import Unknown

SHAPES = account("reference-shapes")
LINKS = {
    "direct_and_literal": ("one",),
    'same_key["x"]': ("each-x",),
    'same_key["y.z"]': ("each-y-z",),
    "same_count[0]": ("counted-0",),
    "same_count[1]": ("counted-1",),
    'each_value["x"]': ("each-x",),
    'each_value["y.z"]': ("each-y-z",),
    "all_of_them": ("counted-0", "counted-1", "each-x", "each-y-z"),
    "one_index": ("counted-1", "each-y-z"),
    "on_or_off": ("one",),
    "none": (),
}


@pytest.mark.parametrize("shape", LINKS)
def test_links_that_lead_to_topics(shape: str) -> None:
    alarm = one(SHAPES.alarms, f"module.{shape}.aws_cloudwatch_metric_alarm.this")
    assert alarm.actions == tuple(f"{SNS}:{name}" for name in LINKS[shape])


@pytest.mark.parametrize(
    ("shape", "references"),
    [
        ("local", ("local.topic_arn",)),
        ("chosen", ("aws_sns_topic.one", "aws_sns_topic.by_alias_name")),
        ('each_value_of_two["first"]', ("aws_sns_topic.one", "aws_sns_topic.by_alias_name")),
        ('other_key["x"]', ('aws_sns_topic.each["x"]', 'aws_sns_topic.each["y.z"]')),
    ],
)
def test_links_that_cannot_be_told_are_unknown_with_where_they_lead(shape: str, references: tuple[str, ...]) -> None:
    actions = one(SHAPES.alarms, f"module.{shape}.aws_cloudwatch_metric_alarm.this").actions
    assert isinstance(actions, Unknown)
    assert actions.references == references


def test_a_generated_name_has_one_stand_in_on_both_ends() -> None:
    topic = one(SHAPES.topics, "aws_sns_topic.generated_name")
    assert topic.arn == "address:aws_sns_topic.generated_name"
    assert one(SHAPES.alarms, "module.generated.aws_cloudwatch_metric_alarm.this").actions == (topic.arn,)


def test_a_key_is_found_through_its_alias() -> None:
    key = one(SHAPES.keys, "aws_kms_key.one")
    assert key.aliases == ("alias/one",)
    assert one(SHAPES.topics, "aws_sns_topic.one").key_id == key.arn
    assert one(SHAPES.topics, "aws_sns_topic.by_alias_name").key_id == "alias/one"


def test_outputs_of_a_module_in_another_region() -> None:
    for address, name in (
        ("one_output", "kit-p"),
        ('same_output["p"]', "kit-p"),
        ('same_output["q"]', "kit-q"),
    ):
        item = one(SHAPES.subscriptions, f"aws_sns_topic_subscription.{address}")
        assert item.topic_arn == f"arn:aws:sns:us-east-1:333333333333:{name}"


def test_a_stack_of_nested_modules_is_linked_from_end_to_end() -> None:
    found = account("foreign-nested")
    group = found.log_groups[0]
    assert found.trails[0].log_group_arn == group.arn
    assert found.trails[0].delivery_role_arn == one(found.roles, "module.telemetry.aws_iam_role.delivery").arn
    for key in ("entered", "root"):
        prefix = f'module.telemetry.module.watch["{key}"]'
        item = one(found.metric_filters, f"{prefix}.aws_cloudwatch_log_metric_filter.this")
        alarm = one(found.alarms, f"{prefix}.aws_cloudwatch_metric_alarm.this")
        assert item.log_group_name == group.name
        assert alarm.actions == (f"{SNS}:acme-pager",)
    for suffix, module, region in (("", "pager", "us-east-2"), ("_other", "pager_other", "us-east-1")):
        topic = one(found.topics, f"module.{module}.aws_sns_topic.this")
        target = one(found.event_targets, f"aws_cloudwatch_event_target.entered{suffix}")
        assert (topic.region, target.arn) == (region, topic.arn)
        assert topic.key_id == one(found.keys, f"module.{module}.aws_kms_key.this[0]").arn
        assert {item.topic_arn for item in found.subscriptions if module + "." in item.address} == {topic.arn}


def test_leaves_are_the_references_as_written() -> None:
    written = [
        'module.a["x.y"].out',
        'module.a["x.y"]',
        "module.a",
        "var.b",
        "aws_x.y[0].arn",
        "aws_x.y[0]",
        "aws_x.y",
    ]
    assert leaves(written) == ['module.a["x.y"].out', "var.b", "aws_x.y[0].arn"]
    assert leaves(["aws_x.y.arn", "aws_x.y", "aws_x.y"]) == ["aws_x.y.arn"]
    assert leaves(["aws_x.y.arn", "aws_x.yz"]) == ["aws_x.y.arn", "aws_x.yz"]


def test_a_metric_name_made_from_a_filter_is_unknown_and_names_the_filter() -> None:
    plan = content("twelve-repaired")
    address = "aws_cloudwatch_metric_alarm.breakglass"
    for change in plan["resource_changes"]:
        if change["address"] == address:
            del change["change"]["after"]["metric_name"]
            change["change"]["after_unknown"]["metric_name"] = True
    for resource in plan["planned_values"]["root_module"]["resources"]:
        if resource["address"] == address:
            del resource["values"]["metric_name"]
    for resource in plan["configuration"]["root_module"]["resources"]:
        if resource["address"] == address:
            source = "aws_cloudwatch_log_metric_filter.breakglass"
            resource["expressions"]["metric_name"] = {"references": [f"{source}.id", source]}
    name = one(made(plan).alarms, address).metric_name
    assert isinstance(name, Unknown)  # the reference may stand inside a longer text
    assert name.references == ("aws_cloudwatch_log_metric_filter.breakglass",)


@pytest.mark.parametrize(("given", "prefix"), [({"name_prefix": "ops-"}, "ops-"), ({}, "")])
def test_a_role_whose_name_is_decided_at_apply_says_how_it_begins(given: dict[str, str], prefix: str) -> None:
    plan = content("twelve-repaired")
    for change in plan["resource_changes"]:
        if change["address"] == "aws_iam_role.breakglass":
            del change["change"]["after"]["name"]
            change["change"]["after"].update(given)
            change["change"]["after_unknown"]["name"] = True
    for resource in plan["planned_values"]["root_module"]["resources"]:
        if resource["address"] == "aws_iam_role.breakglass":
            del resource["values"]["name"]
            resource["values"].update(given)
    assert one(made(plan).roles, "aws_iam_role.breakglass").name_prefix == prefix
    assert one(account("twelve-repaired").roles, "aws_iam_role.breakglass").name_prefix is None


def looked_up_key(given: dict[str, object], alias: str) -> Key:
    """A deferred `data.aws_kms_key` whose key_id is configured as `given`, beside an alias that is looked up too."""
    data = {"mode": "data", "name": "it", "provider_name": "registry.terraform.io/hashicorp/aws"}
    one_alias = {**data, "type": "aws_kms_alias", "address": "data.aws_kms_alias.it"}
    key = {**data, "type": "aws_kms_key", "address": "data.aws_kms_key.it"}
    known = {"key_id": given["constant_value"]} if "constant_value" in given else {}
    hidden = {"arn": True, "enabled": True, "key_manager": True} | ({} if known else {"key_id": True})
    plan = {
        "planned_values": {"root_module": {"resources": [
            {**one_alias, "values": {"name": alias}}, {**key, "values": known},
        ]}},
        "resource_changes": [
            {**one_alias, "change": {"actions": ["read"], "after": {"name": alias}, "after_unknown": {"arn": True}}},
            {**key, "change": {"actions": ["read"], "after": known, "after_unknown": hidden}},
        ],
        "configuration": {"root_module": {"resources": [
            {**one_alias, "expressions": {"name": {"constant_value": alias}}},
            {**key, "expressions": {"key_id": given}},
        ]}},
    }  # fmt: skip
    return one(made(plan).keys, "data.aws_kms_key.it")


THROUGH_ALIAS = {"references": ["data.aws_kms_alias.it.target_key_id", "data.aws_kms_alias.it"]}


@pytest.mark.parametrize(
    ("given", "alias", "aws_managed"),
    [
        ({"constant_value": "alias/aws/sns"}, "alias/other", True),
        ({"constant_value": "arn:aws:kms:us-east-2:333333333333:alias/aws/sns"}, "alias/other", True),
        ({"constant_value": "alias/alerts"}, "alias/aws/sns", False),
        (THROUGH_ALIAS, "alias/aws/sns", True),
        (THROUGH_ALIAS, "alias/alerts", False),
    ],
)
def test_a_looked_up_key_is_known_by_its_alias(given: dict[str, object], alias: str, aws_managed: bool) -> None:
    key = looked_up_key(given, alias)
    assert key.aws_managed is aws_managed
    assert key.enabled is True


def test_whose_a_key_looked_up_by_its_id_is_cannot_be_said() -> None:
    key = looked_up_key({"constant_value": "1234abcd-12ab-34cd-56ef-1234567890ab"}, "alias/aws/sns")
    assert isinstance(key.enabled, Unknown)


def subscribed(*endpoints: str) -> list[str]:
    """The addresses of subscriptions made by for_each over these endpoints, as they are read."""
    kind = "aws_sns_topic_subscription"
    base = {"mode": "managed", "type": kind, "name": "owner"}
    made_by = [
        {**base, "address": f'{kind}.owner["{text}"]', "index": text, "values": {"protocol": "https", "endpoint": text}}
        for text in endpoints
    ]
    plan = {
        "planned_values": {"root_module": {"resources": made_by}},
        "configuration": {"root_module": {"resources": [
            {**base, "address": f"{kind}.owner", "expressions": {"endpoint": {"references": ["each.value"]}}},
        ]}},
    }  # fmt: skip
    return [item.address for item in made(plan).subscriptions]


def test_an_address_made_of_an_endpoint_does_not_show_its_token() -> None:
    found = subscribed("https://hooks.example.com/T1/SECRET", "https://hooks.example.com/T2/SECRET", "alex@example.com")
    assert len(set(found)) == 3
    assert not any("SECRET" in address for address in found)
    assert all("hooks.example.com" in address for address in found[:2])
    assert found[2] == 'aws_sns_topic_subscription.owner["alex@example.com"]'
