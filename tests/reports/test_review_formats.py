"""An access review as text, Markdown, JSON, CSV and SARIF: each says the same, and leaves nothing out silently."""

from __future__ import annotations

import csv
import html
import io
import json
import re

import pytest
from markdown_it import MarkdownIt
from tests.review_hostile import hostile
from tests.review_sample import HYGIENE, REVIEW, ROLES, STALE, USERS, WILDCARDS, item

from iam_guardrails.model.codec import decode, encode
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.review.review import Box, Decision, Review, Unread
from iam_guardrails.model.value import changed
from iam_guardrails.reports.review import FORMATS, render_review, review_parts, told
from iam_guardrails.reports.review.tables import by_name
from iam_guardrails.reports.review.told import exit_code, next_step, ordered

CLEAN = changed(REVIEW, boxes=(ROLES,))
UNJUDGED = changed(REVIEW, boxes=(ROLES, HYGIENE))
KEPT = Decision("users-9", "m", "keep", "kim of ops", reason="it is needed")
DECIDED = changed(REVIEW, boxes=(changed(WILDCARDS, items=WILDCARDS.items[1:]),))


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("form", FORMATS)
def test_parts_of_a_report_are_the_whole(form: str) -> None:
    parts = list(review_parts(REVIEW, form))
    assert "".join(parts) == render_review(REVIEW, form)
    assert len(parts) > 1 or form not in ("html", "json")


def test_json_holds_what_the_boxes_do() -> None:
    text = render_review(REVIEW, "json")
    assert json.loads(text)["boxes"] == [
        {**encode(box), "outcome": box.outcome, "not_judged": list(told.reasons(box))} for box in REVIEW.boxes
    ]


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_tells_what_is_open_and_what_is_not_judged(form: str) -> None:
    text = " ".join(render_review(REVIEW, form).split())
    for one in REVIEW.open:
        assert one.title.replace("s3:*", "") in text.replace("s3:\\*", "").replace("s3:*", "")
        assert one.id in text
    assert "AccessDenied" in text and "nothing was looked at, and nothing says why" in text
    assert render_review(REVIEW, form).endswith("\n")


@pytest.mark.parametrize("form", [name for name in FORMATS if name != "sarif"])
def test_every_format_but_sarif_tells_what_is_gone(form: str) -> None:
    assert "old-contractor has an access key that is 600 days old" in " ".join(render_review(REVIEW, form).split())


@pytest.mark.parametrize("form", [name for name in FORMATS if name != "sarif"])
def test_every_format_but_sarif_tells_what_was_not_looked_at_this_time(form: str) -> None:
    said = item("users", "lost", "lost-user can sign in", decision=changed(KEPT, origin="2026-10-monthly"))
    blind = changed(REVIEW, boxes=(changed(STALE, unread=(Unread(said, ("iam:ListUsers was refused",)),)),))
    text = " ".join(render_review(blind, form).split()).replace("\\", "")
    assert "lost-user can sign in" in text and KEPT.owner in text
    if form != "csv":
        assert "iam:ListUsers was refused" in text and "2026-10-monthly" in text
    assert "not judged this time" in text.lower() or form == "json"


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_review_is_told_the_same_way(form: str) -> None:
    assert render_review(REVIEW, form) == render_review(REVIEW, form)


def test_other_formats_and_tables_are_refused_in_a_sentence() -> None:
    with pytest.raises(Problem, match="no format 'pdf': choose one of text, html"):
        render_review(REVIEW, "pdf")
    with pytest.raises(Problem, match=r"no table 'x': there are users/users, .*secrets/who-reads-which-secret"):
        render_review(REVIEW, "csv", table="x")
    with pytest.raises(Problem, match="goes with the format csv, not text"):
        render_review(REVIEW, "text", table="users/users")


