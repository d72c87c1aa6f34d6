"""Texts of others mean nothing but themselves, in each form of report."""

from __future__ import annotations

import csv
import io
import json
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from tests.review_hostile import HOSTILE

from iam_guardrails.reports import escaping

READ = MarkdownIt("commonmark").enable(["table", "strikethrough"])
ANY = st.text(st.characters(), max_size=60) | st.text("\\`*_{}[]()<>#+-.!|~$&;:@=\n\r\t /wW1a\u2028\u202e", max_size=30)
# as GitHub seeks them in the finished text, after Markdown
SOUGHT = re.compile(r"@\w|#\d|https?://|www\.", re.IGNORECASE)


class Texts(HTMLParser):
    """The texts and tags of a piece of HTML."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.texts, self.tags = "", list[str]()
        self.feed(content)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.texts += data


@given(ANY)
def test_html_gives_back_the_text_and_no_tag(text: str) -> None:
    made = escaping.as_html(text)
    page = Texts(f"<p>{made}</p>")
    assert page.tags == ["p"] and page.texts == escaping.shown(text)
    assert not set(made) & set("<>\"'")


@given(ANY)
def test_nothing_unseen_is_left(text: str) -> None:
    assert escaping.shown(text).isprintable()


@given(ANY)
def test_markdown_gives_back_the_text_and_no_markup(text: str) -> None:
    made = escaping.as_markdown(text)
    for before, tags in (("- x: ", ["ul", "li"]), ("", ["p"]), ("- ", ["ul", "li"])):
        page = Texts(READ.render(f"{before}{made}\n"))
        assert [tag for tag in page.tags if tag != "p" or tags == ["p"]] == (
            tags if escaping.shown(text).strip() or before else []
        )
        seen = page.texts.replace("\u200b", "").strip().removeprefix("x:").strip()
        assert seen == escaping.shown(text).strip()
        assert not SOUGHT.search(page.texts), page.texts


@given(ANY)
def test_markdown_stays_within_its_cell(text: str) -> None:
    for made in (escaping.as_markdown(text), escaping.as_markdown_code(text)):
        page = Texts(READ.render(f"| a | b |\n| --- | --- |\n| {made} | end |\n"))
        assert page.tags.count("td") == 2 and page.texts.rstrip().endswith("end")


@given(ANY)
def test_markdown_code_gives_back_the_text_as_code(text: str) -> None:
    page = Texts(READ.render(f"- x: {escaping.as_markdown_code(text)}\n"))
    seen = escaping.shown(text)
    assert page.tags == (["ul", "li", "code"] if seen.strip() else ["ul", "li"])
    assert page.texts.strip().removeprefix("x:").strip() == seen.strip()


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1", "\uff1d1", *HOSTILE[6:8]])
def test_a_spreadsheet_runs_no_formula(text: str) -> None:
    assert escaping.as_csv_cell(text).startswith("'")


@given(ANY)
def test_a_csv_cell_never_begins_like_a_formula(text: str) -> None:
    made = escaping.as_csv_cell(text)
    assert not made.lstrip().startswith(("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r"))
    assert made.removeprefix("'") == escaping.shown(text).removeprefix("'")
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow([made, "x"])
    assert list(csv.reader(io.StringIO(out.getvalue()))) == [[made, "x"]]


@given(ANY)
def test_json_keeps_the_value_and_hides_nothing(text: str) -> None:
    made = escaping.as_json({"a": text})
    assert json.loads(made) == {"a": text}
    assert all(sign.isprintable() or sign == "\n" for sign in made)


def test_the_common_stays_readable() -> None:
    arn = "arn:aws:iam::333333333333:role/mw-ingress"
    assert escaping.as_markdown_code(arn) == f"`{arn}`"
    assert escaping.as_html("mw-ingress: Zürich, 東京") == "mw-ingress: Zürich, 東京"
    assert escaping.shown("right\u202eto left") == "right\\u202eto left"
