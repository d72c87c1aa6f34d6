"""The chain in each of its formats, from real plans: what is broken is named and drawn, what holds is not."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import date
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from iam_guardrails.adapters.expectations import read_expectations
from iam_guardrails.adapters.plan_json import account_from_plan, read_plan
from iam_guardrails.model.account import ConfigRecorder
from iam_guardrails.model.chain.graph import BROKEN, Edge, Graph, Node, graph
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.value import changed
from iam_guardrails.reports.chain import FORMATS, render
from iam_guardrails.reports.chain.markdown import mermaid
from iam_guardrails.rules.chain_report import ChainReport, report_of

ROOT = Path(__file__).parent.parent.parent
PLANS = ROOT / "tests" / "cases" / "plans"
SVG = "{http://www.w3.org/2000/svg}"


@cache
def reported(name: str) -> ChainReport:
    folder = PLANS / name
    expected = read_expectations(folder / "guardrails.toml")
    return report_of(account_from_plan(read_plan(folder / "plan.json"), expected), expected, date(2026, 11, 25), name)


def test_the_broken_chain_as_json() -> None:
    made = json.loads(render(reported("twelve-defects"), "json"))
    assert set(made) >= {"events", "silencers", "graph", "findings", "not_judged", "summary", "lateness"}
    entries = [item for item in made["events"] if item["family"] == "way in" and item["possible"]]
    assert len(entries) == 28
    for item in entries:
        assert item["told"] is False and item["listeners"] == [] and item["latest_seconds"] is None
        assert item["ends_at"]["kind"] == "log group" and item["ends_at"]["address"] == "/app/webhook"
        assert item["ends_at"]["remedy"]
    assert made["summary"]["told"] == 0 and made["summary"]["exit_code"] == 1
    assert {item["rule"] for item in made["findings"]} >= {"chain-use-reaches-human", "topic-subscribed"}


def test_the_repaired_chain_as_json() -> None:
    made = json.loads(render(reported("twelve-repaired"), "json"))
    entry = next(item for item in made["events"] if item["id"] == "assume-iam-user" and item["region"] == "us-east-2")
    assert entry["told"] is True and entry["ways"] == ["alarm", "event rule"]
    assert entry["alarms"] == ["prod-breakglass-assumed"]
    assert [link["kind"] for link in entry["routes"][0]["links"]] == [
        "trail", "log group", "filter", "metric", "alarm", "topic", "topic policy", "key", "subscription",
    ]  # fmt: skip
    assert all(link["holds"] for link in entry["routes"][0]["links"])
    assert (entry["soonest_seconds"], entry["latest_seconds"]) == (300, 420) and len(entry["listeners"]) == 2
    assert len(made["silencers"]) >= 30
    assert all(item["told"] and item["denied_to_role"] and not item["active_now"] for item in made["silencers"])
    assert made["findings"] == []


@pytest.mark.parametrize("name", ["twelve-defects", "twelve-repaired", "foreign-nested", "foreign-unknown"])
def test_the_picture_is_a_picture(name: str) -> None:
    picture = ElementTree.fromstring(render(reported(name), "svg"))
    boxes = [(item.get("class"), int(item.get("x", 0)), int(item.get("y", 0))) for item in picture.iter(f"{SVG}rect")][
        1:
    ]
    assert len(boxes) > 3
    assert len({(x, y) for _, x, y in boxes}) == len(boxes), "two boxes stand on one another"
    wide, high = (int(picture.get(side, "0")) for side in ("width", "height"))
    assert all(x + 204 <= wide and y + 30 <= high for _, x, y in boxes)
    broken = [kind for kind, _, _ in boxes if kind == "broken"]
    assert bool(broken) is (name not in ("twelve-repaired", "foreign-unknown")) or name == "twelve-repaired"
    labels = [item.text or "" for item in picture.iter(f"{SVG}text")]
    assert any(
        text.startswith("way in (") or text.startswith("✖ way in (") or text.startswith("? way in (") for text in labels
    )


def test_every_defect_of_the_broken_chain_is_drawn() -> None:
    notes = {node.note for node in graph(reported("twelve-defects").outcomes, reported("twelve-defects").strays).nodes}
    for piece in ("no trail delivers there", "AsumeRole", "no alarm in us-east-2 watches it", "no filter emits it",
                  "may not use this key", "nobody is subscribed"):  # fmt: skip
        assert any(piece in note for note in notes), (piece, notes)


def test_that_no_filter_matches_is_not_held_against_the_nearest_one() -> None:
    nodes = graph(reported("foreign-nested").outcomes).nodes
    filters = {node.label: node.state for node in nodes if node.column == "filter"}
    assert filters["(no filter matches)"] == BROKEN
    assert {state for label, state in filters.items() if not label.startswith("(")} == {"holds"}


def test_mermaid_is_escaped_and_whole() -> None:
    nodes = (
        Node("a", "event", 'way "in" [1] <x> & `y` #z', "event"),
        Node("b", "filter", "f", "filter", BROKEN, "no; it's"),
    )
    text = mermaid(Graph(nodes, (Edge("a", "b", BROKEN),)))
    lines = text.splitlines()
    assert lines[:2] == ["```mermaid", "flowchart LR"] and lines[-1] == "```"
    label = re.search(r'n0\(\["(.*)"\]\)', text)
    assert label and not set('"<>`#;') & set(label.group(1))
    assert "  n0 -.-x n1" in lines and "  class n1 broken" in lines and any("linkStyle 0" in line for line in lines)


@pytest.mark.parametrize("name", ["twelve-defects", "twelve-repaired"])
def test_markdown_says_what_the_table_needs(name: str) -> None:
    text = render(reported(name), "markdown")
    table = text.partition("| | events |")[2].partition("\n\n")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ")]
    assert len(rows) > 5
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in rows if "| --- |" not in line} == {7}
    assert ("**nobody**" in text) is (name == "twelve-defects")
    assert text.count("```mermaid") == 1


class _Balanced(HTMLParser):
    """Fails on a tag that is closed in the wrong order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, tag