@pytest.mark.parametrize(
    ("review", "step", "code"),
    [
        (REVIEW, "guardrails review decide prod --cadence monthly", 1),
        (CLEAN, "guardrails review sign prod --cadence monthly --as NAME", 0),
        (DECIDED, "guardrails review sign prod --cadence monthly --as NAME", 0),
        (UNJUDGED, "guardrails review decide prod --cadence monthly", 2),
    ],
)
def test_the_last_line_is_what_to_do_next(review: Review, step: str, code: int) -> None:
    assert next_step(review) == step and exit_code(review) == code
    assert render_review(review, "text").splitlines()[-1].startswith(f"Next: {step}")
    assert json.loads(render_review(review, "json"))["summary"]["exit_code"] == code


def test_the_next_command_cannot_be_more_than_one() -> None:
    assert next_step(changed(REVIEW, environment="prod; rm -r x")) == (
        "guardrails review decide 'prod; rm -r x' --cadence monthly"
    )


def test_text_keeps_to_80_columns_but_for_what_is_copied() -> None:
    text = render_review(REVIEW, "text")
    remedies = {line for one in REVIEW.items for line in one.remedy.split("\n")}
    long = [line for line in text.splitlines() if len(line) > 80]
    assert long and all(line.strip().removeprefix("-> ") in remedies for line in long)
    assert text.index("FINDINGS    Users") < text.index("OPEN\n") < text.index("NOT JUDGED\n")
    assert text.index("m.keller has a console") < text.index("svc-legacy-export has an")
    assert "4 new, 1 changed, 1 gone, 6 the same" in text


def test_a_command_in_a_note_stays_on_one_line() -> None:
    command = "`guardrails trail verify /a/folder/of/files/that/is/not/short --since 2026-10-01 --region eu-west-1`"
    note = f"not verified: {command} tells whether CloudTrail's files are complete and unchanged; of others nothing"
    lines = render_review(changed(REVIEW, notes=(note,)), "text").splitlines()
    told = [line for line in lines if "trail verify" in line]
    assert [line.strip() for line in told] == [command] and all(line.isprintable() for line in lines)


def test_a_terminal_is_not_steered() -> None:
    assert all(line.isprintable() for line in render_review(hostile(), "text").split("\n"))


def test_open_items_come_before_decided_ones_and_the_grave_before_the_rest() -> None:
    titles = [one.title for one in ordered((*WILDCARDS.items, *USERS.items))]
    assert titles == [
        "m.keller has a console password without MFA",
        "data-platform-write allows s3:* on every bucket",
        "svc-legacy-export has an access key that is 412 days old",
        "deployer may pass any role to ECS",
        "ci-bootstrap exists besides the roles",
    ]


def test_json_is_the_review_and_its_summary() -> None:
    value = json.loads(render_review(REVIEW, "json"))
    assert value["summary"] == {
        "boxes": {"findings": 4, "not_judged": 1, "decided": 0, "clean": 2}, "items": 11, "open": 9,
        "open_by_severity": {"critical": 2, "high": 2, "medium": 0, "low": 5},
        "new": 4, "changed": 1, "unclear": 0, "same": 6, "gone": 1, "not_judged_this_time": 0, "exit_code": 1,
    }  # fmt: skip
    assert [box["outcome"] for box in value["boxes"]][:3] == ["findings", "clean", "findings"]
    own = {name: value[name] for name in Review._names}  # type: ignore[attr-defined]  # of every frozen class
    own["boxes"] = [{k: v for k, v in box.items() if k != "outcome"} for box in own["boxes"]]
    own["boxes"][-1]["not_judged"] = []
    assert decode(Review, own, "review") == REVIEW


def test_csv_has_a_row_for_each_item_each_gone_and_each_not_judged() -> None:
    found = rows(render_review(REVIEW, "csv"))
    assert [row["kind"] for row in found].count("item") == len(REVIEW.items)
    first = found[0]
    assert first["title"] == "m.keller has a console password without MFA" and first["decision"] == "open"
    assert first["evidence"] == "password last used: 2026-11-03 | MFA: none"
    decided = next(row for row in found if row["title"].startswith("ci-bootstrap"))
    assert (decided["choice"], decided["until"], decided["ticket"]) == ("accept", "2027-01-31", "SEC-114")
    assert [(row["box"], row["title"]) for row in found if row["kind"] == "gone"] == [
        ("users", "old-contractor has an access key that is 600 days old")
    ]
    assert [row["box"] for row in found if row["kind"] == "not judged"] == ["secrets", "hygiene"]


def test_csv_gives_each_table_and_each_picture_whole() -> None:
    assert list(by_name(REVIEW)) == [
        "users/users", "roles/roles", "secrets/who-reads-which-secret", "assume-role/break-glass-in-november",
        "stale/access-by-the-time-since-its-last-use",
    ]  # fmt: skip
    found = rows(render_review(REVIEW, "csv", table="secrets/who-reads-which-secret"))
    assert len(found) == 37 * 6
    etl = next(row for row in found if row["principal"] == "data-platform-etl" and row["secret"] == "prod/db/main")
    assert (etl["answer"], etl["before"]) == ("yes", "no")
    assert rows(render_review(REVIEW, "csv", table="users/users"))[1]["console"] == "yes"
    twice = changed(REVIEW, boxes=(changed(ROLES, tables=ROLES.tables * 2),))
    assert list(by_name(twice)) == ["roles/roles", "roles/roles-2"]


@pytest.mark.parametrize("table", ["", *by_name(hostile())])
def test_no_cell_of_a_csv_is_a_formula(table: str) -> None:
    for row in csv.reader(io.StringIO(render_review(hostile(), "csv", table=table))):
        for cell in row:
            assert not cell.lstrip().startswith(("=", "+", "-", "@")) and cell.isprintable()


def test_sarif_has_a_result_for_each_open_item() -> None:
    value = json.loads(render_review(REVIEW, "sarif"))
    assert value["version"] == "2.1.0" and value["$schema"].endswith("sarif-schema-2.1.0.json")
    run = value["runs"][0]
    rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    assert len(run["results"]) == len(REVIEW.open) and set(rules) == {one.box for one in REVIEW.open}
    for result, one in zip(run["results"], [i for b in REVIEW.boxes for i in ordered(b.items) if not i.decision],
                           strict=True):  # fmt: skip
        assert result["ruleId"] == one.box
        assert result["level"] == {"critical": "error", "high": "error", "low": "note"}[one.severity]
        assert result["message"]["text"].startswith(f"{one.title}. ")
        assert result["locations"][0]["logicalLocations"][0] == {
            "fullyQualifiedName": one.subject, "kind": "resource",
        }  # fmt: skip
        assert result["partialFingerprints"] == {"itemId/v1": one.id, "meaning/v1": one.meaning}
        assert result["baselineState"] == {"new": "new", "changed": "updated", "same": "unchanged"}[one.state]
    assert rules["users"]["properties"]["security-severity"] == "9.5"
    assert rules["users"]["help"]["text"].startswith("List all IAM users")
    invocation = run["invocations"][0]
    assert invocation["executionSuccessful"] is False
    assert [note["message"]["text"][:20] for note in invocation["toolExecutionNotifications"]] == [
        "secrets: not judged,", "hygiene: not judged,",
    ]  # fmt: skip


def test_a_sarif_message_holds_no_link_of_others() -> None:
    run = json.loads(render_review(hostile(), "sarif"))["runs"][0]
    told = [*run["results"], *run["invocations"][0]["toolExecutionNotifications"]]
    texts = [each["message"]["text"] for each in told]
    texts += [rule["help"]["text"] for rule in run["tool"]["driver"]["rules"]]
    assert len(texts) == 21 and any("[a] (http://evil.example)" in text for text in texts)
    assert not any("](" in text for text in texts)


def test_sarif_of_a_first_review_claims_no_baseline() -> None:
    run = json.loads(render_review(changed(REVIEW, previous=""), "sarif"))["runs"][0]
    assert all("baselineState" not in result for result in run["results"])
    clean = json.loads(render_review(CLEAN, "sarif"))["runs"][0]
    assert clean["results"] == [] and clean["invocations"][0]["executionSuccessful"] is True


