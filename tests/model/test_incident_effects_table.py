"""The tables of effects against botocore's own models: every look can be made, every command can be run."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from botocore.validate import ParamValidator
from tests.incident_cases import items
from tests.incident_records import record

from iam_guardrails.model.incident import effects
from iam_guardrails.model.incident.effects import iam_providers
from iam_guardrails.model.incident.effects.judged import command_to
from iam_guardrails.model.incident.effects.kind import Kind, command, given
from iam_guardrails.model.incident.effects.table import ALL, calls_of

NASTY = "x; rm -rf / 'y\" $(z)"
SERVICES = {"configservice": "config", "s3api": "s3"}
MODELS = {"cloudwatch": "cloudwatch", "config": "config"}
# event names that are not the API's
EVENTS = {"s3:PutBucketPublicAccessBlock": "PutPublicAccessBlock",
          "s3:DeleteBucketPublicAccessBlock": "DeletePublicAccessBlock"}  # fmt: skip
# codes of services whose models name no errors
UNLISTED = {
    "InvalidGroup.NotFound", "InvalidGroupId.Malformed", "InvalidSecurityGroupRuleId.NotFound",
    "InvalidInstanceID.NotFound", "NoSuchBucketPolicy", "NoSuchPublicAccessBlockConfiguration", "NotFoundException",
    "ResourceNotFound",
}  # fmt: skip
KINDS = {call.kind.name: call.kind for call in ALL}
_session = botocore.session.get_session()


def model(service: str) -> Any:
    return _session.get_service_model(service)


def values(kind: Kind, text: str) -> dict[str, str]:
    """The names of a kind, each with this text; parameters that are JSON are."""
    found = re.findall(r"{(\w+)}", " ".join((kind.told, *commands(kind), str(kind.looks))))
    made = {name: text for name in found if not name.startswith("value")}
    return made | {name: "[]" for name in ("Permissions", "Document") if name in made}


def commands(kind: Kind) -> list[str]:
    back = kind.back.values() if isinstance(kind.back, Mapping) else [kind.back]
    return [text for text in (kind.away, *back) if text]


def templates() -> Iterator[Any]:
    for kind in KINDS.values():
        for template in commands(kind):
            yield pytest.param(kind, template, id=template.split(" --")[0].removeprefix("aws ") + " " + kind.name)


def test_each_call_is_one_of_its_service() -> None:
    wrong = []
    for call in ALL:
        service, name = call.action.split(":")
        if service == "signin":  # the federation endpoint, which botocore has no model of
            continue
        if EVENTS.get(call.action, name) not in model(service).operation_names:
            wrong.append(call.action)
    assert not wrong


@pytest.mark.parametrize("kind", [kind for kind in KINDS.values() if not kind.blind], ids=lambda kind: kind.name)
def test_each_look_is_a_read_that_can_be_made(kind: Kind) -> None:
    service, operation, template = kind.looks
    assert operation.startswith(("Get", "List", "Describe"))
    asked = given(template, values(kind, "arn:aws:iam::333333333333:policy/name"))
    report = ParamValidator().validate(asked, model(service).operation_model(operation).input_shape)
    assert not report.has_errors(), report.generate_report()


@pytest.mark.parametrize("kind", list(KINDS.values()), ids=lambda kind: kind.name)
def test_each_code_that_says_gone_is_one_of_the_service(kind: Kind) -> None:
    if kind.blind:
        return
    shapes = [model(kind.looks[0]).shape_for(name) for name in model(kind.looks[0]).shape_names]
    known = {shape.name for shape in shapes} | {shape.metadata.get("error", {}).get("code") for shape in shapes}
    assert not set(kind.missing) - known - UNLISTED


@pytest.mark.parametrize(("kind", "template"), list(templates()))
def test_each_command_names_what_its_operation_takes_and_quotes_it(kind: Kind, template: str) -> None:
    parts = re.findall(r"{value_(\w+)}", template)
    state: Any = dict.fromkeys(parts, NASTY) if parts else NASTY
    words = shlex.split(command(template, values(kind, NASTY), "" if kind.is_global else "us-east-2", state))
    assert words[0] == "aws"
    operations = {xform_name(name, "-"): name for name in model(SERVICES.get(words[1], words[1])).operation_names}
    operation = model(SERVICES.get(words[1], words[1])).operation_model(operations[words[2]])
    options = {word for word in words[3:] if word.startswith("--")} - {"--region", "--set-as-default"}
    as_json = "--cli-input-json" in options  # which holds whatever is not named beside it
    options -= {"--cli-input-json"}
    taken = {f"--{xform_name(name, '-')}": name for name in operation.input_shape.members}
    assert options <= set(taken)
    assert as_json or {f"--{xform_name(name, '-')}" for name in operation.input_shape.required_members} <= options
    loose = [word for word in words[3:] if not word.startswith("--")]
    fixed = {"us-east-2", "[]", "default", "AWSRevokeOlderSessions"}
    assert all(word in fixed or NASTY in word for word in loose), loose


@pytest.mark.parametrize(("kind", "template"), list(templates()))
def test_a_name_that_begins_with_a_dash_is_no_option(kind: Kind, template: str) -> None:
    parts = re.findall(r"{value_(\w+)}", template)
    state: Any = dict.fromkeys(parts, "-x y") if parts else "-x y"
    words = shlex.split(command(template, values(kind, "-x y"), "" if kind.is_global else "us-east-2", state))
    assert [word for word in words if word.startswith("-") and not re.match("--[a-z]", word)] == []
    assert any("-x y" in word for word in words)


def test_steps_keep_a_name_that_begins_with_a_dash_behind_its_option() -> None:
    names = {"RoleName": "-r", "Key": "-x"}
    text = command_to(KINDS["tag-of-role"], names, "", None, "v", None)
    assert text.startswith("aws iam tag-role --role-name=-r --tags '[")
    text = command_to(KINDS["log-retention"], {"logGroupName": "-g"}, "us-east-2", 1, "for ever", None)
    assert text == "aws logs delete-retention-policy --log-group-name=-g --region us-east-2"


@pytest.mark.parametrize(
    ("kind", "now", "then"),
    [
        ("tag-of-role", None, NASTY), ("tag-of-user", "x", NASTY), ("oidc-thumbprints", ["x"], [NASTY, "y"]),
        ("oidc-client-ids", [f"{NASTY} gone"], [NASTY]),
    ],
)  # fmt: skip
def test_each_command_of_several_words_names_what_its_operation_takes_and_quotes_it(
    kind: str, now: Any, then: Any
) -> None:
    made = KINDS.get(kind) or iam_providers.OIDC.remade.parts["client ids"]  # type: ignore[union-attr]  # it has one
    assert made.steps is not None
    names = {"RoleName": NASTY, "UserName": NASTY, "Key": NASTY, "Arn": NASTY}
    text = command_to(made, names, "us-east-2", now, then, None)
    several = made.steps(names, now, then)
    assert shlex.split(text.replace(" && ", "\n")) == [
        word for one in several for word in (*one, "--region", "us-east-2")
    ]
    for words in several:
        operations = {xform_name(name, "-"): name for name in model(words[1]).operation_names}
        shape = model(words[1]).operation_model(operations[words[2]]).input_shape
        options = {word for word in words[3:] if word.startswith("--")}
        assert options == {f"--{xform_name(name, '-')}" for name in shape.required_members}


def test_a_command_without_the_state_it_needs_is_none() -> None:
    kind = KINDS["trust"]
    assert command(str(kind.back), {"RoleName": "r"}, "", None) == ""


READER = Path(__file__).parents[2] / "modules" / "harness-access" / "read_policies.tf"
ACTIONS = {"s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock"}
ASKED = re.compile(r'ask\(\s*"([A-Z]\w+)"|asked\("([A-Z]\w+)"|for operation in \(([^)]*)\)')


def test_the_reader_of_the_module_may_make_every_look() -> None:
    allowed = set(re.findall(r'"([a-z0-9-]+:[A-Za-z]+)"', READER.read_text()))
    looks = {f"{kind.looks[0]}:{kind.looks[1]}" for kind in KINDS.values() if not kind.blind}
    assert {ACTIONS.get(look, look) for look in looks} <= allowed
    source = "".join(path.read_text() for path in Path(effects.__file__).parent.glob("*.py"))
    further = {name for found in ASKED.findall(source) for name in re.findall(r"[A-Z]\w+", " ".join(found))}
    assert len(further) > 5 and further <= {action.partition(":")[2] for action in allowed}


def test_every_kind_can_be_undone_or_says_why_not() -> None:
    """Kinds whose objects can be there and should not be have a command that takes them away."""
    for call in ALL:
        if call.does == "adds" and not call.kind.away:
            raise AssertionError(f"{call.kind.name} has no command that takes it away")


def test_a_call_nobody_knows_has_no_row() -> None:
    assert calls_of("ec2:TerminateInstances") == ()


def test_a_console_session_is_taken_to_last_twelve_hours_whatever_the_session_that_made_it() -> None:
    (item,) = items([record("signin:GetSigninToken", None)], {"GetRolePolicy": None})
    assert item.verdict == "still open" and item.kind == "session"
    assert item.told == (
        "the session alex in the console of the role arn:aws:iam::333333333333:role/prod-breakglass-admin,"
        " begun 2026-11-28T12:00:00Z, can be used until 2026-11-29T00:00:00Z"
    )


def test_a_description_is_put_back_by_the_call_that_leaves_the_session_length_alone() -> None:
    """UpdateRole sets it to an hour where it is not told (IAM API Reference)."""
    assert str(KINDS["role-description"].back).startswith("aws iam update-role-description ")
