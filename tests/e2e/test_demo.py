"""The demo, whole, with the real Terraform and the real provider: killed in the middle first, then to its end."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.company import ROOT as ROOT_MFA
from tests.company import SCANNER, found_in, open_in
from tests.emulator.waiting import until
from tests.terraform_tools import ROOT

from iam_guardrails.adapters import drills, sandbox
from iam_guardrails.adapters.aws import session
from iam_guardrails.adapters.checkov import find_python
from iam_guardrails.adapters.company import PLANTED, compared
from iam_guardrails.adapters.plan_json import account_from_plan, read_plan
from iam_guardrails.drill_command import live_drill
from iam_guardrails.model.account import Account
from iam_guardrails.model.incident.chain import read_steps
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.wiring import Wiring

pytestmark = [pytest.mark.sandbox, pytest.mark.terraform]
ALARM = "prod-guardrail-breakglass-assumed-admin"
COMPARED = {
    "roles": ("name", "arn", "path", "trust", "max_session_seconds", "boundary_arn", "attached_policy_arns"),
    "users": ("name", "arn", "path", "boundary_arn"),
    "managed_policies": ("name", "arn", "document"),
    "trails": ("name", "arn", "region", "multi_region", "global_service_events", "log_group_arn", "log_file_validation",
               "bucket_name"),
    "log_groups": ("name", "arn", "region", "retention_days"),
    "metric_filters": ("name", "region", "log_group_name", "pattern", "metric_name", "namespace", "value",
                       "default_value", "dimensions"),
    "alarms": ("name", "arn", "region", "namespace", "metric_name", "statistic", "period_seconds", "evaluation_periods",
               "threshold", "comparison", "treat_missing_data", "actions_enabled", "actions"),
    "topics": ("name", "arn", "region", "policy"),
    "event_rules": ("name", "arn", "region", "pattern", "state", "bus"),
    "event_targets": ("rule_name", "region", "arn"),
    "config_rules": ("name", "region", "owner", "identifier", "parameters"),
    "config_recorders": ("name", "region", "recording"),
    "analyzers": ("name", "region", "kind"),
}  # fmt: skip


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of the project, so that a demo somebody is watching is left alone."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("modules", "envs"):
        shutil.copytree(ROOT / name, folder / name)
    yield folder
    sandbox.down(folder / ".guardrails" / "demo")


def start(project: Path) -> subprocess.Popen[str]:
    python = find_python({}, ROOT)
    assert python, "checkov is not installed: make install"
    environ = os.environ | {"GUARDRAILS_CHECKOV_PYTHON": str(python)}
    command = [sys.executable, "-m", "iam_guardrails", "--root", str(project), "demo", "--keep"]
    return subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            start_new_session=True)  # fmt: skip


@pytest.fixture(scope="module")
def told(project: Path) -> str:
    """What the demo prints, after an earlier one was killed in the middle."""
    first = start(project)
    assert first.stdout
    for line in first.stdout:
        if "1 of 8" in line:  # in the middle of an apply, too
            break
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    assert sandbox.status(project / ".guardrails" / "demo") is not None, (
        "the killed demo should leave its server behind"
    )
    ran = start(project)
    out, _ = ran.communicate(timeout=600)
    assert ran.returncode == 0, out
    return out


def test_the_story_is_told_to_its_end(told: str) -> None:
    titles = ("Start", "validate", "apply", "drill", "verify", "A second plan", "Somebody", "drift", "Repair", "verify",
              "An emergency", "close", "reconcile", "review")  # fmt: skip
    for number, title in enumerate(titles, 1):
        assert f"\n{number}. {title}" in told
    assert "Traceback" not in told


def test_all_three_acts_of_tampering_are_named(told: str) -> None:
    found = told.partition("\n8. drift")[2].partition("\n9. ")[0]
    assert "aws_iam_role.breakglass: assume_role_policy.Statement[0].Condition.Bool: live is nothing" in found
    assert "the inline policy maintenance was added to the role prod-breakglass-admin by hand" in found
    assert "actions_enabled: live is false, declared is true" in found


def test_the_drill_is_heard_both_ways(told: str) -> None:
    found = told.partition("\n4. drill")[2].partition("\n5. ")[0]
    assert "the alarm prod-guardrail-breakglass-assumed-admin went into ALARM after" in found
    assert "a message of the alarm arrived after" in found and "a message of the event rule arrived after" in found


def test_the_emergency_is_told_and_close_refuses_for_both(told: str) -> None:
    found = told.partition("\n11. An emergency")[2].partition("\n13. ")[0]
    (incident,) = set(re.findall(r"INC-\d{8}-\d{4}-\w{4}", found))
    refused, _, closed = found.partition("detached AdministratorAccess from mw-worker")
    assert len(re.findall(r"still open .*AdministratorAccess is attached to the role mw-worker", refused)) == 1
    assert len(re.findall(r"still open .*lets in tcp, port 22, from 0.0.0.0/0", refused)) == 1
    assert "still open" not in closed and closed.count("reverted ") == 3
    assert "by our own evaluator the role's policies now refuse every session" in found
    assert f"break-glass · prod · {incident}" in closed


def test_the_change_log_holds_the_entry_and_the_record_is_whole(project: Path, told: str) -> None:
    records = project / ".guardrails" / "demo" / "prod" / "records"
    log = (records / "Change_Log.md").read_text()
    assert "AdministratorAccess" in log and "Prevention: give the worker the right it lacked" in log
    (path,) = (records / "incidents").glob("INC-*.jsonl")
    steps, broken = read_steps(path.read_text())
    kinds = [item.kind for item in steps]
    assert not broken and kinds[:2] == ["opened", "before"] and kinds[-1] == "closed"
    assert {"entered", "left", "exited", "examined"} <= set(kinds)
    assert steps[1].content["file"], "the state before was not captured"


def test_reconcile_asks_about_the_port_alone(told: str) -> None:
    found = told.partition("\n13. reconcile")[2].partition("\n14. review")[0]
    assert len(re.findall(r"^   (?:critical|high|medium|low) ", found, re.MULTILINE)) == 1
    assert "ec2:AuthorizeSecurityGroupIngress" in found


def test_the_review_finds_what_is_planted_and_accuses_nobody_else(project: Path, told: str) -> None:
    found = told.partition("\n14. review")[2].partition("\nAll of it")[0]
    assert f"all {sum(one.cadence == 'monthly' for one in PLANTED)} planted problems are found" in found
    assert "us-east-2: secrets" in found and "judging: Who can read the secrets" in found, "no progress of the capture"
    report = project / told.splitlines()[-1].removeprefix("the report to open: ")
    review = json.loads(report.with_suffix(".json").read_text())
    assert compared(found_in(review), "monthly") == ((), ())
    assert {(box, why.partition(": ")[0] + ": ") for box, why in open_in(review)} <= {
        ("hygiene", ROOT_MFA), ("hygiene", SCANNER)}  # fmt: skip
    page = report.read_text()
    assert report.suffix == ".html" and all(item[1] in page for item in found_in(review))


def test_what_the_emulator_cannot_show_is_said(told: str) -> None:
    assert "was not counted as verified" in told
    assert "Every SNS subscription is confirmed the moment it is made" in told


@pytest.fixture(scope="module")
def readers(project: Path, told: str) -> tuple[Account, Account]:
    """The same stack as the plan reader and as the live reader see it."""
    wiring = Wiring.make(project, "prod", True, lambda _: None, work=project / ".guardrails" / "demo" / "prod")
    assert wiring.plan("compare") is False
    planned = account_from_plan(read_plan(wiring.place.work / "compare.json"), wiring.expected)
    return planned, wiring.live()


@pytest.mark.parametrize("kind", COMPARED)
def test_plan_and_live_reader_see_the_same(kind: str, readers: tuple[Account, Account]) -> None:
    planned, live = readers
    seen = {key_of(item): item for item in getattr(live, kind)}
    assert getattr(planned, kind), "nothing to compare"
    for item in getattr(planned, kind):
        twin = seen[key_of(item)]
        for field in COMPARED[kind]:
            value, other = getattr(item, field), getattr(twin, field)
            if not isinstance(value, Unknown) and not isinstance(other, Unknown):
                assert plain(value) == plain(other), f"{item.address}: {field}"


def test_the_live_reader_asks_for_the_session_length_of_the_role(readers: tuple[Account, Account]) -> None:
    role = next(item for item in readers[1].roles if item.name == "prod-breakglass-admin")
    assert role.max_session_seconds == 3600


def key_of(item: Any) -> tuple[str, ...]:
    if hasattr(item, "rule_name"):
        return item.rule_name, item.region, item.arn
    return item.name, getattr(item, "region", ""), getattr(item, "log_group_name", "")


def plain(value: Any) -> Any:
    """Order does not count in sets of ARNs, nor the spelling of JSON."""
    if isinstance(value, tuple) and all(isinstance(item, str) for item in value):
        return sorted(value)
    if isinstance(value, str) and value[:1] == "{":
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


# --- live drills in the account the demo left behind


@pytest.fixture(scope="module")
def wiring(project: Path, readers: tuple[Account, Account]) -> Wiring:
    """After the account was compared: its alarm comes back after ten seconds, not sixty, so that drills can follow."""
    made = Wiring.make(project, "prod", True, lambda _: None, work=project / ".guardrails" / "demo" / "prod")
    cloudwatch, _, _ = clients(made)
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=[ALARM])["MetricAlarms"]
    wanted = cloudwatch.meta.service_model.operation_model("PutMetricAlarm").input_shape.members
    cloudwatch.put_metric_alarm(**{key: value for key, value in alarm.items() if key in wanted} | {"Period": 10})
    return made


def clients(wiring: Wiring) -> tuple[Any, Any, Any]:
    signed_in = session(wiring.place.variables, "us-east-2")
    return tuple(signed_in.client(name, region_name="us-east-2") for name in ("cloudwatch", "sqs", "sns"))


def left_behind(wiring: Wiring) -> list[str]:
    _, sqs, sns = clients(wiring)
    endpoints = [item["Endpoint"] for item in sns.list_subscriptions()["Subscriptions"]]
    return [*sqs.list_queues().get("QueueUrls", ()), *(text for text in endpoints if "guardrails-drill" in text)]


def quiet(wiring: Wiring) -> None:
    """Wait until what was done before is over, and the alarm out of ALARM: a drill changes no state otherwise."""
    cloudwatch, _, _ = clients(wiring)
    logs = session(wiring.place.variables, "us-east-2").client("logs", region_name="us-east-2")
    pattern = '{ $.eventName = "CreateLogGroup" }'
    for _ in range(2):  # rounds of the embedded AWS's worker, which looks at the alarms at the end of each
        name = f"/fence/{time.time_ns()}"
        logs.create_log_group(logGroupName=name)
        until(lambda name=name: name in str(
            logs.filter_log_events(logGroupName="/aws/cloudtrail/prod-trail", filterPattern=pattern)["events"]
        ), "delivery", 60)  # fmt: skip
    since = time.monotonic()

    def still() -> bool:
        """Whether it has been out of ALARM for some seconds: one that is about to ring is OK a moment before."""
        nonlocal since
        (alarm,) = cloudwatch.describe_alarms(AlarmNames=[ALARM])["MetricAlarms"]  # by name moto heeds no StateValue
        if alarm["StateValue"] == "ALARM":
            since = time.monotonic()
        return time.monotonic() - since > 4

    until(still, "end of ALARM", 120)


def test_a_drill_on_an_alarm_that_is_switched_off_fails(wiring: Wiring) -> None:
    cloudwatch, _, _ = clients(wiring)
    quiet(wiring)
    cloudwatch.disable_alarm_actions(AlarmNames=[ALARM])
    try:
        record, _ = live_drill(wiring, 5, None, None, lambda _: None)
    finally:
        cloudwatch.enable_alarm_actions(AlarmNames=[ALARM])
    assert record.outcome == "failed"
    assert any("its actions are switched off" in text for text in record.problems)
    assert left_behind(wiring) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_drill_tidies_up(wiring: Wiring, number: int) -> None:
    quiet(wiring)
    child = drilling(wiring)
    child.send_signal(number)
    _, err = child.communicate(timeout=60)
    assert child.returncode == 2
    assert "interrupted" in err and "Traceback" not in err
    assert left_behind(wiring) == []
    assert drills.load(wiring.place.records)[-1].problems == ("the drill was interrupted",)


def test_a_drill_passes_and_leaves_nothing_not_even_what_a_killed_one_left(wiring: Wiring) -> None:
    quiet(wiring)
    child = drilling(wiring)
    child.kill()
    child.communicate(timeout=60)
    assert left_behind(wiring) != []
    assert drills.load(wiring.place.records)[-1].outcome == "running"
    quiet(wiring)
    record, path = live_drill(wiring, 30, None, None, lambda _: None)
    assert (record.outcome, record.problems, record.left_behind) == ("passed", (), ())
    assert {item.way for item in record.heard} == {"alarm", "event rule"}
    assert record.simulated is True
    assert drills.load(wiring.place.records)[-1] == record and path.is_file()
    assert left_behind(wiring) == []
    assert "ASIA" not in path.read_text() and "ecret" not in path.read_text()


def drilling(wiring: Wiring) -> subprocess.Popen[str]:
    """A drill in a process of its own, stopped at the moment its subscription stands."""
    code = (
        "import sys; from pathlib import Path; from iam_guardrails import drill_command, cli\n"
        "from iam_guardrails.wiring import Wiring\n"
        "wiring = Wiring.make(Path(sys.argv[1]), 'prod', True, lambda text: print(text, flush=True),"
        " work=Path(sys.argv[1]) / '.guardrails' / 'demo' / 'prod')\n"
        "cli._run = lambda _: print(drill_command.live_drill(wiring, 60, None, None, wiring.progress))\n"
        "from iam_guardrails.adapters.aws.drill_world import AwsWorld\n"
        "AwsWorld.rung_since = lambda *_: {}\n"  # so that it is still waiting when the signal comes
        "sys.exit(cli.main([]))\n"
    )
    words = [sys.executable, "-c", code, str(wiring.place.root)]
    child = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert child.stdout
    told = []
    for line in child.stdout:
        if line.startswith("assuming"):
            return child
        told.append(line)
    raise AssertionError("".join(told) + child.communicate()[1])