def test_markdown_puts_what_changed_before_the_boxes_and_the_open_items() -> None:
    text = render_review(REVIEW, "markdown")
    parts = "9 decisions are asked for", "### Since 2026-10-monthly", "| box |", "### Open", "### Not judged"
    places = [text.index(part) for part in parts]
    assert places == sorted(places)
    first = next(line for line in text.splitlines() if line.startswith("- new"))
    assert first == "- new, open, critical: data-platform-etl can now read prod/db/main"
    assert "\u274c findings | **Users with access to prod**" in text
    assert '    -      "Resource": "arn:aws:s3:::*"' in text


def test_markdown_of_hostile_names_has_no_markup_of_theirs() -> None:
    made = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(render_review(hostile(), "markdown"))
    tags = set(re.findall(r"<(\w+)", made))
    assert tags <= {"h2", "h3", "p", "strong", "ul", "li", "code", "pre", "table", "thead", "tbody", "tr", "th", "td",
                    "details", "summary"}  # fmt: skip
    rows = re.findall(r"<tr>(.*?)</tr>", made, re.DOTALL)
    assert len(rows) == 2 and [row.count("<t") for row in rows] == [6, 6]
    assert made.count("<h3>") == 3 and "\u202e" not in made


def test_a_patch_in_markdown_is_one_block_with_its_lines() -> None:
    made = MarkdownIt("commonmark").enable("table").render(render_review(REVIEW, "markdown"))
    patch = next(one.remedy for one in REVIEW.items if "\n" in one.remedy)
    assert f"<pre><code>{html.escape(patch)}\n</code></pre>" in made
    ticks = item("stale", "x", "y", remedy="a\n````\n```b\n# c")
    made = MarkdownIt("commonmark").render(
        render_review(changed(REVIEW, boxes=(changed(STALE, items=(ticks,)),)), "markdown")
    )
    assert "<pre><code>a\n````\n```b\n# c\n</code></pre>" in made


def test_markdown_says_when_there_is_nothing_to_compare_with() -> None:
    assert "first signed review" in render_review(changed(REVIEW, previous=""), "markdown")


def test_a_long_markdown_fits_a_comment_and_counts_what_it_left_out() -> None:
    many = tuple(item("stale", f"role-{at}", f"role-{at} was not used", remedy="delete it") for at in range(3000))
    text = render_review(changed(REVIEW, boxes=(changed(STALE, items=many),)), "markdown")
    assert 20_000 < len(text) < 65_536
    assert "more; the HTML and the CSV have them all" in text
    assert text.rstrip().endswith("`guardrails review decide prod --cadence monthly`")


def test_a_long_text_counts_what_it_left_out() -> None:
    many = tuple(item("stale", f"role-{at}", f"role-{at} was not used") for at in range(300))
    text = render_review(changed(REVIEW, boxes=(changed(STALE, items=many),)), "text")
    assert "and 260 more; --format html or csv has them all" in text


def test_a_review_without_boxes_is_told() -> None:
    empty = changed(REVIEW, boxes=())
    for form in FORMATS:
        assert render_review(empty, form)


def test_an_empty_box_is_not_clean_in_any_format() -> None:
    silent = changed(REVIEW, boxes=(Box("x", "Silent", "Ask", 0),))
    assert "NOT JUDGED  Silent" in render_review(silent, "text")
    assert json.loads(render_review(silent, "json"))["boxes"][0]["outcome"] == "not judged"
    assert rows(render_review(silent, "csv"))[0]["kind"] == "not judged"
    assert (
        len(json.loads(render_review(silent, "sarif"))["runs"][0]["invocations"][0]["toolExecutionNotifications"]) == 1
    )


def test_a_box_whose_findings_somebody_accepts_is_not_called_clean() -> None:
    settled = changed(REVIEW, boxes=(changed(WILDCARDS, items=(changed(WILDCARDS.items[0], decision=KEPT),)),))
    assert "DECIDED     Wildcard" in render_review(settled, "text") and "0 boxes clean" in render_review(
        settled, "text"
    )
    assert json.loads(render_review(settled, "json"))["summary"]["boxes"]["decided"] == 1
    assert "\u2611\ufe0f decided" in render_review(settled, "markdown")
    assert "boxes with findings that are decided" in render_review(settled, "html")
    assert exit_code(settled) == 0