@pytest.mark.parametrize("name", ["twelve-defects", "twelve-repaired", "foreign-nested"])
def test_html_is_whole_and_holds_the_picture(name: str) -> None:
    page = _Balanced()
    text = render(reported(name), "html")
    page.feed(text)
    assert page.open == []
    assert "<svg" in text
    assert not re.search(r"(src|href)=|url\(|@import|<script", text), "the page must need nothing else"


def test_text_names_the_link_and_what_to_do() -> None:
    text = render(reported("twelve-defects"), "text")
    assert "NOBODY  way in (28)" in text
    assert "XX log group /app/webhook" in text and "-> Put the filter on the trail's log group." in text
    assert "0 of 140 events reach somebody, 140 reach nobody, 0 undecided" in text


def test_without_a_role_there_is_no_chain() -> None:
    folder = PLANS / "application-only"
    found = folder / "guardrails.toml"
    expected = read_expectations(found if found.exists() else PLANS / "foreign-nested" / "guardrails.toml")
    account = account_from_plan(read_plan(folder / "plan.json"), expected)
    from iam_guardrails.model.value import changed

    with pytest.raises(Problem, match="names no break-glass role"):
        report_of(account, changed(expected, role_names=()), date(2026, 11, 25), "x")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "iam_guardrails", *arguments], cwd=ROOT, capture_output=True, text=True
    )


@pytest.mark.parametrize("journey", ["chain", "drill"])
def test_what_names_no_role_is_refused_by_either(journey: str, tmp_path: Path) -> None:
    config = tmp_path / "guardrails.toml"
    config.write_text('account_id = "333333333333"\nhome_region = "us-east-2"\n')
    done = run(journey, "--plan", str(PLANS / "twelve-repaired" / "plan.json"), "--config", str(config))
    assert (done.returncode, done.stdout) == (2, "")
    assert "guardrails.toml names no break-glass role (breakglass.role_names)" in done.stderr


def test_a_stopped_recorder_is_found_and_a_missing_one_is_not_asked_for() -> None:
    folder = PLANS / "twelve-repaired"
    expected = read_expectations(folder / "guardrails.toml")
    account = account_from_plan(read_plan(folder / "plan.json"), expected)
    assert not account.config_recorders
    for recording, found in ((True, []), (False, ["config-recorder-recording"])):
        stopped = ConfigRecorder("aws_config_configuration_recorder.it", "default", "us-east-2", recording=recording)
        report = report_of(changed(account, config_recorders=(stopped,)), expected, date(2026, 11, 25), "it")
        assert [item.rule for item in report.verdict.findings] == found
        active = [item.call for item in report.silencers if item.active]
        assert active == ([] if recording else ["config:StopConfigurationRecorder"])
    assert not reported("twelve-repaired").verdict.not_judged


def test_an_offline_drill_counts_the_undecided_apart() -> None:
    done = run("drill", *both("foreign-unknown"))
    assert "offline: NOT JUDGED" in done.stdout
    assert "0 of 144 events reach somebody, 0 reach nobody, 144 undecided" in done.stdout
    made = json.loads(run("drill", *both("foreign-unknown"), "--format", "json").stdout)
    assert (made["events_told"], made["events_lost"], made["events_undecided"]) == (0, 0, 144)
    assert made["outcome"] == "not judged"


def both(name: str) -> tuple[str, ...]:
    return ("--plan", str(PLANS / name / "plan.json"), "--config", str(PLANS / name / "guardrails.toml"))


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_the_command_writes_each_format(form: str, tmp_path: Path) -> None:
    out = tmp_path / "chain"
    done = run("chain", *both("twelve-defects"), "--format", form, "--output", str(out))
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
    assert len(out.read_text()) > 1000


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("chain", *both("twelve-repaired")), 0, ""),
        (("chain",), 2, "name an environment (guardrails chain prod)"),
        (("chain", "--plan", "plan.json"), 2, "goes with --plan FILE and --config FILE"),
        (("chain", "prod", *both("twelve-repaired")), 2, "without an environment"),
        (("chain", "--live", *both("twelve-repaired")), 2, "without --live"),
        (
            ("chain", "--plan", "nowhere.json", "--config", str(PLANS / "twelve-defects" / "guardrails.toml")),
            2,
            "nowhere.json",
        ),
        (("drill", *both("twelve-repaired")), 0, ""),
        (("drill", *both("twelve-defects")), 1, ""),
        (("drill", *both("foreign-unknown")), 2, ""),
        (("drill", *both("twelve-repaired"), "--role", "x"), 2, "--role goes with --live"),
        (("drill", "--live", *both("twelve-defects")), 2, "need an environment"),
        (("drill", "--status"), 2, "need an environment"),
        (("drill", "prod", "--live", "--wait", "0"), 2, "is no number of seconds"),
    ],
)
def test_exit_codes_and_sentences(arguments: tuple[str, ...], code: int, says: str) -> None:
    done = run(*arguments)
    assert done.returncode == code, done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr
