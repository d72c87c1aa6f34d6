"""The page of a review as it is written: whole without a script, bound by its policy, readable, of bounded size."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from tests.review_hostile import HOSTILE, hostile
from tests.review_sample import REVIEW, STALE, item

from iam_guardrails.model.problem import Problem
from iam_guardrails.model.review.review import Review
from iam_guardrails.model.value import changed
from iam_guardrails.reports.review import render_review
from iam_guardrails.reports.review.colours import DARK, LIGHT, PAIRS

SVG = '<svg xmlns="http://www.w3.org/2000/svg" aria-label="{0}"><g><title>{0}</title></g></svg>'
VOID = {"meta", "link", "br", "input", "img"}


class Parsed(HTMLParser):
    """Elements with their attributes and texts; fails where a tag is closed in the wrong order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        assert len(attrs) == len({name for name, _ in attrs}), (tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, (tag, self.open)

    def handle_data(self, data: str) -> None:
        self.texts.append((self.open[-1] if self.open else "", data))

    def of(self, *tags: str) -> list[dict[str, str]]:
        return [attrs for tag, attrs in self.elements if tag in tags]


def page(review: Review = REVIEW, svg: str = SVG.format("a chain")) -> str:
    return render_review(review, "html", chain_svg=svg)


@pytest.mark.parametrize("review", [REVIEW, hostile(), changed(REVIEW, previous=""), changed(REVIEW, boxes=())])
def test_the_page_is_well_formed_and_its_links_lead_somewhere(review: Review) -> None:
    made = Parsed(page(review))
    ids = [attrs["id"] for _, attrs in made.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    for name in ("href", "for", "aria-labelledby"):
        for _, attrs in made.elements:
            if name in attrs and attrs[name] != "data:,":
                assert attrs[name].removeprefix("#") in ids, (name, attrs[name])


@pytest.mark.parametrize("review", [REVIEW, hostile()])
def test_nothing_is_loaded_and_only_the_pages_own_script_runs(review: Review) -> None:
    text = page(review)
    made = Parsed(text)
    policy = next(attrs["content"] for attrs in made.of("meta") if attrs.get("http-equiv") == "Content-Security-Policy")
    rules = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert rules.pop("default-src") == rules.pop("base-uri") == rules.pop("form-action") == "'none'"
    assert rules.pop("img-src") == "data:"
    for kind in ("style", "script"):
        inside = [data for tag, data in made.texts if tag == kind]
        assert len(inside) == len(made.of(kind)) == 1
        digest = base64.b64encode(hashlib.sha256(inside[0].encode()).digest()).decode()
        assert rules.pop(f"{kind}-src") == f"'sha256-{digest}'"
    assert not rules
    for tag, attrs in made.elements:
        assert tag not in ("iframe", "object", "embed", "form", "base"), tag
        assert not any(name.startswith("on") or name == "style" for name in attrs), (tag, attrs)
        assert attrs.get("src", "data:").startswith("data:") and attrs.get("href", "#").startswith(("#", "data:,"))
    assert not re.search(r"@import|url\((?!#)", text)


def test_names_of_others_stand_there_as_text() -> None:
    text = page(hostile(), SVG.format("&lt;script&gt;alert(9)&lt;/script&gt;"))
    made = Parsed(text)
    assert len(made.of("script")) == 1 and {attrs["alt"] for attrs in made.of("img")} == {"<script>alert(9)</script>"}
    shown = [data for tag, data in made.texts if tag == "h4"]
    assert [one for one in shown if "<script>" in one] == [f"{HOSTILE[0]} is hostile"] * 2
    assert "right\\u202eto left is hostile" in shown and "\u202e" not in text and "\x00" not in text


def test_the_chain_picture_is_only_a_picture() -> None:
    made = Parsed(page(svg=SVG.format("a chain").replace("<g>", "<g onload='x()'><script>alert(1)</script>")))
    source = made.of("img")[0]["src"]
    assert "alert" in base64.b64decode(source.removeprefix("data:image/svg+xml;base64,")).decode()
    assert len(made.of("script")) == 1, "scripts within an image do not run, and stand nowhere else"
    assert "chain" not in Parsed(page(svg="")).of("section")[-1].get("class", "")


@pytest.mark.parametrize("svg", ["no picture", "<html/>", '<!DOCTYPE svg [<!ENTITY a "b">]><svg/>', "<svg>"])
def test_what_is_no_picture_is_refused(svg: str) -> None:
    with pytest.raises(Problem, match="the picture of the chain"):
        page(svg=svg)


def test_headings_step_down_by_one_and_tables_have_captions_and_scopes() -> None:
    text = page()
    levels = [int(level) for level in re.findall(r"<h([1-6])[ >]", text)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    made = Parsed(text)
    assert len(made.of("table")) == len(made.of("caption")) >= 6
    assert all(attrs.get("scope") in ("col", "row") for attrs in made.of("th"))
    assert all(attrs.get("aria-label") or attrs.get("aria-hidden") == "true" for attrs in made.of("svg"))
    labelled = {attrs.get("for") for attrs in made.of("label")}
    assert all(attrs["id"] in labelled for attrs in made.of("select", "input"))
    assert all(attrs["tabindex"] == "0" and attrs["aria-label"] for attrs in made.of("div")
               if attrs.get("class") == "scroll")  # fmt: skip


def test_the_order_is_verdict_change_boxes_evidence() -> None:
    text = page()
    parts = ["decisions asked for</span>", "<strong>Not judged: 2 things.", "guardrails review decide prod",
             ">Verdict per box<", ">What changed since 2026-10-monthly<", 'id="filters"',
             *(f'id="box-{box.id}"' for box in REVIEW.boxes), 'id="chain"', ">What this rests on<"]  # fmt: skip
    places = [text.index(part) for part in parts]
    assert places == sorted(places)
    for box in REVIEW.boxes:
        assert f"\u201c{box.asks}\u201d" in text
    for said in (REVIEW.evidence.capture_sha256, "2026-10-29 09:00 UTC to 2026-11-28 09:00 UTC", "guardrails 0."):
        assert said in text[text.index("<footer>") :]


def test_without_its_script_nothing_is_hidden_but_the_filters() -> None:
    hidden = [attrs.get("id") or attrs.get("class") for _, attrs in Parsed(page()).elements if "hidden" in attrs]
    assert hidden == ["filters", *["none"] * len(REVIEW.boxes)]


def test_every_item_is_there_with_its_reasons_evidence_and_remedy() -> None:
    text = page()
    for one in REVIEW.items:
        for said in (one.title, one.subject, one.id, *one.reasons, *(value for _, value in one.evidence), one.remedy):
            wanted = html.escape(said)
            assert wanted in text, said
    assert "Decided: accept until 2027-01-31, platform team, SEC-114: agreed with the vendor (jane, 2026-11-28" in text


def test_a_first_review_says_so_instead_of_listing_everything_twice() -> None:
    text = page(changed(REVIEW, previous=""))
    assert "there is none to compare with" in text
    assert text.count("m.keller has a console password without MFA") == 1


def luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast ratio as WCAG 2.2 defines it."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("pair", PAIRS, ids=" on ".join)
def test_every_text_can_be_read_on_what_it_stands_on(theme: dict[str, str], pair: tuple[str, str]) -> None:
    assert contrast(theme[pair[0]], theme[pair[1]]) >= 4.5


def test_the_measure_of_contrast_is_right() -> None:
    assert round(contrast("#000000", "#ffffff"), 1) == 21.0 and round(contrast("#777777", "#ffffff"), 2) == 4.48


def test_a_box_with_very_many_items_shows_the_pressing_ones_and_counts_the_rest() -> None:
    many = tuple(item("stale", f"role-{at}", f"role-{at} was not used", "high" if at == 9_999 else "low", state="same")
                 for at in range(10_000))  # fmt: skip
    text = page(changed(REVIEW, boxes=(changed(STALE, items=many),)))
    assert len(text) < 2_000_000
    assert "9,500 more items are not on this page" in text
    assert "role-9999 was not used" in text
